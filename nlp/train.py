"""Labelled comments to a bundle: fit, calibrate and choose thresholds on comments the weights have not seen."""

import hashlib
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from importlib.metadata import version as installed
from pathlib import Path
from platform import python_version
from typing import Any

from threadpoolctl import threadpool_limits

from nlp import taxonomy
from nlp.artifacts import LAYOUT
from nlp.bundle import Bundle
from nlp.errors import ExampleError
from nlp.examples import OWN_DRAW, Example, dedupe, read
from nlp.labels import Thresholds
from nlp.learning import annotated, invented, weak
from nlp.learning.polling import Polled, poll, unseen_scores
from nlp.normalize import NORMALIZER_VERSION
from nlp.thresholds import choose

#: The file of a data folder whose comments nobody wrote to a company.
INVENTED = "invented_train.jsonl"
#: The files of a data folder that carry full labels.
LABELLED = ("gold_train.jsonl", INVENTED, "corrected.jsonl")
#: What the card must say of the data and the known failures: ours is of the comments that the shipped version learned from.
CARD_FACTS = Path(__file__).with_name("card.toml")
_UNTOLD = f"nobody told: `{CARD_FACTS.name}` beside the comments says it."
_FORMS: Mapping[type, str] = {str: "text", list: "list", dict: "table"}
FOLDS = 5  # calibration and thresholds are learned on so many held-out parts
FITS = FOLDS + 1  # and the heads themselves on all
_PACKAGES = ("scikit-learn", "numpy", "scipy", "joblib", "hazm")


def load(data: Path) -> list[Example]:
    """Read the labelled comments of one JSON Lines file, or of a folder together with the invented ones.

    Comments of the folder that were labelled later, by their hash, come with them. Comments that do not say how they were
    chosen are taken for a customer's (`OWN_DRAW`), unless they stand in the file of `INVENTED` ones. `ExampleError`
    when there are none.
    """
    files = [data] if data.is_file() else [data / name for name in LABELLED if (data / name).is_file()]
    if not data.exists():
        raise FileNotFoundError(f"{data}: there is no such file or folder")
    if not files:
        raise FileNotFoundError(f"{data}: none of {', '.join(LABELLED)} is there")
    labelled = [example for file in files for example in _drawn(file)]
    if not labelled:
        raise ExampleError(f"{data}: holds no labelled comment")
    if data.is_file():
        return dedupe(labelled)
    return dedupe([*labelled, *annotated.examples(data), *invented.examples()])


def _drawn(file: Path) -> Iterator[Example]:
    """Yield the examples of a file, each with a draw unless it was invented."""
    for example in read(file):
        yield example if example.draw or file.name == INVENTED else replace(example, draw=OWN_DRAW)


def fit(
    examples: Sequence[Example],
    *,
    data: Path | None = None,
    seed: int = 0,
    version: str = "0",
    after_fit: Callable[[], None] = lambda: None,
) -> tuple[Bundle, Polled]:
    """Learn a bundle from examples, and return with it what calibrated it, by which it can be judged.

    The same examples and seed give the same bundle. `data` is the folder with further, weakly labelled files.
    `ExampleError` when the examples are too few.
    """
    told = _card_facts(examples, data, version)
    polled = poll(examples, data=data, k=FOLDS, seed=seed, whole=True, after_fold=after_fit)
    assert polled.whole  # as asked
    with threadpool_limits(1):  # many tiny fits: threads would only wait for each other
        heads = polled.whole.calibrate(polled.votes, examples)
        thresholds = choose(unseen_scores(polled.votes, polled.blends), examples)
    facts = _facts(examples, thresholds, data, seed, version) | told
    return Bundle(features=polled.features, heads=heads, thresholds=thresholds, facts=facts), polled


def _facts(
    examples: Sequence[Example], thresholds: Thresholds, data: Path | None, seed: int, version: str
) -> dict[str, Any]:
    labels = taxonomy.load()
    return {
        "version": version,
        "taxonomy": labels.version,
        "normalizer": NORMALIZER_VERSION,
        "layout": LAYOUT,
        "seed": seed,
        "labels": {
            "category": list(labels.categories),
            "sentiment": list(labels.sentiments),
            "topics": list(labels.topics),
            "signals": list(labels.signals),
            "urgency": list(labels.urgency),
        },
        "thresholds": asdict(thresholds),
        "data": fingerprint(examples, data),
        "packages": {"python": python_version()} | {name: installed(name) for name in _PACKAGES},
    }


def _card_facts(examples: Sequence[Example], data: Path | None, version: str) -> dict[str, Any]:
    """Return what the card says that no number can: by a file beside the comments, else ours, where it is of them.

    What that file leaves out, nobody told.
    """
    untold = {
        "known_failures": ["Those on the card of the shipped version are likely; this one's own are untold."],
        "changes": [f"{version}: learned from other comments than the shipped version."],
        "annotation": {"how": _UNTOLD, "licence": _UNTOLD, "agreement": {"of these labels": "not measured"}},
    }
    if data and (beside := data / CARD_FACTS.name).is_file():
        try:
            told = tomllib.loads(beside.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ExampleError(f"{beside}: is no TOML in UTF-8 ({error})") from error
        told["annotation"] = _filled(
            untold["annotation"], told.get("annotation", {}), f"{beside}: annotation"
        )
        return _filled(untold, told, str(beside))
    if any(example.draw == annotated.DRAW for example in examples):
        return tomllib.loads(CARD_FACTS.read_text(encoding="utf-8"))
    return untold


def _filled(untold: Any, told: object, where: str) -> dict[str, Any]:
    """Return what was told, and the rest as it is untold; `ExampleError` names what the card has no place for."""
    if not isinstance(told, dict):
        raise ExampleError(f"{where}: is no table")
    for name, value in told.items():
        if name not in untold:
            raise ExampleError(f"{where}: {name!r} is none of {', '.join(untold)}")
        if not isinstance(value, type(untold[name])):
            raise ExampleError(f"{where}: {name} is no {_FORMS[type(untold[name])]}")
    return {**untold, **told}


def fingerprint(examples: Sequence[Example], data: Path | None = None) -> dict[str, Any]:
    """Return what was learned from, without a word of it: counts, and a hash of ids, texts and labels."""
    digest = hashlib.sha256()
    for example in examples:
        digest.update(repr(example).encode())
    files = sorted(data.glob("*.jsonl")) if data and data.is_dir() else []
    return {
        "sha256": digest.hexdigest(),
        "examples": len(examples),
        "domains": dict(sorted(Counter(example.domain for example in examples).items())),
        "draws": dict(sorted(Counter(example.draw or "invented" for example in examples).items())),
        "files": [file.name for file in files if file.name in LABELLED or file.stem in weak.FILES],
    }
