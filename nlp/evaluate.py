"""Judge the tagger and tell the result: what `bazkhord evaluate` runs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from joblib import parallel_config

from nlp import artifacts, card, train
from nlp.bundle import Bundle
from nlp.errors import ModelError, UserError
from nlp.examples import Example
from nlp.files import progress
from nlp.judging import behaviour
from nlp.judging.gate import HEADLINES, PER_LABEL, Verdict, verdict
from nlp.judging.report import chances, report
from nlp.learning.crossval import Judged, cross_validate, judge
from nlp.learning.perturb import PERTURBATIONS
from nlp.learning.polling import poll
from nlp.tagger import Tagger

#: Fields of the metrics that tell by which comments and folds they came about.
_MEASURED_ON = ("data", "folds", "seed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is judged, and how: `folds=0` judges the installed model on the examples as they are."""

    data: Path | None = None
    models: Path = Path("models")
    version: str | None = None  # whose figures these are; the current one by default
    folds: int = train.FOLDS
    seed: int = 0
    against: bool = False
    ablate: bool = False
    behaviour: Sequence[Path] = ()
    workers: int = 1  # processes that share the folds


def run(plan: Plan, *, save: bool = False) -> dict[str, Any]:
    """Carry out a plan and return the metrics; with `save` they become those of its version.

    `UserError` when it asks for nothing, or for what cannot be measured as it asks.
    """
    _check(plan, save)
    cases = _cases(plan)  # before an hour's work, not after it
    bundle = artifacts.load(_folder(plan)) if cases else None
    metrics: dict[str, Any] = {}
    if plan.data is not None:
        with parallel_config(n_jobs=plan.workers):
            metrics |= _measured(plan, plan.data, save)
    if bundle:
        metrics["behaviour"] = _behaviour(bundle, cases)
    if save:
        keep(metrics, _folder(plan))
    return metrics


def learn(plan: Plan, data: Path, version: str) -> dict[str, Any]:
    """Learn a version, measure it on the folds that it was calibrated by, keep both, and return the metrics.

    `ExampleError` when the comments are too few, `ModelError` when the version is there already.
    """
    _rivals_there(plan)
    cases = _cases(plan)
    with parallel_config(n_jobs=plan.workers):
        with artifacts.reserved(plan.models, version) as folder:  # before an hour's work, not after it
            examples = train.load(data)
            with progress.shown(train.FITS) as advance:
                bundle, polled = train.fit(
                    examples, data=data, seed=plan.seed, version=version, after_fit=lambda: advance(1)
                )
            artifacts.install(bundle, folder)
        metrics = _judged_metrics(plan, cross_validate(polled, PERTURBATIONS))
    metrics["data"] = bundle.facts["data"]["sha256"]
    if cases:
        metrics["behaviour"] = _behaviour(bundle, cases)
    keep(metrics, folder)
    return metrics


def _check(plan: Plan, save: bool) -> None:
    """Refuse a plan that would end without a figure or with a false one, or only after an hour's work."""
    learns = plan.against or plan.ablate
    if plan.data is None and (learns or not plan.behaviour):
        raise UserError("nothing to measure: name DATA, or written cases with --behaviour")
    if plan.folds == 1 or (learns and not plan.folds):
        raise UserError(
            f"--folds {plan.folds}: it takes 2; 0 judges the installed model and compares nothing"
        )
    if save and plan.data is not None and not plan.folds:
        raise UserError("--save: the card tells of comments that the model had not seen; leave --folds 0 out")
    if save:
        _folder(plan)


def gated(models: Path, candidate: str) -> Verdict:
    """Say whether a version may replace the current one, both measured on the frozen comments.

    A current one that this code cannot load, as after an upgrade, is no judge: with it nothing could ever take its place.
    """
    examples = train.load(models / artifacts.FROZEN)
    new = judge(artifacts.load(artifacts.version_folder(models, candidate)), examples)
    if not (models / artifacts.CURRENT).exists():
        return verdict(_figures(new), None)
    try:
        current = artifacts.load(artifacts.current(models))
    except ModelError as error:
        return replace(verdict(_figures(new), None), uncompared=error.fa)
    old = judge(current, examples)
    return verdict(_figures(new), _figures(old), chances(old, new, PER_LABEL, HEADLINES))


