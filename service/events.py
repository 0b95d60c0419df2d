"""What the desk announces by webhook: the name of every event, and when it happens."""

from collections.abc import Mapping

EVENTS: Mapping[str, str] = {
    "feedback.created": "a comment was stored",
    "feedback.classified": "a comment was tagged",
    "feedback.corrected": "a person corrected a tag",
    "ticket.opened": "a comment became a ticket",
    "ticket.assigned": "somebody took a ticket, or was given it",
    "ticket.replied": "the customer was answered",
    "ticket.resolved": "a ticket was resolved",
    "ticket.reopened": "a resolved ticket was opened again",
    "ticket.escalated": "a ticket got a higher priority or another queue",
    "urgency.raised": "a new message made an open case more urgent",
    "sla.warning": "a deadline is near",
    "sla.breached": "a deadline has passed",
    "sla.met": "what was promised was done in time",
    "topic.emerging": "a topic or term rises from a low base",
    "trend.anomaly": "a topic is far from usual or on another level, a text comes in a wave, or the urgent budget of a day is used up",
    "drift.detected": "the labels of a week are no longer those of the weeks before",
    "model.promoted": "another model version is in use",
}
#: The event that tries a receiver; it comes whatever events were asked for.
TEST_EVENT = "webhook.test"
EVENT_FA: Mapping[str, str] = {
    "feedback.created": "نظر رسید",
    "feedback.classified": "نظر برچسب خورد",
    "feedback.corrected": "برچسب اصلاح شد",
    "ticket.opened": "تیکت باز شد",
    "ticket.assigned": "تیکت سپرده شد",
    "ticket.replied": "به مشتری پاسخ داده شد",
    "ticket.resolved": "تیکت حل شد",
    "ticket.reopened": "تیکت دوباره باز شد",
    "ticket.escalated": "تیکت ارجاع شد",
    "urgency.raised": "فوریت بالا رفت",
    "sla.warning": "مهلت نزدیک است",
    "sla.breached": "مهلت گذشت",
    "sla.met": "به‌موقع انجام شد",
    "topic.emerging": "موضوع نوپدید",
    "trend.anomaly": "روند غیرعادی",
    "drift.detected": "برچسب‌های این هفته به هفته‌های پیش نمی‌مانند",
    "model.promoted": "مدل تازه به کار افتاد",
    TEST_EVENT: "رویداد آزمایشی",
}
