"""What surrounds every page: where one can go, by role, and what was just done. Pure."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import ClassVar
from urllib.parse import parse_qsl, urlencode

from service.auth import Role, allows


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A page of the navigation, the least role that sees it, and the key behind `g` that leads to it."""

    path: str
    name: str
    icon: str
    least: Role = "reader"
    key: str = ""

    def holds(self, path: str) -> bool:
        """Tell whether a path belongs to this place."""
        return path == self.path or path.startswith(f"{self.path}/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Places that belong together."""

    title: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What a list is narrowed to, as its address says it and as the pages that one opens from it remember it."""

    #: Where the list is, and the name under which a ticket remembers it; without one it is the inbox.
    PATH: ClassVar[str]
    NAME: ClassVar[str] = ""

    def address(self, path: str = "", **changed: str) -> str:
        """Return the address of the list with some of it changed, or of a page that remembers it."""
        name = {"list": self.NAME} if path.startswith("/tickets/") else {}
        return address(path or self.PATH, {**asdict(self), **changed, **name})


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One line about what was just done, and the way to take it back."""

    text: str
    undo: str = ""
    #: What is sent there: of tickets the version they have to have for that, too.
    sent: tuple[tuple[str, str], ...] = ()


GROUPS = (
    Group(
        title="پشتیبانی",
        places=(
            Place(path="/inbox", name="صندوق", icon="inbox", key="i"),
            Place(path="/promises", name="قول‌ها", icon="flag", key="p"),
            Place(path="/review", name="بازبینی", icon="review", least="agent", key="r"),
            Place(path="/work", name="عملکرد میز", icon="clock"),
        ),
    ),
    Group(
        title="محصول",
        places=(
            Place(path="/trends", name="روندها", icon="chart", key="t"),
            Place(path="/drivers", name="پیشران‌ها و کانو", icon="lever", key="d"),
            Place(path="/journey", name="سفر مشتری", icon="route"),
            Place(path="/alerts", name="هشدارها", icon="bell"),
            Place(path="/digest", name="گزارش هفته", icon="page"),
        ),
    ),
    Group(
        title="",
        places=(
            Place(path="/comments", name="نظرها", icon="search"),
            Place(path="/try", name="آزمایش", icon="flask", least="sender", key="e"),
            Place(path="/settings", name="تنظیمات", icon="gear", least="admin"),
        ),
    ),
)
#: What a page says after something was done; addresses carry only the name, so nobody can put words in our mouth.
DONE = {
    "assigned": "به شما سپرده شد.",
    "handed": "سپرده شد.",
    "replied": "پاسخ فرستاده شد.",
    "noted": "یادداشت ثبت شد.",
    "pended": "در انتظار مشتری است و مهلت متوقف شد.",
    "resolved": "حل شد.",
    "reopened": "دوباره باز شد.",
    "released": "به صف برگشت.",
    "raised": "اولویت بالا رفت.",
    "lowered": "اولویت پایین آمد.",
    "moved": "به صف دیگر ارجاع شد.",
    "raised_and_moved": "اولویت بالا رفت و به صف دیگر ارجاع شد.",
    "merged": "ادغام شد.",
    "corrected": "اصلاح شد؛ نظرهای همانندِ سی روز گذشته و هر چه از این پس برسد نیز همین برچسب را دارند.",
    "undone": "به حالت پیش برگشت.",
    "undone_below": "آن اصلاح پس گرفته شد، ولی اصلاحی که پس از آن شده است می‌ماند.",
    "confirmed": "پیشنهاد تأیید شد.",
    "accepted": "تأیید شد.",
    "promised": "قول ثبت شد و یادآوری می‌شود.",
    "fulfilled": "قول بسته شد.",
    "withdrawn": "این قول کنار گذاشته شد.",
    "compensated": "جبران ثبت شد.",
    "claimed": "این تیکت از صف برای شما برداشته شد.",
    "nothing_to_claim": "در این صف تیکت آزادی نمانده است.",
    "bulk": "برای همهٔ تیکت‌های انتخاب‌شده انجام شد.",
    "bulk_partly": "انجام شد؛ تیکت‌هایی که در این میان تغییر کرده بود یا اجازه‌اش را نداشتید، همان‌طور ماند.",
    "saved": "ذخیره شد.",
    "revoked": "باطل شد.",
    "ended": "پایان یافت.",
    "reloaded": "قاعده‌ها و تقویم دوباره خوانده شد.",
    "replayed": "دوباره در صف ارسال قرار گرفت.",
    "tested": "رویداد آزمایشی در صف ارسال قرار گرفت.",
    "promoted": "این نسخه از همین حالا برچسب می‌زند.",
    "promoted_uncompared": "این نسخه از همین حالا برچسب می‌زند؛ نسخهٔ پیشین خوانده نشد و با آن سنجیده نشده است.",
    "rolled_back": "نسخهٔ پیشین برگشت.",
    "imported": "پرونده در صف ورود قرار گرفت.",
    "deleted": "پاک شد.",
    "archived": "بایگانی شد.",
}

#: As long as an address in which every filter is filled: a Persian letter is six characters there.
_LONGEST = 16_000
#: Where a step is taken back, by the beginning of the id that it is told with.
_WAYS_BACK = {"fb_": "/review/{}/again", "co_": "/corrections/{}/undo"}
_TICKET = re.compile(r"tk_\w+:\d+")
_PROMISE = re.compile(r"(?P<ticket>tk_\w+):(?P<version>\d+):(?P<promise>pr_\w+)")


def navigation(role: str) -> tuple[Group, ...]:
    """Return the places a role may go to; a group without places is left out."""
    groups = (
        Group(title=group.title, places=tuple(place for place in group.places if allows(role, place.least)))
        for group in GROUPS
    )
    return tuple(group for group in groups if group.places)


def notice(asked: Mapping[str, str]) -> Notice | None:
    """Return what the page should say was done.

    >>> notice({"done": "resolved"}).text
    'حل شد.'
    """
    text = DONE.get(asked.get("done", ""))
    if text is None:
        return None
    undo = asked.get("undo", "")
    if all(map(_TICKET.fullmatch, tickets := tuple(undo.split(".")))):
        picked = (("do", "unresolve"), *(("ticket", one) for one in tickets))
        return Notice(text=text, undo="/inbox/bulk", sent=picked)
    if closed := _PROMISE.fullmatch(undo):
        told = (("version", closed["version"]), ("promise", closed["promise"]))
        return Notice(text=text, undo=f"/tickets/{closed['ticket']}/restore", sent=told)
    way = _WAYS_BACK.get(undo[:3]) if undo.replace("_", "").isalnum() else None
    return Notice(text=text, undo=way.format(undo) if way else "")


def address(path: str, told: Mapping[str, str | int]) -> str:
    """Return the address of a page with what it is told; what is empty is left out.

    >>> address("/inbox", {"queue": "finance", "who": ""})
    '/inbox?queue=finance'
    """
    kept = {name: value for name, value in told.items() if value}
    return f"{path}?{urlencode(kept)}" if kept else path


def bearable(path: str) -> str:
    """Return where one comes back to, or nothing when it is too long: for the sake of the way back no step is refused.

    >>> bearable("/inbox?q=%D9%86"), bearable("/inbox?q=" + "%D9%86" * 9_000)
    ('/inbox?q=%D9%86', '')
    """
    return path if len(path) <= _LONGEST else ""


def without_notice(path: str, query: str) -> str:
    """Return an address without what was said about the last step.

    >>> without_notice("/inbox", "queue=finance&done=resolved")
    '/inbox?queue=finance'
    """
    kept = [(name, value) for name, value in parse_qsl(query) if name not in {"done", "undo"}]
    return f"{path}?{urlencode(kept)}" if kept else path
