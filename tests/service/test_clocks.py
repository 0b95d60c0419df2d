"""The clocks of a ticket: what counts as kept, what as missed, and what a pause does to a deadline."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import clocks, sla, worktime
from service.clocks import Clocks

CALENDARS = sla.load()
#: A Saturday, 10:00 in Tehran: offices are open until 17:00.
NOW = datetime(2026, 11, 28, 6, 30, tzinfo=UTC)
STEPS = ("answered", "written", "paused", "resumed", "resolved", "reopened", "tightened")

minutes = st.integers(0, 4_000)


def later(**span: float) -> datetime:
    return NOW + timedelta(**span)


def fresh(queue: str = "finance", policy: str = "high") -> Clocks:
    return clocks.start(CALENDARS, queue, policy, NOW)


def do(step: str, seen: Clocks, now: datetime) -> Clocks:
    """Take one step of a ticket's life, by name."""
    if step in {"answered", "paused"}:
        return getattr(clocks, step)(seen, now)
    if step == "tightened":
        return clocks.tightened(seen, CALENDARS, "finance", "urgent", now)
    return getattr(clocks, step)(seen, CALENDARS, now)


def names(found: tuple[tuple[str, str], ...]) -> list[str]:
    return [f"{event} {name}" for event, name in found]


@pytest.mark.parametrize(
    ("policy", "first", "resolution"), [("urgent", 15, 120), ("high", 60, None), ("medium", 240, None)]
)
def test_a_ticket_starts_with_the_promises_of_its_policy(
    policy: str, first: int, resolution: int | None
) -> None:
    started = fresh(policy=policy)
    assert clocks.due_at(started) == started.first_response.due_at == later(minutes=first)
    if resolution is not None:
        assert started.resolution.due_at == later(minutes=resolution)
    assert started.next_response is None
    assert clocks.state(started, NOW) == "active"


def test_answered_and_resolved_in_time_is_a_hit() -> None:
    seen = clocks.resolved(clocks.answered(fresh(), later(minutes=59)), CALENDARS, later(hours=5))
    assert clocks.state(seen, later(days=30)) == "hit"
    assert clocks.due_at(seen) is None


def test_a_late_first_answer_stays_a_miss_however_quick_the_rest_was() -> None:
    answered = clocks.answered(fresh(), later(minutes=61))
    assert clocks.state(answered, later(minutes=61)) == "active_with_misses"
    settled = clocks.resolved(answered, CALENDARS, later(minutes=62))
    assert clocks.state(settled, later(minutes=62)) == "missed"


def test_a_late_next_answer_is_remembered_when_the_customer_writes_a_third_time() -> None:
    seen = clocks.answered(fresh(), later(minutes=5))
    seen = clocks.written(seen, CALENDARS, later(minutes=10))
    seen = clocks.answered(seen, later(minutes=90))  # owed within 60
    seen = clocks.written(seen, CALENDARS, later(minutes=100))
    seen = clocks.answered(seen, later(minutes=101))
    assert clocks.state(seen, later(minutes=101)) == "active_with_misses"


def test_a_customer_who_writes_before_the_first_answer_is_owed_that_one_answer() -> None:
    seen = clocks.written(fresh(), CALENDARS, later(minutes=30))
    assert seen == fresh()


def test_a_second_message_before_the_answer_does_not_move_the_deadline() -> None:
    seen = clocks.written(clocks.answered(fresh(), NOW), CALENDARS, later(minutes=10))
    assert clocks.written(seen, CALENDARS, later(minutes=40)) == seen
    assert seen.next_response is not None
    assert seen.next_response.due_at == later(minutes=70)


def test_while_pending_nothing_is_due_and_nothing_becomes_late() -> None:
    seen = clocks.paused(fresh(), later(minutes=30))
    assert clocks.due_at(seen) is None
    assert clocks.check_at(seen) is None
    assert clocks.events(seen, later(days=9))[1] == ()
    assert clocks.state(seen, later(days=9)) == "active"


def test_a_pause_moves_a_deadline_by_the_working_time_that_was_paused() -> None:
    seen = clocks.paused(fresh(), later(minutes=30))  # half of the hour is left
    overnight = later(days=1, minutes=-60)  # Sunday 09:00
    again = clocks.resumed(seen, CALENDARS, overnight)
    assert again.first_response.due_at == overnight + timedelta(minutes=30)


