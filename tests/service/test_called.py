"""Tickets are found by the names of their customers: by each word, by its beginning, in any spelling, and by nobody else."""

import csv
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from service.feedback import Customer
from service.search import search_terms
from service.storage import begin, customers, finding, read, schema, tickets
from service.storage.feedback import Filters
from service.storage.words import called
from service.tickets import OPEN

NOW = datetime(2026, 11, 28, 6, 30, tzinfo=UTC)
LATE = "پیک کمی دیر رسید و غذا سرد بود"
NAMES = {
    "c-1": "مریم احمدی",
    "c-2": "علی‌رضا نیک‌پی",
    "c-3": "رضا حسن زاده",
    "c-4": "Sara_1990",
    "c-5": "مریم",
    "c-6": "علي كاظمي",
}
FOUND = {
    "مریم": {"c-1", "c-5"},  # also the name of one, but not the only one
    "مر": {"c-1", "c-5"},
    "احمدی": {"c-1"},
    "احمدي مريم": {"c-1"},
    "مریم‌احمدی": {"c-1"},
    "مریم احم": {"c-1"},
    "مریم کاظمی": set(),
    "حمدی": set(),
    "علیرضا": {"c-2"},
    "علی رضا": {"c-2"},
    "نیکپی": {"c-2"},
    "نیک پی علیرضا": {"c-2"},
    "حسن‌زاده": {"c-3"},
    "رضا حسنزاده": {"c-3"},
    "رضا": {"c-2", "c-3"},
    "SARA": {"c-4"},
    "۱۹۹۰": {"c-4"},
    "ع": {"c-2", "c-6"},
    "ع کاظمی": {"c-6"},
    "علی کاظمی": {"c-6"},
    "!!!": set(),
}


def _listed(desk: Any, q: str) -> Collection[str]:
    """The tickets of the file of what the inbox finds."""
    answer = desk.client.get("/v1/exports/tickets", params={"q": q, "finished": "false"})
    return {row["id"] for row in csv.DictReader(answer.content.decode("utf-8-sig").splitlines())}


def _shown(desk: Any, q: str, who: dict[str, str]) -> set[str]:
    """Whose tickets the inbox shows."""
    text = desk.client.get("/inbox", params={"q": q}, headers={"Accept": "text/html"}).text
    return {name for name, ticket in who.items() if f'tabindex="-1" id="{ticket}"' in text}


def test_a_ticket_is_found_by_any_words_of_a_name_for_those_who_may_see_it(desk: Any) -> None:
    who = {
        id_: desk.send(f"{LATE} {id_}", customer={"external_id": f"{id_}x", "name": name})["ticket"]["id"]
        for id_, name in NAMES.items()
    }
    desk.sign_in("agent")
    assert {q: _shown(desk, q, who) for q in FOUND} == FOUND
    assert _listed(desk, "رضا") == {who["c-2"], who["c-3"]}
    desk.sign_in("reader")
    assert {q: _shown(desk, q, who) for q in FOUND} == {q: set() for q in FOUND}
    assert _listed(desk, "رضا") == set()


def test_a_word_of_a_name_hides_no_comment_that_says_it(desk: Any) -> None:
    theirs = desk.send(f"{LATE} یک", customer={"external_id": "n-1", "name": "مریم احمدی"})["ticket"]
    said = desk.send("آقای احمدی پشت تلفن بد حرف زد و قطع کرد", customer={"external_id": "n-2"})["ticket"]
    who = {"named": theirs["id"], "said": said["id"]}
    desk.sign_in("agent")
    assert _shown(desk, "احمدی", who) == {"named", "said"}
    assert _shown(desk, "احمدی تلفن", who) == {"said"}
    desk.sign_in("reader")
    assert _shown(desk, "احمدی", who) == {"said"}


def _called(engine: Any, q: str) -> int:
    with read(engine) as conn:
        known = schema.customers.c.id
        return len(conn.scalars(sa.select(known).where(called(known, search_terms(q) or ()))).all())


def test_a_customer_is_found_by_the_name_that_was_told_last(engine: Any) -> None:
    with begin(engine) as conn:
        customers.meet(conn, ["n-1", "n-2"], NOW)
        first = [Customer(external_id="n-1", name="پریسا صالحی"), Customer(external_id="n-2", name="صالحی")]
        customers.touch(conn, [Customer(external_id="n-1", name="پری"), *first], NOW)
    assert (_called(engine, "پری"), _called(engine, "صالحی")) == (1, 2)
    with begin(engine) as conn:
        customers.touch(conn, [Customer(external_id="n-1", name="پریسا نوری")], NOW)
        customers.touch(conn, [Customer(external_id="n-1"), Customer(external_id="n-2", name="صالحی")], NOW)
    assert [_called(engine, q) for q in ("پریسا", "نوری", "صالحی", "پریسا صالحی")] == [1, 1, 1, 0]


@pytest.mark.parametrize("name", ["ﷺ" * 200, "a " * 100, "ا" * 200, "۱" * 200, "😀"], ids=len)
def test_a_name_of_any_length_is_kept_and_found_by_its_beginning(engine: Any, name: str) -> None:
    with begin(engine) as conn:
        customers.stranger(conn, Customer(name=name), NOW)
    assert _called(engine, name) == _called(engine, name[:5]) == (name != "😀")


def test_names_are_looked_up_and_not_read_through(lite: Any, planned: Any) -> None:
    for name in ("نرگس بهرامی", "بهرام نوری"):
        lite.send(f"{LATE} {name[:3]}", customer={"external_id": name, "name": name})
    terms = search_terms("نرگس بهرام")
    which = tickets.Criteria(statuses=OPEN, filters=Filters(terms=terms, names=terms))
    found: list[Any] = []
    steps = planned(lite.engine, "customer_names", lambda conn: found.append(tickets.listing(conn, which)))
    assert len(found[0]) == 1
    looked = [step for step in steps if "customer_names" in step]
    assert looked
    assert all("customer_id=? AND rest>? AND rest<?" in step for step in looked), looked


def test_a_whole_name_finds_what_is_resolved_unless_others_have_it_too(desk: Any) -> None:
    sent = desk.send(LATE, customer={"external_id": "n-1", "name": "سهیلا نیک‌رو"})["ticket"]
    assert desk.post(f"/v1/tickets/{sent['id']}/resolve", {}).status_code == 200
    for whole in ("سهیلا نیکرو", "سهیلا نیک رو", "سهيلا نيك‌رو"):
        with read(desk.engine) as conn:
            assert finding.tickets_of(conn, whole, 5) == [sent["id"]], whole
    desk.send(f"{LATE} باز", customer={"external_id": "n-2", "name": "سهیلا نیک‌روش"})
    with read(desk.engine) as conn:
        assert finding.tickets_of(conn, "سهیلا نیکرو", 5) == []


def test_an_erased_customer_is_found_by_no_name(desk: Any) -> None:
    sent = desk.send(LATE, customer={"external_id": "n-1", "name": "مهرنوش آذر"})
    desk.send(f"{LATE} دیگری", customer={"external_id": "n-2", "name": "آذر"})
    desk.call("DELETE", f"/v1/feedback/{sent['id']}", "admin")
    with read(desk.engine) as conn:
        left = conn.scalars(sa.select(schema.customer_names.c.rest)).all()
    assert left == ["اذر"]
