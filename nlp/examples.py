"""Labelled comments: reading, grouping near-duplicates and splitting without leaks."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp import taxonomy
from nlp.errors import ExampleError
from nlp.normalize import normalize
from nlp.tags import URGENCY_LEVELS

_SIGNS = dict(zip("-0+", taxonomy.POLARITIES, strict=True))
_NOT_WORD = re.compile(r"[\W_]+")
#: Rates of the real world are read from comments that were drawn at random.
JUDGED_DRAW = "stratified"
#: Draws of comments that no customer wrote; only files of invented comments name none.
INVENTED_DRAWS = frozenset({"", "invented", "joined"})
#: The draw of labelled comments whose file does not say how they were chosen: customers wrote them.
OWN_DRAW = "own"
#: So many comments tell how frequent anything is, and from which probability it is said.
ENOUGH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One labelled comment; the labels are ids of the taxonomy."""

    id: str
    text: str
    category: str
    sentiment: int  # -2 (very negative) to 2 (very positive)
    domain: str = ""  # the trade of the company, where it is known
    draw: str = ""  # how the comment was chosen, such as `JUDGED_DRAW`, or that it was invented
    mixed: bool = False
    topics: Mapping[str, str] = field(default_factory=dict)  # topic -> one of `taxonomy.POLARITIES`
    urgency: str = "none"
    signals: tuple[str, ...] = ()


def read(path: Path) -> Iterator[Example]:
    """Yield the examples of a JSON Lines file; `ExampleError` names the first line that is wrong."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _parse(line, f"{path.name}:{number}")


def from_cells(id_: str, text: str, cells: Sequence[str], *, domain: str = "", draw: str = "") -> Example:
    """Return a comment with the labels of a row of `invented.tsv` or `annotated.tsv`.

    The cells are category, sentiment (-2 to 2), mixed (0 or 1), topics (`courier-,price+`, 0 for neutral), urgency (0 to
    3, an index of `URGENCY_LEVELS`) and signals; «-» is an empty list.
    """
    category, sentiment, mixed, topics, urgency, signals = cells
    return Example(
        id=id_,
        text=text,
        domain=domain,
        draw=draw,
        category=category,
        sentiment=int(sentiment),
        mixed=mixed == "1",
        topics={part[:-1]: _SIGNS[part[-1]] for part in _listed(topics)},
        urgency=URGENCY_LEVELS[int(urgency)],
        signals=tuple(_listed(signals)),
    )


def _listed(cell: str) -> list[str]:
    return [] if cell == "-" else cell.split(",")


def group_key(text: str) -> str:
    """Return the words of the normalized text, so that near-duplicates never sit on both sides of a split.

    >>> group_key("عالي بود!!") == group_key("عالی  بود")
    True
    """
    return _NOT_WORD.sub(" ", normalize(text).text).strip()


def dedupe(examples: Iterable[Example]) -> list[Example]:
    """Keep the first example of every comment: two files may number their comments alike, and then each is one of its own."""
    first: dict[tuple[str, str], Example] = {}
    for example in examples:
        first.setdefault((example.id, example.text), example)
    return list(first.values())


def drawn(examples: Sequence[Example]) -> NDArray[np.int64]:
    """Return the rows drawn at random; none where there are too few to tell how frequent anything is."""
    rows = np.flatnonzero([example.draw == JUDGED_DRAW for example in examples])
    return rows if len(rows) >= ENOUGH else rows[:0]


def judged_rows(examples: Sequence[Example], least: int = 1) -> NDArray[np.int64]:
    """Return the rows drawn at random; those that customers wrote, where these are too few; all, where both are.

    The invented comments that `nlp.train.load` adds to a few corrections would tell of themselves.
    """
    random = np.flatnonzero([example.draw == JUDGED_DRAW for example in examples])
    real = np.flatnonzero([example.draw not in INVENTED_DRAWS for example in examples])
    return next((rows for rows in (random, real) if len(rows) >= least), np.arange(len(examples)))


def folds(examples: Sequence[Example], k: int, seed: int) -> NDArray[np.int64]:
    """Return the fold of every example: groups stay whole, category and urgency stay balanced.

    Groups of one kind are put in the order of a hash and cut into k parts. So a comment stays in its fold when others
    come or read differently, and two versions can be compared on the same folds; scikit-learn's `StratifiedGroupKFold`
    draws all of them anew. `ExampleError` when some fold would be empty.
    """
    groups: dict[str, list[int]] = {}
    for row, example in enumerate(examples):
        groups.setdefault(group_key(example.text), []).append(row)
    if len(groups) < k:
        raise ExampleError(f"{len(groups)} different comments are too few for {k} folds")
    strata = _rarest_joined([_stratum(examples[rows[0]]) for rows in groups.values()], k)
    alike: dict[str, list[str]] = {}
    for key, stratum in zip(groups, strata, strict=True):
        alike.setdefault(stratum, []).append(key)
    fold = np.zeros(len(examples), dtype=np.int64)
    for keys in alike.values():
        for place, key in enumerate(sorted(keys, key=lambda key: _hashed(key, seed))):
            fold[groups[key]] = place * k // len(keys)
    return fold


def _stratum(example: Example) -> str:
    return f"{example.category}/{example.urgency}"


def _hashed(key: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed} {key}".encode()).digest()


def splits(
    fold: NDArray[np.int64], known: NDArray[np.bool_] | None = None
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield for each fold the rows outside of it, of those that are `known` where not all are, and the rows in it.

    >>> [(seen.tolist(), test.tolist()) for seen, test in splits(np.array([1, 0, 1]))]
    [([0, 2], [1]), ([1], [0, 2])]
    >>> [(seen.tolist(), test.tolist()) for seen, test in splits(np.array([1, 0, 1]), np.array([True, True, False]))]
    [([0], [1]), ([1], [0, 2])]
    """
    taught = np.ones(len(fold), dtype=bool) if known is None else known
    for number in range(int(fold.max()) + 1):
        yield np.flatnonzero((fold != number) & taught), np.flatnonzero(fold == number)