def test_what_was_late_before_the_pause_stays_late_and_where_it_was() -> None:
    seen = clocks.resumed(clocks.paused(fresh(), later(minutes=90)), CALENDARS, later(days=2))
    assert seen.first_response.due_at == later(minutes=60)
    assert clocks.state(seen, later(days=2)) == "active_with_misses"


def test_an_answer_while_pending_is_not_late_because_the_clock_stood_still() -> None:
    seen = clocks.answered(clocks.paused(fresh(), later(minutes=30)), later(days=3))
    assert clocks.state(seen, later(days=3)) == "active"
    assert names(clocks.events(seen, later(days=3))[1]) == ["sla.met first_response"]


def test_a_ticket_resolved_while_pending_is_judged_by_the_moment_it_paused() -> None:
    seen = clocks.paused(clocks.answered(fresh(), later(minutes=5)), later(minutes=10))
    assert clocks.state(clocks.resolved(seen, CALENDARS, later(days=20)), later(days=20)) == "hit"
    due_as_it_paused = clocks.paused(fresh(), later(minutes=60))
    settled = clocks.resolved(due_as_it_paused, CALENDARS, later(days=20))
    assert clocks.state(settled, later(days=20)) == "hit"


def test_a_reopened_ticket_has_what_was_left_and_owes_an_answer() -> None:
    seen = clocks.resolved(clocks.answered(fresh("safety", "high"), NOW), CALENDARS, later(minutes=300))
    again = clocks.reopened(seen, CALENDARS, later(days=3))
    assert again.resolution.due_at == later(days=3, minutes=180)  # 180 of 480 were left, around the clock
    assert again.next_response is not None
    assert again.next_response.due_at == later(days=3, minutes=60)


def test_what_was_left_outlives_being_resolved_while_pending() -> None:
    """Resolved and reopened, a paused ticket is where it would be had it just gone on."""
    pending = clocks.paused(clocks.answered(fresh("safety", "urgent"), NOW), later(minutes=10))
    settled = clocks.resolved(pending, CALENDARS, later(minutes=180))
    again = clocks.reopened(settled, CALENDARS, later(minutes=240))
    assert again.resolution.due_at == later(minutes=240 + 110)
    assert again.resolution == clocks.resumed(pending, CALENDARS, later(minutes=240)).resolution
    assert clocks.state(again, later(minutes=240)) == "active"


def test_rising_urgency_promises_sooner_and_never_later() -> None:
    seen = clocks.tightened(fresh(policy="medium"), CALENDARS, "finance", "urgent", later(minutes=5))
    assert seen.first_response.due_at == later(minutes=20)
    nearly_due = clocks.tightened(fresh(policy="high"), CALENDARS, "finance", "urgent", later(minutes=55))
    assert nearly_due.first_response.due_at == later(minutes=60)


def test_a_person_who_lowers_the_urgency_gives_more_time() -> None:
    seen = clocks.loosened(fresh(policy="urgent"), CALENDARS, "finance", "medium", later(minutes=5))
    assert seen.policy == "medium"
    assert seen.first_response.due_at == later(minutes=245)


def test_what_was_late_before_the_urgency_was_lowered_stays_late_though_nobody_had_looked() -> None:
    seen = clocks.loosened(fresh(policy="urgent"), CALENDARS, "finance", "low", later(minutes=16))
    assert (seen.first_response.missed, seen.resolution.missed) == (True, False)
    _, found = clocks.events(seen, later(minutes=16))
    assert names(found) == ["sla.breached first_response"]


def test_an_urgency_that_rises_while_pending_does_not_start_the_clock() -> None:
    seen = clocks.tightened(
        clocks.paused(fresh(), later(minutes=5)), CALENDARS, "finance", "urgent", later(hours=1)
    )
    assert clocks.due_at(seen) is None
    again = clocks.resumed(seen, CALENDARS, later(hours=2))
    assert again.first_response.due_at == later(hours=2, minutes=15)


def test_a_ticket_outlives_the_policy_and_the_calendar_it_was_opened_with() -> None:
    """Files change while tickets are open; a name that is gone is no reason to fail."""
    old = replace(fresh(), policy="gone", calendar="gone_too", paused_at=NOW)
    again = clocks.written(clocks.answered(old, NOW), CALENDARS, later(hours=1))
    assert again.next_response is not None
    assert again.next_response.due_at == later(hours=5)  # the ordinary policy, in office hours


