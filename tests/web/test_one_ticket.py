"""A ticket under two people's hands, a session that ends in the middle of a reply, and the way back to the list."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from service import triage
from service.auth import SESSION_COOKIE, Caller
from service.comments import correcting
from service.corrections import Correction
from service.errors import Invalid
from service.storage import audit, begin, keys
from service.triage import TicketAction

Visit = Callable[..., Page]
_REPLY = "پوزش می‌خواهیم؛ فردا خبر می‌دهیم"


def _ticket(served, text: str, **more) -> str:
    return served.say(text, **more)["ticket"]["id"]


def _colleague(served, ticket_id: str, name: str = "مهدی") -> TicketAction:
    """Return what somebody else, who is known by name, is about to do to a ticket."""
    now = datetime.now(UTC)
    with begin(served.desk.engine) as conn:
        made = keys.create(conn, now, name, "agent")
    caller = Caller(id=made.id, name=name, role="agent", kind="key")
    return TicketAction(line=served.desk.line, caller=caller, ticket_id=ticket_id, now=now)


def _member(served, visit: Visit, name: str, queue: str) -> Page:
    """Return the page of somebody who works in one queue alone."""
    with begin(served.desk.engine) as conn:
        made = keys.create(conn, datetime.now(UTC), name, "agent", queues=[queue])
        token = keys.sign_in_with_key(conn, made.secret.shown, datetime.now(UTC))
    page = visit("/sign-in", role=None)
    page.context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": served.url}])
    return page


def _row(served, ticket_id: str) -> dict:
    return triage.look(served.desk.engine, ticket_id).ticket


def test_what_is_half_written_outlives_every_other_step(sampled, visit: Visit) -> None:
    page = visit(f"/tickets/{_ticket(sampled, 'روکش مبل دوخت بدی داشت', customer='half-1')}", role="agent")
    reply = page.locator("#reply")
    reply.fill(_REPLY)
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.locator("#toasts")).to_contain_text("به شما سپرده شد")
    expect(reply).to_have_value(_REPLY)
    page.keyboard.press("c")
    page.get_by_role("button", name="تحسین", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("اصلاح شد")
    expect(reply).to_have_value(_REPLY)
    page.locator(".more-acts > summary").click()
    page.locator("form[action$='/escalate'] select[name=queue]").select_option("finance")
    page.get_by_role("button", name="ارجاع", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("به صف دیگر ارجاع شد")
    expect(reply).to_have_value(_REPLY)
    page.reload()
    expect(reply).to_have_value(_REPLY)
    page.get_by_role("button", name="یادداشت درونی").click()
    expect(page.locator(".message.note")).to_contain_text(_REPLY)
    expect(reply).to_have_value("")
    page.reload()
    expect(reply).to_have_value("")


def test_a_reply_that_is_sent_twice_is_sent_once(sampled, visit: Visit) -> None:
    id_ = _ticket(sampled, "چرخ خیاطی نخ را پاره می‌کند", customer="sent-twice")
    page = visit(f"/tickets/{id_}", role="agent")
    page.locator("#reply").fill(_REPLY)
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message.reply")).to_have_count(1)
    expect(page.locator(".caution[role=alert]")).to_have_count(0)
    expect(page.locator("#reply")).to_have_value("")
    assert len(triage.look(sampled.desk.engine, id_).messages) == 1


def test_the_key_that_settles_does_not_open_again(sampled, visit: Visit) -> None:
    id_ = _ticket(sampled, "سشوار بوی سیم سوخته می‌دهد", customer="settle-1")
    page = visit(f"/tickets/{id_}", role="agent")
    page.keyboard.press("e")
    expect(page.locator("#toasts")).to_contain_text("حل شد")
    page.keyboard.press("e")
    page.wait_for_timeout(300)
    assert _row(sampled, id_)["status"] == "resolved"


def test_who_settles_with_a_reply_in_hand_is_asked_what_becomes_of_it(sampled, visit: Visit) -> None:
    id_ = _ticket(sampled, "اتوی بخار آب می‌دهد", customer="unsent-1")
    page = visit(f"/tickets/{id_}", role="agent")
    question = page.get_by_role("dialog", name="پاسخ شما هنوز فرستاده نشده است")
    page.locator("#reply").fill(_REPLY)
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    expect(question.get_by_role("button", name="فرستادن و حل شد")).to_be_focused()
    page.keyboard.press("Escape")
    expect(question).to_have_count(0)
    expect(page.locator("#reply")).to_be_focused()
    page.keyboard.type(" ممنون")
    assert _row(sampled, id_)["status"] == "open"

    page.get_by_role("button", name="حل شد e", exact=True).click()
    question.get_by_role("button", name="برگشت").click()
    expect(page.locator("#reply")).to_be_focused()
    expect(page.locator("#reply")).to_have_value(f"{_REPLY} ممنون")
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    expect(question).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("حل شد")
    expect(page.locator(".message.reply")).to_contain_text(f"{_REPLY} ممنون")
    expect(page.locator("#note")).to_have_value("")


def test_a_reply_that_was_not_sent_never_turns_into_a_note(sampled, visit: Visit) -> None:
    id_ = _ticket(sampled, "پلوپز درش بسته نمی‌شود", customer="unsent-2")
    page = visit(f"/tickets/{id_}", role="agent")
    page.locator("#reply").fill(_REPLY)
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.get_by_role("button", name="حل شد بدون فرستادن").click()
    expect(page.locator("#toasts")).to_contain_text("حل شد")
    expect(page.locator("#note")).to_have_value("")
    assert triage.look(sampled.desk.engine, id_).messages == []
    page.reload()
    expect(page.locator("#note")).to_have_value("")
    page.locator("#note").fill("تلفنی گفتم")
    page.get_by_role("button", name="بازگشایی").click()
    expect(page.locator("#reply")).to_have_value(_REPLY)

    triage.resolve(_colleague(sampled, id_), None)
    page.locator("#reply").focus()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text(_REPLY)
    expect(page.locator("#note")).to_have_value("تلفنی گفتم")


def test_who_settles_from_the_list_is_asked_about_the_reply_they_left(sampled, visit: Visit) -> None:
    id_ = _ticket(sampled, "زنگ دوچرخهٔ یاقوتی صدا ندارد", customer="unsent-3")
    page = visit(f"/tickets/{id_}", role="agent")
    page.locator("#reply").fill(_REPLY)
    page.goto("/inbox?q=یاقوتی")
    page.keyboard.press("j")
    page.keyboard.press("e")
    page.get_by_role("dialog").get_by_role("button", name="فرستادن و حل شد").click()
    expect(page.locator("#toasts")).to_contain_text("حل شد")
    expect(page.locator(".nothing")).to_be_visible()
    assert [one["body"] for one in triage.look(sampled.desk.engine, id_).messages] == [_REPLY]


def test_who_settles_several_is_asked_about_the_replies_they_left(sampled, visit: Visit) -> None:
    ids = [_ticket(sampled, f"قلاب نیلگون شمارهٔ {n} شکست", customer=f"unsent-m{n}") for n in (1, 2, 3)]
    page = visit("/inbox", role="agent")
    for id_ in ids[:2]:
        page.goto(f"/tickets/{id_}")
        page.locator("#reply").fill("پوزش می‌خواهیم")
    page.goto("/inbox?q=نیلگون")
    page.locator("[data-item]").first.wait_for()
    for id_ in ids:
        page.locator(f"[id='{id_}'] .pick input").check()
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.locator("#bulk").get_by_role("button", name="حل شد").click()
    expect(page.locator("#bulk")).to_contain_text("۳ تیکت")
    assert [("در ۲ تا" in one) for one in asked] == [True]
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator("#bulk").get_by_role("button", name="حل شد").click()
    expect(page.locator("#toasts")).to_contain_text("انجام شد")
    page.goto(f"/tickets/{ids[0]}")  # what was written is not lost
    page.get_by_role("button", name="بازگشایی").first.click()
    expect(page.locator("#reply")).to_have_value("پوزش می‌خواهیم")


def test_who_gives_a_ticket_away_with_a_reply_in_hand_is_asked_and_keeps_the_words(
    sampled, visit: Visit
) -> None:
    id_ = _ticket(sampled, "جارو شارژی خاموش می‌شود", customer="unsent-5")
    row = _row(sampled, id_)
    far = next(name for name in sampled.desk.line.rules.queues if name != row["queue"])
    page = _member(sampled, visit, "سهیلا", row["queue"])
    page.goto(f"/tickets/{id_}")
    page.locator("#reply").fill(_REPLY)
    page.locator(".more-acts > summary").click()
    page.locator("#move-to").select_option(far)
    reason = page.locator("form[action$='/escalate'] input[name=reason]")
    reason.fill("کار ما نیست")
    reason.press("Control+Enter")
    question = page.get_by_role("dialog", name="پاسخ شما هنوز فرستاده نشده است")
    expect(question).to_contain_text("شما عضو آن صف نیستید")
    question.get_by_role("button", name="برگشت").click()
    expect(page.locator("#reply")).to_have_value(_REPLY)
    expect(page.locator("#move-to")).to_have_value(far)
    assert _row(sampled, id_)["queue"] == row["queue"]

    page.get_by_role("button", name="ارجاع", exact=True).click()
    question.get_by_role("button", name="ارجاع بدون فرستادن").click()
    expect(page.locator("#toasts")).to_contain_text("به صف دیگر ارجاع شد")
    expect(page.locator(".unsent")).to_have_text(_REPLY)
    assert _row(sampled, id_)["queue"] == far
    (moved,) = (
        line for line in triage.look(sampled.desk.engine, id_).trail if line["action"] == "ticket.escalate"
    )
    assert moved["after"]["reason"] == "کار ما نیست"
    assert not triage.look(sampled.desk.engine, id_).messages


def test_who_merges_with_a_reply_in_hand_is_asked_what_becomes_of_it(sampled, visit: Visit) -> None:
    then = datetime.now(UTC) - timedelta(days=10)
    old = _ticket(sampled, "جعبهٔ کهربایی شکسته بود", customer="unsent-6", at=then)
    triage.resolve(replace(_colleague(sampled, old), now=then + timedelta(days=1)), None)
    id_ = _ticket(sampled, "جعبهٔ دوم هم شکسته رسید", customer="unsent-6")
    triage.reopen(_colleague(sampled, old, "بهزاد"), "هنوز شکسته است")
    assert id_ != old
    page = visit(f"/tickets/{id_}", role="agent")
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("#reply").fill(_REPLY)
    page.locator(".more-acts > summary").click()
    page.get_by_role("button", name="ادغام", exact=True).click()
    question = page.get_by_role("dialog", name="پاسخ شما هنوز فرستاده نشده است")
    question.get_by_role("button", name="فرستادن پاسخ").click()
    expect(page.locator(".message.reply")).to_contain_text(_REPLY)
    assert _row(sampled, id_)["merged_into"] is None


def test_without_scripts_who_settles_with_a_reply_in_hand_is_asked_too(sampled, visit: Visit) -> None:
    id_ = _ticket(sampled, "چرخ‌گوشت تیغه ندارد", customer="unsent-4")
    page = visit(f"/tickets/{id_}", role="agent", java_script_enabled=False)
    page.locator("#reply").fill(_REPLY)
    page.get_by_role("button", name="حل شد", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_in_viewport()
    page.get_by_role("button", name="برگشت").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#reply")).to_have_value(_REPLY)
    page.get_by_role("button", name="حل شد", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="فرستادن و حل شد").click()
    expect(page.locator(".message.reply")).to_contain_text(_REPLY)
    assert _row(sampled, id_)["status"] == "resolved"


def test_a_ready_text_joins_what_is_written_and_is_taken_back(sampled, visit: Visit) -> None:
    page = visit(f"/tickets/{_ticket(sampled, 'کمد دیواری کج نصب شد', customer='half-2')}", role="agent")
    reply = page.locator("#reply")
    reply.fill("سلام، خانم نوری.")
    page.locator("#draft").select_option(index=1)
    expect(reply).to_have_value(re.compile(r"^سلام، خانم نوری\.\n\n.*پوزش", re.DOTALL))
    page.keyboard.press("Control+z")
    expect(reply).to_have_value("سلام، خانم نوری.")


def test_nobody_finds_the_half_written_words_of_somebody_else(sampled, visit: Visit) -> None:
    id_ = _ticket(sampled, "چراغ مطالعه سوخته بود", customer="half-3")
    page = visit(f"/tickets/{id_}", role="agent")
    page.locator("#reply").fill(_REPLY)
    token = sampled.session("agent", name="نرگس")
    page.context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": sampled.url}])
    page.reload()
    expect(page.locator("#reply")).to_have_value("")
    page.get_by_role("button", name="خروج").click()
    page.wait_for_url("**/sign-in")
    assert page.evaluate("sessionStorage.length") == 0


def test_a_step_back_brings_nobody_the_words_of_who_signed_out(sampled, visit: Visit) -> None:
    id_ = _ticket(sampled, "چراغ خواب سوخته بود", customer="half-4")
    page = visit(f"/tickets/{id_}", role="agent")
    page.locator("#reply").fill(_REPLY)
    page.locator("summary", has_text="سپردن به دیگری").click()
    page.locator("form[action$='/escalate'] [name=reason]").fill("او خواهش کرده است")
    page.get_by_role("button", name="خروج").click()
    page.wait_for_url("**/sign-in")
    token = sampled.session("agent", name="نرگس")
    page.context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": sampled.url}])
    page.go_back()
    expect(page.locator(".who b")).to_have_text("نرگس")
    for kept in page.locator("[data-keep]").all():
        expect(kept).to_have_value("")
    assert page.evaluate("sessionStorage.length") == 0


def test_who_comes_too_late_sees_what_changed_and_sends_again(sampled, visit: Visit) -> None:
    id_ = _ticket(sampled, "میز ناهارخوری لق بود", customer="late-1")
    page = visit(f"/tickets/{id_}", role="agent")
    reply = page.locator("#reply")
    reply.fill(_REPLY)
    triage.assign(_colleague(sampled, id_), "مهدی")
    page.keyboard.press("Control+Enter")
    told = page.get_by_role("alert")
    expect(told).to_contain_text("کار شما انجام نشد")
    expect(told).to_contain_text("مهدی تیکت را سپرد")
    expect(page.locator(".ticket-head")).to_contain_text("در دست مهدی")
    expect(reply).to_have_value(_REPLY)
    assert triage.look(sampled.desk.engine, id_).messages == []
    reply.focus()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message.reply")).to_contain_text(_REPLY)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(reply).to_have_value("")


def test_a_correction_of_the_urgency_by_somebody_else_is_told_too(sampled, visit: Visit) -> None:
    said = sampled.say("صندلی اداری چرخ ندارد", customer="late-2")
    id_ = said["ticket"]["id"]
    page = visit(f"/tickets/{id_}", role="agent")
    who = _colleague(sampled, id_).caller.id
    wanted = Correction(field="urgency", value="high")
    correcting.correct(sampled.desk.line, said["id"], wanted, who, datetime.now(UTC))
    page.keyboard.press("e")
    expect(page.get_by_role("alert")).to_contain_text("مهدی فوریت نظر را اصلاح کرد")


def test_words_for_a_ticket_that_was_merged_meanwhile_go_on_with_the_other(sampled, visit: Visit) -> None:
    now = datetime.now(UTC)
    old = _ticket(sampled, "فرش ریشه‌هایش باز شد", customer="late-3", at=now - timedelta(days=10))
    triage.resolve(_colleague(sampled, old), None)
    with begin(sampled.desk.engine) as conn:
        long_ago = now - timedelta(days=9)
        conn.exec_driver_sql("UPDATE tickets SET resolved_at = ? WHERE id = ?", (long_ago.isoformat(), old))
    new = _ticket(sampled, "ریشه‌های فرش باز هم باز شد", customer="late-3")
    assert new != old
    triage.reopen(_colleague(sampled, old), None)
    page = visit(f"/tickets/{new}", role="agent")
    page.locator("#reply").fill(_REPLY)
    triage.merge(_colleague(sampled, new), old)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("تیکت دیگری را در خود گرفت")
    expect(page.locator("#reply")).to_have_value(_REPLY)
    page.locator("#reply").focus()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message.reply")).to_contain_text(_REPLY)
    assert len(triage.look(sampled.desk.engine, old).messages) == 1


@pytest.mark.parametrize("cookie", ["gone", "ended"])
def test_a_reply_outlives_a_session_that_ended(sampled, visit: Visit, cookie: str) -> None:
    id_ = _ticket(sampled, "پرده کوتاه بود", customer=f"ended-{cookie}")
    page = visit(f"/tickets/{id_}", role="agent")
    page.locator("#reply").fill(_REPLY)
    if cookie == "gone":
        page.context.clear_cookies()
    else:
        token = next(one["value"] for one in page.context.cookies() if one["name"] == SESSION_COOKIE)
        with begin(sampled.desk.engine) as conn:
            keys.end_session(conn, token, datetime.now(UTC))
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/sign-in?*")
    expect(page.get_by_role("alert")).to_contain_text("نشست شما به پایان رسیده")
    with begin(sampled.desk.engine) as conn:
        made = keys.create(conn, datetime.now(UTC), "لیلا", "agent")
    page.get_by_label("کلید شما").fill(made.secret.shown)
    page.get_by_role("button", name="ورود").click()
    page.wait_for_url(f"**/tickets/{id_}")
    expect(page.locator("#reply")).to_have_value(_REPLY)


def test_a_false_alarm_is_lowered_with_a_reason_and_its_clocks_follow(sampled, visit: Visit) -> None:
    said = sampled.say("توی خورش سوسک بود و پدرم مسموم شد", customer="alarm-1")
    id_ = said["ticket"]["id"]
    before = _row(sampled, id_)
    assert before["priority"] == "urgent"
    page = visit(f"/tickets/{id_}", role="agent")
    expect(page.locator(".ticket-head .urgency")).to_have_text("بحرانی")
    page.keyboard.press("c")
    page.get_by_role("button", name="عادی", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("اصلاح شد")
    page.get_by_role("button", name="پایین آوردن اولویت به «متوسط»").click()
    expect(page.locator("#toasts")).to_contain_text("اولویت پایین آمد")
    expect(page.locator(".ticket-head .urgency")).to_have_text("متوسط")
    after = _row(sampled, id_)
    assert after["priority"] == "medium"
    assert after["due_at"] > before["due_at"]

    page.locator(".more-acts > summary").click()
    lower = page.locator(f"form[action='/tickets/{id_}/relax']")
    expect(lower.locator("option")).to_have_text(["کم"])
    lower.get_by_role("button").click()
    assert _row(sampled, id_)["priority"] == "medium"  # the browser asks for the reason
    lower.get_by_label("چرا؟").fill("شوخی بود")
    lower.get_by_role("button").click()
    expect(page.locator(".ticket-head .urgency")).to_have_text("کم")
    with begin(sampled.desk.engine) as conn:
        assert audit.trail(conn, id_)[-1]["after"]["reason"] == "شوخی بود"


def test_only_higher_priorities_are_offered_for_raising(sampled, visit: Visit) -> None:
    id_ = _ticket(sampled, "زیپ کوسن زرد خراب بود", customer="raise-1")
    rank = _row(sampled, id_)["priority_rank"]
    page = visit(f"/tickets/{id_}", role="agent")
    page.locator(".more-acts > summary").click()
    raising = page.get_by_label("اولویت بالاتر")
    expect(raising.locator("option")).to_have_count(rank + 1)
    raising.select_option("urgent")
    page.get_by_role("button", name="ارجاع", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("اولویت بالا رفت.")
    page.get_by_role("button", name="ارجاع", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("انجام نشد: اولویت باید بالاتر برود یا صف عوض شود.")


def test_a_person_stays_out_of_queues_they_do_not_belong_to(sampled, visit: Visit) -> None:
    theirs = _ticket(sampled, "پیک بسته‌ام را نیاورد و آبرنگ‌ها گم شد", customer="queue-1")
    own = _row(sampled, theirs)["queue"]
    other = next(name for name in sampled.desk.line.rules.queues if name != own)
    page = _member(sampled, visit, "یونس", other)
    page.goto(f"/tickets/{theirs}")
    expect(page.locator(".note").first).to_contain_text("شما عضو صف «")
    assert page.locator("#composer, .acts-card").count() == 0
    colleague = visit(f"/tickets/{theirs}", role="agent")
    colleague.locator(".more-acts > summary").click()
    assert "یونس" not in colleague.locator("select[name=to]").first.inner_text()
    with pytest.raises(Invalid, match="not_their_queue"):
        triage.assign(_colleague(sampled, theirs), "یونس")
    page.goto("/inbox?q=آبرنگ‌ها")
    row = page.locator(f"[id='{theirs}']")
    expect(row).to_be_visible()
    assert row.locator("button, input").count() == 0
    page.goto(f"/inbox?queue={own}")
    expect(page.locator(".head")).to_contain_text("عضو این صف نیستید")
    assert page.locator("[data-key=n]").count() == 0
    page.goto(f"/inbox?queue={other}")
    expect(page.locator("[data-key=n]")).to_be_visible()


def test_one_goes_through_a_narrowed_list_and_back_to_it(sampled, visit: Visit) -> None:
    said = [_ticket(sampled, f"سطل شماره {n} ترک داشت و زمردی نبود", customer=f"list-{n}") for n in range(3)]
    page = visit("/inbox?who=nobody&q=زمردی", role="agent")
    expect(page.locator(".ticket")).to_have_count(3)
    order = [one.get_attribute("id") for one in page.locator(".ticket").all()]
    assert sorted(order) == sorted(said)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/tickets/{order[0]}?*")
    for key, place in (("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        page.wait_for_url(f"**/tickets/{order[place]}?*")
    page.keyboard.press("r")
    page.keyboard.type(_REPLY)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message.reply")).to_contain_text(_REPLY)
    page.go_back()
    page.wait_for_url(f"**/tickets/{order[2]}?*")
    page.keyboard.press("u")
    page.wait_for_url("**/inbox?who=nobody&q=*")
    expect(page.locator(".ticket")).to_have_count(2)
    page.keyboard.press("j")
    page.keyboard.press("c")
    page.wait_for_url("**/tickets/*")
    expect(page.get_by_role("button", name="تحسین", exact=True)).to_be_visible()


def test_who_comes_back_from_a_ticket_goes_on_from_its_line(sampled, visit: Visit) -> None:
    for n in range(4):
        _ticket(sampled, f"سماور شماره {n} نشت می‌کند", customer=f"back-{n}")
    page = visit("/inbox?q=سماور", role="agent", viewport={"width": 1440, "height": 320})
    order = [one.get_attribute("id") for one in page.locator(".ticket").all()]
    page.locator(f"[id='{order[2]}'] a.cover").click()
    page.wait_for_url("**/tickets/*")
    page.keyboard.press("u")
    expect(page.locator(f"[id='{order[2]}']")).to_be_focused()
    expect(page.locator(f"[id='{order[2]}']")).to_be_in_viewport()
    for key in ("j", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url(f"**/tickets/{order[3]}?*")


def test_one_goes_back_to_the_comments_that_were_looked_for(sampled, visit: Visit) -> None:
    sampled.say("نردبان زبرجدی کج بود و هنوز کسی جواب نداده", customer="ladder")
    sampled.say("نردبان زبرجدی عالی بود، ممنون", customer="ladder-2")
    page = visit("/comments?q=زبرجدی", role="agent")
    for key in ("j", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url("**/comments/*")  # praise has no ticket
    page.keyboard.press("u")
    page.wait_for_url("**/comments?q=*")
    expect(page.locator(".ticket.here")).to_contain_text("عالی بود")
    for key in ("j", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url("**/tickets/*")
    page.keyboard.press("r")
    page.keyboard.type(_REPLY)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message.reply")).to_contain_text(_REPLY)
    page.get_by_role("main").get_by_role("link", name="نظرها", exact=True).click()
    page.wait_for_url("**/comments?q=*")
    expect(page.locator(".ticket")).to_have_count(2)
    expect(page.locator(".ticket.here")).to_contain_text("کج بود")


def test_a_key_of_one_line_is_never_pressed_on_another(sampled, visit: Visit) -> None:
    said = [_ticket(sampled, f"قفل شماره {n} فیروزی گیر کرد", customer=f"line-{n}") for n in range(2)]
    page = visit("/inbox?q=فیروزی", role="agent")
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.locator("#toasts")).to_contain_text("به شما سپرده شد")
    page.keyboard.press("a")  # it is mine already, and the other line is not meant
    page.wait_for_timeout(500)
    assert sorted(bool(_row(sampled, id_)["assignee"]) for id_ in said) == [False, True]


@pytest.mark.parametrize("width", [1280, 390])
def test_long_names_and_a_full_trail_stay_within_the_page(sampled, visit: Visit, width: int) -> None:
    id_ = _ticket(sampled, "بسته‌بندی پاره بود", customer=f"id-{width}-" + "x9" * 75, name="نام‌بسیاربلند" * 13)
    page = visit(f"/tickets/{id_}", role="agent", viewport={"width": width, "height": 900})
    page.locator(".trail > summary").click()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    beside = """() => [...document.querySelectorAll(".card")].flatMap((card) => {
      const edge = card.getBoundingClientRect();
      return [...card.querySelectorAll(".chip, dd, b, bdi")].map((one) => [one, one.getBoundingClientRect()])
        .filter(([, box]) => box.width && (box.left < edge.left - 1 || box.right > edge.right + 1))
        .map(([one]) => one.outerHTML.slice(0, 120));
    })"""
    assert page.evaluate(beside) == []
