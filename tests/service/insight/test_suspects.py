"""Which corrections are probably wrong, and how one of them is kept or taken back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.insight import suspects

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
COLD = "غذا سرد بود و پیک دیر رسید"


def _line(id_: str, after: Any = "praise", **told: Any) -> dict[str, Any]:
    return {
        "id": id_, "feedback_id": f"fb_{id_}", "text_hash": f"h_{id_}", "field": "category", "after": after,
        "actor": "sara", "at": NOW - timedelta(days=1), "reviewed_at": NOW - timedelta(days=1),
        "model_tags": _tags(0.5),
    } | told  # fmt: skip


def _tags(confidence: float, label: str = "complaint", **topics: float) -> dict[str, Any]:
    return {
        "category": {"label": label, "confidence": confidence},
        "sentiment": None,
        "topics": [
            {"id": topic, "sentiment": "negative", "confidence": sure} for topic, sure in topics.items()
        ],
    }


def _found(*lines: dict[str, Any]) -> list[str]:
    return [one.line["id"] for one in suspects.suspects(lines, NOW)]


def test_the_surer_the_model_was_of_another_label_the_more_suspicious_is_a_correction() -> None:
    lines = [_line(str(place), model_tags=_tags(sure)) for place, sure in enumerate((0.5, 0.91, 0.99, 0.89))]
    assert _found(*lines) == ["2", "1"]
    assert not _found(
        _line("1", model_tags=_tags(0.99, "praise"))
    )  # a person came back to what the model said
    assert not _found(_line("1", model_tags=None))


def test_topics_that_a_person_took_away_are_suspected_by_the_surest_and_added_ones_not() -> None:
    told = _tags(0.5, courier=0.97, packaging=0.92)
    (one,) = suspects.suspects([_line("1", {"support": "negative"}, field="topics", model_tags=told)], NOW)
    assert (one.model_said, one.confidence) == ({"courier": "negative"}, 0.97)
    assert not _found(_line("1", {}, field="topics", model_tags=_tags(0.5, own_1=1.0)))  # a query is no model
    more = {"courier": "negative", "packaging": "positive", "support": "negative"}
    assert not _found(_line("1", more, field="topics", model_tags=told))


def test_people_who_say_different_things_of_one_text_come_before_a_sure_model() -> None:
    sure = _line("1", model_tags=_tags(0.99))
    sara, reza = _line("2", text_hash="h"), _line("3", "question", text_hash="h", actor="reza")
    assert _found(sure, sara, reza) == ["2", "3", "1"]
    assert not _found(sara, _line("3", text_hash="h", actor="reza"))  # they agree
    assert not _found(sara, _line("3", "question", text_hash="h"))  # one person changed their mind
    again = _line("4", "question", feedback_id="fb_2", text_hash="h", actor="reza")
    assert _found(sara, again) == ["4"]  # of one comment the newest is in force


@pytest.mark.parametrize(
    ("at", "reviewed", "is_listed"),
    [
        (timedelta(minutes=30), None, False),  # still at work on it
        (timedelta(hours=3), timedelta(hours=3), True),
        (
            timedelta(hours=3),
            timedelta(hours=2, minutes=50),
            True,
        ),  # corrected one tag after the other, then y
        (timedelta(hours=3), timedelta(hours=1), False),  # a second look
        (timedelta(hours=3), None, True),
    ],
)
def test_a_second_look_keeps_a_correction(at: timedelta, reviewed: timedelta | None, is_listed: bool) -> None:
    looked = None if reviewed is None else NOW - reviewed
    line = _line("1", model_tags=_tags(0.99), at=NOW - at, reviewed_at=looked)
    assert bool(_found(line)) is is_listed


def test_a_suspect_is_kept_or_taken_back(desk: Any) -> None:
    sent = desk.send(COLD)
    assert sent["tags"]["category"]["confidence"] >= suspects.SURE
    wrong = desk.post(f"/v1/feedback/{sent['id']}/corrections", {"category": "praise"}).json()["items"][0]
    assert desk.get("/v1/review/suspects", role="agent").json() == {"items": []}
    desk.clock.forward(hours=2)
    (item,) = desk.get("/v1/review/suspects", role="agent").json()["items"]
    assert (item["correction"], item["feedback"]["id"]) == (wrong, sent["id"])
    assert (item["model_said"], item["model_confidence"]) == (
        "complaint",
        sent["tags"]["category"]["confidence"],
    )
    desk.post(f"/v1/feedback/{sent['id']}/corrections", {})
    assert desk.get("/v1/review/suspects", role="agent").json() == {"items": []}
    same = desk.send(COLD)  # follows the correction, and another person says another thing
    desk.post(f"/v1/feedback/{same['id']}/corrections", {"category": "question"}, role="admin")
    desk.clock.forward(hours=2)
    items = desk.get("/v1/review/suspects", role="agent").json()["items"]
    assert [one["feedback"]["id"] for one in items] == [same["id"]]
    assert [other["after"] for other in items[0]["others"]] == ["praise"]
    desk.call("DELETE", f"/v1/corrections/{items[0]['correction']['id']}", "agent")
    assert desk.get("/v1/review/suspects", role="agent").json() == {"items": []}
    assert desk.get("/v1/review/suspects", role="reader").status_code == 403