def test_warning_breach_and_success_are_announced_once_each() -> None:
    seen = fresh(policy="urgent")
    assert clocks.check_at(seen) == later(minutes=9)
    seen, early = clocks.events(seen, later(minutes=8))
    assert early == ()
    seen, warned = clocks.events(seen, later(minutes=9))
    assert names(warned) == ["sla.warning first_response"]
    assert clocks.check_at(seen) == later(minutes=15)
    seen, nothing = clocks.events(seen, later(minutes=14))
    assert nothing == ()
    seen, breached = clocks.events(seen, later(minutes=16))
    assert names(breached) == ["sla.breached first_response"]
    seen, late = clocks.events(clocks.answered(seen, later(minutes=17)), later(minutes=17))
    assert late == ()
    seen, settled = clocks.events(clocks.resolved(seen, CALENDARS, later(minutes=30)), later(minutes=30))
    assert names(settled) == ["sla.met resolution"]
    assert clocks.check_at(seen) is None


def test_a_deadline_that_passed_unseen_is_announced_as_breached_and_not_as_near() -> None:
    _, found = clocks.events(fresh(policy="urgent"), later(days=10))
    assert names(found) == ["sla.breached first_response", "sla.breached resolution"]


def test_two_tickets_that_become_one_keep_the_sooner_promise() -> None:
    slow, quick = fresh(policy="low"), fresh(policy="urgent")
    both = clocks.absorbed(slow, quick, CALENDARS, NOW)
    assert both.first_response.due_at == quick.first_response.due_at
    assert clocks.absorbed(quick, slow, CALENDARS, NOW) == quick


def test_an_answer_that_is_owed_on_one_of_two_tickets_is_owed_on_both_of_them_as_one() -> None:
    answered, quick = clocks.answered(fresh(policy="low"), NOW), fresh(policy="urgent")
    both = clocks.absorbed(answered, quick, CALENDARS, NOW)
    assert clocks.due_at(both) == both.next_response.due_at == quick.first_response.due_at
    assert both.first_response == answered.first_response
    late = replace(answered, next_response=replace(quick.first_response, done_at=NOW, missed=True))
    assert clocks.absorbed(late, quick, CALENDARS, NOW).missed_before
    again = clocks.written(clocks.answered(quick, NOW), CALENDARS, NOW)
    waiting = clocks.absorbed(fresh(policy="low"), again, CALENDARS, NOW)
    assert (waiting.next_response, waiting.first_response.due_at) == (None, again.next_response.due_at)


def test_people_see_the_promises_in_persian_with_jalali_deadlines() -> None:
    shown = clocks.shown(fresh(policy="urgent"), NOW)
    first = shown["targets"][0]
    assert (first["name_fa"], first["due_at_jalali"]) == ("نخستین پاسخ", "1405-09-07 10:15")
    assert shown["state"] == "active"


steps = st.lists(st.tuples(st.sampled_from(STEPS), minutes), max_size=8)


@given(taken=steps)
def test_clocks_survive_storage_whatever_happened_to_the_ticket(taken: list[tuple[str, int]]) -> None:
    seen, now = fresh(), NOW
    for step, passed in taken:
        now += timedelta(minutes=passed)
        seen, _ = clocks.events(do(step, seen, now), now)
        assert clocks.from_json(json.loads(json.dumps(clocks.to_json(seen)))) == seen


@given(taken=steps)
def test_a_miss_is_never_taken_back_and_no_event_is_told_twice(taken: list[tuple[str, int]]) -> None:
    seen, now = fresh(), NOW
    missed = False
    for step, passed in taken:
        now += timedelta(minutes=passed)
        seen, found = clocks.events(do(step, seen, now), now)
        assert clocks.events(seen, now)[1] == ()
        missed = missed or any(event == "sla.breached" for event, _ in found)
        assert (clocks.state(seen, now) in {"missed", "active_with_misses"}) == missed


@given(before=st.integers(0, 59), pause=minutes, queue=st.sampled_from(["finance", "safety", "delivery"]))
def test_pausing_moves_every_running_deadline_by_exactly_the_paused_working_time(
    before: int, pause: int, queue: str
) -> None:
    started = fresh(queue)
    calendar = CALENDARS.of_queue(queue)
    stop, go = later(minutes=before), later(minutes=before + pause)
    again = clocks.resumed(clocks.paused(started, stop), CALENDARS, go)
    paused = worktime.between(calendar, stop, go)
    for name, target in clocks.targets(started).items():
        moved = clocks.targets(again)[name]
        assert worktime.between(calendar, target.due_at, moved.due_at) == paused
        assert moved.due_at >= target.due_at
