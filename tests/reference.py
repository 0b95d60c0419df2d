"""Writes docs/reference.md from the code: `make docs`. A test holds the committed page against it."""

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import typer.main
from fastapi import FastAPI
from fastapi.routing import APIRoute
from prometheus_client import Counter, Gauge, Histogram

from nlp import taxonomy
from service import cli
from service.app import create_app
from service.metrics import Metrics
from service.settings import Settings
from service.webhooks.events import EVENTS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference.md"
HEAD = """# Reference

Written from the code by `make docs`; a test fails when it is out of date. For tasks see [how-to.md](how-to.md), for
reasons [why.md](why.md). The running server describes its whole API at `/openapi.json`, with Persian examples.
"""

COMMANDS = """## Commands

A command that cannot use what it was given says why on stderr and exits with 2. `bazkhord --version` names the package
and the model in force.

"""

INSIGHTS = """## Insights

Days are those of Tehran, and a period includes its first and its last day. A customer's tier is the one they had when
they wrote, also where comments are listed or exported by tier.

"""


def render() -> str:
    """Return the page."""
    app = create_app(Settings())
    parts = [
        HEAD,
        COMMANDS + "\n".join(_commands(typer.main.get_command(cli.app), "bazkhord")),
        "## Settings\n\nEnvironment variables; every one has a default that works.\n\n"
        + "\n".join(_settings()),
        "## Endpoints\n\nRoles: sender < reader < agent < admin.\n\n" + "\n".join(_endpoints(app)),
        INSIGHTS + "\n".join(_insights(app)),
        "## Webhook events\n\n" + "\n".join(f"- `{name}`: {text}" for name, (text, _) in EVENTS.items()),
        "## Metrics\n\n" + "\n".join(_metrics()),
        "## Labels\n\n" + "\n".join(_labels()),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _commands(command: Any, prefix: str) -> Iterator[str]:
    for name, each in sorted(getattr(command, "commands", {}).items()):
        yield f"### `{prefix} {name}`\n\n{' '.join((each.help or '').split())}\n"
        yield from (f"- {_parameter(parameter)}" for parameter in each.params if parameter.name != "help")
        yield ""
        yield from _commands(each, f"{prefix} {name}")


def _parameter(parameter: Any) -> str:
    told = (getattr(parameter, "help", None) or "") + _choices(parameter.type_descriptor.annotation)
    if parameter.param_type_name == "argument":
        return f"`{parameter.metavar or parameter.name.upper()}`: {told}"
    names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    value = parameter.default
    shown = f" Default `{value}`." if value is not None and value is not False else ""
    variable = f" Also `{parameter.envvar}`." if parameter.envvar else ""
    needed = " Required." if parameter.required else ""
    return f"{names}: {told}{needed}{shown}{variable}"


def _choices(annotation: Any) -> str:
    """Return the values that are accepted, where only these are."""
    literal = next(
        (each for each in (annotation, *get_args(annotation)) if get_origin(each) is Literal), None
    )
    return " One of " + ", ".join(f"`{value}`" for value in get_args(literal)) + "." if literal else ""


def _settings() -> Iterator[str]:
    yield "| variable | default | what |"
    yield "|---|---|---|"
    told = dict(_comments())
    for name, field in Settings.model_fields.items():
        yield f"| `BAZKHORD_{name.upper()}` | {_default(field.default)} | {told[name]} |"


def _default(value: object) -> str:
    if value is None:
        return "unset"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _comments() -> Iterator[tuple[str, str]]:
    """Yield each field of the settings with the comment above it."""
    said: list[str] = []
    for line in inspect.getsource(Settings).splitlines():
        if comment := re.match(r"    #: (.*)", line):
            said.append(comment.group(1))
        elif field := re.match(r"    (\w+): ", line):
            yield field.group(1), " ".join(said)
            said = []
        else:
            said = []


def _endpoints(app: FastAPI) -> Iterator[str]:
    yield "| endpoint | what | role |"
    yield "|---|---|---|"
    roles = dict(_roles(app))
    for path, methods in sorted(app.openapi()["paths"].items()):
        for method, operation in sorted(methods.items()):
            role = roles.get((method.upper(), path), "–")
            yield f"| `{method.upper()} {path}` | {operation.get('summary', '')} | {role} |"


def _insights(app: FastAPI) -> Iterator[str]:
    """Yield what each answer about comments says, as its docstring does."""
    for path, methods in sorted(app.openapi()["paths"].items()):
        for method, operation in sorted(methods.items()):
            if "insights" in operation.get("tags", ()):
                yield f"- `{method.upper()} {path}`: {' '.join(operation['description'].split())}"


def _roles(app: FastAPI) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield the role that the signature of each endpoint asks for."""
    for included in app.routes:
        for route in getattr(getattr(included, "original_router", None), "routes", ()):
            if isinstance(route, APIRoute):
                for method in route.methods:
                    yield (method, route.path), next(_least(route.dependant), "–")


def _least(dependant: Any) -> Iterator[str]:
    for each in dependant.dependencies:
        role = getattr(each.call, "least", None)
        if role:
            yield str(role)
        yield from _least(each)


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
        ("Trades", labels.trades),
    ):
        yield f"**{title}**: " + " · ".join(f"`{each.id}` {each.fa}" for each in group.values()) + "\n"
    yield "| topic | Persian | touchpoint | factor | queue |"
    yield "|---|---|---|---|---|"
    for topic in labels.topics.values():
        yield f"| `{topic.id}` | {topic.fa} | {topic.touchpoint} | {topic.factor} | {topic.queue} |"


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
