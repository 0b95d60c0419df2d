"""The `bazkhord` command: the language side's commands and those of the desk. Parse, call one function, print."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import typer
from pydantic import ValidationError

from nlp import cli as language
from nlp.errors import UserError
from service.auth import Role, Scope
from service.settings import Settings, unknown

Exported = Literal["feedback", "tickets", "corrections", "examples"]
_STDOUT = Path("-")
app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
app.registered_commands += language.app.registered_commands
app.registered_groups += language.app.registered_groups
keys_app = typer.Typer(no_args_is_help=True, help="API keys: make, list, revoke.")
app.add_typer(keys_app, name="keys")


def _tell_version(is_asked: bool) -> None:
    """Print the version of the package and that of the model in force; a mistake in the settings hides neither."""
    if is_asked:
        from importlib import metadata

        from nlp import artifacts

        with _errors_reported():
            typer.echo(f"bazkhord {metadata.version('bazkhord')}")
            typer.echo(f"model {artifacts.current(_settings().models).name}")
        raise typer.Exit


@app.callback()
def whole(
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_tell_version, help="Of the package and of the model."
        ),
    ] = False,
) -> None:
    """Persian customer feedback: tagged, routed, read."""


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that share the port.")] = 1,
) -> None:
    """Start the API, the pages and the worker; print a link to stderr that signs in once."""
    from nlp import artifacts
    from service import model_process

    told: dict[str, Any] = {
        name: value for name, value in (("host", host), ("port", port)) if value is not None
    }
    with _errors_reported():
        settings = _settings(**told)
        count = settings.model_processes if workers == 1 else 0
        taggers = model_process.started(artifacts.current(settings.models), count, settings.trade)
        from service import serving  # while they load

        # stdout is the log, and a log may be shipped: the link is for who started this
        serving.serve(settings, workers, taggers, say=partial(typer.echo, err=True))


@app.command()
def worker() -> None:
    """Send what waits in the outbox and watch the clocks until SIGTERM; as many of these as you like."""
    from service import commands

    with _errors_reported():
        commands.work(_settings(), _now)


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    from service import commands

    with _errors_reported(), commands.opened(_settings()) as engine:
        typer.echo(f"schema is current: {engine.url.render_as_string()}")


@app.command("import")
def import_file(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, help="CSV, XLSX, Parquet, plain text, JSON or JSON Lines."
        ),
    ],
    column: Annotated[
        list[str] | None,
        typer.Option(
            help="FIELD=COLUMN where the guess is wrong, such as text=کامنت; FIELD= fills it from none; repeat for more."
        ),
    ] = None,
    channel: Annotated[str, typer.Option(help="Where the comments come from.")] = "import",
    encoding: Annotated[str | None, typer.Option(help="When it is not UTF-8, such as cp1256.")] = None,
) -> None:
    """Store, tag and route every comment of a file; the same file twice stores nothing twice.

    Exit code 1 if any row was refused, 2 if the file cannot be read.
    """
    from service import commands, importing
    from service.comments import uploads

    with _errors_reported(), commands.line(_settings()) as line, file.open("rb") as raw:
        columns = dict(uploads.chosen(each) for each in column or ())
        upload = uploads.Upload(
            file=raw, filename=file.name, columns=columns, channel=channel, encoding=encoding
        )
        job = importing.run(line, upload, _now, say=lambda told: typer.echo(told, err=True))
    typer.echo("{status}: {created} created, {unchanged} unchanged, {failed} failed".format_map(job))
    if job["status"] == "failed":
        typer.echo(f"bazkhord: {job['error']}", err=True)
        raise typer.Exit(2)
    raise typer.Exit(1 if job["failed"] or job["status"] != "done" else 0)


@app.command()
def export(
    what: Annotated[Exported, typer.Argument(help="What to write.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="CSV, XLSX or JSON Lines, by its suffix; - is stdout, as CSV.")
    ],
) -> None:
    """Write what is stored to a file; personal data is masked."""
    from nlp.files import checkpoint
    from service import commands
    from service.comments import exporting

    suffix = ".csv" if out == _STDOUT else out.suffix.lower()
    form = next((known for known in exporting.MEDIA_TYPES if suffix == f".{known}"), None)
    if form is None:
        raise typer.BadParameter("the suffix must be .csv, .xlsx or .jsonl", param_hint="--out")
    with (
        _errors_reported(),
        commands.opened(settings := _settings()) as engine,
        checkpoint.written(str(out)) as file,
    ):
        wanted = exporting.Wanted(what=what, format=form, trade=settings.trade)
        file.writelines(exporting.content(engine, wanted, _now()))


@app.command("sample-data")
def sample_data() -> None:
    """Fill an empty desk with ninety invented days: comments, answered tickets, a planted outage. Once."""
    from service import commands, sample

    with _errors_reported(), commands.line(_settings()) as line:
        done = sample.load(line, _now())
    typer.echo(f"{done.comments} comments, {done.tickets} tickets, {done.worked} worked on")


@app.command()
def recount() -> None:
    """Count anew what the insight pages show; stop the servers and workers of a large desk first."""
    from service import commands
    from service.storage import begin, rollups

    with _errors_reported(), commands.opened(_settings()) as engine, begin(engine) as conn:
        typer.echo(f"{rollups.rebuild(conn)} comments counted")


@keys_app.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="Who or what will use it.")],
    role: Annotated[Role, typer.Option(help="What it may do.")] = "sender",
    queue: Annotated[
        list[str] | None, typer.Option(help="A queue the agent works in; repeat for more.")
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="Days until it expires.")] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help=f"A part of the API it may reach, one of {', '.join(get_args(Scope))}; repeat for more."
        ),
    ] = None,
    requests_per_minute: Annotated[int | None, typer.Option(min=1, help="Its own rate limit.")] = None,
) -> None:
    """Make a key and print it; it is shown this once."""
    from service import commands, keyring
    from service.api import reading
    from service.api.bodies import KeyIn

    now = _now()
    asked = {
        "name": name,
        "role": role,
        "expires_at": None if days is None else (now + timedelta(days=days)).isoformat(),
        "queues": queue or None,
        "scopes": scope or None,
        "requests_per_minute": requests_per_minute,
    }
    with _errors_reported(), commands.opened(settings := _settings()) as engine:
        body = reading.key(reading.checked(KeyIn, asked), commands.rules(settings).queues, now)
        typer.echo(keyring.make(engine, "cli", now, body.model_dump()).secret.shown)


@keys_app.command("list")
def list_keys() -> None:
    """Print every key without its secret."""
    from service import commands
    from service.storage import keys, read

    with _errors_reported(), commands.opened(_settings()) as engine, read(engine) as conn:
        for row in keys.listing(conn):
            is_over = row["expires_at"] is not None and row["expires_at"] <= _now()
            state = "revoked" if row["revoked_at"] else "expired" if is_over else "open"
            typer.echo(f"{row['id']}\t{row['prefix']}…\t{row['role']}\t{state}\t{row['name']}")


@keys_app.command("revoke")
def revoke_key(key_id: Annotated[str, typer.Argument(help="The id that `keys list` shows.")]) -> None:
    """Close a key for good."""
    from service import commands, keyring

    with _errors_reported(), commands.opened(_settings()) as engine:
        keyring.close(engine, key_id, "cli", _now())


@app.command()
def promote(version: Annotated[str, typer.Argument(help="A version of the models folder.")]) -> None:
    """Make a model version the current one; running servers follow within seconds."""
    from service import commands, promotion

    with _errors_reported(), commands.opened(settings := _settings()) as engine:
        done = promotion.promote(engine, settings.models, version, "cli", _now())
        typer.echo(done.version)
        if done.uncompared:
            typer.echo(f"bazkhord: {done.uncompared}", err=True)


@app.command()
def rollback() -> None:
    """Return to the model version that was current before the last promotion."""
    from service import commands, promotion

    with _errors_reported(), commands.opened(settings := _settings()) as engine:
        typer.echo(promotion.rollback(engine, settings.models, "cli", _now()))


@language.bench_app.command("service")
def bench_service(
    data: Annotated[
        Path | None, typer.Option(help="Comments to send: a file or a folder; default: invented ones.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=1, help="How long each endpoint is asked, per round.")] = 5,
    connections: Annotated[int, typer.Option(min=1, help="Connections that ask at once.")] = 32,
    json_out: language.JsonOut = None,
    models: language.Models = Path("models"),
) -> None:
    """Measure the API beside an endpoint that only echoes, and storing beside a bare insert."""
    from service.benchmarks import desk as bench

    plan = bench.Plan(models=models, data=data, seconds=seconds, connections=connections)
    with _errors_reported():
        figures = bench.run(plan)
        typer.echo("\n".join(bench.report_lines(figures)))
        language.kept(figures, json_out)


@language.bench_app.command("import")
def bench_import(
    data: Annotated[
        Path | None, typer.Option(help="Comments to bring in: a file or a folder; default: invented ones.")
    ] = None,
    comments: Annotated[int, typer.Option(min=100, help="How many, in turn if there are fewer.")] = 20_000,
    json_out: language.JsonOut = None,
    models: language.Models = Path("models"),
) -> None:
    """Measure how fast a file comes in: read, tagged by all cores, routed and stored in SQLite."""
    from nlp.judging.bench import Plan
    from service.benchmarks import importing as bench

    with _errors_reported():
        figures = bench.run(Plan(models=models, data=data, count=comments))
        typer.echo("\n".join(bench.report_lines(figures)))
        language.kept(figures, json_out)


@language.bench_app.command("pages")
def bench_pages(
    comments: Annotated[int, typer.Option(min=1_000, help="Stored comments.")] = 100_000,
    rounds: Annotated[int, typer.Option(min=5, help="Requests per page.")] = 40,
    models: language.Models = Path("models"),
) -> None:
    """Measure how long the server takes for every page of a desk with this many comments."""
    from service.benchmarks import pages as bench

    with _errors_reported():
        for line in bench.report_lines(bench.run(models, comments, rounds)):
            typer.echo(line)


@language.bench_app.command("insight")
def bench_insight(
    comments: Annotated[int, typer.Option(min=1_000, help="How many stored comments.")] = 1_000_000,
    database_url: Annotated[
        str | None,
        typer.Option(help="A database, filled when it is empty; default: SQLite in a temporary folder."),
    ] = None,
    json_out: language.JsonOut = None,
    models: language.Models = Path("models"),
) -> None:
    """Measure the insight endpoints on a large desk: two years of comments drawn by dice."""
    from service.benchmarks import insight as bench

    with _errors_reported():
        figures = bench.run(bench.Plan(comments=comments, database_url=database_url, models=models))
        typer.echo("\n".join(bench.report_lines(figures)))
        language.kept(figures, json_out)


def _now() -> datetime:
    return datetime.now(UTC)


def _settings(**told: Any) -> Settings:
    """Return the settings of the environment; `UserError` names each one that is wrong, and how.

    One that nobody knows is named, too: comments are kept for ever where retention was misspelt.
    """
    try:
        chosen = Settings(**told)
    except ValidationError as error:
        wrong = (f"BAZKHORD_{each['loc'][0]}".upper() + f": {each['msg']}" for each in error.errors())
        raise UserError("; ".join(wrong)) from error
    for name in unknown(os.environ):
        typer.echo(f"bazkhord: {name} is no setting and does nothing", err=True)
    return chosen


@contextmanager
def _errors_reported() -> Iterator[None]:
    """Turn what a user can mend into one line on stderr and exit code 2."""
    from service.errors import Busy, ServiceError
    from service.tomlfile import FileMistakes

    with language.errors_reported():
        try:
            yield
        except FileMistakes as error:
            raise UserError(str(error)) from error
        except ServiceError as error:
            why = error.why if isinstance(error, Busy) else None
            raise UserError(f"{error.detail} ({why})" if why else error.detail) from error
