"""When the labels of a week are those of other comments than the weeks before had, and that it is told once."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from service.insight import watch
from service.insight.drift import drift
from service.jalali import TEHRAN
from service.period import last_days
from service.storage import Engine, begin, read
from service.storage.insight_tables import WHOLE, daily
from service.storage.rollups import ALL, SUMS
from service.storage.schema import outbox
from service.storage.scope import Scope

BEFORE = {"complaint": 800, "praise": 400, "question": 400}


@pytest.mark.parametrize(
    ("now", "label"),
    [
        ({"complaint": 400, "praise": 200, "question": 200}, None),  # the same shares
        ({"complaint": 460, "praise": 170, "question": 170}, None),  # sure, but not far
        ({"complaint": 20, "praise": 90, "question": 10}, None),  # far, but few
        ({"complaint": 80, "praise": 400, "question": 20}, "praise"),
        ({"complaint": 150, "praise": 80, "question": 80, "": 200}, ""),  # many that nobody could label
    ],
)
def test_labels_have_drifted_when_they_are_far_away_and_chance_does_not_explain_it(
    now: Mapping[str, int], label: str | None
) -> None:
    found = drift(now, BEFORE)
    assert (found and found.label) == label
    if found is not None:
        assert found.sure > 0.999
        assert found.share > found.share_before


def test_few_comments_of_many_labels_stray_by_chance_as_far_as_others_drift() -> None:
    topics = [f"topic-{number}" for number in range(20)]
    before = dict.fromkeys(topics, 10)
    now = {topic: 16 if number % 2 else 4 for number, topic in enumerate(topics)}
    assert drift(now, before) is None
    tenfold = [{topic: 10 * n for topic, n in counts.items()} for counts in (now, before)]
    assert drift(*tenfold) is not None  # the same shares, which are no chance any more


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 300)), st.integers(0, 2_000))
def test_the_index_is_that_of_the_labels_that_were_given(now: dict[str, int], few: int) -> None:
    before = {"a": 900, "b": 500, "c": few, "d": 300}
    labels = [label for label in "abcdef" if now.get(label, 0) + before.get(label, 0)]
    n, m = max(sum(now.values()), 1), sum(before.values())
    share = np.array([max(now.get(label, 0), 0.5) / n for label in labels])
    share_before = np.array([max(before.get(label, 0), 0.5) / m for label in labels])
    index = float(((share - share_before) * np.log(share / share_before)).sum())
    sure = stats.chi2.cdf(index / (1 / n + 1 / m), len(labels) - 1)
    found = drift({"": 0} | now, {"": 0} | before)
    assert (found is not None) == (n >= 200 and index >= 0.25 and sure >= 0.999)
    if found is not None:
        assert (found.index, found.sure) == (pytest.approx(index, abs=5e-4), pytest.approx(sure, abs=1e-6))


def _count(conn: sa.Connection, day: int, version: str, categories: Mapping[str, int]) -> None:
    """Put a day into the sums as if so many comments had got these categories."""
    zero = dict.fromkeys(SUMS, 0)
    rows = [("category", name, n) for name, n in categories.items()]
    for kind, value, n in [(ALL, "", sum(categories.values())), *rows]:
        row = {"kind": kind, "value": value, "topic": WHOLE, "day": day, "version": version}
        conn.execute(sa.insert(daily).values(zero | row | {"n": n}))


def _watched(lite: Any, version: str) -> list[dict[str, Any]]:
    """Let a week of praise follow eight of complaints, watch twice, and return the drifts that were announced."""
    engine: Engine = lite.engine
    lite.send("غذا سرد بود و پیک دیر رسید")
    today = lite.clock.now.astimezone(TEHRAN).date().toordinal()
    with begin(engine) as conn:
        for age in range(1, 63):
            usual = {"complaint": 30, "praise": 10}
            _count(conn, today - age, "1" if age >= 7 else version, usual if age >= 7 else {"praise": 45})
    for _ in range(2):
        watch.watch(lite.client.app.state.desk.line, lite.clock.now)
        lite.clock.forward(hours=1)
    with read(engine) as conn:
        told = sa.select(outbox.c.payload).where(outbox.c.type == "drift.detected")
        return list(conn.scalars(told))


def test_a_drift_is_announced_once_and_shown_among_the_alerts(lite: Any) -> None:
    (told,) = [one for one in _watched(lite, "1") if one["subject"] == "category"]
    assert told["figures"]["label"] == "complaint"
    assert told["message"].startswith("نوع‌ها در این هفته به هفته‌های پیش نمی‌مانند: سهم «")
    with read(lite.engine) as conn:
        items = watch.listing(conn, Scope(period=last_days(lite.clock.now, 7)))["items"]
    shown = [(one["kind_fa"], one["label_fa"]) for one in items if one["kind"] == "drift"]
    assert shown == [("دگرگونی برچسب‌ها", "نوع‌ها")]


def test_another_model_is_no_drift(lite: Any) -> None:
    assert _watched(lite, "2") == []
