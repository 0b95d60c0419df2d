"""A model card for the eye: the few marks that cards are written with, as blocks for a template. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

Kind = Literal["h1", "h2", "h3", "table", "list", "code", "text"]
_RULE = re.compile(r"\|[\s:|-]+\|")
_MARKED = re.compile(r"(`[^`]+`|\*\*[^*]+\*\*)")
_HEADINGS: tuple[tuple[str, Kind], ...] = (("### ", "h3"), ("## ", "h2"), ("# ", "h1"))
#: A piece of running text, and how it is set: plain, as code or strong.
Piece = tuple[str, Literal["", "code", "strong"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of a card: a table has rows of cells, everything else has lines."""

    kind: Kind
    lines: tuple[tuple[Piece, ...], ...] = ()
    rows: tuple[tuple[tuple[Piece, ...], ...], ...] = ()


def blocks(markdown: str) -> Iterator[Block]:
    r"""Yield the blocks of a card; what is none of the known marks stays running text.

    >>> [block.kind for block in blocks("# Card\n\n| label | n |\n|---|---|\n| praise | 3 |")]
    ['h1', 'table']
    """
    for place, part in enumerate(markdown.split("```")):
        if place % 2:
            yield Block(kind="code", lines=((_code(part),),))
        else:
            yield from _prose(part.splitlines())


def _prose(lines: Sequence[str]) -> Iterator[Block]:
    for kind, group in groupby(lines, key=_kind):
        together = list(group)
        if kind == "table":
            rows = [line for line in together if not _RULE.fullmatch(line.strip())]
            yield Block(kind="table", rows=tuple(map(_cells, rows)))
        elif kind == "list":
            yield Block(kind="list", lines=tuple(_pieces(line[2:]) for line in together))
        elif kind == "text":
            yield Block(kind="text", lines=(_pieces(" ".join(together)),))
        elif kind is not None:
            yield from (Block(kind=kind, lines=(_pieces(line.lstrip("# ")),)) for line in together)


def _kind(line: str) -> Kind | None:
    """Return what a line belongs to; None separates."""
    if not line.strip():
        return None
    for mark, kind in _HEADINGS:
        if line.startswith(mark):
            return kind
    return "table" if line.startswith("|") else "list" if line.startswith("- ") else "text"


def _cells(line: str) -> tuple[tuple[Piece, ...], ...]:
    return tuple(_pieces(cell.strip()) for cell in line.strip().strip("|").split("|"))


def _pieces(text: str) -> tuple[Piece, ...]:
    return tuple(_piece(part) for part in _MARKED.split(text) if part)


def _piece(part: str) -> Piece:
    if part.startswith("`") and part.endswith("`"):
        return part.strip("`"), "code"
    return (part.strip("*"), "strong") if part.startswith("**") else (part, "")


def _code(part: str) -> Piece:
    return part.strip("\n"), "code"
