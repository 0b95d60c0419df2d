"""fastText supervised as a rival: an optional extra, tuned on held-out comments, deterministic on one thread."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from nlp.errors import extra
from nlp.judging.metrics import Bools, Floats, counts, f1

Settings = Mapping[str, float]
#: What it may choose from: words alone or subwords, short or long training. One model speaks of all labels, which
#: does as well as one per head (topics a point less, category a point more) at an eighth of the time.
GRID: tuple[Settings, ...] = (
    {"epoch": 25, "lr": 0.5, "minn": 0, "maxn": 0},
    {"epoch": 25, "lr": 0.5, "minn": 2, "maxn": 5},
    {"epoch": 40, "lr": 0.3, "minn": 3, "maxn": 5},
)
_SHARED = {
    "dim": 100,
    "wordNgrams": 2,
    "bucket": 200_000,
    "minCount": 2,
    "loss": "ova",
    "thread": 1,
    "verbose": 0,
}
_MARK = "__label__"


def tuned(texts: Sequence[str], wanted: Bools, held_out: Bools, seed: int) -> Settings:
    """Return the settings of the best F1 on the `held_out` texts; `wanted` holds the labels (n, labels)."""
    kept, judged = np.flatnonzero(~held_out).tolist(), np.flatnonzero(held_out).tolist()
    asked = [texts[row] for row in judged]
    tried = [learn([texts[row] for row in kept], wanted[kept], settings, seed)(asked) for settings in GRID]
    quality = [_best_f1(scores, wanted[judged]) for scores in tried]
    return GRID[int(np.argmax(quality))]


def learn(
    texts: Sequence[str], wanted: Bools, settings: Settings, seed: int
) -> Callable[[Sequence[str]], Floats]:
    """Learn labels (n, labels) and return what scores texts, a probability per label."""
    fasttext = library()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "train.txt"
        file.write_text(
            "".join(_line(text, row) for text, row in zip(texts, wanted, strict=True)), encoding="utf-8"
        )
        model = fasttext.train_supervised(str(file), seed=seed, **_SHARED, **settings)

    def score(asked: Sequence[str]) -> Floats:
        table = np.zeros((len(asked), wanted.shape[1]))
        for row, text in enumerate(asked):
            # its own predict() breaks on numpy 2; the binding below it does not
            for share, label in model.f.predict(_one_line(text), -1, 0.0, "strict"):
                if label != _MARK + "none":
                    table[row, int(label.removeprefix(_MARK))] = min(share, 1.0)
        return table

    return score


def _best_f1(scores: Floats, wanted: Bools) -> float:
    one = np.ones((1, len(wanted)))
    return max(
        float(f1(counts(one, scores >= least, wanted).sum(axis=2))[0]) for least in np.arange(0.1, 0.9, 0.1)
    )


def _line(text: str, row: Bools) -> str:
    labels = [str(column) for column in np.flatnonzero(row)] or ["none"]
    return " ".join(_MARK + label for label in labels) + " " + _one_line(text)


def _one_line(text: str) -> str:
    return " ".join(text.split()) + "\n"


def library() -> Any:
    """Return the fastText module; `MissingExtraError` says how to install it."""
    return extra("fasttext", "fastText", "fasttext-wheel>=0.9.2")
