"""What is stored by the thousands is what would have been stored one by one."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Barrier
from time import sleep

import pytest
import sqlalchemy as sa

from service import intake, rulefile, sla
from service.comments import forgetting
from service.comments.correcting import judge, undo
from service.comments.drafting import drafted
from service.comments.landing import land
from service.comments.understanding import Line
from service.corrections import Correction
from service.feedback import Customer, Incoming, Scores
from service.model_process import InProcessModel
from service.settings import Settings
from service.storage import begin, customers, read, schema, tickets, webhooks
from service.storage import feedback as stored
from service.storage.insight_tables import WHOLE, daily

NOW = datetime(2026, 11, 28, 6, 30, tzinfo=UTC)
COMMENTS = [
    Incoming(text="پیک دو ساعت دیر کرد و پیتزا یخ کرده بود"),
    Incoming(text="پولم را پس بدهید وگرنه تا شنبه شکایت می‌کنم، شماره‌ام ۰۹۱۲۳۴۵۶۷۸۹ است"),
    Incoming(text="دست‌تان درد نکند، بسته‌بندی عالی بود", scores=Scores(stars=5, nps=10)),
    Incoming(text="بخاری بوی گاز می‌دهد، خطرناک است!", customer=Customer(external_id="c-1", tier="vip")),
    Incoming(text="Where is my parcel?", created_at=NOW - timedelta(days=2, minutes=7)),
    Incoming(text="ساعت هوشمند بعد از یک هفته خاموش شد", product="ساعت", branch="شیراز", metadata={"b": 2, "a": "۱"}),
    Incoming(text="دست‌تان درد نکند، بسته‌بندی عالی بود", question="چطور بود؟", touchpoint="تحویل"),
    Incoming(text="🙂", customer=Customer(external_id="c-2", lifetime_value=12.5)),
    Incoming(text="رفتار پشتیبان تلفنی توهین‌آمیز بود", customer=Customer(external_id="c-2")),
    Incoming(text="هنوز کسی جواب نداده", customer=Customer(external_id="c-1")),
    Incoming(text="ممنون از برخورد خوب‌تان", customer=Customer(external_id="c-3", name="نگار")),
    Incoming(text="این بار سفارشم اصلاً نرسید", customer=Customer(external_id="c-3")),
    Incoming(text="چهار روز است منتظرم و پولم را هم پس نمی‌دهید", customer=Customer(external_id="c-3")),
]  # fmt: skip
TABLES = ("feedback", "tickets", "audit", "feedback_topics", "feedback_signals", "outbox", "promises")


@pytest.fixture(params=[False, True], ids=["masked", "originals"])
def line(request, engine, tagger):
    settings = Settings(keep_originals=request.param)
    calendars = sla.load()
    rules = rulefile.load(None, calendars.policies)
    return Line(
        engine=engine, tagger=InProcessModel(tagger), rules=rules, calendars=calendars, settings=settings
    )


def _of(channel):
    """The comments as one channel sends them; customers are its own."""
    return [
        replace(
            one,
            channel=channel,
            external_id=f"{channel}-{number}",
            customer=one.customer and replace(one.customer, external_id=f"{channel}-{one.customer.external_id}"),
        )
        for number, one in enumerate(COMMENTS)
    ]  # fmt: skip


def _all_at_once(line, channel):
    comments = _of(channel)
    with begin(line.engine) as conn:
        drafts = list(zip(comments, drafted(line, comments, NOW), strict=True))
        return [one.outcome for one in land(conn, line, drafts, "key_1", NOW)]


def _one_by_one(line, channel):
    for one in _of(channel):
        (draft,) = drafted(line, [one], NOW)
        with begin(line.engine) as conn:
            land(conn, line, [(one, draft)], "key_1", NOW, in_full=True)


def _stored(engine, channel):
    """Everything that is stored of a channel, without the names that chance or the channel gave."""
    with read(engine) as conn:
        held = {
            name: conn.execute(sa.select(schema.metadata.tables[name])).mappings().all() for name in TABLES
        }
    mine = {row["id"] for row in held["feedback"] if row["channel"] == channel}
    mine |= {row["id"] for row in held["tickets"] if row["feedback_id"] in mine}
    found = {}
    for name, rows in held.items():
        owned = [
            row
            for row in rows
            if {row.get(key) for key in ("id", "feedback_id", "object_id", "ticket_id")} & mine
        ]
        plain = [json.dumps(dict(row), default=str, ensure_ascii=False, sort_keys=True) for row in owned]
        found[name] = sorted(_nameless(text, channel) for text in plain)
    return found


def _nameless(text, channel):
    text = re.sub(r"\b(fb|tk|cu|ev|pr|co)_[0-9a-z]{26}\b", "…", text).replace(channel, "…")
    return re.sub(r'"(seq|body_hash)": ("[0-9a-f]*"|\d+)', "", text)


@pytest.mark.parametrize("listening", [False, True], ids=["nobody listens", "a webhook listens"])
def test_a_batch_stores_what_the_comments_alone_would_store(line, listening):
    if listening:
        with begin(line.engine) as conn:
            webhooks.create(conn, NOW, "https://example.com/hook", [], "whsec_c2VjcmV0")
    assert _all_at_once(line, "batch") == ["created"] * len(COMMENTS)
    _one_by_one(line, "single")
    batch, single = _stored(line.engine, "batch"), _stored(line.engine, "single")
    if not listening:  # then a batch does not write them down
        del batch["outbox"], single["outbox"]
    assert batch == single
    assert len(batch["feedback"]) == len(COMMENTS)
    assert len(batch["tickets"]) >= 3


def test_a_batch_is_counted_as_the_comments_alone_are(line):
    _all_at_once(line, "batch")
    _one_by_one(line, "single")
    columns = (daily.c.value, daily.c.day, daily.c.topic, daily.c.n, daily.c.negative, daily.c.urgent)
    with read(line.engine) as conn:
        counted = conn.execute(sa.select(*columns).where(daily.c.kind == "channel")).all()
    of = {
        channel: sorted(tuple(row[1:]) for row in counted if row[0] == channel)
        for channel in ("batch", "single")
    }
    assert of["batch"] == of["single"]
    assert sum(row[2] for row in of["batch"] if row[1] == WHOLE) == len(COMMENTS)


def test_a_batch_follows_what_people_corrected(line):
    _one_by_one(line, "single")
    with read(line.engine) as conn:
        first = conn.execute(
            sa.select(schema.feedback.c.id).order_by(schema.feedback.c.seq).limit(1)
        ).scalar_one()
    judge(line, first, [Correction(field="urgency", value="critical")], "user_1", NOW)
    _all_at_once(line, "batch")
    with read(line.engine) as conn:
        mine = sa.select(schema.feedback.c.urgency, schema.feedback.c.model_tags).where(
            schema.feedback.c.external_id == "batch-0"
        )
        urgency, model_tags = conn.execute(mine).one()
    assert urgency == "critical"
    assert model_tags["urgency"]["level"] != "critical"


def test_what_was_told_of_a_customer_counts_for_all_that_they_say_afterwards(line):
    bell = "زنگ در کار نمی‌کند و کسی برای تعمیرش نیامد"
    told = Customer(external_id="c-7", tier="vip", lifetime_value=9_000_000.0)
    comments = [
        Incoming(text="رنگ پرده با عکس سایت یکی است، ممنون", external_id="p-1", customer=told),
        Incoming(text=bell, external_id="p-2", customer=Customer(external_id="c-7")),
    ]
    for together in (comments, [replace(comments[1], external_id="p-3")]):
        with begin(line.engine) as conn:
            conn.execute(sa.delete(schema.tickets))
            drafts = list(zip(together, drafted(line, together, NOW), strict=True))
            land(conn, line, drafts, "key_1", NOW)
            (ticket,) = tickets.listing(conn, tickets.Criteria(statuses=("open",)), limit=9)
        assert (ticket["rule"], ticket["priority"]) == ("vip_complaint", "high")
        assert ticket["customer_value"] == 9_000_000
    with begin(line.engine) as conn:
        again = land(conn, line, drafts, "key_1", NOW)
    assert [one.outcome for one in again] == ["unchanged"]


def test_a_batch_that_was_sent_before_changes_nothing(line):
    _all_at_once(line, "batch")
    before = _stored(line.engine, "batch")
    assert _all_at_once(line, "batch") == ["unchanged"] * len(COMMENTS)
    assert _stored(line.engine, "batch") == before


def test_comments_that_somebody_stored_meanwhile_are_noticed_and_nothing_is_written(line):
    (one,) = _of("batch")[:1]
    (draft,) = drafted(line, [one], NOW)
    placed = (NOW, NOW, "key_1", None, None)
    with begin(line.engine) as conn:
        assert stored.insert(conn, [(("fb_1", *placed), draft.rows)])
    with begin(line.engine) as conn:
        assert not stored.insert(conn, [(("fb_2", *placed), draft.rows)])
    with read(line.engine) as conn:
        assert conn.scalars(sa.select(schema.feedback.c.id)).all() == ["fb_1"]


def test_batches_that_bring_the_same_new_customer_at_once_open_one_ticket(line):
    texts = ("سه روز است سفارشم نرسیده و پولم را پس نمی‌دهید", "غذا یخ کرده بود و نصف سفارش نبود")
    customer = Customer(external_id="c-new")
    comments = [Incoming(text=text, customer=customer) for text in texts]
    first, second = zip(comments, drafted(line, comments, NOW), strict=True)

    def meanwhile():
        with begin(line.engine) as conn:
            land(conn, line, [second], "key_2", NOW)

    with ThreadPoolExecutor(1) as pool:
        with begin(line.engine) as conn:
            land(conn, line, [first], "key_1", NOW)
            other = pool.submit(meanwhile)
            sleep(0.3)  # it comes as far as it can
        other.result()
    with read(line.engine) as conn:
        assert conn.scalars(sa.select(schema.tickets.c.contacts)).all() == [2]
        assert conn.scalars(sa.select(schema.customers.c.contacts)).all() == [2]


def test_comments_that_wait_together_are_answered_each_with_its_own_receipt(desk):
    texts = [f"سفارش شماره {number} سه روز دیر رسید" for number in range(12)]
    start = Barrier(len(texts))

    def send(number):
        start.wait()
        return desk.send(
            texts[number], external_id=f"o-{number}", customer={"external_id": f"c-{number % 2}"}
        )

    with ThreadPoolExecutor(len(texts)) as pool:
        receipts = list(pool.map(send, range(len(texts))))
    assert [one["external_id"] for one in receipts] == [f"o-{number}" for number in range(len(texts))]
    assert [one["masked_text"] for one in receipts] == texts
    assert len({one["id"] for one in receipts}) == len(texts)
    opened = {one["ticket"]["id"] for one in receipts if one["ticket"] and not one["ticket"]["joined"]}
    assert len(opened) == 2  # one for each customer: the others joined it


def test_comments_of_a_batch_are_listed_in_the_order_in_which_they_were_sent(desk):
    customers = ("c-1", "c-1", None, "c-2", "c-1", "c-2")
    texts = [f"سفارش شماره {number} سه روز دیر رسید" for number in range(len(customers))]
    items = [
        {"text": text, **({"customer": {"external_id": name}} if name else {})}
        for text, name in zip(texts, customers, strict=True)
    ]
    told = desk.post("/v1/feedback/batch", {"items": items}, role="sender").json()["results"]
    assert [one["feedback"]["ticket"]["joined"] for one in told] == [False, True, False, False, True, True]
    listed = desk.get("/v1/feedback").json()["items"]
    assert [one["text"] for one in reversed(listed)] == texts


def test_a_batch_that_says_something_else_under_a_known_id_is_refused_there_alone(line):
    _all_at_once(line, "batch")
    first, second, *_ = _of("batch")
    fresh = replace(first, external_id="batch-new", text="بسته اصلاً نرسید")
    comments = [replace(first, text="حالا چیز دیگری می‌گویم"), second, fresh]
    drafts = list(zip(comments, drafted(line, comments, NOW), strict=True))
    with begin(line.engine) as conn:
        refused, unchanged, created = land(conn, line, drafts, "key_1", NOW)
    assert refused.code == "external_id_conflict"
    assert (unchanged.outcome, created.outcome) == ("unchanged", "created")


def test_a_comment_that_was_erased_does_not_come_back_with_its_file(line):
    _all_at_once(line, "batch")
    with read(line.engine) as conn:
        first = conn.scalar(sa.select(schema.feedback.c.id).where(schema.feedback.c.external_id == "batch-0"))
    forgetting.erase(line.engine, line.calendars, first, "user_1", NOW)
    comments = _of("batch")
    drafts = list(zip(comments, drafted(line, comments, NOW), strict=True))
    with begin(line.engine) as conn:
        refused, *others = land(conn, line, drafts, "key_1", NOW)
    assert refused.code == "erased"
    assert {one.outcome for one in others} == {"unchanged"}


def _landing(line, items):
    with begin(line.engine) as conn:
        return [one.outcome for one in land(conn, line, items, "key_2", NOW)]


def test_who_brings_the_same_comments_in_another_order_waits_for_its_turn(line):
    first, second, third = zip(_of("batch")[:3], drafted(line, _of("batch")[:3], NOW), strict=True)
    with ThreadPoolExecutor(1) as pool:
        with begin(line.engine) as conn:
            land(conn, line, [first], "key_1", NOW)
            other = pool.submit(_landing, line, [third, second, first])
            sleep(0.3)  # it comes as far as it can
            land(conn, line, [second], "key_1", NOW)
        assert other.result() == ["created", "unchanged", "unchanged"]


def test_batches_of_the_same_comments_in_any_order_are_all_answered_at_once(desk):
    items = [{"text": f"سفارش {number} دیر رسید", "external_id": f"o-{number}"} for number in range(60)]
    orders = [items, items[::-1], items[30:] + items[:30], items[::2] + items[1::2]]
    start = Barrier(len(orders))

    def send(order):
        start.wait()
        return desk.post("/v1/feedback/batch", {"items": order}, role="sender")

    with ThreadPoolExecutor(len(orders)) as pool:
        answers = list(pool.map(send, orders))
    assert [answer.status_code for answer in answers] == [200] * len(orders)
    told = [one["status"] for answer in answers for one in answer.json()["results"]]
    assert (told.count(201), told.count(200)) == (len(items), 3 * len(items))


def test_an_agent_finishes_a_ticket_while_a_batch_is_landed_that_writes_into_it(line):
    customer = Customer(external_id="c-1")
    late = Incoming(text="سه روز است سفارشم نرسیده و پولم را پس نمی‌دهید", customer=customer)
    (draft,) = drafted(line, [late], NOW)
    _landing(line, [(late, draft)])
    comments = [Incoming(text="ممنون، عالی بود"), late]
    batch = list(zip(comments, drafted(line, comments, NOW), strict=True))
    with ThreadPoolExecutor(1) as pool:
        with begin(line.engine) as conn:
            (id_,) = conn.scalars(sa.select(schema.tickets.c.id))
            ticket = tickets.locked(conn, id_)
            other = pool.submit(_landing, line, batch)
            sleep(0.3)  # it comes as far as it can
            change = {"status": "resolved", "resolved_at": NOW}
            assert tickets.update(conn, id_, ticket["version"], change)
        assert other.result() == ["created", "created"]


def test_a_batch_that_was_sent_before_is_told_of_in_as_few_statements_however_long_it_is(line):
    comments = _of("batch")
    first = intake.receive_many(line, comments, sender="key_1", now=NOW).body
    asked = []
    sa.event.listen(line.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    intake.receive_many(line, comments[:1], sender="key_1", now=NOW)
    few, asked[:] = len(asked), []
    again = intake.receive_many(line, comments, sender="key_1", now=NOW).body
    assert len(asked) == few
    names = ("id", "external_id", "channel", "masked_text", "created_at")
    for one, other in zip(first["results"], again["results"], strict=True):
        assert [one["feedback"][name] for name in names] == [other["feedback"][name] for name in names]
        opened, found = one["feedback"]["ticket"], other["feedback"]["ticket"]
        assert (opened and opened["id"]) == (found and found["id"])


@pytest.mark.parametrize("is_taken_back", [False, True], ids=["said", "taken back"])
def test_a_word_that_is_said_or_taken_back_while_the_same_text_comes_in_holds_for_that_too(
    line, is_taken_back
):
    known = Customer(external_id="c-1")
    same = [replace(COMMENTS[0], external_id=who and "again", customer=who) for who in (None, known)]
    first, second = zip(same, drafted(line, same, NOW), strict=True)
    _landing(line, [first])
    with begin(line.engine) as conn:
        customers.meet(conn, ["c-1"], NOW)
    with read(line.engine) as conn:
        (row,) = conn.execute(sa.select(schema.feedback)).mappings()
    change = partial(judge, line, row["id"], [Correction(field="category", value="question")], "user_1", NOW)
    if is_taken_back:
        change()
        with read(line.engine) as conn:
            (word,) = conn.scalars(sa.select(schema.corrections.c.id))
        change = partial(undo, line, word, "user_1", NOW)
    with ThreadPoolExecutor(2) as pool:
        with begin(line.engine) as conn:
            customers.meet(conn, ["c-1"], NOW)
            landed = pool.submit(_landing, line, [second])
            sleep(0.3)  # it knows what stands for its text, and waits for its customer
            changed = pool.submit(change)
            sleep(0.3)
        assert landed.result() == ["created"]
        changed.result()
    right = row["category"] if is_taken_back else "question"
    with read(line.engine) as conn:
        assert conn.scalars(sa.select(schema.feedback.c.category)).all() == [right, right]
