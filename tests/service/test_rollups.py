"""What is counted while writing is what a recount finds, whatever was written, corrected or erased in between."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from service.feedback import Customer, Incoming, Scores
from service.storage import Engine, begin, customers, insights, migrations, read, review, rollups
from service.storage import feedback as stored
from service.storage.feedback import Entry
from service.storage.insight_tables import daily, facts
from service.storage.schema import feedback

START = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)
_MOODS = ("negative", "neutral", "positive")


def tags(
    topics: dict[str, str], mood: str = "negative", *, urgency: str = "none", version: str = "1"
) -> dict[str, Any]:
    return {
        "language": {"code": "fa", "supported": True},
        "category": {"label": "complaint", "confidence": 0.9},
        "sentiment": {"label": mood, "score": 0.0, "confidence": 0.9, "mixed": False, "spans": []},
        "topics": [
            {"id": topic, "sentiment": said, "confidence": 0.9, "spans": []} for topic, said in topics.items()
        ],
        "signals": [
            {"name": name, "confidence": 0.9, "spans": []}
            for name, is_heard in (
                ("fraud", urgency == "critical"),
                ("churn_intent", mood == "very_negative"),
            )
            if is_heard
        ],
        "urgency": {"level": urgency, "score": 10, "reasons": []},
        "entities": [],
        "pii": [],
        "needs_review": False,
        "abstained": [],
        "model": {"version": version, "taxonomy": "1", "normalizer": "1"},
    }


def store(conn: sa.Connection, number: int, incoming: Incoming, at: datetime, tags: dict[str, Any]) -> None:
    """Store a comment of its customer, if it names one, as it stands."""
    known, who = incoming.customer, None
    if known is not None:
        customers.meet(conn, [str(known.external_id)], at)
        (who,) = customers.touch(conn, [known], at).values()
    entry = Entry(
        incoming=incoming,
        body_hash=str(number),
        text_hash=str(number % 7),
        original=None,
        masked=incoming.text,
        search_text=incoming.text,
        tags=tags,
    )
    placed = (f"fb_{number:05}", at, at, "tests", who, None)
    assert stored.insert(conn, [(placed, stored.drafted(entry))])


def _write(engine: Engine, dice: Random, count: int) -> None:
    with begin(engine) as conn:
        for number in range(count):
            topics = {
                topic: dice.choice(_MOODS)
                for topic in dice.sample(["courier", "support", "packaging"], dice.randrange(3))
            }
            said = tags(
                topics,
                dice.choice(["very_negative", *_MOODS]),
                urgency=dice.choice(["none", "high", "critical"]),
            )
            at = START + timedelta(hours=dice.randrange(24 * 20))
            known = None
            if dice.random() < 0.5:
                known = Customer(external_id=f"c{dice.randrange(9)}", tier=dice.choice(["vip", "silver"]))
            incoming = Incoming(
                text="متن",
                customer=known,
                channel=dice.choice(["app", "web"]),
                product=dice.choice([None, "الف", "ب"]),
                scores=Scores(csat=dice.choice([None, 1, 5]), nps=dice.choice([None, 0, 8, 10])),
            )
            store(conn, number, incoming, at, said)


def _counted(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    with read(engine) as conn:
        return {
            table.name: sorted(map(tuple, conn.execute(sa.select(table).where(sa.true()))), key=repr)
            for table in (facts, daily)
        }


def _without_tiers(counted: dict[str, list[tuple[Any, ...]]]) -> Any:
    """A customer's tier is counted as it was; a recount knows only what it is now."""
    place = list(facts.c.keys()).index("tier")
    return (
        [row[:place] + row[place + 1 :] for row in counted["facts"]],
        [row for row in counted["daily"] if row[0] != "tier"],
    )


@pytest.fixture
def counted(engine: Engine) -> Engine:
    _write(engine, Random(5), 120)
    return engine


def test_the_sums_kept_while_writing_equal_a_recount(counted: Engine) -> None:
    kept = _counted(counted)
    with begin(counted) as conn:
        assert rollups.rebuild(conn) == 120
    assert _counted(counted) == kept
    assert kept["daily"]


def test_a_large_desk_on_postgresql_is_recounted_in_its_own_time_and_each_fact_is_looked_up(
    newest_postgres_engine: Engine,
) -> None:
    deleted: list[str] = []

    def listen(_conn: Any, _cursor: Any, said: str, *_: Any) -> None:
        if said.startswith("DELETE FROM facts"):
            deleted.append(said)

    sa.event.listen(newest_postgres_engine, "before_cursor_execute", listen)
    with begin(newest_postgres_engine) as conn:
        rollups.rebuild(conn)
        timeouts = [
            conn.exec_driver_sql(f"SHOW {name}").scalar_one()
            for name in ("lock_timeout", "statement_timeout")
        ]
        plan = conn.exec_driver_sql(f"EXPLAIN {deleted[0]}").scalars().all()
    assert timeouts == ["0", "0"]
    assert any("Anti Join" in step for step in plan)
    assert not any("SubPlan" in step for step in plan)


