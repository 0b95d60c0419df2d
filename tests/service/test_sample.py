"""The sample data: the same for the same day, and a desk in the middle of its work."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from nlp import taxonomy
from service import sample
from service.errors import Conflict
from service.insight import weekly
from service.period import midnight
from service.storage import begin, digests, read
from service.storage.schema import corrections, messages, promises, tickets

NIGHT = datetime(2026, 11, 25, 23, 50, tzinfo=UTC)


def _rows(desk: Any, table: sa.Table) -> list[Any]:
    with read(desk.engine) as conn:
        return list(conn.execute(sa.select(table)).mappings())


def test_a_moment_gives_its_comments_again_and_another_one_the_same_at_other_times() -> None:
    first, later = sample.comments_until(NIGHT), sample.comments_until(NIGHT + timedelta(days=5))
    assert first == sample.comments_until(NIGHT)
    assert {one.created_at + timedelta(days=5) for one in first} == {one.created_at for one in later}
    texts = [comment.text for comment in first]
    assert len(first) == len(set(texts)) == 600
    assert texts == [comment.text for comment in later]


@pytest.mark.parametrize("hour", range(0, 24, 5))
def test_comments_fill_ninety_days_and_the_last_hours_at_any_hour(hour: int) -> None:
    now = NIGHT.replace(hour=hour)
    moments = [comment.created_at for comment in sample.comments_until(now)]
    assert all(now - timedelta(days=90) <= moment <= now for moment in moments if moment)
    assert sum(now - moment < timedelta(hours=2) for moment in moments if moment) > 3


def test_a_writer_means_topics_that_the_taxonomy_knows() -> None:
    topics, moods = taxonomy.load().topics, {"negative", "neutral", "positive"}
    for comment in sample.comments_until(NIGHT):
        said = sample.meant(comment)
        assert set(said) <= set(topics)
        assert set(said.values()) <= moods
        assert "{" not in comment.text


def test_the_inbox_has_everything_between_new_and_late(alive: Any) -> None:
    waiting = [row for row in _rows(alive, tickets) if row["status"] not in {"resolved", "merged"}]
    now = alive.clock.now
    due = [row["due_at"] for row in waiting if row["due_at"] is not None]
    late = sum(moment < now for moment in due)
    assert 10 <= len(waiting) <= 40
    assert late <= len(waiting) / 2
    assert any(now < moment < now + timedelta(hours=3) for moment in due)
    assert any(moment > now + timedelta(days=1) for moment in due)
    assert {"open", "assigned"} <= {row["status"] for row in waiting}
    assert max(now - row["opened_at"] for row in waiting) < timedelta(days=14)


def test_the_desk_answered_promised_corrected_and_settled(alive: Any) -> None:
    states = Counter(row["status"] for row in _rows(alive, tickets))
    assert states["resolved"] > 250
    said = Counter(row["kind"] for row in _rows(alive, messages))
    assert said["reply"] >= states["resolved"]
    assert said["note"] > 5
    assert {"kept", "broken"} <= {row["status"] for row in _rows(alive, promises)}
    assert {"topics", "category"} <= {row["field"] for row in _rows(alive, corrections)}


def test_agents_of_the_sample_are_colleagues_whose_keys_nobody_has(alive: Any) -> None:
    names = {item["name"] for item in alive.get("/v1/keys", role="admin").json()["items"]}
    assert set(sample.answers()["agent"]) <= names
    assert {row["assignee"] for row in _rows(alive, tickets)} - {None} <= names


def test_a_second_load_adds_nothing(alive: Any) -> None:
    line = alive.client.app.state.desk.line
    assert sample.load(line, alive.clock.now) == sample.Loaded(comments=0, tickets=0, worked=0)


def test_a_digest_that_was_written_while_the_sample_came_in_does_not_stay(lite: Any) -> None:
    line, now = lite.client.app.state.desk.line, lite.clock.now
    week = weekly.last_week(now)
    half = weekly.body_of(line, weekly.EVERYBODY, week, now)
    with begin(lite.engine) as conn:
        digests.insert(conn, now, weekly.EVERYBODY, week.since, midnight(week.until), half)
    assert weekly.body_of(line, weekly.EVERYBODY, week, now)["n"] == 0
    sample.load(line, now)
    assert weekly.body_of(line, weekly.EVERYBODY, week, now)["n"] > 20


def test_a_desk_with_comments_of_its_own_takes_no_sample(lite: Any) -> None:
    lite.send("پیک خوش‌برخورد بود و غذا گرم رسید")
    with pytest.raises(Conflict) as refused:
        sample.load(lite.client.app.state.desk.line, lite.clock.now)
    assert refused.value.code == "desk_not_empty"
    page = lite.call("POST", "/inbox/sample", None, headers=lite.person())
    assert page.status_code == 409
    assert "فقط در سامانهٔ خالی" in page.text
    assert len(lite.get("/v1/feedback").json()["items"]) == 1
    assert {key["name"] for key in lite.get("/v1/keys", role="admin").json()["items"]} == set(lite.keys)
