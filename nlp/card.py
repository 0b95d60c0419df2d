"""The model card, written from the manifest and the metrics of a version: a missing field is an error.

The card never holds a word of a customer's comment.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from nlp.errors import CardError
from nlp.examples import JUDGED_DRAW, OWN_DRAW
from nlp.judging.metrics import FEW

Facts = Mapping[str, Any]
_BARS = "▁▂▃▄▅▆▇█"
#: What measures the figures that a version may still lack.
_MEASURED_BY = {
    **dict.fromkeys(("judged", "folds", "heads", "told", "urgent", "calibration", "robustness"), "DATA"),
    "against": "DATA --against",
    "behaviour": "--behaviour FILE",
}


def render(manifest: Facts, metrics: Facts) -> str:
    """Return MODEL_CARD.md; `CardError` names the first field that is missing."""
    sections = (
        _purpose,
        _data,
        _heads,
        _told,
        _urgent,
        _calibration,
        _robustness,
        _against,
        _behaviour,
        _limits,
        _reproduce,
    )
    body = "\n\n".join(section(manifest, metrics) for section in sections)
    return f"# Model card: Bazkhord {_at(manifest, 'version')}\n\n{body}\n"


def _purpose(manifest: Facts, _: Facts) -> str:
    return f"""## What it decides, and for whom

One Persian customer comment in; its category, sentiment, topics with their own sentiment, signals and urgency
out, with the words that prove each. It helps support teams to sort and product teams to count. A linear machine and
two small networks, one of them taught by a kernel machine, share one matrix; regressions and committees of small
perceptrons weigh what they say of the comment and of its clauses. All were learned with scikit-learn; it runs on a
CPU, offline.
Taxonomy {_at(manifest, "taxonomy")}, normalizer {_at(manifest, "normalizer")}.

**Not for** decisions about a person (employees, credit, law), for other languages (it abstains), for health or
safety without a human who reads the case, and not as a measure of a single employee."""


def _data(manifest: Facts, _: Facts) -> str:
    domains = ", ".join(f"{name or 'unnamed'} {n}" for name, n in _at(manifest, "data.domains").items())
    drawn = ", ".join(f"{name} {n}" for name, n in _at(manifest, "data.draws").items())
    own = f" Of the draw `{OWN_DRAW}` are labelled comments whose file does not say how they were chosen."
    kappa = _at(manifest, "annotation.agreement")
    return f"""## Data

{_at(manifest, "data.examples")} labelled comments (sha256 of ids, texts and labels `{_at(manifest, "data.sha256")[:16]}…`).
By draw: {drawn}.{own if OWN_DRAW in _at(manifest, "data.draws") else ""} By domain: {domains}.

Labels: {_at(manifest, "annotation.how")}
Agreement of two independent passes: {", ".join(f"{name} {value}" for name, value in kappa.items())}.

Licence: {_at(manifest, "annotation.licence")}"""


def _heads(manifest: Facts, metrics: Facts) -> str:
    judged, folds = _at(metrics, "judged"), _at(metrics, "folds")
    drawn = "" if JUDGED_DRAW in _at(manifest, "data.draws") else ", none known to be"
    tables = "\n\n".join(_head(name, result) for name, result in _at(metrics, "heads").items())
    return f"""## How right it is

Measured on {judged} comments{drawn} drawn at random, by {folds}-fold cross-validation; near-duplicates stay on one side.
Columns and meaning are learned once, from texts without labels; weights, blend and thresholds anew for every fold,
on the other folds. 95 % bootstrap intervals. A label marked * has fewer than {FEW} cases: read its figures as hints.
Macro-F1 of topics, their sentiment and signals is over the labels with {FEW} cases or more.

{tables}"""


def _told(_: Facts, metrics: Facts) -> str:
    heads = _at(metrics, "heads")
    rows = (
        (
            name,
            _interval(_at(each, "micro_f1")),
            _interval(_at(each, "macro_f1")),
            *_gained(heads[name], each),
        )
        for name, each in _at(metrics, "told").items()
    )
    return f"""## When it is told the trade of the company

Topics, signals, mixed moods and urgency hear the trade when it is told (`bazkhord tag --trade`, `BAZKHORD_TRADE`). The same
comments, models and thresholds, each comment with its own trade:

{table(("head", "micro-F1", "macro-F1", "gain of micro-F1", "of macro-F1"), rows)}"""


def _gained(before: Facts, after: Facts) -> Iterator[str]:
    """Yield the points that a head gains, by micro-F1 and by macro-F1."""
    for measure in ("micro_f1", "macro_f1"):
        points = 100 * (_at(after, measure)["value"] - _at(before, measure)["value"])
        yield f"{round(points, 1) + 0.0:+.1f}"  # never -0.0


def _head(name: str, result: Facts) -> str:
    rows = (
        (
            label + ("*" if _at(each, "few") else ""),
            _at(each, "n"),
            _share(_at(each, "precision")),
            _share(_at(each, "recall")),
            _interval(_at(each, "f1")),
        )
        for label, each in _at(result, "labels").items()
        if _at(each, "n")
    )
    title = f"### {name}: micro-F1 {_interval(_at(result, 'micro_f1'))}, macro-F1 {_interval(_at(result, 'macro_f1'))}"
    return f"{title}\n\n{table(('label', 'n', 'precision', 'recall', 'F1'), rows)}"


def _urgent(manifest: Facts, metrics: Facts) -> str:
    return f"""## Urgent comments at the shipped threshold

