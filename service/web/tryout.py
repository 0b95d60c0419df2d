"""«آزمایش»: paste a comment and see every tag with its proof, how the text was read, and where it would go."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import Form
from starlette.responses import Response

from nlp.normalize import TextError, steps
from service.casework.opening import open_ticket
from service.comments.understanding import Line, tags_of
from service.deps import Sender
from service.errors import ServiceError
from service.feedback import Customer, Incoming
from service.masking import mask
from service.web import evidence
from service.web.failures import pages
from service.web.page import VisitDep

router = pages()
#: Comments to start with: a promise, politeness around a complaint, romanized Persian, a wound that has healed.
EXAMPLES: Sequence[str] = (
    "سه روزه سفارشم نرسیده، گفتید تا شنبه می‌رسه! به ۰۹۱۲۱۲۳۴۵۶۷ زنگ بزنید وگرنه به تعزیرات شکایت می‌کنم.",
    "دستتون درد نکنه، غذا خوشمزه بود ولی یخ رسید و پیک هم بداخلاق بود.",
    "salam, mahsool ro daryaft kardam vali kheyli bi keyfiyate, pulamo pas bedid",
    "قبلاً از تأخیر شکایت داشتم ولی همون روز حل شد، ممنون از پیگیری‌تون.",
    "تو غذا یه تیکه شیشه بود! بچه‌م نزدیک بود بخوره.",
)


@router.get("/try")
def empty(visit: VisitDep, caller: Sender) -> Response:
    """Show an empty sheet with examples."""
    return visit.page("try.html", text="", examples=EXAMPLES, result=None, wrong="")


@router.post("/try")
def tried(
    visit: VisitDep,
    caller: Sender,
    text: Annotated[str, Form(max_length=200_000)] = "",  # a line break may come as two letters
) -> Response:
    """Show what the desk would make of this comment; nothing is stored."""
    text = text.replace("\r\n", "\n").strip()
    result, wrong = None, ""
    if not text:
        wrong = "نظری بنویسید یا یکی از نمونه‌ها را بردارید."
    elif len(text) > visit.desk.settings.max_text_chars:
        wrong = "این متن بلندتر از اندازهٔ مجاز است."
    else:
        try:
            result = _result(visit.desk.line, text, visit.now)
        except TextError:
            wrong = "این متن یونیکد درستی نیست."
        except ServiceError as error:
            wrong = error.detail
    return visit.page("try.html", text=text, examples=EXAMPLES, result=result, wrong=wrong)


def _result(line: Line, text: str, now: datetime) -> Mapping[str, Any]:
    tags = tags_of(line, [text], now)[0]
    masked = mask(text, tags).text
    incoming = Incoming(text=text, channel="web", customer=Customer())
    return {
        "tags": tags,
        "pieces": evidence.pieces(text, tags),
        "masked": masked,
        "steps": steps(text),
        "opening": open_ticket(line.rules, line.calendars, incoming, tags, masked, now),
    }
