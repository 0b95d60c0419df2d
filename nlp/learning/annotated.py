"""Labels of comments that a data folder holds without any, found again by the hash of their text.

The comments may not be shipped, so `annotated.tsv` holds no word of them: a hash, the domain, and the cells that
`examples.from_cells` reads. A folder that lacks a comment leaves its label unused.
"""

import csv
import hashlib
from collections.abc import Mapping
from pathlib import Path

from nlp.examples import Example, from_cells
from nlp.learning import weak

TABLE = Path(__file__).with_name("annotated.tsv")
#: The draw of these comments: most were chosen because the model was unsure of them or because they are rare.
DRAW = "annotated"
_HASH_DIGITS = 16


def key(text: str) -> str:
    """Return what stands for a comment in the table: 64 bits of its sha256, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_DIGITS]


def examples(data: Path, table: Path = TABLE) -> list[Example]:
    """Return the comments of a data folder that a table has labels for, each once, in the order of the folder."""
    labels = _labels(table)
    found: dict[str, Example] = {}
    for text in (raw["text"] for name in weak.FILES for raw in weak.records(data / f"{name}.jsonl")):
        known = key(text)
        if known in labels and known not in found:
            domain, *cells = labels[known]
            found[known] = from_cells(f"{DRAW}-{known}", text, cells, domain=domain, draw=DRAW)
    return list(found.values())


def _labels(table: Path) -> Mapping[str, list[str]]:
    lines = table.read_text(encoding="utf-8").splitlines()
    return {known: cells for known, *cells in csv.reader(lines, delimiter="\t")}
