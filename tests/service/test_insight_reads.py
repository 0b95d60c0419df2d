"""Every insight answers alike from daily sums and from facts, on SQLite and on PostgreSQL."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from service import sla
from service.auth import Caller
from service.comments import forgetting
from service.feedback import Customer, Incoming, Scores
from service.insight import reports, satisfaction, trending, watch
from service.jalali import TEHRAN, spoken_day
from service.period import Period, bucket, last_days, midnight
from service.storage import (
    Engine,
    alerts,
    begin,
    customers,
    filling,
    insights,
    packing,
    performance,
    read,
    tally,
)
from service.storage import feedback as stored
from service.storage.feedback import Entry, Filters
from service.storage.insight_tables import packed, unpacked
from service.storage.schema import audit, outbox, tickets
from service.storage.scope import Scope, Words

NOW = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
AGENT = Caller(id="k", name="سارا", role="agent", kind="key")
TOPICS = ("courier", "delivery_time", "packaging", "support", "payment_refund")
MOODS = ("negative", "neutral", "positive")
WORDS = ("غذا", "دیر", "رسید", "پیک", "مودب", "گران", "سرد", "خوب", "بسته", "پاره", "تماس", "جواب")


def _tags(dice: random.Random, version: str) -> dict[str, Any]:
    topics = dice.sample(TOPICS, dice.randrange(3))
    return {
        "language": {"code": "fa", "supported": True},
        "category": {"label": "complaint", "confidence": 0.9},
        "sentiment": {
            "label": dice.choice(MOODS),
            "score": 0.0,
            "confidence": 0.9,
            "mixed": False,
            "spans": [],
        },
        "topics": [
            {"id": topic, "sentiment": dice.choice(MOODS), "confidence": 0.9, "spans": []} for topic in topics
        ],
        "signals": [{"name": "churn_intent", "confidence": 0.9, "spans": []}] if dice.random() < 0.1 else [],
        "urgency": {
            "level": dice.choice(["none", "normal", "high"]),
            "score": dice.randrange(99),
            "reasons": [],
        },
        "entities": [],
        "pii": [],
        "needs_review": False,
        "abstained": [],
        "model": {"version": version, "taxonomy": "1", "normalizer": "1"},
    }


@dataclass(frozen=True, kw_only=True)
class Said:
    """A comment with its tags, as it stands."""

    number: int
    at: datetime
    incoming: Incoming
    tags: dict[str, Any]


def fill(engine: Engine, count: int = 160, people: int = 60) -> None:
    """Store comments of eighty days, in no order, a few at a time."""
    dice = random.Random(11)
    comments = []
    for number in range(count):
        at = NOW - timedelta(hours=dice.randrange(24 * 80))
        text = " ".join(dice.sample(WORDS, 5))
        known = Customer(
            external_id=f"c{dice.randrange(people)}",
            tier="vip",
            lifetime_value=float(dice.randrange(9_000_000)),
        )
        incoming = Incoming(
            text=text,
            customer=known,
            channel=dice.choice(["app", "web"]),
            product=dice.choice([None, "الف", "ب"]),
            branch=dice.choice(["ونک", "شیراز"]),
            scores=Scores(csat=dice.choice([None, 1, 3, 5]), nps=dice.choice([None, 2, 8, 10])),
        )
        said = _tags(dice, "1" if at < NOW - timedelta(days=10) else "2")
        comments.append(Said(number=number, at=at, incoming=incoming, tags=said))
    with begin(engine) as conn:
        for start in range(0, count, 16):
            _store(conn, comments[start : start + 16])


def _store(conn: sa.Connection, comments: Sequence[Said]) -> None:
    """Store comments of their customers, where they name one, at once."""
    people = [one.incoming.customer for one in comments if one.incoming.customer]
    told = {each.external_id: each for each in people if each.external_id}
    customers.meet(conn, list(told), NOW)
    who = customers.touch(conn, list(told.values()), NOW)
    rows = []
    for one in comments:
        entry = Entry(
            incoming=one.incoming,
            body_hash=str(one.number),
            text_hash=str(one.number),
            original=None,
            masked=one.incoming.text,
            search_text=one.incoming.text,
            tags=one.tags,
        )
        whose = None
        if one.incoming.customer:
            whose = who.get(one.incoming.customer.external_id or "")
            whose = whose or customers.stranger(conn, one.incoming.customer, NOW)
        placed = (f"fb_{one.number:05}", one.at, one.at, "tests", whose, None)
        rows.append((placed, stored.drafted(entry)))
    assert stored.insert(conn, rows)


def _answers(engine: Engine, scope: Scope, way: str = "") -> dict[str, Any]:
    """Return what every insight says; `way` is a setting of PostgreSQL's planner that is off meanwhile."""
    with read(engine) as conn:
        if way:
            conn.exec_driver_sql(f"SET LOCAL {way} = off")
        return {
            "trends": trending.trends(conn, scope, NOW, "week"),
            "segments": trending.segments(conn, scope, "product", AGENT),
            "hours": trending.trends(conn, scope, NOW, "hour"),
            "moved": trending.moved(conn, scope),
            "drivers": satisfaction.drivers(conn, scope, NOW, "csat"),
            "kano": satisfaction.kano(conn, scope, "nps"),
            "journey": satisfaction.journey(conn, scope),
            "factors": satisfaction.factors(conn, scope, "branch", AGENT),
            "leaving": satisfaction.leaving(conn, scope, AGENT, NOW),
            "marks": watch.marks(conn, scope, TOPICS, (), NOW),
            "rising": watch.rising(conn, scope),
            "performance": reports.performance(conn, scope, NOW),
        }


