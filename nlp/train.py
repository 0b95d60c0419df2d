"""Labelled comments to a bundle: fit, calibrate and choose thresholds on comments the weights have not seen."""

import hashlib
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from importlib.metadata import version as installed
from pathlib import Path
from platform import python_version
from typing import Any

import numpy as np
from joblib import Parallel, delayed, parallel_config
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from threadpoolctl import threadpool_limits

from nlp import taxonomy
from nlp.artifacts import LAYOUT
from nlp.blend import Blend
from nlp.bundle import Bundle
from nlp.clausewise import Spoken
from nlp.errors import ExampleError
from nlp.examples import OWN_DRAW, Example, dedupe, folds, group_key, read, splits
from nlp.features import Features, tokens
from nlp.heads import Heads
from nlp.labels import Floats, HeadScores, Thresholds
from nlp.learning import annotated, invented, weak
from nlp.learning.embeddings import word_vectors
from nlp.learning.weak import WeakComment
from nlp.normalize import NORMALIZER_VERSION, Normalized, normalize
from nlp.projection import Projection
from nlp.thresholds import choose
from nlp.votes import Votes

#: The file of a data folder whose comments nobody wrote to a company.
INVENTED = "invented_train.jsonl"
#: The files of a data folder that carry full labels.
LABELLED = ("gold_train.jsonl", INVENTED, "corrected.jsonl")
#: What the card must say of the data and the known failures: ours is of the comments that the shipped version learned from.
CARD_FACTS = Path(__file__).with_name("card.toml")
_UNTOLD = f"nobody told: `{CARD_FACTS.name}` beside the comments says it."
_FORMS: Mapping[type, str] = {str: "text", list: "list", dict: "table"}
_LATENT_TEXTS = 24_000  # unlabelled comments that latent meaning is learned from; more changes nothing
_INNER_FOLDS = 5  # calibration and thresholds are learned on so many held-out parts
_WORD = re.compile(r"\w")
_FEWEST = 20  # labelled comments; fewer have hardly a word in common
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
    workers: int = 1,
) -> Bundle:
    """Learn a bundle from examples; the same examples and seed give the same bundle.

    `data` is the folder with further, weakly labelled files; so many `workers`, processes, share the folds.
    `ExampleError` when the examples are too few.
    """
    check_enough(examples, _INNER_FOLDS)
    told = _card_facts(examples, data, version)
    # many tiny fits: threads would only wait for each other
    with threadpool_limits(1), parallel_config(n_jobs=workers):
        features, heads, thresholds = _learn(examples, unlabelled(examples, data), seed)
    facts = _facts(examples, thresholds, data, seed, version) | told
    return Bundle(features=features, heads=heads, thresholds=thresholds, facts=facts)


def check_enough(examples: Sequence[Example], parts: int) -> None:
    """Refuse examples that are too few to be learned from in so many parts; `ExampleError` says how many it takes."""
    least = max(_FEWEST, 2 * parts)
    said = sum(1 for example in examples if _WORD.search(example.text))
    if said < least:
        raise ExampleError(
            f"{said} labelled comments with a word in them are too few for {parts} folds: it takes {least}"
        )


def _learn(
    examples: Sequence[Example], answered: Sequence[WeakComment], seed: int
) -> tuple[Features, Heads, Thresholds]:
    comments = [normalize(example.text) for example in examples]
    features, projection, more = represent(comments, answered, seed)
    spoken = Spoken.of(features, comments)
    fold = folds(examples, _INNER_FOLDS, seed)
    learned = of_each_fold(spoken, examples, projection, more, fold)
    votes = Votes.joined([(test, heads.votes(spoken.take(test))) for test, heads in learned])
    heads = Heads(projection, seed=seed).fit(spoken.matrix, examples, more).calibrate(votes, examples)
    return features, heads, choose(unseen_scores(votes, blends(votes, examples, fold)), examples)


def represent(
    comments: Sequence[Normalized], answered: Sequence[WeakComment], seed: int
) -> tuple[Features, Projection, csr_matrix]:
    """Learn columns, meaning and weak answers: all that needs no label and may be shared by the inner folds.

    The rows of the comments without labels come with them.
    """
    texts, more = [comment.text for comment in comments], [comment.text for comment in answered]
    features = Features().fit(comments, more=more)
    vocabulary = {word: column for word, column in features.words_.vocabulary.items() if " " not in word}
    vectors = word_vectors([tokens(text) for text in [*more, *texts]], vocabulary, seed=seed)
    tall = np.zeros((len(features.words_.vocabulary), vectors.shape[1]), dtype=np.float32)
    tall[: len(vectors)] = vectors
    unlabelled, labelled = features.matrix(more), features.matrix(texts)
    drawn = np.random.default_rng(seed).permutation(unlabelled.shape[0])[:_LATENT_TEXTS]
    everything = vstack([labelled, unlabelled[np.sort(drawn)]], format="csr")
    projection = Projection(seed=seed).fit(everything, features.blocks, tall, unlabelled, answered)
    return features, projection, unlabelled


def of_each_fold(
    spoken: Spoken,
    examples: Sequence[Example],
    projection: Projection,
    more: csr_matrix,
    fold: NDArray[np.int64],
    known: NDArray[np.bool_] | None = None,
) -> Iterator[tuple[NDArray[np.int64], Heads]]:
    """Yield the rows of each fold, and heads that learned from the other folds, of these the `known` rows alone.

    As many folds are learned at a time as `joblib.parallel_config` allows: one, unless it is told.
    """
    learn = delayed(_heads_alone)
    tasks = (
        learn(projection, spoken.matrix[seen], [examples[row] for row in seen.tolist()], more)
        for seen, _ in splits(fold, known)
    )
    learned = Parallel(return_as="generator", pre_dispatch="n_jobs")(tasks)
    yield from zip((test for _, test in splits(fold, known)), learned, strict=True)


def _heads_alone(
    projection: Projection, matrix: csr_matrix, examples: Sequence[Example], more: csr_matrix
) -> Heads:
    """Learn heads on one thread: the limit around the caller does not reach another process."""
    with threadpool_limits(1):
        return Heads(projection, seed=projection.seed).fit(matrix, examples, more)


Blends = Sequence[tuple[NDArray[np.int64], Blend]]


def blends(
    votes: Votes,
    examples: Sequence[Example],
    fold: NDArray[np.int64],
    known: NDArray[np.bool_] | None = None,
) -> Blends:
    """Return the rows of each part, and a blend that was learned on the others, so that thresholds stay honest.

    Where not all examples may be learned from, `known` marks those that may.
    """
    learned = []
    for others, test in splits(fold, known):
        learned.append((test, Blend().fit(votes.take(others), [examples[row] for row in others.tolist()])))
    return learned


def unseen_scores(votes: Votes, learned: Blends, trades: Floats | None = None) -> HeadScores:
    """Let blends weigh the votes on comments they have not seen; `trades` are `trade_one_hot`, a row per comment."""
    return HeadScores.joined(
        [
            (test, blend.predict(votes.take(test), None if trades is None else trades[test]))
            for test, blend in learned
        ]
    )


def unlabelled(examples: Sequence[Example], data: Path | None) -> list[WeakComment]:
    """Read the weak comments that say something else than the labelled ones."""
    if data is None or not data.is_dir():
        return []
    return weak.read(data, {group_key(example.text) for example in examples})


def _facts(
    examples: Sequence[Example],
    thresholds: Thresholds,
    data: Path | None,
    seed: int,
    version: str,
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
