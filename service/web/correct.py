"""One-click corrections: a button says what a tag should have been, and a line at the bottom takes it back."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import Form
from starlette.responses import Response

from service.comments import correcting
from service.corrections import Correction, value_of
from service.deps import Agent, Desk
from service.errors import Invalid
from service.storage import corrections, read
from service.storage import feedback as stored
from service.web import wording
from service.web.failures import pages
from service.web.page import Back, FilledWord, VisitDep

router = pages()
_LABELS: tuple[Literal["category", "sentiment", "urgency"], ...] = ("category", "sentiment", "urgency")
#: A topic or a signal that is there after all, or is not.
_STEP = re.compile(r"(topics|signals)([+-])(.+)", re.DOTALL)


@router.post("/comments/{feedback_id}/correct")
def correct(
    feedback_id: str,
    visit: VisitDep,
    caller: Agent,
    said: Annotated[str, Form(alias="set", max_length=200)],
    mood: FilledWord = "negative",
    back: Back = "/inbox",
) -> Response:
    """Correct one field. `set` says how: `category=praise`, `mood=courier:positive`, `topics+courier`, `signals-fraud`."""
    wanted = _wanted(_tags(visit.desk, feedback_id), said, mood)
    if not correcting.correct(visit.desk.line, feedback_id, wanted, caller.id, visit.now):
        return visit.back(back)
    with read(visit.desk.engine) as conn:
        line = corrections.standing(conn, feedback_id)[wanted.field]
    return visit.back(back, done="corrected", undo=line["id"])


@router.post("/corrections/{correction_id}/undo")
def undo(correction_id: str, visit: VisitDep, caller: Agent, back: Back = "/inbox") -> Response:
    """Take a correction back, everywhere it was applied; one that was made after it stands."""
    correcting.undo(visit.desk.line, correction_id, caller.id, visit.now)
    with read(visit.desk.engine) as conn:
        line: Any = corrections.get(conn, correction_id)
        left = corrections.standing(conn, line["feedback_id"]).get(line["field"])
    is_overtaken = left is not None and left["at"] > line["at"]
    return visit.back(back, done="undone_below" if is_overtaken else "undone")


def said_by(history: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> dict[str, str]:
    """Return whose word stands for a comment, by field of its tags; the history of its corrections is given."""
    standing = (line for line in history if line["undone_at"] is None)
    return {line["field"]: names.get(line["actor"], wording.actor(line["actor"])) for line in standing}


def _tags(desk: Desk, feedback_id: str) -> Any:
    with read(desk.engine) as conn:
        return stored.existing(conn, feedback_id)["tags"]


def _wanted(tags: Any, said: str, mood: str) -> Correction:
    field, _, value = said.partition("=")
    if field in _LABELS:
        return Correction(field=field, value=value)
    topics: dict[str, str] = value_of(tags, "topics")
    if field == "mood":
        topic, _, polarity = value.partition(":")
        return Correction(field="topics", value={**topics, topic: polarity})
    step = _STEP.fullmatch(said)
    if step is None:
        raise Invalid("unknown_field", "این بخش از برچسب‌ها را نمی‌شود اصلاح کرد.")
    kind, sign, name = step.groups()
    if kind == "topics":
        others = {id_: one for id_, one in topics.items() if id_ != name}
        return Correction(field="topics", value={**others, name: mood} if sign == "+" else others)
    heard = set(value_of(tags, "signals")) - {name}
    return Correction(field="signals", value=sorted(heard | {name} if sign == "+" else heard))
