"""Tagged records on their way out: JSON Lines as in the contract, or flat CSV that a spreadsheet may open."""

import csv
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Literal, TextIO

from nlp.records import Row
from nlp.tags import Tags

OutputFormat = Literal["jsonl", "csv"]
Write = Callable[[Row, Tags | None, str | None], None]

#: A spreadsheet runs a cell that begins with one of these.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
#: The columns that tags become in CSV, after the columns of the input.
COLUMNS = (
    "tags.language", "tags.category", "tags.category_confidence", "tags.sentiment", "tags.sentiment_score",
    "tags.mixed", "tags.topics", "tags.signals", "tags.urgency", "tags.urgency_score", "tags.urgency_reasons",
    "tags.needs_review", "tags.abstained", "tags.model", "error",
)  # fmt: skip
#: Fields that the first record did not have, as JSON, so that nothing is lost.
MORE = "more_fields"


@contextmanager
def opened(path: str) -> Iterator[TextIO]:
    """Yield where output goes: stdout for `-`, else a `.part` file that takes its name when all is written.

    CSV files begin with a byte order mark, without which Excel shows Persian as rubbish.
    """
    if path == "-":
        yield from _stdout()
        return
    part = Path(f"{path}.part")
    encoding = "utf-8-sig" if path.lower().endswith(".csv") else "utf-8"
    with part.open("w", encoding=encoding, newline="") as file:
        yield file
    part.replace(path)


def writer(out: TextIO, kind: OutputFormat) -> Write:
    """Return a function that writes one record with its tags, or with its error."""
    return _csv_writer(out) if kind == "csv" else _jsonl_writer(out)


def flat(tags: Tags) -> dict[str, Any]:
    """Return tags as one value per column; topics as `courier:negative`, lists joined by `|`."""
    return {
        "tags.language": tags.language.code,
        "tags.category": tags.category.label if tags.category else "",
        "tags.category_confidence": tags.category.confidence if tags.category else "",
        "tags.sentiment": tags.sentiment.label if tags.sentiment else "",
        "tags.sentiment_score": tags.sentiment.score if tags.sentiment else "",
        "tags.mixed": tags.sentiment.mixed if tags.sentiment else "",
        "tags.topics": "|".join(f"{topic.id}:{topic.sentiment}" for topic in tags.topics),
        "tags.signals": "|".join(signal.name for signal in tags.signals),
        "tags.urgency": tags.urgency.level,
        "tags.urgency_score": tags.urgency.score,
        "tags.urgency_reasons": " | ".join(reason.text_fa for reason in tags.urgency.reasons),
        "tags.needs_review": tags.needs_review,
        "tags.abstained": "|".join(sorted({each.reason for each in tags.abstained})),
        "tags.model": tags.model.version,
    }


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


def _stdout() -> Iterator[TextIO]:
    """Yield stdout as UTF-8 whatever the locale; a reader that went away (`| head`) ends the run quietly."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    yield sys.stdout
    sys.stdout.flush()


def _is_number(value: str) -> bool:
    return value.lstrip("+-").replace(".", "", 1).isdecimal() and value.isascii()


def _jsonl_writer(out: TextIO) -> Write:
    def write(row: Row, tags: Tags | None, error: str | None) -> None:
        said = {"tags": tags.to_json()} if tags else {"error": error}
        record = {**row.record, **said}
        line = json.dumps(record, ensure_ascii=False)
        try:
            line.encode("utf-8")
        except UnicodeEncodeError:  # a lone surrogate can only be written escaped
            line = json.dumps(record, ensure_ascii=True)
        out.write(line + "\n")

    return write


def _csv_writer(out: TextIO) -> Write:
    rows = csv.writer(out)
    header: list[str] = []

    def write(row: Row, tags: Tags | None, error: str | None) -> None:
        if not header:
            header.extend(name for name in row.record if name not in COLUMNS)
            rows.writerow([neutral(name) for name in [*header, *COLUMNS, MORE]])
        more = {name: value for name, value in row.record.items() if name not in header}
        said: Mapping[str, Any] = (flat(tags) if tags else {}) | {"error": error or ""}
        cells = [row.record.get(name, "") for name in header] + [said.get(name, "") for name in COLUMNS]
        rows.writerow([_encodable(neutral(cell)) for cell in [*cells, more or ""]])

    return write


def _encodable(value: Any) -> Any:
    return value.encode("utf-8", errors="replace").decode("utf-8") if isinstance(value, str) else value
