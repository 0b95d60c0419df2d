"""What things are called in Persian on the pages. Labels of the taxonomy and of the rules have their names there."""

#: Hard evidence that only urgency looks for; the rest are signals of the taxonomy.
CUES = {"violence": "خشونت", "privacy": "افشای اطلاعات"}
SCOPES = {
    "analyze": "آزمودن متن",
    "feedback": "نظرها",
    "tickets": "تیکت‌ها",
    "rules": "قاعده‌ها",
    "insights": "روندها",
    "webhooks": "وبهوک‌ها",
    "imports": "ورود داده",
    "exports": "برون‌بری",
    "keys": "کلیدها",
    "models": "مدل‌ها",
    "audit": "ردپا",
}
SCORES = {"csat": "رضایت (CSAT)", "nps": "توصیه (NPS)", "ces": "سادگی (CES)", "stars": "ستاره"}
LEVELS = {"high": "زیاد", "medium": "متوسط", "low": "کم"}
FIELDS = {
    "category": "نوع",
    "sentiment": "لحن",
    "topics": "موضوع",
    "signals": "نشانه",
    "urgency": "فوریت",
    "language": "زبان",
}
ABSTENTIONS = {
    "unsupported_language": "زبان این متن پشتیبانی نمی‌شود.",
    "empty": "متنی برای خواندن نیست.",
    "no_words": "واژه‌ای برای خواندن نیست.",
}
ENTITIES = {
    "amount": "مبلغ",
    "amount_ambiguous": "مبلغ (نامعلوم)",
    "duration": "مدت",
    "date": "تاریخ",
    "promise_due": "مهلت قول",
    "order_number": "شمارهٔ سفارش",
}
ACTORS = {
    "routing": "مسیریابی",
    "worker": "سامانه",
    "system": "سامانه",
    "cli": "خط فرمان",
    "sample-data": "دادهٔ نمونه",
}
DEEDS = {
    "ticket.opened": "تیکت را باز کرد",
    "ticket.assign": "تیکت را سپرد",
    "ticket.release": "تیکت را به صف برگرداند",
    "ticket.claim": "تیکت را از صف برداشت",
    "ticket.lease_expired": "تیکت را که کسی به آن نپرداخته بود به صف برگرداند",
    "ticket.reply": "به مشتری پاسخ داد",
    "ticket.note": "یادداشت گذاشت",
    "ticket.pend": "منتظر مشتری ماند",
    "ticket.resume": "کار را از سر گرفت",
    "ticket.resolve": "آن را حل‌شده دانست",
    "ticket.unresolve": "«حل شد» را پس گرفت",
    "ticket.reopen": "دوباره بازش کرد",
    "ticket.escalate": "ارجاع داد",
    "ticket.relax": "اولویت را پایین آورد",
    "ticket.confirm": "پیشنهاد را تأیید کرد",
    "ticket.merge": "در تیکت دیگری ادغام کرد",
    "ticket.absorbed": "تیکت دیگری را در خود گرفت",
    "ticket.compensate": "جبران را پیش برد",
    "ticket.promise": "قول داد",
    "ticket.fulfil": "قول را بست",
    "ticket.withdraw": "گفت که قولی در کار نبود",
    "ticket.restore": "قولِ بسته‌شده را برگرداند",
    "ticket.joined": "پیام تازهٔ مشتری را افزود",
    "ticket.overflowed": "به صف کمکی برد",
    "ticket.clocks": "مهلت‌ها را سنجید",
    "promise.reminded": "قول را یادآوری کرد",
    "ticket.rescore": "فوریت نظر را اصلاح کرد",
}
#: What `ticket.escalate` is when the ticket stays in its queue.
RAISED = "اولویت را بالا برد"
TOPIC_DEEDS = {
    "topic.created": "ساخت",
    "topic.changed": "نسخهٔ تازه‌ای نوشت",
    "topic.archived": "بایگانی کرد",
    "topic.merged": "ادغام کرد",
}
PARTS = {
    "queue": "صف",
    "priority": "اولویت",
    "status": "وضعیت",
    "assignee": "مسئول",
    "reason": "دلیل",
    "comments": "نظر",
    "messages": "پاسخ و یادداشت",
    "promises": "قول",
    "name_fa": "نام",
    "query": "پرس‌وجو",
    "merged_into": "ادغام در",
    "split_from": "جداشده از",
    "touchpoint": "نقطهٔ تماس",
}
CLOCKS = {"sla.warning": "نزدیک است", "sla.breached": "گذشت", "sla.met": "به‌موقع"}
PROMISES = {"open": "باز", "kept": "به قول عمل شد", "broken": "قول شکست", "withdrawn": "قول نبود"}
COMPENSATIONS = {"requested": "خواسته شده", "offered": "پیشنهاد شد", "paid": "پرداخت شد", "refused": "رد شد"}
ADVICE = {"apology": "پوزش", "thanks": "سپاس", "owner": "مسئول", "next_step": "گام بعدی", "date": "تاریخ"}
CALENDARS = {"office": "ساعت اداری", "evening": "تا شب", "always": "شبانه‌روزی"}
DELIVERIES = {"pending": "در راه", "delivered": "رسید", "dead": "نرسید"}
JOBS = {
    "receiving": "در حال دریافت",
    "queued": "در صف",
    "running": "در حال خواندن",
    "done": "پایان یافت",
    "failed": "خوانده نشد",
    "cancelled": "متوقف شد",
}
IMPORT_FIELDS = {
    "text": "متن نظر",
    "external_id": "شناسهٔ نظر",
    "channel": "کانال",
    "created_at": "تاریخ",
    "customer.external_id": "شناسهٔ مشتری",
    "customer.name": "نام مشتری",
    "customer.tier": "سطح باشگاه",
    "customer.lifetime_value": "ارزش مشتری (تومان)",
    **{f"scores.{name}": fa for name, fa in SCORES.items()},
    "question": "پرسش",
    "product": "محصول",
    "branch": "شعبه",
    "touchpoint": "نقطهٔ تماس",
    "metadata": "دادهٔ همراه",
}
PII = {
    "mobile": "موبایل",
    "landline": "تلفن ثابت",
    "national_id": "کد ملی",
    "card": "شمارهٔ کارت",
    "sheba": "شبا",
    "email": "ایمیل",
    "postal_code": "کد پستی",
    "plate": "پلاک",
    "account": "شمارهٔ حساب",
    "secret": "رمز",
    "passport": "گذرنامه",
    "handle": "نام کاربری",
}


def import_field(path: str) -> str:
    """Return what a field that an import fills is called.

    >>> import_field("scores.stars"), import_field("metadata.city")
    ('ستاره', 'دادهٔ همراه: city')
    """
    return IMPORT_FIELDS.get(path) or path.replace("metadata.", "دادهٔ همراه: ", 1)