def test_a_correction_counts_and_the_tag_it_replaced_does_not(counted: Engine) -> None:
    dice = Random(6)
    with begin(counted) as conn:
        for number in dice.sample(range(120), 40):
            row = stored.get(conn, f"fb_{number:05}")
            assert row is not None
            stored.retag(
                conn,
                row["id"],
                row["tags"] | tags({"courier": dice.choice(_MOODS)}, "positive", version="2"),
                row["tags"],
                doubted=row["tags"],
            )
    kept = _counted(counted)
    with begin(counted) as conn:
        rollups.rebuild(conn)
    assert _without_tiers(_counted(counted)) == _without_tiers(kept)
    with read(counted) as conn:
        versions = dict(
            conn.execute(
                sa.select(daily.c.version, sa.func.sum(daily.c.n))
                .where(daily.c.kind == "all", daily.c.topic == "")
                .group_by(daily.c.version)
            ).all()
        )
    assert versions == {"1": 80, "2": 40}


def test_what_people_saw_is_counted_as_a_recount_counts_it(counted: Engine) -> None:
    with begin(counted) as conn:
        for number in range(0, 120, 5):
            review.reviewed(conn, f"fb_{number:05}", "mina", START)
    kept = _counted(counted)
    with begin(counted) as conn:
        rollups.rebuild(conn)
    assert _without_tiers(_counted(counted)) == _without_tiers(kept)
    with read(counted) as conn:
        told = review.labelled(conn, START.date())
    assert sum(seen for field, _, _, seen in told if field == "category") == 24
    with read(counted) as conn:
        rows = [stored.get(conn, f"fb_{number:05}") for number in range(120)]
    for signal in ("fraud", "churn_intent"):
        heard = [
            row["reviewed_at"] for row in rows if signal in {one["name"] for one in row["tags"]["signals"]}
        ]
        ((n, seen),) = [(n, seen) for field, label, n, seen in told if (field, label) == ("signals", signal)]
        assert (n, seen) == (len(heard), sum(at is not None for at in heard))
        assert 0 < seen < n


def test_signals_of_an_older_schema_are_counted_when_it_is_brought_up_to_date(counted: Engine) -> None:
    kept = _counted(counted)
    with begin(counted) as conn:
        conn.exec_driver_sql("DELETE FROM daily WHERE kind = 'signals'")
        conn.exec_driver_sql("ALTER TABLE facts DROP COLUMN signals")
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '0010'")
        config = migrations._config()
        config.attributes["connection"] = conn
        command.upgrade(config, "0011")  # what later steps made is there
    assert _counted(counted)["daily"] == kept["daily"]
    with begin(counted) as conn:
        for number in range(120):
            review.reviewed(conn, f"fb_{number:05}", "mina", START)
    seen = _counted(counted)["daily"]
    with begin(counted) as conn:
        rollups.rebuild(conn)
    assert _counted(counted)["daily"] == seen


def test_a_comment_counted_anew_keeps_the_tier_its_customer_had(engine: Engine) -> None:
    with begin(engine) as conn:
        known = Customer(external_id="c1", tier="silver")
        store(conn, 1, Incoming(text="متن", customer=known), START, tags({}))
        customers.touch(conn, [replace(known, tier="vip")], START)
        review.reviewed(conn, "fb_00001", "mina", START)
    with read(engine) as conn:
        assert conn.execute(sa.select(facts.c.tier)).scalars().all() == ["silver"]


def test_an_erased_comment_is_in_no_number(counted: Engine) -> None:
    with begin(counted) as conn:
        everything = [f"fb_{number:05}" for number in range(120)]
        conn.execute(sa.update(feedback).values(erased_at=START))
        rollups.refresh(conn, everything)
    assert _counted(counted) == {"facts": [], "daily": []}


def test_days_are_those_of_tehran(engine: Engine) -> None:
    late = datetime(2026, 9, 1, 21, 0, tzinfo=UTC)  # 00:30 of the second in Tehran
    with begin(engine) as conn:
        store(conn, 1, Incoming(text="متن"), late, tags({}))
    with read(engine) as conn:
        row = conn.execute(sa.select(facts)).one()
    assert (row.day, row.hour) == (datetime(2026, 9, 2).toordinal(), 0)  # noqa: DTZ001


def test_a_lone_day_of_long_ago_is_no_history(engine: Engine) -> None:
    start = date(2026, 9, 20)
    with begin(engine) as conn:
        assert insights.known_since(conn) is None
        for number, day in enumerate(
            [date(2020, 3, 1), *(start + timedelta(days=each) for each in range(0, 60, 20))]
        ):
            at = datetime.combine(day, time(9), tzinfo=UTC)
            store(conn, number, Incoming(text="متن"), at, tags({}))
        assert insights.known_since(conn) == start
