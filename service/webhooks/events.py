"""What the desk announces by webhook: the name of every event, and when it happens."""

from collections.abc import Mapping

#: By name: when it happens in English, for those who build receivers, and what it is called in Persian.
EVENTS: Mapping[str, tuple[str, str]] = {
    "feedback.created": ("a comment was stored", "نظر رسید"),
    "feedback.classified": ("a comment was tagged", "نظر برچسب خورد"),
    "feedback.corrected": ("a person corrected a tag", "برچسب اصلاح شد"),
    "ticket.opened": ("a comment became a ticket", "تیکت باز شد"),
    "ticket.assigned": ("somebody took a ticket, or was given it", "تیکت سپرده شد"),
    "ticket.replied": ("the customer was answered", "به مشتری پاسخ داده شد"),
    "ticket.resolved": ("a ticket was resolved", "تیکت حل شد"),
    "ticket.reopened": ("a resolved ticket was opened again", "تیکت دوباره باز شد"),
    "ticket.escalated": ("a ticket got a higher priority or another queue", "تیکت ارجاع شد"),
    "urgency.raised": ("a new message made an open case more urgent", "فوریت بالا رفت"),
    "sla.warning": ("a deadline is near", "مهلت نزدیک است"),
    "sla.breached": ("a deadline has passed", "مهلت گذشت"),
    "sla.met": ("what was promised was done in time", "به‌موقع انجام شد"),
    "topic.emerging": ("a topic or term rises from a low base", "موضوع نوپدید"),
    "trend.anomaly": (
        "a topic is far from usual or on another level, a text comes in a wave, or the urgent budget of a day is used up",
        "روند غیرعادی",
    ),
    "drift.detected": (
        "the labels of a week are no longer those of the weeks before",
        "برچسب‌های این هفته به هفته‌های پیش نمی‌مانند",
    ),
    "model.promoted": ("another model version is in use", "مدل تازه به کار افتاد"),
}
#: The event that tries a receiver; it comes whatever events were asked for.
TEST_EVENT = "webhook.test"
#: All that receivers may hear.
ANNOUNCED: Mapping[str, tuple[str, str]] = {
    **EVENTS,
    TEST_EVENT: ("a receiver is tried, whatever events it asked for", "رویداد آزمایشی"),
}
