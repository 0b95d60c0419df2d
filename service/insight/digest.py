"""The weekly digest of a department: what rose, what fell, what to read, what was promised. Pure, every word from a figure.

The same figures always give the same sentences; nothing is written freely.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from service.figures import number, percent, signed
from service.jalali import jalali_day, persian
from service.period import Period, spoken_bucket

Json = dict[str, Any]
Row = Mapping[str, Any]
#: A topic rose or fell when it was spoken of so many times more or less, by at least so much.
_LEAST, _TIMES = 5, 1.3
#: So many topics of each kind are named.
_NAMED = 5
#: From such a change on a mood is worth a sentence.
_MOVED = 0.1


def digest(
    *,
    department: str,
    department_fa: str,
    week: Period,
    is_over: bool,
    is_comparable: bool,
    total: Row,
    topics: Sequence[Row],
    comments: Sequence[Row],
    alerts: Sequence[str],
    performance: Row,
    promises: Row,
) -> Json:
    """Return the digest of one department and week.

    `total` and `topics` are rows of the trends answer, of topics those that the week before can be compared with;
    `performance` is one of the performance answer whose `n` counts the tickets that were not read as well, `comments` are
    masked. That the week is not over yet is said first; a mood is called better or worse only where it is no chance.
    `is_comparable` tells whether the same was counted in the week before; if not, its total is no news.
    """
    rose = [row for row in topics if _rose(row["n"], row["previous_n"])]
    # what a running week lacks may still come
    fell = [row for row in topics if is_over and _rose(row["previous_n"], row["n"])]
    told = {
        "department": department,
        "department_fa": department_fa,
        "week": jalali_day(week.since),
        "week_fa": spoken_bucket(week.since, "week"),
        "since": week.since.isoformat(),
        "n": total["n"],
        "previous_n": total["previous_n"],
        "net": total["net"],
        "previous_net": total["previous_net"],
        "rose": [_figures(row) for row in _largest(rose)],
        "fell": [_figures(row) for row in _largest(fell)],
        "alerts": list(alerts),
        "comments": [
            {name: row[name] for name in ("id", "text", "channel", "created_at", "created_at_jalali")}
            for row in comments
        ],
        "promises": dict(promises),
        "written_at": None,
        "written_at_jalali": None,
        "tickets": {name: performance[name] for name in ("n", "open", "overdue", "answered_in_time")},
    }
    begun = [] if is_over else ["هفته هنوز تمام نشده است."]
    said = [_volume(told["n"], told["previous_n"] if is_comparable else None), *_mood(total), *_moved(told)]
    return told | {"sentences": [*begun, *said, *_desk(performance, promises)]}


def _moved(told: Row) -> list[str]:
    found = []
    if told["rose"]:
        first = told["rose"][0]
        found.append(f"بیش از همه «{first['label_fa']}» بالا رفت: {_from_to(first)}.")
    if told["fell"]:
        first = told["fell"][0]
        found.append(f"بیش از همه «{first['label_fa']}» پایین آمد: {_from_to(first)}.")
    return found


def _volume(n: int, before: int | None) -> str:
    if not n:
        return "در این هفته نظری نرسید."
    if before is None:
        change = "با هفتهٔ پیش سنجیدنی نیست"
    else:
        change = "به اندازهٔ هفتهٔ پیش" if n == before else f"هفتهٔ پیش {persian(before)}"
    return f"در این هفته {persian(n)} نظر رسید ({change})."


def _mood(total: Row) -> list[str]:
    net, before, low, high = (
        total[name] for name in ("net", "previous_net", "net_change_low", "net_change_high")
    )
    if net is None:
        return []
    found = f"احساس خالص {signed(net, 2)} است"
    # from what is written, so that a reader who subtracts finds the same
    apart = 0.0 if before is None else round(round(net, 2) - round(before, 2), 2)
    # low and high are null where there is nothing to compare with
    if abs(apart) < _MOVED or low is None or low <= 0 <= high:
        return [f"{found}."]
    return [f"{found}، {number(abs(apart), 2)} {'بهتر' if apart > 0 else 'بدتر'} از هفتهٔ پیش."]


def _desk(tickets: Row, promises: Row) -> list[str]:
    found = []
    if tickets["n"]:
        late = f"، {persian(tickets['overdue'])} تا از مهلت گذشته" if tickets["overdue"] else ""
        newest = f"از {persian(tickets['tickets'])} تای تازه‌تر " if tickets["tickets"] < tickets["n"] else ""
        found.append(
            f"{persian(tickets['n'])} تیکت باز شد و {newest}{persian(tickets['open'])} تا باز مانده است{late}."
        )
    if tickets["n"] and tickets["answered_in_time"] is not None:
        of = f"{persian(tickets['answers_met'])} از {persian(tickets['answers_due'])}"
        found.append(f"{percent(tickets['answered_in_time'])} نخستین پاسخ‌ها به‌موقع بود ({of}).")
    if promises["made"]:
        found.append(f"از {persian(promises['made'])} قول، {_fate(promises)}.")
    return found


def _fate(promises: Row) -> str:
    made, kept, broken = (promises[name] for name in ("made", "kept", "broken"))
    told = (
        (kept, f"به {persian(kept)} تا عمل شد"),
        (broken, f"به {persian(broken)} تا {'نشد' if kept else 'عمل نشد'}"),
        (made - kept - broken, f"{persian(made - kept - broken)} تا هنوز مهلت دارد"),
    )
    *first, last = [said for n, said in told if n]
    return " و ".join(["، ".join(first), last] if first else [last])


def _rose(now: int, before: int) -> bool:
    return now >= _LEAST and now >= _TIMES * before and now - before >= 3


def _largest(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (-abs(row["n"] - row["previous_n"]), row["topic"]))[:_NAMED]


def _figures(row: Row) -> Json:
    return {
        name: row[name] for name in ("topic", "label_fa", "n", "previous_n", "net", "previous_net", "small")
    }


def _from_to(row: Row) -> str:
    return f"{persian(row['n'])} نظر، هفتهٔ پیش {persian(row['previous_n'])}"
