"""What each part earns: the same cross-validation with a part left out, or with fewer labelled comments."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from nlp import annotated
from nlp.against import MEASURES
from nlp.crossval import Polled, judged, poll, truth
from nlp.examples import INVENTED_DRAWS, Example, group_key
from nlp.metrics import Interval, draws
from nlp.report import results
from nlp.train import blends
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
    """Return the measures of `nlp.against` for the whole and for everything less than that, by name.

    A share of the comments is judged on itself, so that its intervals are wider; the others are judged on the same.
    """
    whole = poll(examples, data=data, k=k, seed=seed, after_fold=after_fold)
    rows = {"everything": _row(whole, whole.votes, examples, seed)}
    for model in MODELS:
        alone, rest = (model,), tuple(name for name in MODELS if name != model)
        rows[f"{model} alone"] = _row(whole, whole.votes.only(alone), examples, seed)
        rows[f"without the {model}"] = _row(whole, whole.votes.only(rest), examples, seed)
    unheard = whole.votes.only(MODELS, clauses=False)
    rows["without the clauses"] = _row(whole, unheard, examples, seed)
    for name, fewer, folder in _less(examples, data, seed):
        part = poll(fewer, data=folder, k=k, seed=seed, after_fold=after_fold)
        rows[name] = _row(part, part.votes, fewer, seed)
    return rows


def count() -> int:
    """Return how many times `ablate` fits heads for each fold."""
    return 4 + len(SHARES)


def _less(
    examples: Sequence[Example], data: Path | None, seed: int
) -> Iterator[tuple[str, Sequence[Example], Path | None]]:
    yield "without unlabelled comments", examples, None
    real = [example for example in examples if example.draw not in INVENTED_DRAWS]
    yield "without invented comments", real or examples, data
    given = [example for example in examples if example.draw != annotated.DRAW]
    yield "without annotated comments", given, data
    for share in SHARES:
        yield f"{share:.0%} of the labelled comments", _share(examples, share, seed), data


def _share(examples: Sequence[Example], share: float, seed: int) -> list[Example]:
    """Return a share of the groups of near-duplicates."""
    groups = [group_key(example.text) for example in examples]
    known = sorted(set(groups))
    chance = dict(zip(known, np.random.default_rng(seed).random(len(known)), strict=True))
    return [example for example, group in zip(examples, groups, strict=True) if chance[group] < share]


def _row(polled: Polled, votes: Votes, examples: Sequence[Example], seed: int) -> Row:
    learned = blends(votes, examples, polled.fold)
    part = judged(polled, votes, examples, learned).drawn()
    weights = draws(len(part.examples), RESAMPLES, seed)
    heads = results(part.said, truth(part.examples), weights)
    return {
        name: heads[head].macro_f1 if kind.startswith("macro") else heads[head].micro_f1
        for name, (head, kind) in MEASURES.items()
    }
