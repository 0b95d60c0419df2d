"""Writes docs/reference.md from the code: `make docs`. A test holds the committed page against it."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import typer.main
from fastapi.routing import APIRoute
from prometheus_client import Counter, Gauge, Histogram

from nlp import taxonomy
from service import cli
from service.app import create_app
from service.events import EVENTS
from service.metrics import Metrics
from service.settings import Settings

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference.md"
HEAD = """# Reference

Written by `make docs` from the code; a test fails when it is out of date. How to do things is in
[how-to.md](how-to.md), why they are as they are in [why.md](why.md). The running server describes its whole
API at `/openapi.json`, with Persian examples.
"""


def render() -> str:
    """Return the page."""
    app = create_app(Settings())
    parts = [
        HEAD,
        "## Commands\n\n" + "\n".join(_commands(typer.main.get_command(cli.app))),
        "## Settings\n\nEnvironment variables; every one has a default that works.\n\n"
        + "\n".join(_settings()),
        "## Endpoints\n\nRoles: sender < reader < agent < admin.\n\n" + "\n".join(_endpoints(app.routes)),
        "## Webhook events\n\n" + "\n".join(f"- `{name}`: {text}" for name, text in EVENTS.items()),
        "## Metrics\n\n" + "\n".join(_metrics()),
        "## Labels\n\n" + "\n".join(_labels()),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _commands(command: click.Command, prefix: str = "bazkhord") -> Iterator[str]:
    if not isinstance(command, click.Group):
        return
    for name, each in sorted(command.commands.items()):
        yield f"### `{prefix} {name}`\n\n{(each.help or '').strip()}\n"
        for parameter in each.params:
            if parameter.name == "help":
                continue
            yield f"- {_parameter(parameter)}"
        yield ""
        yield from _commands(each, f"{prefix} {name}")


def _parameter(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Option):
        told = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
        value = parameter.default
        shown = f" Default `{value}`." if value not in (None, "", False, ()) and not callable(value) else ""
        return f"{told}: {parameter.help or ''}{shown}"
    return f"`{(parameter.metavar or parameter.name or '').upper()}`: {getattr(parameter, 'help', '') or ''}"


def _settings() -> Iterator[str]:
    yield "| variable | default |"
    yield "|---|---|"
    for name, field in Settings.model_fields.items():
        yield f"| `BAZKHORD_{name.upper()}` | `{field.default}` |"


def _endpoints(routes: list[Any]) -> Iterator[str]:
    yield "| endpoint | what | role |"
    yield "|---|---|---|"
    for route in sorted((r for r in routes if isinstance(r, APIRoute) and r.include_in_schema), key=_place):
        for method in sorted(route.methods):
            yield f"| `{method} {route.path}` | {route.summary or route.name} | {_role(route)} |"


def _place(route: APIRoute) -> tuple[str, str]:
    return route.path, "".join(sorted(route.methods))


def _role(route: APIRoute) -> str:
    """Return the role that the signature asks for."""
    for dependency in route.dependant.dependencies:
        least = getattr(dependency.call, "least", None)
        if least:
            return str(least)
    return "–"


def _metrics() -> Iterator[str]:
    for metric in vars(Metrics()).values():
        if isinstance(metric, Counter | Gauge | Histogram):
            family = next(iter(metric.collect()))
            total = "_total" if isinstance(metric, Counter) else ""
            labels = ", ".join(f"`{label}`" for label in metric._labelnames)
            yield f"- `{family.name}{total}` ({family.type}): {family.documentation}{' By ' + labels + '.' if labels else ''}"


def _labels() -> Iterator[str]:
    labels = taxonomy.load()
    for title, group in (
        ("Categories", labels.categories),
        ("Sentiments", labels.sentiments),
        ("Urgency", labels.urgency),
        ("Signals", labels.signals),
    ):
        yield f"**{title}**: " + " · ".join(f"`{each.id}` {each.fa}" for each in group.values()) + "\n"
    yield "| topic | Persian | touchpoint | factor | queue |"
    yield "|---|---|---|---|---|"
    for topic in labels.topics.values():
        yield f"| `{topic.id}` | {topic.fa} | {topic.touchpoint} | {topic.factor} | {topic.queue} |"


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
