"""Heads that have not seen one fold of the comments, for each fold: what both training and judging rest on.

Columns and meaning are learned once, from texts without labels. All that learns from labels learns anew for every fold,
from those of the other folds.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from threadpoolctl import threadpool_limits

from nlp.blend import Blend
from nlp.clausewise import Spoken
from nlp.errors import ExampleError
from nlp.examples import Example, folds, group_key, splits
from nlp.features import Features, tokens
from nlp.heads import Heads
from nlp.labels import Floats, HeadScores
from nlp.learning import weak
from nlp.learning.embeddings import word_vectors
from nlp.learning.weak import WeakComment
from nlp.normalize import Normalized, normalize
from nlp.projection import Projection
from nlp.votes import Votes

_LATENT_TEXTS = 24_000  # unlabelled comments that latent meaning is learned from; more changes nothing
_WORD = re.compile(r"\w")
_FEWEST = 20  # labelled comments; fewer have hardly a word in common
#: For each part the rows of it, and a blend that was learned on the others.
Blends = Sequence[tuple[NDArray[np.int64], Blend]]


@dataclass(frozen=True, kw_only=True)
class Polled:
    """Heads that have not seen one fold of the examples, for each fold, and their votes on it.

    They have seen the `known` ones of the other folds.
    """

    examples: Sequence[Example]
    comments: Sequence[Normalized]
    spoken: Spoken
    features: Features
    projection: Projection
    more: csr_matrix  # rows without labels
    heads: Sequence[Heads]
    votes: Votes
    fold: NDArray[np.int64]
    known: NDArray[np.bool_]

    @cached_property
    def blends(self) -> Blends:
        """What weighs the votes of all models, learned once for training and judging."""
        return blends(self, self.votes)


def poll(
    examples: Sequence[Example],
    *,
    data: Path | None = None,
    k: int = 5,
    seed: int = 0,
    known: NDArray[np.bool_] | None = None,
    after_fold: Callable[[], None] = lambda: None,
) -> Polled:
    """Fit heads on all folds but one, for each of `k`, and let them vote on that one.

    Where `known` marks some of the examples, they learn from these alone, however few, and vote on all. `ExampleError` when
    the examples are too few, or none is left to learn from.
    """
    if known is None:
        _check_enough(examples, k)
    taught = np.ones(len(examples), dtype=bool) if known is None else known
    with threadpool_limits(1):
        comments = [normalize(example.text) for example in examples]
        features, projection, more = _represented(comments, _unlabelled(examples, data), seed)
        spoken, fold = Spoken.of(features, comments), folds(examples, k, seed)
        if not all(len(seen) for seen, _ in splits(fold, taught)):
            raise ExampleError(f"{int(taught.sum())} comments to learn from are too few for {k} folds")
        heads, parts = [], []
        for test, learned in _of_each_fold(spoken, examples, projection, more, fold, taught):
            heads.append(learned)
            parts.append((test, learned.votes(spoken.take(test))))
            after_fold()
    return Polled(
        examples=examples,
        comments=comments,
        spoken=spoken,
        features=features,
        projection=projection,
        more=more,
        heads=heads,
        votes=Votes.joined(parts),
        fold=fold,
        known=taught,
    )


def _check_enough(examples: Sequence[Example], parts: int) -> None:
    least = max(_FEWEST, 2 * parts)
    said = sum(1 for example in examples if _WORD.search(example.text))
    if said < least:
        raise ExampleError(
            f"{said} labelled comments with a word in them are too few for {parts} folds: it takes {least}"
        )


def _unlabelled(examples: Sequence[Example], data: Path | None) -> list[WeakComment]:
    """Read the weak comments that say something else than the labelled ones."""
    if data is None or not data.is_dir():
        return []
    return weak.read(data, {group_key(example.text) for example in examples})


def _represented(
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


def _of_each_fold(
    spoken: Spoken,
    examples: Sequence[Example],
    projection: Projection,
    more: csr_matrix,
    fold: NDArray[np.int64],
    known: NDArray[np.bool_],
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
    for (_, test), heads in zip(splits(fold, known), learned, strict=True):
        heads.projection = projection  # another process returns a copy
        yield test, heads


def _heads_alone(
    projection: Projection, matrix: csr_matrix, examples: Sequence[Example], more: csr_matrix
) -> Heads:
    """Learn heads on one thread: the limit around the caller does not reach another process."""
    with threadpool_limits(1):
        return Heads(projection, seed=projection.seed).fit(matrix, examples, more)


def blends(polled: Polled, votes: Votes) -> Blends:
    """Learn blends of votes, of all models or of some, so that what is chosen by their scores stays honest."""
    learned = []
    with threadpool_limits(1):
        for others, test in splits(polled.fold, polled.known):
            known = [polled.examples[row] for row in others.tolist()]
            learned.append((test, Blend().fit(votes.take(others), known)))
    return learned


def unseen_scores(votes: Votes, learned: Blends, trades: Floats | None = None) -> HeadScores:
    """Let blends weigh the votes on comments they have not seen; `trades` are `trade_one_hot`, a row per comment."""
    return HeadScores.joined(
        [
            (test, blend.predict(votes.take(test), None if trades is None else trades[test]))
            for test, blend in learned
        ]
    )