def _figures(judged: Judged) -> dict[str, Any]:
    figures = report(judged, folds=0, resamples=1).to_json()
    return figures | {"data": train.fingerprint(judged.examples)["sha256"]}


def _folder(plan: Plan) -> Path:
    if plan.version is None:
        return artifacts.current(plan.models)
    return artifacts.version_folder(plan.models, plan.version)


def _measured(plan: Plan, data: Path, save: bool) -> dict[str, Any]:
    examples = train.load(data)
    measured_on = train.fingerprint(examples)["sha256"]
    if save and measured_on != artifacts.verify(_folder(plan))["data"]["sha256"]:
        raise UserError(
            f"--save: {_folder(plan).name} learned from other comments than {data}, and its card tells of those"
        )
    _rivals_there(plan)
    metrics = _judged_metrics(plan, _judged(plan, data, examples)) | {"data": measured_on}
    if plan.ablate:
        metrics["ablation"] = _ablation(plan, data, examples)
    return metrics


def _rivals_there(plan: Plan) -> None:
    """Say what is missing before an hour's work, not after it."""
    if plan.against:
        from nlp.judging import fasttext_rival

        fasttext_rival.library()


def _judged_metrics(plan: Plan, judged: Judged) -> dict[str, Any]:
    """Return the figures of what was judged, and beside rivals if the plan asks for them."""
    metrics = report(judged, folds=plan.folds, seed=plan.seed).to_json()
    if plan.against:
        from nlp.judging import against

        duels = against.duel(judged, against.RIVALS, k=plan.folds, seed=plan.seed)
        metrics["against"] = {
            measure: {name: asdict(each) for name, each in rivals.items()}
            for measure, rivals in duels.items()
        }
    return metrics


def _cases(plan: Plan) -> dict[str, list[behaviour.Case]]:
    if len({file.stem for file in plan.behaviour}) < len(plan.behaviour):
        raise UserError("--behaviour: two files have one name, by which their figures are told")
    return {file.stem: behaviour.read(file) for file in plan.behaviour}


def _behaviour(bundle: Bundle, cases: Mapping[str, Sequence[behaviour.Case]]) -> dict[str, Any]:
    tagger = Tagger(bundle)
    return {name: asdict(behaviour.run(tagger, each)) for name, each in cases.items()}


def _ablation(plan: Plan, data: Path, examples: Sequence[Example]) -> dict[str, Any]:
    from nlp.judging import ablation

    with progress.shown(plan.folds * ablation.count()) as advance:
        rows = ablation.ablate(
            examples, data=data, k=plan.folds, seed=plan.seed, after_fold=lambda: advance(1)
        )
    return {name: {measure: asdict(each) for measure, each in row.items()} for name, row in rows.items()}


def keep(metrics: Mapping[str, Any], folder: Path) -> None:
    """Add metrics to those of a version; a kind that was not measured keeps its figures.

    Comparisons on other comments or folds do not: the card says that they are of the same.
    """
    file = folder / artifacts.METRICS
    before = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    if "heads" in metrics and any(before.get(name) != metrics[name] for name in _MEASURED_ON):
        before = {name: each for name, each in before.items() if name not in ("against", "ablation")}
    kept = before | dict(metrics)
    if "behaviour" in metrics:
        # which cases fail is printed, not kept: of those that are held back the rates alone are to be read
        kept["behaviour"] = {
            name: {"passed": each["passed"], "total": each["total"]}
            for name, each in metrics["behaviour"].items()
        }
    artifacts.add(folder, artifacts.METRICS, json.dumps(kept, ensure_ascii=False, indent=1) + "\n")


