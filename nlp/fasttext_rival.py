"""fastText supervised as a rival: an optional extra, tuned on held-out comments, deterministic on one thread."""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp.errors import MissingExtraError
from nlp.metrics import counts, f1

Floats = NDArray[np.float64]
#: The settings it may choose from: words alone or subwords, short or long training.
GRID = (
    {"epoch": 25, "lr": 0.5, "minn": 0, "maxn": 0},
    {"epoch": 25, "lr": 0.5, "minn": 2, "maxn": 5},
    {"epoch": 60, "lr": 0.25, "minn": 2, "maxn": 5},
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


def fit(
    texts: Sequence[str], wanted: NDArray[np.bool_], held_out: NDArray[np.bool_], seed: int
) -> Callable[[Sequence[str]], Floats]:
    """Learn labels (n, labels) and return what scores texts; the best settings on `held_out` are used for all."""
    kept, judged = np.flatnonzero(~held_out).tolist(), np.flatnonzero(held_out).tolist()
    asked = [texts[row] for row in judged]
    tried = [_learn([texts[row] for row in kept], wanted[kept], settings, seed)(asked) for settings in GRID]
    quality = [_best_f1(scores, wanted[judged]) for scores in tried]
    return _learn(texts, wanted, GRID[int(np.argmax(quality))], seed)


def _learn(
    texts: Sequence[str], wanted: NDArray[np.bool_], settings: dict[str, Any], seed: int
) -> Callable[[Sequence[str]], Floats]:
    library = _library()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "train.txt"
        file.write_text(
            "".join(_line(text, row) for text, row in zip(texts, wanted, strict=True)), encoding="utf-8"
        )
        model = library.train_supervised(str(file), seed=seed, **_SHARED, **settings)

    def score(asked: Sequence[str]) -> Floats:
        table = np.zeros((len(asked), wanted.shape[1]))
        for row, text in enumerate(asked):
            # its own predict() breaks on numpy 2; the binding below it does not
            for share, label in model.f.predict(_one_line(text), -1, 0.0, "strict"):
                if label != _MARK + "none":
                    table[row, int(label.removeprefix(_MARK))] = min(share, 1.0)
        return table

    return score


def _best_f1(scores: Floats, wanted: NDArray[np.bool_]) -> float:
    one = np.ones((1, len(wanted)))
    return max(
        float(f1(counts(one, scores >= least, wanted).sum(axis=2))[0]) for least in np.arange(0.1, 0.9, 0.1)
    )


def _line(text: str, row: NDArray[np.bool_]) -> str:
    labels = [str(column) for column in np.flatnonzero(row)] or ["none"]
    return " ".join(_MARK + label for label in labels) + " " + _one_line(text)


def _one_line(text: str) -> str:
    return " ".join(text.split()) + "\n"


def _library() -> Any:
    try:
        return import_module("fasttext")
    except ImportError as error:
        raise MissingExtraError('fastText is not installed: pip install "bazkhord[fasttext]"') from error