Threshold of high or critical: {_at(manifest, "thresholds.high")}; of critical: {_at(manifest, "thresholds.critical")}.
Of {_at(metrics, "urgent.n")} high or critical comments: precision {_interval(_at(metrics, "urgent.precision"))},
recall {_interval(_at(metrics, "urgent.recall"))}, F1 {_interval(_at(metrics, "urgent.f1"))}.
**Share of urgent comments that it misses: {_interval(_at(metrics, "urgent.missed"))}** (Wilson interval);
split-conformal bound for the next one: {_share(_at(metrics, "urgent.bound"))}.

What the probability alone would catch, without the named reasons:

{table(("from", "precision", "recall"), _at(metrics, "urgent.curve")[1::2])}"""


def _calibration(_: Facts, metrics: Facts) -> str:
    heads = _at(metrics, "calibration")
    rows = ((name, _share(_at(each, "ece")), _shown(each)) for name, each in heads.items())
    plots = "\n".join(f"{name:>16} {_plot(_at(each, 'plot'))}" for name, each in heads.items())
    return f"""## Calibration

Expected calibration error, over all decisions of a head and over the tags that are shown (of `topic_sentiment`: over the
topics that are true, and over those of them that are shown; – was not measured):

{table(("head", "all", "shown"), rows)}

Share that was right, by confidence from 0 to 1 in tenths: bars should climb like stairs, and both figures of a tenth
(`confidence→right`) be equal.

```
{plots}
```"""


def _shown(each: Facts) -> str:
    """Return the error over what is shown, of which figures from before it was measured say null."""
    return "–" if each.get("ece_shown", 0.0) is None else _share(_at(each, "ece_shown"))


def _robustness(_: Facts, metrics: Facts) -> str:
    changes = _at(metrics, "robustness")
    heads = list(next(iter(changes.values()), {}))
    rows = ((name, *(f"{lost[head]:+.1f}" for head in heads)) for name, lost in changes.items())
    return f"""## Robustness

Points of macro-F1 lost when the same comments are typed differently:

{table(("change", *heads), rows)}"""


def _against(_: Facts, metrics: Facts) -> str:
    rows = [
        (
            f"{measure}: {_at(each, 'measure')}",
            name,
            _interval(_at(each, "ours")),
            _interval(_at(each, "theirs")),
            _interval(_at(each, "gain")),
        )
        for measure, rivals in _at(metrics, "against").items()
        for name, each in rivals.items()
    ]
    return f"""## Against others

Same folds, same comments, same rule for thresholds; the gain has a paired bootstrap interval.

{table(("head and measure", "rival", "Bazkhord", "rival", "gain"), rows)}"""


def _behaviour(_: Facts, metrics: Facts) -> str:
    scores = {
        name: _passed(_at(metrics, f"behaviour.{name}.passed"), _at(metrics, f"behaviour.{name}.total"))
        for name in _at(metrics, "behaviour")
    }
    kinds = sorted({kind for each in scores.values() for kind in each} - {"all"})
    rows = [(kind, *(each.get(kind, "") for each in scores.values())) for kind in (*kinds, "all")]
    return f"""## Written behaviour cases

Cases passed, by file of cases.

{table(("kind", *scores), rows)}"""


def _passed(passed: Facts, total: Facts) -> dict[str, str]:
    """Return how many cases passed, by kind and in all."""
    found = {kind: f"{passed.get(kind, 0)} of {n}" for kind, n in total.items()}
    right, every = sum(passed.values()), sum(total.values())
    return {**found, "all": f"{right} of {every} ({100 * right / max(every, 1):.1f} %)"}


def _limits(manifest: Facts, _: Facts) -> str:
    return f"## Known failures\n\n{_list(_at(manifest, 'known_failures'))}"


def _reproduce(manifest: Facts, _: Facts) -> str:
    packages = ", ".join(f"{name} {found}" for name, found in _at(manifest, "packages").items())
    told = f"--seed {_at(manifest, 'seed')} --version {_at(manifest, 'version')}"
    return f"""## How to reproduce

`bazkhord train DATA {told} --against --behaviour FILE`, then `bazkhord card {_at(manifest, "version")}`.
With {packages}.

## What changed

{_list(_at(manifest, "changes"))}"""


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table.

    >>> print(table(("a", "b"), [(1, 2)]))
    | a | b |
    |---|---|
    | 1 | 2 |
    """
    lines = ["| " + " | ".join(map(str, cells)) + " |" for cells in (header, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(header), *lines[1:]])


def _at(facts: Facts, path: str) -> Any:
    value: Any = facts
    for name in path.split("."):
        if not isinstance(value, Mapping) or name not in value or value[name] is None:
            option = _MEASURED_BY.get(path.split(".", maxsplit=1)[0])
            measured = f"; `bazkhord evaluate {option} --save` measures it" if option else ""
            raise CardError(f"the card needs {path!r}, which is missing{measured}")
        value = value[name]
    return value


def _interval(facts: Facts) -> str:
    return f"{_share(_at(facts, 'value'))} ({_share(_at(facts, 'low'))} to {_share(_at(facts, 'high'))})"


def _share(value: float) -> str:
    return f"{value:.3f}"


def _plot(points: Sequence[Sequence[float]]) -> str:
    """Return ten bars, and the figures of those tenths that occur."""
    share = {min(int(confidence * 10), 9): right for confidence, right, _ in points}
    bars = "".join(
        _BARS[round(share[tenth] * (len(_BARS) - 1))] if tenth in share else "·" for tenth in range(10)
    )
    return f"{bars}  " + "  ".join(f"{confidence:.2f}→{right:.2f}" for confidence, right, _ in points)


def _list(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)