def _rarest_joined(strata: Sequence[str], k: int) -> list[str]:
    """Join strata too small to stand in every fold to the largest one."""
    counts = Counter(strata)
    largest = counts.most_common(1)[0][0] if counts else ""
    return [stratum if counts[stratum] >= k else largest for stratum in strata]


def _parse(line: str, where: str) -> Example:
    try:
        raw = json.loads(line)
        example = Example(
            id=_id(raw["id"]),
            text=readable(raw["text"]),
            category=raw["category"],
            sentiment=_whole(raw["sentiment"]),
            domain=str(raw.get("domain") or ""),
            draw=str(raw.get("draw") or ""),
            mixed=_flag(raw.get("mixed")),
            topics=dict(raw.get("topics", {})),
            urgency=raw.get("urgency", "none"),
            signals=tuple(raw.get("signals", ())),
        )
        _check(example, where)
    except ExampleError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise ExampleError(f"{where}: not a labelled comment ({error!r})") from error
    return example


def readable(text: object) -> str:
    """Return a text; `TypeError` for what is none, `ValueError` for what was no UTF-8 in its file."""
    if not isinstance(text, str):
        raise TypeError(f"the text is {text!r}")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(error.reason) from None  # the error itself holds the whole comment
    return text


def _id(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise TypeError(f"the id is {value!r}")
    return str(value)


def _whole(value: object) -> int:
    """Return a whole number; -0.9 would count as 0, and true as 1."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value % 1 != 0:
        raise ValueError(f"sentiment is {value!r}")
    return int(value)


def _flag(value: object) -> bool:
    """Return what is true, false or not said; the text "false" would count as true."""
    if value not in (True, False, None):
        raise ValueError(f"mixed is {value!r}")
    return bool(value)


def _check(example: Example, where: str) -> None:
    labels = taxonomy.load()
    said: dict[str, tuple[Iterable[object], Container[object]]] = {
        "category": ([example.category], labels.categories),
        "sentiment": ([example.sentiment], range(-2, 3)),
        "urgency": ([example.urgency], labels.urgency),
        "topics": (example.topics, labels.topics),
        "polarity": (example.topics.values(), taxonomy.POLARITIES),
        "signals": (example.signals, labels.signals),
    }
    for name, (values, known) in said.items():
        for value in values:
            if value not in known:
                raise ExampleError(f"{where}: unknown {name} {value!r}")