SCOPES = (
    Scope(period=last_days(NOW, 30)),
    Scope(period=last_days(NOW, 30), channel="app", branch="ونک"),
    Scope(period=last_days(NOW, 60), topics=("courier", "support"), urgency="high"),
    Scope(period=last_days(NOW, 40), words=Words(("پیک",))),
    Scope(period=last_days(NOW, 30), version="2"),
)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What SQLite answers."""
    from service.storage import migrate, open_engine

    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('insight') / 'desk.db'}")
    migrate(engine)
    fill(engine)
    found = [_answers(engine, scope) for scope in SCOPES]
    engine.dispose()
    return found


def test_both_databases_answer_alike(engine: Engine, reference: list[dict[str, Any]]) -> None:
    fill(engine)
    for scope, wanted in zip(SCOPES, reference, strict=True):
        found = _answers(engine, scope)
        for name, answer in wanted.items():
            assert found[name] == answer, name


def test_however_postgresql_reads_it_answers_alike(
    newest_postgres_engine: Engine, reference: list[dict[str, Any]]
) -> None:
    """Rows come in an order of the planner's choice: topics named equally often must not follow it."""
    fill(newest_postgres_engine)
    for way in ("enable_sort", "enable_hashagg"):
        assert [_answers(newest_postgres_engine, scope, way) for scope in SCOPES] == reference, way
    with begin(newest_postgres_engine) as conn:
        conn.exec_driver_sql("ANALYZE")
    assert [_answers(newest_postgres_engine, scope) for scope in SCOPES] == reference


def _pack(engine: Engine) -> int:
    """Pack everything and return how many blocks that took."""
    done = 1
    with begin(engine) as conn:
        while packing.pack(conn, least=1):
            done += 1
    return done


def test_packed_facts_answer_as_facts_read_one_by_one(
    engine: Engine, reference: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "BLOCK", 32)
    fill(engine)
    assert _pack(engine) == 6  # numbers begin at 1
    with read(engine) as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(unpacked)) == 0
    for scope, wanted in zip(SCOPES, reference, strict=True):
        found = _answers(engine, scope)
        for name, answer in wanted.items():
            assert found[name] == answer, name


def test_what_changes_after_packing_is_in_the_next_answer(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "BLOCK", 32)
    fill(engine)
    _pack(engine)
    dice = random.Random(4)
    with begin(engine) as conn:
        for number in range(0, 160, 9):
            row = stored.get(conn, f"fb_{number:05}")
            assert row is not None
            stored.retag(conn, row["id"], row["tags"] | _tags(dice, "3"), row["tags"], doubted=row["tags"])
    forgetting.erase(engine, sla.load(), "fb_00005", "tests", NOW)
    with begin(engine) as conn:
        new = Incoming(text="پیک دیر رسید", channel="phone", product="تازه", branch="ونک")
        _store(conn, [Said(number=900, at=NOW, incoming=new, tags=_tags(dice, "3"))])
    scopes = (*SCOPES, Scope(period=last_days(NOW, 30), channel="phone", product="تازه"))
    kept = [_answers(engine, scope) for scope in scopes]
    assert kept[-1]["trends"]["total"]["n"] == 1
    with begin(engine) as conn:
        packing.forget(conn)
    assert [_answers(engine, scope) for scope in scopes] == kept
    _pack(engine)
    assert [_answers(engine, scope) for scope in scopes] == kept