def write_card(folder: Path) -> Path:
    """Write the card of a version from its manifest and metrics; `CardError` names what is missing."""
    manifest = artifacts.verify(folder)
    file = folder / artifacts.METRICS
    metrics = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    artifacts.add(folder, artifacts.CARD, card.render(manifest, metrics))
    return folder / artifacts.CARD


def report_lines(metrics: Mapping[str, Any]) -> Iterator[str]:
    """Yield the result line by line, as people read it."""
    if "heads" in metrics:
        yield from _told_heads(metrics)
    for head, rivals in metrics.get("against", {}).items():
        for name, each in rivals.items():
            yield _told_duel(head, name, each)
    for name, row in metrics.get("ablation", {}).items():
        yield f"{name:32} " + "  ".join(f"{measure} {each['value']:.3f}" for measure, each in row.items())
    for name, found in metrics.get("behaviour", {}).items():
        yield f"\n{name}"
        yield from _told_behaviour(found)


def _told_duel(head: str, name: str, each: Mapping[str, Any]) -> str:
    said = f"{head:16} {each['measure']:18} {each['ours']['value']:.3f} against {each['theirs']['value']:.3f}"
    return f"{said} of {name}: gain {_range(each['gain'])}"


def _told_heads(metrics: Mapping[str, Any]) -> Iterator[str]:
    yield f"{metrics['judged']} judged comments of {metrics['examples']}, {metrics['folds']} folds; * has n < 30"
    for head, result in metrics["heads"].items():
        yield f"\n{head}: micro-F1 {_range(result['micro_f1'])}  macro-F1 {_range(result['macro_f1'])}"
        for label, each in result["labels"].items():
            if each["n"]:
                few = "*" if each["few"] else " "
                yield (
                    f"  {label + few:32} n {each['n']:5}  P {each['precision']:.3f}  R {each['recall']:.3f}"
                    f"  F1 {_range(each['f1'])}"
                )
    for head, result in metrics["told"].items():
        yield f"told the trade, {head}: micro-F1 {_range(result['micro_f1'])}  macro-F1 {_range(result['macro_f1'])}"
    urgent = metrics["urgent"]
    yield f"\nhigh or critical: P {_range(urgent['precision'])}  R {_range(urgent['recall'])}"
    yield f"missed urgent comments: {_range(urgent['missed'])}, conformal bound {urgent['bound']:.3f}\n"
    for head, each in metrics["calibration"].items():
        yield f"ECE {head:16} {each['ece']:.3f}  shown {each['ece_shown']:.3f}"
    for name, lost in metrics["robustness"].items():
        yield f"{name:16} points lost: " + "  ".join(f"{head} {points:+.1f}" for head, points in lost.items())


def _told_behaviour(found: Mapping[str, Any]) -> Iterator[str]:
    for kind, n in found["total"].items():
        failing = ", ".join(each["id"] for each in found["failures"] if each["kind"] == kind)
        yield f"{kind:24} {found['passed'].get(kind, 0):3} of {n:3}  {'failing: ' + failing if failing else ''}"
    for each in found["failures"]:
        yield f"  {each['id']} ({each['kind']}): " + "; ".join(each["missed"])
    passed, total = sum(found["passed"].values()), sum(found["total"].values())
    yield f"{'all':24} {passed:3} of {total:3}  {100 * passed / max(total, 1):.1f} %"


def _judged(plan: Plan, data: Path, examples: Sequence[Example]) -> Judged:
    if not plan.folds:
        bundle = artifacts.load(_folder(plan))
        return judge(bundle, examples, PERTURBATIONS, plan.seed)
    with progress.shown(plan.folds) as advance:
        polled = poll(examples, data=data, k=plan.folds, seed=plan.seed, after_fold=lambda: advance(1))
    return cross_validate(polled, PERTURBATIONS)


def _range(each: Mapping[str, float]) -> str:
    return f"{each['value']:.3f} [{each['low']:.3f}, {each['high']:.3f}]"
