"""When a webhook is tried again, and when it is given up. Pure: the moment and the chance are given."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

#: The wait before each of eight attempts, 27 h 35 min 5 s in all (Svix's schedule).
SCHEDULE = (
    timedelta(),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
#: Waits grow by up to a tenth, so that a receiver that comes back is not met by everybody at once.
JITTER = 0.1
#: A receiver that took nothing for so long is no longer there.
PATIENCE = timedelta(days=5)
#: After so long without an attempt, longer than any wait, it is not known to have failed all the time.
SILENCE = timedelta(days=1)
_LONGEST_WAIT = timedelta(hours=10)
_GONE = 410
#: Why an attempt brought no answer, for people.
ERROR_FA: Mapping[str, str] = {
    "timeout": "گیرنده در مهلت پاسخ نداد",
    "unreachable": "اتصال به گیرنده برقرار نشد",
    "redirected": "گیرنده به نشانی دیگری ارجاع داد؛ ارجاع دنبال نمی‌شود",
    "private_target": "نام میزبان به شبکهٔ داخلی می‌رسد و ارسال به آن مجاز نیست",
    "not_http": "پاسخ گیرنده HTTP درستی نبود",
    "internal_error": "ارسال از سوی سامانه انجام نشد",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What came of sending once."""

    milliseconds: int
    status: int | None = None  # of the answer, if one came
    error: str | None = None
    response: str | None = None
    retry_after: timedelta | None = None

    @property
    def delivered(self) -> bool:
        """Only 2xx is a receipt; a redirect is none."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What follows from an attempt: the next one, or nothing more; and why its webhook is closed, if it is."""

    next_at: datetime | None
    disable: str | None = None


def next_attempt(
    attempts: int, now: datetime, chance: float, retry_after: timedelta | None = None
) -> datetime | None:
    """Return when to try again after `attempts` failed ones, None when all eight are used up.

    `chance` in [0, 1) spreads the waits; a receiver's Retry-After is honoured up to ten hours.
    """
    if attempts >= len(SCHEDULE):
        return None
    wait = SCHEDULE[attempts] * (1 + JITTER * chance)
    if retry_after is not None:
        wait = max(wait, min(retry_after, _LONGEST_WAIT))
    return now + wait


def fate(attempt: Attempt, nth: int, failing_since: datetime | None, now: datetime, chance: float) -> Fate:
    """Return what follows from an attempt that began at `now`, the `nth` of its delivery (from 1).

    `failing_since` is when this webhook began to fail without a success or a `SILENCE` since then.
    """
    if attempt.delivered:
        return Fate(next_at=None)
    if attempt.status == _GONE:
        return Fate(next_at=None, disable="گیرنده گفت که این نشانی برای همیشه برداشته شده است (۴۱۰).")
    # a 404 may be a deployment, a 401 a secret that is being changed: only 410 says that it is for good
    # a receiver that took its fifteen seconds would else be asked again at once
    ended = now + timedelta(milliseconds=attempt.milliseconds)
    next_at = next_attempt(nth, ended, chance, attempt.retry_after)
    if failing_since is not None and ended - failing_since >= PATIENCE:
        what = f"کد {attempt.status}" if attempt.status is not None else f"خطای {attempt.error}"
        return Fate(next_at=next_at, disable=f"پنج روز پیاپی هیچ رویدادی را نپذیرفت؛ واپسین پاسخ: {what}.")
    return Fate(next_at=next_at)