def test_an_answer_loses_nothing_to_a_block_that_is_packed_meanwhile(engine: Engine) -> None:
    fill(engine)
    packed_at: list[str] = []

    def pack_meanwhile(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "JOIN unpacked" in statement and not packed_at:
            packed_at.append(statement)
            _pack(engine)

    with read(engine) as conn:
        sa.event.listen(conn, "before_cursor_execute", pack_meanwhile)
        parts, _ = packing.read(conn, 0, NOW.toordinal() + 1)
        again, _ = packing.read(conn, 0, NOW.toordinal() + 1)
    assert packed_at
    assert [sum(len(part.comments) for part in seen) for seen in (parts, again)] == [160, 160]


def test_few_marked_comments_are_left_for_later(engine: Engine) -> None:
    fill(engine, 20)
    with begin(engine) as conn:
        assert not packing.pack(conn)
        assert conn.scalar(sa.select(sa.func.count()).select_from(unpacked)) == 20
        assert conn.scalar(sa.select(sa.func.count()).select_from(packed)) == 0


def test_daily_sums_and_facts_say_the_same(sqlite_engine: Engine) -> None:
    fill(sqlite_engine)
    scope = Scope(period=last_days(NOW, 45), product="الف")
    with read(sqlite_engine) as conn:
        summed = insights.counts(conn, scope)
        by_channel = [
            row
            for channel in ("app", "web")
            for row in insights.counts(conn, replace(scope, channel=channel))
        ]
        everything = insights.counts(conn, scope, only=("", *TOPICS))
    total = sum(row.n for row in everything)
    assert total == sum(row.n for row in summed) == sum(row.n for row in by_channel)
    assert sum(row.negative for row in everything) == sum(row.negative for row in by_channel)


@pytest.mark.parametrize("days", [3, 20, 80])
def test_words_are_counted_as_the_listing_finds_them_though_comments_came_out_of_order(
    engine: Engine, days: int
) -> None:
    fill(engine)
    period = last_days(NOW, days)
    since, until = (datetime.combine(day, time(), TEHRAN) for day in (period.since, period.until))
    with read(engine) as conn:
        for term in WORDS:
            listed = stored.listing(conn, Filters(terms=(term,), since=since, until=until), limit=200)
            found = trending.trends(conn, Scope(period=period, words=Words((term,))), NOW)
            assert found["total"]["n"] == len(listed)
            # one reading of the facts tells the days before as readings of their own do
            before = insights.mentions(conn, Scope(period=period.before, words=Words((term,))))
            assert found["total"]["previous_n"] == sum(row["n"] for row in before if row["topic"] == "")


def test_hours_hold_what_their_days_hold(engine: Engine) -> None:
    fill(engine)
    scope = Scope(period=last_days(NOW, 30), product="ب")
    with read(engine) as conn:
        by_hour, by_day = (trending.trends(conn, scope, NOW, by)["series"] for by in ("hour", "day"))
    for name in ("n", "negative", "positive", "urgent"):
        hours, days = (
            {topic: sum(row[name] for row in rows if row["topic"] == topic) for topic in ("", *TOPICS)}
            for rows in (by_hour, by_day)
        )
        assert hours == days
    assert {row["bucket"] for row in by_hour} == {f"{hour:02}:00" for hour in range(24)}


def test_two_model_versions_are_never_mixed_silently(sqlite_engine: Engine) -> None:
    fill(sqlite_engine)
    with read(sqlite_engine) as conn:
        both = trending.trends(conn, Scope(period=last_days(NOW, 30)), NOW)
        one = trending.trends(conn, Scope(period=last_days(NOW, 30), version="2"), NOW)
    assert both["mixed_models"]
    assert [model["version"] for model in both["models"]] == ["1", "2"]
    assert not one["mixed_models"]
    assert one["total"]["n"] == both["models"][1]["n"] < both["total"]["n"]


def test_what_is_usual_of_a_model_version_is_known_from_its_first_day(sqlite_engine: Engine) -> None:
    dice = random.Random(3)
    comments = [
        Said(
            number=number,
            at=NOW - timedelta(hours=8 * number),
            incoming=Incoming(text="پیک دیر رسید"),
            tags=_tags(dice, "2" if number < 60 else "1"),
        )
        for number in range(300)
    ]
    with begin(sqlite_engine) as conn:
        _store(conn, comments)
    lately = Scope(period=last_days(NOW, 40))
    with read(sqlite_engine) as conn:
        assert watch.marks(conn, lately, ("",), (), NOW) == []
        assert watch.marks(conn, replace(lately, version="2"), ("",), (), NOW) == []
        every, new = (trending.trends(conn, replace(lately, version=version), NOW) for version in (None, "2"))
    assert (every["total"]["usual_n"], new["total"]["usual_n"]) == (120, None)
    assert (every["previous"]["is_recorded"], new["previous"]["is_recorded"]) == (True, False)


@pytest.mark.parametrize(
    "narrowed",
    [
        {},
        {"channel": "app"},
        {"channel": "app", "branch": "ونک"},
        {"urgency": "high", "topics": ("courier",)},
        {"topics": ("courier",)},
        {"words": Words(("پیک",))},
        {"version": "2"},
        {"product": "none"},
        {"product": "none", "urgency": "high"},
    ],
    ids="-".join,
)
def test_model_versions_are_counted_within_the_filters(engine: Engine, narrowed: dict[str, Any]) -> None:
    fill(engine)
    _pack(engine)
    scope = Scope(period=last_days(NOW, 30), **narrowed)
    with read(engine) as conn:
        found = trending.trends(conn, scope, NOW)
        own = [trending.trends(conn, replace(scope, version=one["version"]), NOW) for one in found["models"]]
    assert sum(one["n"] for one in found["models"]) == found["total"]["n"]
    assert [one["n"] for one in found["models"]] == [one["total"]["n"] for one in own]
    assert found["mixed_models"] == (len(found["models"]) > 1)
    assert bool(found["models"]) == bool(found["total"]["n"])
    for version, alone in zip(found["models"], own, strict=True):
        days = [row["bucket"] for row in alone["series"] if row["topic"] == "" and row["n"]]
        assert (version["since"], version["until"]) == (days[0], days[-1])


@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize(
    "narrowed",
    [
        {},
        {"channel": "app"},
        {"channel": "app", "branch": "ونک"},
        {"words": Words(("پیک",))},
        {"product": "none"},
    ],
    ids="-".join,
)
def test_coverage_counts_each_comment_that_has_a_topic_once(
    sqlite_engine: Engine, narrowed: dict[str, Any], is_packed: bool
) -> None:
    fill(sqlite_engine)
    if is_packed:
        _pack(sqlite_engine)
    scope = Scope(period=last_days(NOW, 30), **narrowed)
    asked = {name: value for name, value in narrowed.items() if name != "words"}
    terms = narrowed["words"].terms if "words" in narrowed else None
    since = datetime.combine(scope.period.since, time(), TEHRAN)
    with read(sqlite_engine) as conn:
        listed = stored.listing(conn, Filters(since=since, terms=terms, **asked), limit=200)
        found, of_one = (
            trending.trends(conn, one, NOW) for one in (scope, replace(scope, topics=("courier",)))
        )
    tagged = sum(bool(row["tags"]["topics"]) for row in listed)
    assert found["coverage"]["n"] == tagged
    assert found["coverage"]["share"] == (round(tagged / len(listed), 4) if listed else None)
    assert found["coverage"]["target"] == 0.8
    assert of_one["coverage"] == found["coverage"]  # whichever topic is looked at


def test_an_episode_is_opened_once_and_ends_when_it_is_calm(engine: Engine) -> None:
    seen = {
        "kind": "anomaly",
        "subject": "courier",
        "since": NOW.toordinal(),
        "sure": 0.99,
        "message_fa": "پیک",
        "figures": {"n": 9},
        "samples": [],
    }
    with begin(engine) as conn:
        assert alerts.raise_(conn, NOW, seen) is not None
        assert alerts.raise_(conn, NOW + timedelta(hours=1), seen | {"figures": {"n": 12}}) is None
        period = {"since": NOW - timedelta(days=1), "until": NOW + timedelta(days=1)}
        assert alerts.open_count(conn, **period) == 1
        assert alerts.open_count(conn, **period, subjects=["packaging"]) == 0
        assert alerts.close_calm(conn, NOW + timedelta(days=2)) == 0
        assert alerts.close_calm(conn, NOW + timedelta(days=4)) == 1
        assert alerts.raise_(conn, NOW + timedelta(days=9), seen) is not None
        rows = alerts.listing(conn, since=NOW - timedelta(days=1), until=NOW + timedelta(days=30))
    assert [row["closed_at"] is None for row in rows] == [True, False]
    assert rows[1]["figures"] == {"n": 12}


def _said_of_couriers(engine: Engine, per_day: Sequence[int]) -> None:
    """Let couriers be spoken of so often on each of the last days."""
    dice = random.Random(3)
    tags = _tags(dice, "1") | {"topics": [{"id": "courier", "sentiment": "negative", "confidence": 0.9}]}
    days = [age for age, count in enumerate(reversed(per_day)) for _ in range(count)]
    said = Incoming(text="پیک دیر رسید")
    with begin(engine) as conn:
        comments = [
            Said(number=number, at=NOW - timedelta(days=age), incoming=said, tags=tags)
            for number, age in enumerate(days)
        ]
        _store(conn, comments)


def test_a_day_that_has_just_begun_is_no_fall(sqlite_engine: Engine) -> None:
    _said_of_couriers(sqlite_engine, [30, 31, 29] * 27 + [1])
    period = Period(last_days(NOW, 30).since, last_days(NOW, 30).until + timedelta(days=3))
    with read(sqlite_engine) as conn:
        assert watch.look(conn, NOW, ()) == []
        # nor is one that has not come
        assert watch.marks(conn, Scope(period=period), ("", "courier"), (), NOW) == []
        told = watch.look(conn, NOW + timedelta(days=1), ())
        marks = watch.marks(conn, Scope(period=period), ("courier",), (), NOW + timedelta(days=1))
    today = NOW.astimezone(TEHRAN).date().isoformat()
    assert {(one.kind, one.figures["since"]) for one in told} == {("anomaly", today)}
    assert [(mark["kind"], mark["day"]) for mark in marks] == [("anomaly", today)]


def test_an_alert_that_goes_on_names_the_day_it_began_and_the_level_before(sqlite_engine: Engine) -> None:
    _said_of_couriers(sqlite_engine, [3, 2, 2, 3, 2, 2, 3] * 6 + [8] * 9 + [20] * 9)
    line: Any = SimpleNamespace(engine=sqlite_engine, calendars=SimpleNamespace(days_off=()))
    for age in range(10, -1, -1):
        watch.watch(line, NOW - timedelta(days=age))
    with read(sqlite_engine) as conn:
        found = [row for row in alerts.open_of(conn, "change_point") if row["subject"] == "courier"]
        found += alerts.open_of(conn, "anomaly")
    for row in found:
        day = date.fromordinal(row["since"])
        assert spoken_day(day) in row["message_fa"]
        assert row["figures"]["since"] == day.isoformat()
    level = found[0]
    assert date.fromordinal(level["since"]) == (NOW - timedelta(days=17)).date()
    assert level["figures"]["before"] < 3
    assert level["figures"]["after"] > 15


def _events(engine: Engine) -> list[str]:
    with read(engine) as conn:
        found = conn.scalars(
            sa.select(outbox.c.payload).where(
                outbox.c.type.in_(set(watch.EVENT.values()) | {"trend.anomaly"})
            )
        )
        return [event["message"] for event in found]


def test_more_where_there_was_less_is_news_again_and_told_once(sqlite_engine: Engine) -> None:
    _said_of_couriers(sqlite_engine, [14, 15, 13] * 28 + [1, 1, 1, 90])
    line: Any = SimpleNamespace(engine=sqlite_engine, calendars=SimpleNamespace(days_off=()))
    for hours in (24, 1, 0):
        watch.watch(line, NOW - timedelta(hours=hours))
    told = [words for words in _events(sqlite_engine) if words.startswith("«پیک»")]
    assert ["کمتر" in words for words in told] == [True, False]
    with read(sqlite_engine) as conn:
        (row,) = [row for row in alerts.open_of(conn, "anomaly") if row["subject"] == "courier"]
        rows = alerts.listing(conn, since=NOW - timedelta(days=3), until=NOW, subjects=["courier"])
    assert row["figures"]["n"] > row["figures"]["expected"]
    assert sum(one["kind"] == "anomaly" for one in rows) == 2


def test_a_level_that_went_up_and_down_again_is_told_once(sqlite_engine: Engine) -> None:
    _said_of_couriers(sqlite_engine, [3, 2, 2, 3, 2, 2, 3] * 9 + [20, 22, 21, 20, 19, 20, 21] + [3] * 8)
    line: Any = SimpleNamespace(engine=sqlite_engine, calendars=SimpleNamespace(days_off=()))
    told = []
    for hours in (2, 1, 0):
        watch.watch(line, NOW - timedelta(hours=hours))
        told.append(len(_events(sqlite_engine)))
    with read(sqlite_engine) as conn:
        (level,) = [row for row in alerts.open_of(conn, "change_point") if row["subject"] == "courier"]
    assert level["figures"]["after"] < level["figures"]["before"]
    assert told == told[:1] * 3


def test_what_emerges_is_told_once_however_it_is_written_meanwhile(sqlite_engine: Engine) -> None:
    texts = ("غذا سرد بود", "پیک دیر رسید", "عالی بود ممنون", "قیمت گران شد", "پشتیبانی جواب نداد")
    said = [(8 + number % 50, text) for number, text in enumerate(texts * 60)]
    said += [(1, f"فیش پاره بود، {text}") for text in texts * 3]
    tags = _tags(random.Random(1), "1")
    comments = [
        Said(number=number, at=NOW - timedelta(days=days), incoming=Incoming(text=text), tags=tags)
        for number, (days, text) in enumerate(said)
    ]
    line: Any = SimpleNamespace(engine=sqlite_engine, calendars=SimpleNamespace(days_off=()))
    with begin(sqlite_engine) as conn:
        _store(conn, comments)
    watch.watch(line, NOW)
    later = NOW + timedelta(hours=1)
    with begin(sqlite_engine) as conn:
        newest = Incoming(text="فيش پاره")  # by an Arabic keyboard
        _store(conn, [Said(number=900, at=later, incoming=newest, tags=tags)])
    watch.watch(line, later)
    with read(sqlite_engine) as conn:
        assert [row["subject"] for row in alerts.open_of(conn, "emerging_term")] == ["فیش پاره"]


def _wave(engine: Engine, comments: Sequence[Incoming]) -> Any:
    """Store comments that came in one an hour, and return what the watch tells of them."""
    at, tags = (
        [NOW - timedelta(hours=number) for number in range(len(comments))],
        _tags(random.Random(1), "1"),
    )
    said = [Said(number=n, at=at[n], incoming=each, tags=tags) for n, each in enumerate(comments)]
    with begin(engine) as conn:
        _store(conn, said)
    line: Any = SimpleNamespace(engine=engine, calendars=SimpleNamespace(days_off=frozenset()))
    watch.watch(line, NOW)
    with read(engine) as conn:
        (wave,) = watch.listing(conn, Scope(period=last_days(NOW, 7)))["items"]
    return wave


@pytest.mark.parametrize("known", [6, 5, 0])
@pytest.mark.parametrize("stranger", [None, Customer(name="سارا", tier="gold")])
def test_a_wave_claims_no_confidence_and_people_only_where_all_are_known(
    engine: Engine, known: int, stranger: Customer | None
) -> None:
    comments = []
    for number in range(6):
        who = Customer(external_id=f"c{number}") if number < known else stranger
        comments.append(Incoming(text="پرداخت کیف پول قطع شده پولم گیر کرده", customer=who, channel="app"))
    wave = _wave(engine, comments)
    with read(engine) as conn:
        (event,) = conn.scalars(sa.select(outbox.c.payload).where(outbox.c.type == "trend.anomaly"))
    people = " از ۶ نفر" if known == 6 else ""
    assert wave["message_fa"].startswith(f"۶ نظر تقریباً یکسان{people} در دو روز: «")
    assert wave["figures"] == event["figures"] == {"n": 6, "customers": 6 if known == 6 else None}
    assert (wave["kind"], wave["sure"], event["sure"]) == ("wave", None, None)


def test_a_code_of_thousands_of_letters_is_no_word_that_an_alert_could_be_called(engine: Engine) -> None:
    dice = random.Random(7)
    code = "".join(dice.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=6_000))
    wave = _wave(engine, [Incoming(text=f"پرداخت کیف پول قطع شده پولم گیر کرده {code}")] * 6)
    assert wave["figures"]["n"] == 6
    assert wave["subject"] == "پرداخت پولم کرده"


