"""Tagged records on their way out: JSON Lines as in the contract, or flat CSV that a spreadsheet may open."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import count
from typing import Any, Literal

from nlp.files.records import Row
from nlp.tags import Tags

OutputFormat = Literal["jsonl", "csv"]

#: A spreadsheet runs a cell that begins with one of these.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
#: The columns that tags become in CSV, after the columns of the input: one value each, topics as `courier:negative`, lists
#: joined by `|`.
_OF_TAGS: Mapping[str, Callable[[Tags], Any]] = {
    "tags.language": lambda tags: tags.language.code,
    "tags.category": lambda tags: tags.category.label if tags.category else "",
    "tags.category_confidence": lambda tags: tags.category.confidence if tags.category else "",
    "tags.sentiment": lambda tags: tags.sentiment.label if tags.sentiment else "",
    "tags.sentiment_score": lambda tags: tags.sentiment.score if tags.sentiment else "",
    "tags.mixed": lambda tags: tags.sentiment.mixed if tags.sentiment else "",
    "tags.topics": lambda tags: "|".join(f"{topic.id}:{topic.sentiment}" for topic in tags.topics),
    "tags.signals": lambda tags: "|".join(signal.name for signal in tags.signals),
    "tags.urgency": lambda tags: tags.urgency.level,
    "tags.urgency_score": lambda tags: tags.urgency.score,
    "tags.urgency_reasons": lambda tags: " | ".join(reason.text_fa for reason in tags.urgency.reasons),
    "tags.needs_review": lambda tags: tags.needs_review,
    "tags.abstained": lambda tags: "|".join(sorted({each.reason for each in tags.abstained})),
    "tags.model": lambda tags: tags.model.version,
}
COLUMNS = (*_OF_TAGS, "error")
#: Fields that the first record did not have, as JSON, so that nothing is lost.
MORE = "more_fields"
#: Why a record has no tags, as an earlier run wrote it.
_REASON = re.compile(
    "(extra_cells|invalid_csv|invalid_encoding|invalid_json|not_text|surrogate|text_missing|unclosed_quote): "
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A record with its tags, or with the reason why it has none."""

    row: Row
    tags: Tags | None = None
    error: str | None = None


def rendered(outcomes: Iterable[Outcome], kind: OutputFormat, header: Sequence[str] = ()) -> str:
    """Return the lines of some records; `header` names the input's columns of a CSV file."""
    line = _jsonl_line if kind == "jsonl" else lambda outcome: _csv_line(_cells(outcome, header))
    return "".join(map(line, outcomes))


def heading(header: Sequence[str]) -> str:
    """Return the first line of a CSV file."""
    return _csv_line([*header, *COLUMNS, MORE])


def columns_of(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the input's columns that a CSV file shows, which are those of its first record."""
    return tuple(name for name in own(record) if name not in (*COLUMNS, MORE))


def own(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the fields of a record without what an earlier run said, which would contradict this one.

    What somebody else calls `tags` or `error` is kept under a name that is free.

    >>> own({"text": "سرد بود", "error": "E42", "tags": {"model": {}}})
    {'text': 'سرد بود', 'error_1': 'E42'}
    """
    if "tags" not in record and "error" not in record:
        return record
    kept: dict[str, Any] = {}
    for name, value in record.items():
        if name not in ("tags", "error"):
            kept[name] = value
        elif not _is_said(name, value, record):
            kept[next(free for n in count(1) if (free := f"{name}_{n}") not in record)] = value
    return kept


def _is_said(name: str, value: Any, record: Mapping[str, Any]) -> bool:
    """Tell whether an earlier run wrote this: tags, or why there are none. Its tables have tags beside an `error`."""
    if name == "tags":
        return isinstance(value, dict) and "model" in value
    if "tags.model" in record:
        return True
    return "tags" not in record and isinstance(value, str) and _REASON.match(value) is not None


def neutral(value: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula.

    >>> neutral("=HYPERLINK(1)"), neutral("-12.5"), neutral("سرد بود")
    ("'=HYPERLINK(1)", '-12.5', 'سرد بود')
    """
    if isinstance(value, (dict, list)):
        value = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, str) or not value.startswith(_FORMULA):
        return value
    return value if _is_number(value) else "'" + value


def plain(value: Any) -> Any:
    """Return a cell as it was before `neutral`.

    >>> plain("'-سرد بود"), plain("'-12"), plain("'تازه'")
    ('-سرد بود', "'-12", "'تازه'")
    """
    if not isinstance(value, str) or not value.startswith("'"):
        return value
    return value[1:] if neutral(value[1:]) == value else value


def _is_number(value: str) -> bool:
    return value.lstrip("+-").replace(".", "", 1).isdecimal() and value.isascii()


def _jsonl_line(outcome: Outcome) -> str:
    kept = own(outcome.row.record)
    said = {"tags": outcome.tags.to_json()} if outcome.tags else {"error": outcome.error}
    line = json.dumps({**kept, **said}, ensure_ascii=False)
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate can only be written escaped
        line = json.dumps({**kept, **said}, ensure_ascii=True)
    return line + "\n"


def _cells(outcome: Outcome, header: Sequence[str]) -> list[Any]:
    record = own(outcome.row.record)
    said = [of_tags(outcome.tags) if outcome.tags else "" for of_tags in _OF_TAGS.values()]
    return [*(record.get(name, "") for name in header), *said, outcome.error or "", _more(record, header)]


def _more(record: Mapping[str, Any], header: Sequence[str]) -> Any:
    """Return the fields that the header lacks; those that an earlier run put there stay as it wrote them."""
    more = {name: value for name, value in record.items() if name not in header and name not in COLUMNS}
    earlier = more.pop(MORE, "")
    if more and earlier:
        return more | {MORE: earlier}
    return more or earlier


def _csv_line(cells: Sequence[Any]) -> str:
    line = StringIO()
    csv.writer(line).writerow([_encodable(neutral(cell)) for cell in cells])
    return line.getvalue()


def _encodable(value: Any) -> Any:
    return value.encode("utf-8", errors="replace").decode("utf-8") if isinstance(value, str) else value
