"""Invented comments with full labels: rare labels, scopes and contrasts that the real comments seldom show.

`invented.tsv` holds whole comments, each with the cells that `examples.from_cells` reads. `clauses.toml` holds statements about
one topic each; two or three of them, joined as people join them, make a comment whose labels follow from its parts.
`frames.toml` turns them around: told as solved, as hearsay, in irony; and their last verb is denied. `remarks.toml` has
the words by which people praise and blame in three or four words.
"""

import csv
import random
import re
import tomllib
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from nlp.examples import Example, from_cells

_TURNS = (
    "{} ولی {}", "{} اما {}", "{}، ولی {}", "{} ولی خب {}", "{} منتها {}", "{}. فقط {}", "با اینکه {}، {}",
    "{} در عوض {}", "هرچند {} ولی {}", "{} از اون طرف {}", "{}، البته {}", "{}. متأسفانه {}", "{}\n{}",
)  # fmt: skip
_BACK = (
    "{} ولی {}", "{} اما {}", "{}، ولی {}", "{} منتها {}", "با اینکه {}، {}", "{} در عوض {}", "هرچند {} ولی {}",
    "{} از اون طرف {}", "{}، البته {}", "{}. خوشبختانه {}", "{} عوضش {}",
)  # fmt: skip
_LINKS = ("{} و {}", "{}، {}", "{}. {}", "هم {} هم {}", "{}\n{}", "{} {}", "{}، تازه {}")
#: Joined comments per statement: each statement stands beside so many others.
_PARTNERS = 2

#: Times that a judging word is said as it is.
_SAID = 3
#: The share of the kinds of frames that each negative statement is put into.
_FRAMED = 0.5
#: Copulas at the end of a statement, and how they are denied: «غذا سرد بود», «غذا سرد نبود».
_DENIED = {"شده بود": "نشده بود", "شده بودن": "نشده بودن", "بود": "نبود", "بودن": "نبودن", "داشت": "نداشت"}
_COPULA = re.compile(r"(?<=\s)(?:شده بودن?|(?<!ه )بودن?|داشت)$")


class Statement(NamedTuple):
    """What somebody says of one topic."""

    topic: str
    polarity: str
    text: str


def examples(seed: int = 0) -> list[Example]:
    """Return every invented comment; the same seed gives the same ones."""
    return [*_whole(), *_joined(seed), *_framed(seed), *_judged(seed)]


def _whole() -> Iterator[Example]:
    lines = Path(__file__).with_name("invented.tsv").read_text(encoding="utf-8").splitlines()
    for number, row in enumerate(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE), 1):
        text, *cells = row
        yield from_cells(f"invented-{number}", text, cells)


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def _statements() -> list[Statement]:
    return [
        Statement(topic, polarity, text)
        for topic, sides in _table("clauses.toml").items()
        for polarity, texts in sides.items()
        for text in texts
    ]


def _joined(seed: int) -> Iterator[Example]:
    chance, numbers = random.Random(seed), count(1)  # the same seed must give the same comments
    statements = _statements()
    for first in statements:
        yield _example(next(numbers), first.text, [first], chance)
        for _ in range(_PARTNERS):
            second = chance.choice([other for other in statements if other.topic != first.topic])
            form = chance.choice(_forms(first, second))
            yield _example(next(numbers), form.format(first.text, second.text), [first, second], chance)


def _forms(first: Statement, second: Statement) -> tuple[str, ...]:
    if first.polarity == second.polarity:
        return _LINKS
    return _TURNS if second.polarity == "negative" else _BACK


def _example(
    number: int, text: str, said: list[Statement], chance: random.Random, kind: str = "joined"
) -> Example:
    """Label a joined comment: the last word counts most, as annotators read it."""
    blames, mixed = said[-1].polarity == "negative", len({each.polarity for each in said}) > 1
    balanced = mixed and chance.random() < 0.5
    return Example(
        id=f"{kind}-{number}",
        draw="joined",
        text=text,
        category="complaint" if blames else "other" if balanced else "praise",
        sentiment=0 if balanced else -1 if blames else 1,
        mixed=mixed,
        topics={each.topic: each.polarity for each in said},
        urgency="normal" if blames else "none",
    )


def _framed(seed: int) -> Iterator[Example]:
    """Yield every negative statement, and a positive one about its topic, in half of the kinds of frames.

    Statements that end in a copula come once more, denied.
    """
    chance, numbers = random.Random(seed), count(1)
    statements, frames = _statements(), _table("frames.toml").values()
    for topic, polarity, bad in statements:
        if polarity != "negative":
            continue
        good = chance.choice(
            [text for other, mood, text in statements if (other, mood) == (topic, "positive")]
        )
        for frame in frames:
            if chance.random() < _FRAMED:
                text = chance.choice(frame["forms"]).format(bad=bad, good=good)
                yield _turned(f"framed-{next(numbers)}", text, topic, frame)
    for topic, polarity, text in (each for each in statements if _COPULA.search(each.text)):
        said = "positive" if polarity == "negative" else "negative"
        yield _example(
            next(numbers), _COPULA.sub(_denied, text), [Statement(topic, said, "")], chance, "denied"
        )


def _judged(seed: int) -> Iterator[Example]:
    """Yield every word that judges, said of some things plainly and strongly, and of one denied."""
    chance, numbers, table = random.Random(seed), count(1), _table("remarks.toml")
    words = [
        (group, good, word)
        for group in table["judgement"]
        for good, side in ((True, "good"), (False, "bad"))
        for word in group[side]
    ]
    for group, good, word in words:
        for form in [*chance.sample(table["said"], _SAID), chance.choice(table["denied"])]:
            plainly, text = form in table["said"], form.format(chance.choice(group["of"]), word)
            strong = plainly and word in table["strong"]
            yield _judgement(f"judged-{next(numbers)}", text, group, praises=good == plainly, strong=strong)


def _judgement(id_: str, text: str, group: dict[str, Any], *, praises: bool, strong: bool) -> Example:
    topic, degree = group["topic"], 2 if strong else 1
    return Example(
        id=id_,
        draw="joined",
        text=text,
        category="praise" if praises else "complaint",
        sentiment=degree if praises else -degree,
        topics={topic: "positive" if praises else "negative"} if topic else {},
        urgency="none" if praises or group.get("none") else "normal",
    )


def _turned(id_: str, text: str, topic: str, frame: dict[str, Any]) -> Example:
    return Example(
        id=id_,
        draw="joined",
        text=text,
        category=frame["category"],
        sentiment=frame["sentiment"],
        topics={topic: frame["polarity"]},
        urgency=frame["urgency"],
        signals=tuple(frame["signals"]),
    )


def _denied(copula: re.Match[str]) -> str:
    return _DENIED[copula[0]]
