"""What each part earns: the same cross-validation with a part left out, or with fewer labelled comments."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp.examples import INVENTED_DRAWS, Example, group_key, judged_rows
from nlp.judging.against import MEASURES
from nlp.judging.metrics import Bools, Interval, draws
from nlp.judging.report import results
from nlp.learning import annotated
from nlp.learning.crossval import judged, truth
from nlp.learning.polling import Polled, blends, poll
from nlp.votes import MODELS, Votes

#: Shares of the labelled comments at which the learning curve is measured, besides all of them.
SHARES = (0.25, 0.5)
RESAMPLES = 200

Row = Mapping[str, Interval]


def ablate(
    examples: Sequence[Example],
    *,
    data: Path | None = None,
    k: int = 5,
    seed: int = 0,
    after_fold: Callable[[], None] = lambda: None,
) -> dict[str, Row]:
    """Return the measures of `nlp.judging.against` for the whole and for everything less than that, by name.

    All are judged on the same comments, however few they learned from.
    """
    whole = poll(examples, data=data, k=k, seed=seed, after_fold=after_fold)
    rows = {"everything": _row(whole, whole.votes, seed)}
    for model in MODELS:
        alone, rest = (model,), tuple(name for name in MODELS if name != model)
        rows[f"{model} alone"] = _row(whole, whole.votes.only(alone), seed)
        rows[f"without the {model}"] = _row(whole, whole.votes.only(rest), seed)
    unheard = whole.votes.only(MODELS, clauses=False)
    rows["without the clauses"] = _row(whole, unheard, seed)
    for name, known, folder in _less(examples, data, seed):
        kept = _kept(examples, known)
        fewer = [examples[row] for row in kept.tolist()]
        part = poll(fewer, data=folder, k=k, seed=seed, known=known[kept], after_fold=after_fold)
        rows[name] = _row(part, part.votes, seed)
    return rows


def count() -> int:
    """Return how many times `ablate` fits heads for each fold."""
    return 4 + len(SHARES)


def _less(
    examples: Sequence[Example], data: Path | None, seed: int
) -> Iterator[tuple[str, Bools, Path | None]]:
    """Yield what is left out, the examples that may be learned from, and where further comments lie."""
    everything = np.ones(len(examples), dtype=bool)
    yield "without unlabelled comments", everything, None
    real = np.array([example.draw not in INVENTED_DRAWS for example in examples])
    yield "without invented comments", real if real.any() else everything, data
    given = np.array([example.draw != annotated.DRAW for example in examples])
    yield "without annotated comments", given, data
    for share in SHARES:
        yield f"{share:.0%} of the labelled comments", _share(examples, share, seed), data


def _share(examples: Sequence[Example], share: float, seed: int) -> Bools:
    """Mark a share of the groups of near-duplicates."""
    groups = [group_key(example.text) for example in examples]
    known = sorted(set(groups))
    chance = dict(zip(known, np.random.default_rng(seed).random(len(known)), strict=True))
    return np.array([chance[group] < share for group in groups])


def _kept(examples: Sequence[Example], known: Bools) -> NDArray[np.int64]:
    """Return the rows to learn from together with those to judge, whose labels need not be known."""
    kept = known.copy()
    kept[judged_rows(examples)] = True
    return np.flatnonzero(kept)


def _row(polled: Polled, votes: Votes, seed: int) -> Row:
    part = judged(polled, votes, blends(polled, votes)).drawn()
    weights = draws(len(part.examples), RESAMPLES, seed)
    heads = results(part.said, truth(part.examples), weights)
    return {name: heads[measure.head].f1(measure.average) for name, measure in MEASURES.items()}
