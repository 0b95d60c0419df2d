"""The life of a ticket: every step from every status, and what follows from it."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import clocks, rulefile, sla, tickets
from service.casework import joining, keeping
from service.casework.joining import Message
from service.errors import Conflict
from service.routing import RoutingDecision
from service.tickets import Change

CALENDARS = sla.load()
RULES = rulefile.load()
#: A Saturday, 10:00 in Tehran.
NOW = datetime(2026, 11, 28, 6, 30, tzinfo=UTC)
LATER = NOW + timedelta(minutes=30)

Row = dict[str, Any]


def ticket(**columns: Any) -> Row:
    """A row of the tickets table; give any column another value."""
    priority = columns.get("priority", "medium")
    queue = columns.get("queue", "finance")
    started = clocks.start(CALENDARS, queue, priority, NOW)
    return {
        "id": "tk_1",
        "customer_id": "cu_1",
        "queue": queue,
        "status": "open",
        "priority": priority,
        "priority_rank": sla.PRIORITIES.index(priority),
        "due_at": clocks.due_at(started),
        "urgency_score": 30,
        "customer_value": 0.0,
        "opened_at": NOW,
        "assignee": None,
        "claimed_until": None,
        "rule": "complaint",
        "mode": "automatic",
        "reason_fa": "شکایت عادی.",
        "tags": ["low_score"],
        "sla": clocks.to_json(started),
        "resolved_at": None,
        "merged_into": None,
        "notified_at": None,
        "contacts": 1,
        "compensation": None,
        "waiting_since": None,
        **columns,
    }


def after(row: Row, change: Change) -> Row:
    return {**row, **change.values}


def events(change: Change) -> list[str]:
    return [name for name, _ in change.events]


STEPS: dict[str, Callable[[Row], Change]] = {
    "claim": lambda row: tickets.claim(row, "sara", LATER),
    "assign": lambda row: tickets.assign(row, "reza", "lead"),
    "release": lambda row: tickets.release(row, LATER),
    "confirm": lambda row: tickets.confirm({**row, "mode": "suggested"}),
    "reply": lambda row: tickets.reply(row, "sara", "ms_1", LATER),
    "note": tickets.note,
    "pend": lambda row: tickets.pend(row, LATER),
    "resume": lambda row: tickets.resume(row, CALENDARS, LATER),
    "resolve": lambda row: tickets.resolve(row, CALENDARS, LATER),
    "reopen": lambda row: tickets.reopen(row, CALENDARS, LATER),
    "escalate": lambda row: tickets.escalate(row, CALENDARS, LATER, priority="urgent", queue=None),
    "relax": lambda row: tickets.relax(row, CALENDARS, LATER, priority="low"),
    "merge": lambda row: joining.merge(row, ticket(id="tk_2"), CALENDARS, LATER)[0],
}

#: From each status: where each allowed step leads.
LIFE = {
    "open": {
        "claim": "assigned", "assign": "assigned", "release": "open", "confirm": "open", "reply": "assigned",
        "note": "open", "pend": "pending", "resolve": "resolved", "escalate": "open", "relax": "open", "merge": "merged",
    },
    "assigned": {
        "assign": "assigned", "release": "open", "confirm": "assigned", "reply": "assigned", "note": "assigned",
        "pend": "pending", "resolve": "resolved", "escalate": "assigned", "relax": "assigned", "merge": "merged",
    },
    "pending": {
        "assign": "pending", "release": "pending", "reply": "pending", "note": "pending", "resume": "assigned",
        "resolve": "resolved", "escalate": "pending", "relax": "pending", "merge": "merged",
    },
    "resolved": {"note": "resolved", "reopen": "reopened"},
    "reopened": {
        "claim": "assigned", "assign": "assigned", "release": "reopened", "confirm": "reopened",
        "reply": "assigned", "note": "reopened", "pend": "pending", "resolve": "resolved", "escalate": "reopened", "relax": "reopened", "merge": "merged",
    },
    "merged": {},
}  # fmt: skip


def standing(status: str) -> Row:
    """A ticket of this status, as it came there."""
    row = ticket()
    if status in {"assigned", "pending"}:
        row = after(row, tickets.assign(row, "sara", "lead"))
    if status == "pending":
        row = after(row, tickets.pend(row, NOW))
    if status in {"resolved", "reopened"}:
        row = after(row, tickets.resolve(row, CALENDARS, NOW))
    if status == "reopened":
        row = after(row, tickets.reopen(row, CALENDARS, NOW))
    return {**row, "status": status}


@pytest.mark.parametrize("status", LIFE)
@pytest.mark.parametrize("step", STEPS)
def test_every_step_leads_where_it_should_or_names_the_ones_that_are_allowed(status: str, step: str) -> None:
    row = standing(status)
    if step in LIFE[status]:
        assert after(row, STEPS[step](row))["status"] == LIFE[status][step]
    else:
        with pytest.raises(Conflict) as caught:
            STEPS[step](row)
        assert caught.value.code == "transition_not_allowed"
        assert caught.value.more["allowed"] == list(tickets.steps(row))
        assert tickets.STATUS_FA[status] in caught.value.detail


def test_a_refusal_names_no_step_that_would_be_refused_too() -> None:
    for mode, named in (("automatic", False), ("suggested", True)):
        with pytest.raises(Conflict) as caught:
            tickets.reopen({**ticket(), "mode": mode}, CALENDARS, NOW)
        assert ("confirm" in caught.value.more["allowed"]) is named
        assert "release" not in caught.value.more["allowed"]  # nobody has it


def test_the_allowed_steps_are_told_in_the_order_of_the_contract() -> None:
    assert {status: list(tickets.allowed(status)) for status in LIFE} == {
        status: list(steps) for status, steps in LIFE.items()
    }


def test_a_claim_lasts_as_long_as_its_lease_and_then_the_ticket_returns() -> None:
    row = after(ticket(), tickets.claim(ticket(), "sara", NOW))
    assert tickets.expired(row, NOW + tickets.LEASE - timedelta(seconds=1)) is None
    returned = tickets.expired(row, NOW + tickets.LEASE)
    assert returned is not None
    assert (after(row, returned)["status"], after(row, returned)["assignee"]) == ("open", None)


@pytest.mark.parametrize("step", ["reply", "note", "pend"])
def test_an_agent_who_did_something_keeps_the_ticket(step: str) -> None:
    row = after(ticket(), tickets.claim(ticket(), "sara", NOW))
    row = after(row, tickets.deed(row, STEPS[step](row), "sara"))
    assert tickets.expired(row, NOW + timedelta(days=9)) is None


def test_a_reopened_ticket_waits_for_its_agent_no_longer_than_a_lease() -> None:
    row = {**standing("resolved"), "assignee": "sara"}
    row = after(row, tickets.reopen(row, CALENDARS, LATER))
    assert (row["assignee"], tickets.expired(row, LATER)) == ("sara", None)
    returned = tickets.expired(row, LATER + tickets.LEASE)
    assert returned is not None
    assert (after(row, returned)["status"], after(row, returned)["assignee"]) == ("reopened", None)
    answered = after(row, tickets.deed(row, tickets.reply(row, "sara", "ms_1", LATER), "sara"))
    assert (answered["status"], tickets.expired(answered, LATER + timedelta(days=1))) == ("assigned", None)


def test_a_ticket_of_one_agent_cannot_be_claimed_by_another() -> None:
    with pytest.raises(Conflict) as caught:
        tickets.claim(ticket(assignee="reza"), "sara", NOW)
    assert caught.value.code == "already_claimed"


def test_a_reply_stops_the_answer_clock_and_says_so() -> None:
    change = tickets.reply(ticket(status="assigned", assignee="sara"), "sara", "ms_1", LATER)
    assert events(change) == ["ticket.replied", "sla.met"]
    assert change.values["due_at"] > ticket()["due_at"]  # the resolution is what runs now


def test_who_answers_gets_a_ticket_of_nobody_and_leaves_that_of_a_colleague() -> None:
    nobodys = tickets.reply(ticket(), "sara", "ms_1", LATER)
    assert after(ticket(), nobodys)["assignee"] == "sara"
    assert nobodys.events[0] == ("ticket.assigned", {"assignee": "sara", "by": "sara"})
    rezas = ticket(status="assigned", assignee="reza")
    replied = tickets.reply(rezas, "sara", "ms_1", LATER)
    assert (after(rezas, replied)["assignee"], events(replied)) == ("reza", ["ticket.replied", "sla.met"])


def test_a_reply_while_the_customer_is_waited_for_gives_the_ticket_to_nobody() -> None:
    waiting = ticket(status="pending")
    assert "ticket.assigned" not in events(tickets.reply(waiting, "sara", "ms_1", LATER))


def test_a_resolved_ticket_has_no_deadline_and_a_reopened_one_has() -> None:
    resolved = after(ticket(), tickets.resolve(ticket(), CALENDARS, LATER))
    assert (resolved["due_at"], resolved["resolved_at"]) == (None, LATER)
    again = tickets.reopen(resolved, CALENDARS, LATER)
    assert again.values["due_at"] is not None
    assert again.values["resolved_at"] is None
    assert events(again) == ["ticket.reopened"]


def test_escalation_raises_the_priority_and_brings_the_deadline_nearer() -> None:
    row = ticket(assignee="sara", status="assigned")
    change = tickets.escalate(row, CALENDARS, LATER, priority="urgent", queue=None)
    assert (change.values["priority"], change.values["priority_rank"]) == ("urgent", 0)
    assert change.values["due_at"] == LATER + timedelta(minutes=15)
    assert events(change) == ["ticket.escalated"]
    assert after(row, change)["assignee"] == "sara"


def test_another_queue_gets_a_ticket_without_its_old_agent() -> None:
    row = ticket(assignee="sara", status="assigned")
    moved = after(row, tickets.escalate(row, CALENDARS, LATER, priority=None, queue="legal"))
    assert (moved["queue"], moved["assignee"], moved["status"]) == ("legal", None, "open")


def test_another_queue_keeps_what_a_rule_promised_beyond_the_priority() -> None:
    own = clocks.start(CALENDARS, "finance", "high", NOW)  # a rule gives these customers the times of `high`
    row = ticket(sla=clocks.to_json(own))
    moved = after(row, tickets.escalate(row, CALENDARS, LATER, priority=None, queue="legal"))
    assert (moved["priority"], moved["sla"]["policy"]) == ("medium", "high")
    raised = after(row, tickets.escalate(row, CALENDARS, LATER, priority="urgent", queue="legal"))
    assert raised["sla"]["policy"] == "urgent"


@pytest.mark.parametrize(
    ("priority", "queue"), [(None, None), ("medium", None), ("low", "legal"), (None, "finance")]
)
def test_an_escalation_that_raises_nothing_is_refused(priority: str | None, queue: str | None) -> None:
    with pytest.raises(Conflict) as caught:
        tickets.escalate(ticket(), CALENDARS, LATER, priority=priority, queue=queue)
    assert caught.value.code == "nothing_to_escalate"


def test_only_a_person_lowers_the_priority_and_then_the_deadline_moves_away() -> None:
    change = tickets.relax(ticket(), CALENDARS, LATER, priority="low")
    assert change.values["priority"] == "low"
    assert change.values["due_at"] > ticket()["due_at"]
    with pytest.raises(Conflict):
        tickets.relax(ticket(), CALENDARS, LATER, priority="high")


def test_a_ticket_nobody_takes_goes_to_the_queue_that_helps_once() -> None:
    row, queue = ticket(), RULES.queues["finance"]
    assert tickets.overflowed(row, queue, CALENDARS, NOW + timedelta(minutes=119)) is None
    change = tickets.overflowed(row, queue, CALENDARS, NOW + timedelta(minutes=120))
    assert change is not None
    moved = after(row, change)
    assert (moved["queue"], moved["due_at"]) == ("support", row["due_at"])
    assert "overflow_from_finance" in moved["tags"]
    assert tickets.overflowed(moved, queue, CALENDARS, NOW + timedelta(days=9)) is None


SPELLS: dict[str, Callable[[Row, datetime], Change | None]] = {
    "reopened": lambda row, now: tickets.reopen(
        after(row, tickets.resolve(row, CALENDARS, LATER)), CALENDARS, now
    ),
    "written again": lambda row, now: join(
        after(row, tickets.resolve(row, CALENDARS, LATER)), decision(), now=now
    ),
    "released": lambda row, now: tickets.release(after(row, tickets.assign(row, "sara", "lead")), now),
    "left alone": lambda row, now: tickets.expired(
        after(row, tickets.claim(row, "sara", now - tickets.LEASE)), now
    ),
    "resumed": lambda row, now: tickets.resume(after(row, tickets.pend(row, LATER)), CALENDARS, now),
    "moved": lambda row, now: tickets.escalate(
        ticket(queue="delivery"), CALENDARS, now, priority=None, queue="finance"
    ),
}


@pytest.mark.parametrize("spell", SPELLS)
def test_a_ticket_that_comes_back_waits_from_then_on(spell: str) -> None:
    row, queue, back = ticket(), RULES.queues["finance"], NOW + timedelta(days=3)
    change = SPELLS[spell](row, back)
    assert change is not None
    row = after(row, change)
    assert (row["queue"], row["assignee"]) == ("finance", None)
    assert tickets.overflowed(row, queue, CALENDARS, back + timedelta(minutes=119)) is None
    assert tickets.overflowed(row, queue, CALENDARS, back + timedelta(minutes=120)) is not None


def test_a_reopened_ticket_can_be_given_back_by_whoever_had_it() -> None:
    row = {**standing("resolved"), "assignee": "sara"}
    row = after(row, tickets.reopen(row, CALENDARS, LATER))
    assert "release" in tickets.steps(row)
    row = after(row, tickets.release(row, LATER))
    assert (row["status"], row["assignee"], row["claimed_until"]) == ("reopened", None, None)
    assert not {"release", "confirm"} & set(tickets.steps(row))


def test_a_ticket_that_nobody_has_waits_on_when_it_is_given_to_nobody() -> None:
    row, queue = ticket(), RULES.queues["finance"]
    row = after(row, tickets.release(row, NOW + timedelta(minutes=119)))
    assert tickets.overflowed(row, queue, CALENDARS, NOW + timedelta(minutes=120)) is not None


@pytest.mark.parametrize(
    "row",
    [ticket(assignee="sara", status="assigned"), ticket(status="pending"), ticket(status="resolved")],
    ids=["taken", "pending", "resolved"],
)
def test_a_ticket_that_does_not_wait_for_an_agent_does_not_overflow(row: Row) -> None:
    assert tickets.overflowed(row, RULES.queues["finance"], CALENDARS, NOW + timedelta(days=9)) is None


def test_waiting_over_a_weekend_is_not_waiting() -> None:
    thursday_noon = NOW + timedelta(days=5, hours=2)  # 12:00, half an hour before the office closes
    row = ticket(opened_at=thursday_noon)
    friday = thursday_noon + timedelta(days=1)
    assert tickets.overflowed(row, RULES.queues["finance"], CALENDARS, friday) is None


def test_a_deadline_that_nears_is_announced_when_it_is_looked_at() -> None:
    assert tickets.changed(tickets.clocks_of(ticket()), NOW, {}).events == ()
    change = tickets.changed(tickets.clocks_of(ticket()), ticket()["due_at"] - timedelta(minutes=1), {})
    assert change.events == (("sla.warning", {"target": "first_response"}),)


@given(taken=st.lists(st.sampled_from(tuple(STEPS)), max_size=12))
def test_whatever_is_done_in_whatever_order_the_columns_stay_in_step(taken: list[str]) -> None:
    row = ticket()
    for step in taken:
        if step not in tickets.allowed(row["status"]):
            continue
        with suppress(Conflict):  # nothing to escalate, nothing to relax, another agent's
            row = after(row, STEPS[step](row))
        assert row["status"] in tickets.STATUS_FA
        assert row["priority_rank"] == sla.PRIORITIES.index(row["priority"])
        assert (row["resolved_at"] is not None) == (row["status"] in {"resolved", "merged"})
        assert row["due_at"] is None or row["status"] not in {"pending", "resolved", "merged"}
        assert (row["assignee"] is not None) or row["status"] != "assigned"


def decision(priority: str = "medium", **fields: Any) -> RoutingDecision:
    values = {
        "rule": "new_rule", "queue": "finance", "priority": priority, "sla": priority, "mode": "automatic",
        "ticket": True, "review": False, "tags": (), "notify": (), "reason_fa": "دلیل تازه.", **fields,
    }  # fmt: skip
    return RoutingDecision(**values)


def join(
    row: Row,
    said: RoutingDecision,
    nth: int = 2,
    score: int = 10,
    now: datetime = LATER,
    *,
    complains: bool = True,
    asks: Row | None = None,
) -> Change:
    message = Message(decision=said, urgency_score=score, nth=nth, complains=complains, asks=asks)
    return joining.joined(row, message, CALENDARS, RULES.guards, now)


@pytest.mark.parametrize(("was", "mode"), [("suggested", "automatic"), ("automatic", "suggested")])
def test_where_a_message_takes_a_ticket_is_decided_or_proposed_as_its_own_rule_says(
    was: str, mode: str
) -> None:
    row = ticket(mode=was)
    row = after(row, join(row, decision("high", queue="legal", mode=mode)))
    assert (row["queue"], row["rule"], row["mode"]) == ("legal", "new_rule", mode)


def test_who_hands_a_ticket_to_another_queue_has_decided_what_a_rule_proposed() -> None:
    row = ticket(mode="suggested")
    step = lambda **to: after(row, tickets.escalate(row, CALENDARS, LATER, **to))  # noqa: E731
    assert step(priority=None, queue="legal")["mode"] == "automatic"
    assert step(priority="urgent", queue=None)["mode"] == "suggested"  # of its queue nothing was said


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (None, ("requested", 500)),
        (("requested", None), ("requested", 500)),
        (("requested", 300), ("requested", 300)),
        (("refused", 300), ("requested", 500)),
        (("offered", 300), ("offered", 300)),
        (("paid", 300), ("paid", 300)),
    ],
)
def test_a_message_that_asks_for_compensation_opens_it_where_none_is_under_way(
    was: tuple[str, int | None] | None, now: tuple[str, int]
) -> None:
    owed = lambda found: found and {"state": found[0], "amount": found[1], "currency": "IRR"}  # noqa: E731
    row = ticket(compensation=owed(was))
    assert after(row, join(row, decision(), asks=owed(("requested", 500))))["compensation"] == owed(now)
    assert after(row, join(row, decision()))["compensation"] == owed(was)


def test_a_case_that_gets_worse_notifies_once_per_window() -> None:
    urgent = decision("urgent", notify=("on-call",))
    first = join(ticket(), urgent)
    assert first.events[0][1]["notify"] == ["on-call"]
    soon, window = LATER, timedelta(minutes=RULES.guards.notify_every_minutes)
    row = ticket(notified_at=soon)
    assert "notify" not in join(row, urgent, now=soon + window / 2).events[0][1]
    assert "notify" in join(row, urgent, now=soon + window).events[0][1]


def test_a_more_pressing_message_raises_the_ticket_at_once() -> None:
    change = join(ticket(), decision("urgent"), score=85)
    assert (change.values["priority"], change.values["urgency_score"]) == ("urgent", 97)
    assert change.values["due_at"] == LATER + timedelta(minutes=15)
    assert change.values["reason_fa"] == "دلیل تازه."
    assert events(change) == ["urgency.raised"]


def test_a_message_brings_the_policy_of_its_rule() -> None:
    change = join(ticket(), decision("high", sla="urgent"))
    assert (change.values["priority"], change.values["due_at"]) == ("high", LATER + timedelta(minutes=15))


def test_a_calmer_message_lowers_nothing() -> None:
    row = ticket(priority="urgent", urgency_score=90)
    joined = after(row, join(row, decision("low"), score=5))
    assert (joined["priority"], joined["due_at"]) == ("urgent", row["due_at"])
    assert joined["urgency_score"] >= 90


def test_danger_takes_a_ticket_out_of_an_ordinary_queue() -> None:
    row = ticket(assignee="sara", status="assigned", queue="delivery")
    joined = after(row, join(row, decision("urgent", queue="safety", rule="health_and_safety")))
    assert (joined["queue"], joined["assignee"], joined["status"]) == ("safety", None, "open")


def test_the_third_message_about_one_matter_is_high_whatever_it_says() -> None:
    assert "priority" not in join(ticket(), decision("low"), nth=2).values
    third = join(ticket(), decision("low"), nth=3)
    assert third.values["priority"] == "high"
    assert "چندمین بار" in third.values["reason_fa"]
    assert [join(ticket(), decision(), nth=nth).values["urgency_score"] for nth in (2, 3, 4)] == [42, 43, 30]


def test_a_person_raises_a_ticket_that_is_open_and_lowers_none() -> None:
    def judge(row: Row, said: RoutingDecision) -> Row:
        return after(row, joining.judged(row, said, 7, CALENDARS, LATER))

    raised = judge(standing("pending"), decision("urgent", queue="safety"))
    assert (raised["priority"], raised["queue"], raised["status"]) == ("urgent", "safety", "open")
    assert raised["due_at"] is not None
    urgent = ticket(priority="urgent", priority_rank=0)
    settled = standing("resolved")
    for row, said in ((urgent, decision("low")), (settled, decision("urgent"))):
        judged = judge(row, said)
        assert {**judged, "urgency_score": row["urgency_score"]} == row
        assert judged["urgency_score"] == 7


def test_a_customer_who_answers_sets_the_clock_going_again() -> None:
    row = standing("pending")
    change = join(row, decision())
    assert after(row, change)["status"] == "assigned"
    assert change.values["due_at"] is not None


def test_thanks_on_a_resolved_matter_leave_it_resolved_and_a_complaint_reopens_it() -> None:
    row = standing("resolved")
    assert join(row, decision(ticket=False)).values == {}
    again = join(row, decision())
    assert after(row, again)["status"] == "reopened"
    assert events(again)[0] == "ticket.reopened"


def test_a_question_after_danger_was_settled_is_no_danger_and_a_complaint_still_is() -> None:
    urgent = ticket(priority="urgent", priority_rank=0, urgency_score=90, queue="safety", assignee="sara")
    row = after(urgent, tickets.resolve(urgent, CALENDARS, NOW))
    asked = join(row, decision("medium", queue="support"), nth=3, score=5, complains=False)
    reopened = after(row, asked)
    assert (reopened["status"], reopened["priority"], reopened["urgency_score"]) == ("reopened", "medium", 5)
    assert (reopened["queue"], reopened["assignee"], reopened["rule"]) == ("support", None, "new_rule")
    assert reopened["due_at"] > LATER + timedelta(minutes=15)
    assert events(asked)[0] == "ticket.reopened"
    assert "urgency.raised" not in events(asked)
    still = after(row, join(row, decision("medium", queue="support"), score=5))
    assert (still["priority"], still["queue"], still["assignee"]) == ("urgent", "safety", "sara")
    alike = join(row, decision("urgent", queue="support"), score=5, complains=False)
    assert (after(row, alike)["queue"], after(row, alike)["rule"]) == ("support", "new_rule")
    more = join(row, decision("urgent", queue="safety"), score=80, complains=False)
    assert after(row, more)["priority"] == "urgent"


def test_a_message_belongs_to_an_open_ticket_or_to_one_resolved_lately() -> None:
    resolved = standing("resolved")
    assert joining.takes(ticket(), NOW + timedelta(days=99))
    assert joining.takes(resolved, NOW + joining.REOPEN_WITHIN)
    assert not joining.takes(resolved, NOW + joining.REOPEN_WITHIN + timedelta(seconds=1))
    assert not joining.takes(ticket(status="merged"), NOW)


def test_of_two_tickets_the_survivor_keeps_the_more_pressing_of_everything() -> None:
    mild = ticket(tags=["a"], contacts=3)
    pressing = ticket(
        id="tk_2",
        priority="urgent",
        urgency_score=90,
        tags=["b"],
        contacts=2,
        status="assigned",
        assignee="sara",
    )
    closed, survivor = joining.merge(pressing, mild, CALENDARS, LATER)
    assert (closed.values["status"], closed.values["assignee"]) == ("merged", None)
    assert survivor.values["contacts"] == 5
    assert keeping.check_column(closed.values) == {"check_at": None}  # nobody looks at its clocks again
    assert survivor.values["priority"] == "urgent"
    assert survivor.values["urgency_score"] == 90
    assert survivor.values["tags"] == ["a", "b"]
    assert survivor.values["due_at"] == pressing["due_at"]


@pytest.mark.parametrize(("priority", "policy"), [("urgent", "urgent"), ("low", "medium")])
def test_what_the_survivor_owes_next_is_promised_by_the_more_pressing_policy(
    priority: str, policy: str
) -> None:
    _, survivor = joining.merge(ticket(id="tk_2", priority=priority), ticket(), CALENDARS, LATER)
    assert survivor.values["sla"]["policy"] == policy


@pytest.mark.parametrize(
    ("gone", "into", "kept"),
    [
        ("requested", None, "requested"),
        ("offered", "requested", "offered"),
        ("refused", "requested", "requested"),
        ("offered", "paid", "paid"),
        (None, "refused", "refused"),
        (None, None, None),
    ],
)
def test_of_two_compensations_the_one_that_is_further_goes_on(
    gone: str | None, into: str | None, kept: str | None
) -> None:
    unnamed = {"amount": None, "currency": "IRR"}
    one, other = (
        ticket(id=id_, compensation=state and {"state": state, **unnamed})
        for id_, state in (("tk_2", gone), ("tk_1", into))
    )
    _, survivor = joining.merge(one, other, CALENDARS, LATER)
    assert survivor.values["compensation"] == (kept and {"state": kept, **unnamed})


def test_a_ticket_that_was_pending_for_days_does_not_make_the_survivor_late() -> None:
    waited = after(ticket(id="tk_2"), tickets.pend(ticket(id="tk_2"), LATER))
    now = NOW + timedelta(days=2)
    fresh = ticket(opened_at=now, sla=clocks.to_json(clocks.start(CALENDARS, "finance", "medium", now)))
    _, survivor = joining.merge(waited, fresh, CALENDARS, now)
    assert survivor.events == ()
    assert survivor.values["due_at"] == now + timedelta(minutes=210)  # 240 less the 30 before the pause
    closed, going = joining.merge(fresh, waited, CALENDARS, now)
    assert (closed.events, going.events, going.values["status"]) == ((), (), "open")
    assert going.values["due_at"] == now + timedelta(minutes=210)


def test_a_survivor_waits_for_its_customer_only_where_both_tickets_did() -> None:
    one, other = (after(ticket(id=id_), tickets.pend(ticket(id=id_), LATER)) for id_ in ("tk_1", "tk_2"))
    _, survivor = joining.merge(one, other, CALENDARS, NOW + timedelta(days=2))
    assert {**other, **survivor.values}["status"] == "pending"
    assert survivor.values["due_at"] is None


@pytest.mark.parametrize("other", [{"id": "tk_1"}, {"id": "tk_2", "customer_id": "cu_2"}])
def test_tickets_of_different_customers_are_never_merged(other: Row) -> None:
    with pytest.raises(Conflict) as caught:
        joining.merge(ticket(), ticket(**other), CALENDARS, LATER)
    assert caught.value.code == "cannot_merge"


@given(
    messages=st.lists(
        st.tuples(st.sampled_from(sla.PRIORITIES), st.integers(0, 100), st.booleans(), st.integers(0, 3_000)),
        max_size=6,
    )
)
def test_however_many_messages_join_urgency_never_falls(messages: list[tuple[str, int, bool, int]]) -> None:
    row, now = ticket(), NOW
    for place, (priority, score, asks, passed) in enumerate(messages):
        now += timedelta(minutes=passed)
        before = row
        row = after(row, join(row, decision(priority, ticket=asks), nth=place + 2, score=score, now=now))
        assert row["priority_rank"] <= before["priority_rank"]
        assert 100 >= row["urgency_score"] >= before["urgency_score"]
