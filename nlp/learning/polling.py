"""Heads that have not seen one fold of the comments, for each fold: what both training and judging rest on.

Columns and meaning are learned once, from texts without labels. All that learns from labels learns anew for every fold,
from those of the other folds.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

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
_Learned = TypeVar("_Learned")
#: For each part the rows of it, and a blend that was learned on the others.
Blends = Sequence[tuple[NDArray[np.int64], Blend]]


@dataclass(frozen=True, kw_only=True)
class Polled:
    """Heads that have not seen one fold of the examples, for each fold, and their votes on it.

    They have seen the `known` ones of the other folds; `whole`, where it was asked for, those of all.
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
    whole: Heads | None = None

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
    whole: bool = False,
    after_fold: Callable[[], None] = lambda: None,
) -> Polled:
    """Fit heads on all folds but one, for each of `k`, and let them vote on that one; with `whole` also some on all.

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
        learns_from, tests = zip(*splits(fold, taught), strict=True)
        if not all(map(len, learns_from)):
            raise ExampleError(f"{int(taught.sum())} comments to learn from are too few for {k} folds")
        if whole:
            learns_from = (*learns_from, np.flatnonzero(taught))
        heads = []
        for learned in _learned(spoken, examples, projection, more, learns_from):
            heads.append(learned)
            after_fold()
        last = heads.pop() if whole else None
        parts = [(test, each.votes(spoken.take(test))) for test, each in zip(tests, heads, strict=True)]
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
        whole=last,
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


def _learned(
    spoken: Spoken,
    examples: Sequence[Example],
    projection: Projection,
    more: csr_matrix,
    learns_from: Sequence[NDArray[np.int64]],
) -> Iterator[Heads]:
    """Yield for each selection of rows heads that learned from these alone."""
    tasks = (
        (projection, spoken.matrix[seen], [examples[row] for row in seen.tolist()], more)
        for seen in learns_from
    )
    for heads in _side_by_side(_heads_alone, tasks):
        heads.projection = projection  # another process returns a copy
        yield heads


def _side_by_side(learn: Callable[..., _Learned], tasks: Iterable[tuple[object, ...]]) -> Iterator[_Learned]:
    """Yield what is learned from each task, in their order.

    As many are learned at a time as `joblib.parallel_config` allows: one, unless it is told.
    """
    yield from Parallel(return_as="generator", pre_dispatch="n_jobs")(delayed(learn)(*task) for task in tasks)


def _heads_alone(
    projection: Projection, matrix: csr_matrix, examples: Sequence[Example], more: csr_matrix
) -> Heads:
    """Learn heads on one thread: the limit around the caller does not reach another process."""
    with threadpool_limits(1):
        return Heads(projection, seed=projection.seed).fit(matrix, examples, more)


def blends(polled: Polled, votes: Votes) -> Blends:
    """Learn blends of votes, of all models or of some, so that what is chosen by their scores stays honest."""
    learns_from, tests = zip(*splits(polled.fold, polled.known), strict=True)
    tasks = ((votes.take(seen), [polled.examples[row] for row in seen.tolist()]) for seen in learns_from)
    return list(zip(tests, _side_by_side(_blend_alone, tasks), strict=True))


def _blend_alone(votes: Votes, examples: Sequence[Example]) -> Blend:
    with threadpool_limits(1):
        return Blend().fit(votes, examples)


def unseen_scores(votes: Votes, learned: Blends, trades: Floats | None = None) -> HeadScores:
    """Let blends weigh the votes on comments they have not seen; `trades` are `trade_one_hot`, a row per comment."""
    return HeadScores.joined(
        [
            (test, blend.predict(votes.take(test), None if trades is None else trades[test]))
            for test, blend in learned
        ]
    )
