"""The language side of the `bazkhord` command: each command parses, calls one function and prints."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from nlp.errors import UserError
from nlp.files.processes import stopped_alike
from nlp.files.records import SUFFIXES, Source

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, help="Persian customer feedback, tagged."
)
#: `bazkhord bench` measures the language side; the desk adds what it measures of itself.
bench_app = typer.Typer(
    invoke_without_command=True, help="Speed, start-up and memory beside the alternatives."
)
app.add_typer(bench_app, name="bench")

Models = Annotated[
    Path, typer.Option("--models", envvar="BAZKHORD_MODELS", help="Folder of CURRENT and the versions.")
]
Trade = Annotated[
    str | None,
    typer.Option(
        "--trade",
        envvar="BAZKHORD_TRADE",
        metavar="TRADE",
        help="Of the company, one of the taxonomy's, such as hotel: when it is set, tags are more often right.",
    ),
]
Workers = Annotated[int, typer.Option("--workers", min=1, help="Processes that share the work.")]
Seed = Annotated[
    int, typer.Option("--seed", min=0, max=2**32 - 1, help="The same data and seed give the same result.")
]
Against = Annotated[bool, typer.Option("--against", help="Compare with fastText and TF-IDF pipelines.")]
Behaviour = Annotated[
    list[Path] | None, typer.Option("--behaviour", help="Written cases for the model; may be repeated.")
]
JsonOut = Annotated[Path | None, typer.Option("--json", help="Also write the figures to this file.")]
InputFormat = Literal["auto", "csv", "jsonl", "json", "xlsx", "parquet", "text"]
OutputFormat = Literal["auto", "jsonl", "csv"]


@app.command()
def tag(
    source: Annotated[
        str, typer.Argument(metavar="IN", help="CSV, JSON, JSONL, XLSX, Parquet, plain text; - is stdin.")
    ],
    out: Annotated[str, typer.Option("--out", "-o", help="Output file; - is stdout.")] = "-",
    text_column: Annotated[str, typer.Option(help="The field that holds the comment.")] = "text",
    output_format: Annotated[
        OutputFormat, typer.Option("--format", help="Output; auto goes by the suffix of OUT.")
    ] = "auto",
    input_format: Annotated[InputFormat, typer.Option(help="Input; auto goes by the suffix of IN.")] = "auto",
    encoding: Annotated[
        str | None, typer.Option(help="Of the input when it is not UTF-8, such as cp1256.")
    ] = None,
    workers: Workers = 1,
    scheduler: Annotated[str | None, typer.Option(help="Of a Dask cluster, such as tcp://host:8786.")] = None,
    spans: Annotated[bool, typer.Option(help="Show the words that prove each tag.")] = True,
    trade: Trade = None,
    models: Models = Path("models"),
) -> None:
    """Tag every comment of IN. Exit code 1 if any record failed, 2 if IN or the model cannot be read."""
    from nlp import bulk

    kind = None if input_format == "auto" else input_format
    wanted = Source(path=source, text_column=text_column, format=kind, encoding=encoding)
    power = bulk.Power(workers=workers, scheduler=scheduler)
    with errors_reported():
        failed = bulk.tag_file(
            wanted, out, _kind(out, output_format), models, power=power, evidence=spans, trade=trade
        )
    if failed:
        typer.echo(f"{failed} رکورد خوانده نشد؛ دلیل هر یک در فیلد error همان رکورد است.", err=True)
        raise typer.Exit(1)


@app.command()
def train(
    data: Annotated[
        Path,
        typer.Argument(
            help="A folder of labelled files, learned with the invented ones; or one JSON Lines file, learned alone."
        ),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", envvar="BAZKHORD_MODELS", help="Models folder that gets the new version."),
    ] = Path("models"),
    against: Against = False,
    behaviour: Behaviour = None,
    seed: Seed = 0,
    version: Annotated[str | None, typer.Option(help="Its name; default: the next of this month.")] = None,
    workers: Workers = 1,
) -> None:
    """Learn a version from labelled comments, measure it on the folds that it was calibrated by, and save both.

    It becomes current if there is none yet.
    """
    from nlp import artifacts
    from nlp import evaluate as judging

    plan = judging.Plan(models=out, seed=seed, against=against, behaviour=behaviour or (), workers=workers)
    with errors_reported(), stopped_alike():
        name = version or artifacts.next_version(out, datetime.now(UTC).date())
        metrics = judging.learn(plan, data, name)
        typer.echo("\n".join([*judging.report_lines(metrics), str(out / name)]))


@app.command()
def evaluate(
    data: Annotated[Path | None, typer.Argument(help="Labelled comments, as for train.")] = None,
    folds: Annotated[
        int, typer.Option(min=0, help="At least 2; 0 judges the installed model on DATA as it is.")
    ] = 5,
    against: Against = False,
    ablate: Annotated[
        bool, typer.Option("--ablate", help="Also without each part, and with fewer comments (an hour).")
    ] = False,
    behaviour: Behaviour = None,
    version: Annotated[str | None, typer.Option(help="Whose figures; default: the current version.")] = None,
    save: Annotated[bool, typer.Option("--save", help="Keep the figures with the version.")] = False,
    json_out: JsonOut = None,
    seed: Seed = 0,
    workers: Workers = 1,
    models: Models = Path("models"),
) -> None:
    """Measure every label by grouped cross-validation, and behaviour cases on the installed model."""
    from nlp import evaluate as judging

    plan = judging.Plan(
        data=data,
        models=models,
        version=version,
        folds=folds,
        seed=seed,
        against=against,
        ablate=ablate,
        behaviour=behaviour or (),
        workers=workers,
    )
    with errors_reported():
        metrics = judging.run(plan, save=save)
        typer.echo("\n".join(judging.report_lines(metrics)))
        kept(metrics, json_out)


@app.command()
def card(
    version: Annotated[str | None, typer.Argument(help="A version; default: the current one.")] = None,
    models: Models = Path("models"),
) -> None:
    """Write MODEL_CARD.md of a version from its manifest and metrics; a missing field is an error."""
    from nlp import artifacts
    from nlp import evaluate as judging

    with errors_reported():
        folder = artifacts.version_folder(models, version) if version else artifacts.current(models)
        typer.echo(str(judging.write_card(folder)))


@bench_app.callback()
def bench(
    context: typer.Context,
    data: Annotated[
        Path | None, typer.Option(help="Comments to sample: a file or a folder; default: invented ones.")
    ] = None,
    count: Annotated[int, typer.Option(min=100, help="How many comments.")] = 20_000,
    json_out: JsonOut = None,
    seed: Seed = 0,
    models: Models = Path("models"),
) -> None:
    """Measure the tagger beside what a user would pick instead, in one run on one core."""
    if context.invoked_subcommand:
        return
    from nlp.judging import bench as measuring

    with errors_reported():
        plan = measuring.Plan(models=models, data=data, count=count, seed=seed)
        figures = measuring.run(plan, say=lambda line: typer.echo(line, err=True))
        typer.echo("\n".join(measuring.report_lines(figures)))
        kept(figures, json_out)


@bench_app.command("growth")
def growth(
    data: Annotated[Path | None, typer.Option(help="Comments to repeat; default: invented ones.")] = None,
    size: Annotated[
        list[int] | None, typer.Option(min=1, help="Comments in a file; repeat for more sizes.")
    ] = None,
    seed: Seed = 0,
    models: Models = Path("models"),
) -> None:
    """Tag files of several sizes, each in a fresh process: time per comment and memory must stay flat."""
    from nlp.judging import bench as measuring

    plan = measuring.Plan(models=models, data=data, count=100_000, seed=seed)
    with errors_reported():
        typer.echo("\n".join(measuring.told_growth(measuring.growth(plan, size or [1_000, 10_000, 100_000]))))


def kept(figures: Mapping[str, Any], path: Path | None) -> None:
    """Write figures to the file that was asked for, if any."""
    if path:
        path.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _kind(out: str, wanted: OutputFormat) -> Literal["csv", "jsonl"]:
    if wanted != "auto":
        return wanted
    suffix = Path(out).suffix.lower()
    if suffix in SUFFIXES and suffix not in _WRITTEN:
        raise typer.BadParameter(f"{suffix} is only read; write .csv or .jsonl", param_hint="--out")
    return _WRITTEN.get(suffix, "jsonl")


#: What is written under which suffix; under one that says nothing, lines.
_WRITTEN: Mapping[str, Literal["csv", "jsonl"]] = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}


@contextmanager
def errors_reported() -> Iterator[None]:
    """Turn what a user can mend into one line on stderr and exit code 2."""
    try:
        yield
    except BrokenPipeError:
        raise  # nobody reads on, which is no mistake: typer ends the run quietly
    except UserError as error:
        raise _ended(str(error)) from error
    except OSError as error:
        what = error.strerror or str(error)
        raise _ended(f"{error.filename}: {what}" if error.filename else what) from error
    except KeyboardInterrupt as error:
        raise _ended("stopped", 130) from error


def _ended(why: str, code: int = 2) -> typer.Exit:
    typer.echo(f"bazkhord: {why}", err=True)
    return typer.Exit(code)