def test_a_wave_says_when_two_days_had_more_comments_than_were_read(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    tags = _tags(random.Random(1), "1")
    said = Incoming(text="پرداخت کیف پول قطع شده پولم گیر کرده")
    comments = [
        Said(number=number, at=NOW - timedelta(hours=number), incoming=said, tags=tags) for number in range(9)
    ]
    with begin(sqlite_engine) as conn:
        _store(conn, comments)
    told = []
    for most in (8, 9, 10):
        monkeypatch.setattr(watch, "_NOW_TEXTS", most)
        with read(sqlite_engine) as conn:
            told += [one.message_fa for one in watch.look(conn, NOW, ()) if one.kind == "wave"]
    among = ["تازه‌ترین ۸ نظر", "تازه‌ترین ۹ نظر", "دو روز"]
    counts = ["۸", "۹", "۹"]
    for words, n, of in zip(told, counts, among, strict=True):
        assert words.startswith(f"{n} نظر تقریباً یکسان در {of}: «")


@pytest.mark.parametrize(
    ("first", "day"), [(2, "2026-11-25"), (19, "2026-11-25"), (20, "2026-11-24"), (47, "2026-11-23")]
)
def test_a_wave_begins_on_the_day_of_its_first_comment(sqlite_engine: Engine, first: int, day: str) -> None:
    """The clock stands at half past seven in the evening of Tehran."""
    comments = []
    for number in range(6):
        said = Incoming(text="پرداخت کیف پول قطع شده پولم گیر کرده")
        at, tags = NOW - timedelta(hours=first if number == 3 else 1), _tags(random.Random(1), "1")
        comments.append(Said(number=number, at=at, incoming=said, tags=tags))
    with begin(sqlite_engine) as conn:
        _store(conn, comments)
    line: Any = SimpleNamespace(engine=sqlite_engine, calendars=SimpleNamespace(days_off=frozenset()))
    for hours in (0, 40):  # it is the same wave also when its first comment is older than what is read
        watch.watch(line, NOW + timedelta(hours=hours))
    with read(sqlite_engine) as conn:
        (wave,) = watch.listing(conn, Scope(period=last_days(NOW, 7)))["items"]
        (event,) = conn.scalars(sa.select(outbox.c.payload).where(outbox.c.type == "trend.anomaly"))
    assert wave["since"] == event["since"] == day


def test_scores_are_taken_from_as_many_last_days_whether_summed_or_not(sqlite_engine: Engine) -> None:
    fill(sqlite_engine)
    scope = Scope(period=last_days(NOW, 80))
    with read(sqlite_engine) as conn:
        everything, _, _ = insights.scored(conn, scope, "csat", 10_000)
        recent, said, _ = insights.scored(conn, scope, "csat", 20)
        by_urgency = [
            len(insights.scored(conn, replace(scope, urgency=level), "csat", 10_000)[0])
            for level in ("none", "normal", "high")
        ]
    assert 20 <= len(recent) < len(everything) == sum(by_urgency)
    assert {seq for seq, _, _ in said} <= {seq for seq, _ in recent}


@pytest.mark.parametrize(("enough", "sampled"), [(20, True), (110, False), (10_000, False)])
def test_enough_scores_are_a_sample_only_when_some_were_left_out(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch, enough: int, sampled: bool
) -> None:
    fill(sqlite_engine)
    monkeypatch.setattr(satisfaction, "ENOUGH", enough)
    with read(sqlite_engine) as conn:
        found = satisfaction.drivers(conn, Scope(period=last_days(NOW, 80)), NOW, "csat")
    assert (found["n"] == 110) != sampled
    assert found["sampled"] == sampled


def test_words_are_read_from_the_whole_period_and_stay_the_same_while_others_come(engine: Engine) -> None:
    fill(engine, 300)
    scopes = (
        Scope(period=last_days(NOW, 80)),
        Scope(period=last_days(NOW, 80), channel="app"),
        Scope(period=last_days(NOW, 80), topics=("courier", "support")),
    )
    for scope in scopes:
        with read(engine) as conn:
            everything, are_left = insights.drawn(conn, scope, 1_000)
            some, were_left = insights.drawn(conn, scope, 40)
            fewer, _ = insights.drawn(conn, scope, 20)
        assert (are_left, were_left, len(some)) == (False, True, 40)
        assert everything == sorted(everything, key=lambda row: -row["seq"])
        ids = [row["id"] for row in everything]
        places = [ids.index(row["id"]) / len(ids) for row in some]
        # of every fifth of the period about a fifth is read
        assert all(3 <= sum(fifth <= 5 * place < fifth + 1 for place in places) <= 13 for fifth in range(5))
        assert {row["id"] for row in fewer} <= {row["id"] for row in some}


def test_a_word_of_the_first_days_of_a_busy_week_rises_as_well(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_NOW_TEXTS", 60)
    monkeypatch.setattr(watch, "_BEFORE_TEXTS", 200)
    dice = random.Random(5)
    comments = []
    for number in range(900):
        at = NOW - timedelta(days=40) + timedelta(hours=number * 40 * 24 / 900)
        is_early = timedelta(days=5) < NOW - at < timedelta(days=7)
        text = " ".join([*dice.sample(WORDS, 4), *(["یخچال"] if is_early else [])])
        said = Incoming(text=text, channel="app")
        comments.append(Said(number=number, at=at, incoming=said, tags=_tags(dice, "1")))
    with begin(sqlite_engine) as conn:
        _store(conn, comments)
    with read(sqlite_engine) as conn:
        found = watch.rising(conn, Scope(period=last_days(NOW, 7)))["items"]
    (fridge,) = [one for one in found if "یخچال" in one["subject"]]
    assert fridge["figures"]["sampled"]
    assert (fridge["figures"]["of"], fridge["figures"]["of_before"]) == (60, 200)
    assert re.search("نظر از ۶۰ نمونه در ۷ روز، . از ۲۰۰ نمونهٔ پیش از آن", fridge["message_fa"])


@pytest.mark.parametrize("urgency", [None, "high"])
def test_days_before_the_first_score_leave_nothing_out(sqlite_engine: Engine, urgency: str | None) -> None:
    fill(sqlite_engine)  # of eighty days
    with read(sqlite_engine) as conn:
        known, long = (Scope(period=last_days(NOW, days), urgency=urgency) for days in (81, 3_000))
        everything, _, _ = insights.scored(conn, known, "csat", 10_000)
        for enough in (len(everything), len(everything) - 1):
            told, _, are_left = insights.scored(conn, long, "csat", enough)
            assert (len(told), are_left) == (len(everything), False)
        assert insights.scored(conn, long, "csat", len(everything) // 4)[2]


def test_filters_offer_every_value_that_was_counted(engine: Engine) -> None:
    fill(engine, 60)
    with read(engine) as conn:
        assert trending.choices(conn, AGENT) == {
            "channel": ["app", "web"],
            "product": ["الف", "ب"],
            "branch": ["شیراز", "ونک"],
            "tier": ["vip"],
        }


@pytest.mark.parametrize("channel", [None, "app"])
@pytest.mark.parametrize("days", [30, 33, 5, 1])
def test_weeks_hold_what_their_days_hold(engine: Engine, channel: str | None, days: int) -> None:
    fill(engine)
    scope = Scope(period=last_days(NOW - timedelta(days=9), days), channel=channel)
    with read(engine) as conn:
        by_day, by_week = (trending.trends(conn, scope, NOW, by) for by in ("day", "week"))
    weeks: dict[tuple[str, str], list[int]] = {}
    for row in by_day["series"]:
        week = bucket(date.fromisoformat(row["bucket"]), "week").isoformat()
        sums = weeks.setdefault((row["topic"], week), [0, 0, 0, 0])
        for place, name in enumerate(("n", "negative", "positive", "urgent")):
            sums[place] += row[name]
    assert weeks
    assert weeks == {
        (row["topic"], row["bucket"]): [row[name] for name in ("n", "negative", "positive", "urgent")]
        for row in by_week["series"]
    }
    assert by_day["items"] == by_week["items"]
    assert by_day["total"] == by_week["total"]


def test_open_tickets_of_each_week_and_those_that_came_back_are_what_a_count_finds(engine: Engine) -> None:
    plan = filling.Filling(
        comments=240, days=60, now=NOW, texts=["پیک دیر رسید"], topics=TOPICS, queues=["support"]
    )
    moments = [NOW - timedelta(days=days) for days in range(63, -8, -7)]
    with begin(engine) as conn:
        filling.fill(conn, plan)
        ids = conn.execute(sa.select(tickets.c.id).order_by(tickets.c.id)).scalars().all()
        still_open = {"status": "assigned", "resolved_at": None}
        conn.execute(sa.update(tickets).where(tickets.c.id.in_(ids[::9])).values(still_open))
        again = {"at": NOW, "actor": "tests", "action": "ticket.reopen"}
        conn.execute(sa.insert(audit), [again | {"object_id": id_} for id_ in ids[1::9]])
    with read(engine) as conn:
        found = performance.backlog(conn, moments)
        reopened = performance.reopened(conn, ids)
        rows = conn.execute(sa.select(tickets.c.opened_at, tickets.c.resolved_at)).all()
    assert found == [
        sum(row.opened_at < at and (row.resolved_at is None or row.resolved_at >= at) for row in rows)
        for at in moments
    ]
    assert found[0] == 0 < found[4] < found[-1]
    assert reopened == set(ids[1::9])
    with read(engine) as conn:
        assert performance.backlog(conn, []) == []


ASKED: tuple[dict[str, Any], ...] = (
    {},
    {"channel": "app"},
    {"sentiment": "negative", "urgency": "high"},
    {"category": "complaint", "product": "الف", "tier": "vip"},
    {"topic": "courier"},
    {"topic": "courier", "branch": "ونک"},
    {"signal": "churn_intent"},
    {"customer": "c3"},
    {"terms": ("پیک", "دیر")},
    {"terms": ()},
    {"since": midnight(last_days(NOW, 20).since), "until": midnight(last_days(NOW, 5).since)},
    {"since": midnight(last_days(NOW, 20).since), "channel": "web", "branch": "شیراز"},
    {"channel": "نیست", "branch": "ونک"},
)


def test_as_many_comments_are_told_as_are_listed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(engine)
    forgetting.erase(engine, sla.load(), "fb_00005", "tests", NOW)
    with read(engine) as conn:
        for asked in ASKED:
            filters = Filters(**asked)
            listed = len(stored.listing(conn, filters, limit=1_000))
            assert tally.of_comments(conn, filters, 0) == (listed, False), asked
        monkeypatch.setattr(tally, "_LOOKED_AT", 50)  # the page has seen more than the newest
        assert tally.of_comments(conn, Filters(branch="ونک", category="complaint"), 90) == (90, True)
        monkeypatch.setattr(tally, "MOST", 20)
        assert tally.of_comments(conn, Filters(terms=("پیک",)), 0) == (20, True)
