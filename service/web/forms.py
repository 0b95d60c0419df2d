"""The public form: a score and a few words after a point of the journey, kept short and safe from floods."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Form, Request
from starlette.responses import RedirectResponse, Response

from service import intake, logs
from service.comments import fields
from service.deps import Admin, Desk, DeskDep, Now, from_own_pages
from service.errors import Busy, Forbidden, Invalid, NotFound, TooMany, wrong_field
from service.feedback import Incoming
from service.insight.journey import TOUCHPOINT_FA
from service.web.failures import pages
from service.web.page import AskedWord, FilledWord, VisitDep, household, render

#: Nobody signs in here.
public = pages(for_anybody=True)
router = pages()
#: From one address in one minute; families and offices share one.
_PER_MINUTE = 6
_LATER = "نظرتان هنوز ثبت نشده است؛ یک دقیقه دیگر دوباره بفرستید."
_QUESTIONS = {
    "marketing": "تبلیغ‌ها و پیام‌های ما به کارتان آمد؟",
    "order": "سفارش دادن چطور بود؟",
    "payment": "پرداخت چطور پیش رفت؟",
    "delivery": "از تحویل سفارشتان راضی بودید؟",
    "product_use": "از آنچه خریدید راضی هستید؟",
    "support": "از پاسخ پشتیبانی راضی بودید؟",
    "after_sales": "از خدمات پس از فروش راضی بودید؟",
    "loyalty": "ما را به دوستانتان پیشنهاد می‌کنید؟",
}
_FACES = ("خیلی ناراضی", "ناراضی", "معمولی", "راضی", "خیلی راضی")
_LONGEST = 5_000


@public.get("/form/{touchpoint}")
def show(
    request: Request, desk: DeskDep, touchpoint: str, product: AskedWord = "", branch: AskedWord = ""
) -> Response:
    """Show the form of a touchpoint."""
    return _form(request, desk, touchpoint, product=product, branch=branch)


@public.post("/form/{touchpoint}")
def send(
    request: Request,
    desk: DeskDep,
    now: Now,
    touchpoint: str,
    text: Annotated[str, Form(max_length=2 * _LONGEST)] = "",
    score: FilledWord = "",
    product: FilledWord = "",
    branch: FilledWord = "",
    website: FilledWord = "",
) -> Response:
    """Take in what a customer says; whoever loads the page of thanks again says it once."""
    # browsers send two letters for a line break that they count as one
    words = text.replace("\r\n", "\n").strip()
    kept = {"text": words, "score": score, "product": product, "branch": branch}
    if not from_own_pages(request):
        raise Forbidden("foreign_origin", "این درخواست از خود فرم نیامده است.")
    try:
        desk.limiter.hit(f"form:{household(request)}", now, _PER_MINUTE)
        if not words:
            raise wrong_field("text", "text_empty", "چند کلمه بنویسید تا بدانیم چه کنیم.")
        comment = _incoming(touchpoint, kept, desk, now)
        if not website:  # people do not see this field; whoever fills it in is a program
            answer = intake.receive(desk.line, comment, sender="form", now=now)
            desk.metrics.stored(answer.body)
    except Invalid as error:
        wrong = error.errors[0].detail if error.errors else error.detail
        return _form(request, desk, touchpoint, status=422, wrong=wrong, **kept)
    except (TooMany, Busy) as error:
        logs.unavailable(error)
        again = _form(request, desk, touchpoint, status=error.status, wrong=_LATER, **kept)
        again.headers["Retry-After"] = str(error.retry_after)
        return again
    return RedirectResponse(f"/form/{touchpoint}/thanks", status_code=303)


@public.get("/form/{touchpoint}/thanks")
def thanks(request: Request, desk: DeskDep, touchpoint: str) -> Response:
    """Thank a customer."""
    _check(touchpoint, desk)
    return render(request, "form_thanks.html")


@router.get("/settings/forms")
def links(visit: VisitDep, caller: Admin) -> Response:
    """Show the address of each form."""
    return visit.page("settings_forms.html", base=visit.base, touchpoints=TOUCHPOINT_FA, questions=_QUESTIONS)


def _form(request: Request, desk: Desk, touchpoint: str, *, status: int = 200, **told: Any) -> Response:
    _check(touchpoint, desk)
    around = {"text": "", "score": "", "wrong": "", "product": "", "branch": ""}
    scale = range(11) if touchpoint == "loyalty" else range(1, 6)
    return render(
        request,
        "form.html",
        status=status,
        question=_QUESTIONS[touchpoint],
        longest=_longest(desk),
        scale=[(str(step), "" if len(scale) > len(_FACES) else _FACES[step - 1]) for step in scale],
        **around | told,
    )


def _incoming(touchpoint: str, kept: dict[str, str], desk: Desk, now: datetime) -> Incoming:
    _check(touchpoint, desk)
    score = "scores.nps" if touchpoint == "loyalty" else "scores.csat"
    values = {
        "text": kept["text"],
        "product": kept["product"],
        "branch": kept["branch"],
        "touchpoint": touchpoint,
        "question": _QUESTIONS[touchpoint],
        score: kept["score"],
    }
    return fields.incoming(values, channel="form", external_id=None, max_chars=_longest(desk), now=now)


def _longest(desk: Desk) -> int:
    return min(_LONGEST, desk.settings.max_text_chars)


def _check(touchpoint: str, desk: Desk) -> None:
    if touchpoint not in _QUESTIONS or not desk.settings.public_forms:
        raise NotFound("form_not_found", "چنین فرمی نیست.")
