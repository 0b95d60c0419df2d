"""Rules through the API: what is in force, and what others would change before they are put in force."""

from pathlib import Path
from typing import Any

from service import rulefile

TEXT = rulefile.FILE.read_text(encoding="utf-8")
VIP_FIRST = TEXT.replace(
    "[[rules]]",
    '[[rules]]\nname = "vip"\nfa = "ویژه"\nwhen = { tier = ["vip"] }\nqueue = "retention"\n\n[[rules]]',
    1,
)


def test_rules_are_tried_on_a_text_and_nothing_is_stored(desk: Any) -> None:
    answer = desk.post("/v1/rules/test", {"text": "سفارشم بعد از سه ساعت رسید، خیلی دیر بود"})
    assert answer.status_code == 200
    assert answer.json()["before"] == answer.json()["after"]
    assert answer.json()["after"]["queue"] == "delivery"
    assert desk.get("/v1/feedback").json()["items"] == []


def test_rules_are_tried_on_the_comments_of_the_last_days(desk: Any) -> None:
    desk.send("غذا سرد و بی‌مزه بود", customer={"external_id": "c-1", "tier": "vip"})
    desk.send("برنامه باز نمیشه")
    trial = desk.post("/v1/rules/test", {"days": 7, "rules": VIP_FIRST}).json()
    assert (trial["compared"], trial["changed"]) == (2, 1)
    assert trial["differences"][0]["after"]["queue"] == "retention"


def test_rules_with_a_mistake_are_refused_with_file_and_line(desk: Any) -> None:
    wrong = TEXT.replace('queue = "legal"', 'queue = "leegal"')
    answer = desk.post("/v1/rules/test", {"days": 7, "rules": wrong})
    line = wrong.splitlines().index('queue = "leegal"') + 1
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["path"].endswith(f":{line}")
    assert "leegal" in error["detail"]


def test_a_rule_is_told_with_all_its_conditions(opened: Any, sqlite_engine: Any, tmp_path: Path) -> None:
    file = tmp_path / "routing.toml"
    sure = 'queue = "legal"\nwhen = { signals = ["fraud"], confidence = 0.9, abstained = false }'
    unread = 'queue = "legal"\nwhen = { abstained = false }'
    heads = [f'[[rules]]\nname = "{name}"\nfa = "{name}"\n' for name in ("sure", "read")]
    file.write_text(TEXT.replace("[[rules]]", f"{heads[0]}{sure}\n\n{heads[1]}{unread}\n\n[[rules]]", 1))
    desk = opened(sqlite_engine, rules=file)
    rules = {rule["name"]: rule["when"] for rule in desk.get("/v1/rules").json()["rules"]}
    assert rules["sure"] == {"signals": ["fraud"], "confidence": 0.9, "abstained": False}
    page = desk.client.get("/settings/rules", headers=desk.person()).text
    assert '>read</bdi><div class="chips"><span class="chip">متن خوانده شد</span></div>' in page


def test_a_queue_of_any_name_that_the_rules_take_is_worked_through(
    opened: Any, sqlite_engine: Any, tmp_path: Path
) -> None:
    file, name = tmp_path / "routing.toml", "میز VIP"
    inbox = f'[queues."{name}"]\nfa = "مشتریان ویژه"\ncapacity = 5\n\n[[rules]]'
    file.write_text(VIP_FIRST.replace("[[rules]]", inbox, 1).replace('"retention"\n\n', f'"{name}"\n\n', 1))
    desk = opened(sqlite_engine, rules=file)
    sent = desk.send("چرا چمدانم را بی‌اجازه باز کردید؟", customer={"external_id": "c-4", "tier": "vip"})
    assert sent["ticket"]["queue"] == name
    listed = desk.get(f"/v1/queues/{name}/tickets")
    assert [one["id"] for one in listed.json()["items"]] == [sent["ticket"]["id"]]
    assert desk.post(f"/v1/queues/{name}/claim").json()["id"] == sent["ticket"]["id"]
    assert desk.get("/v1/queues/میز آبی/tickets").status_code == 404


def test_rules_that_nobody_wrote_by_hand_are_refused(lite: Any) -> None:
    answer = lite.post("/v1/rules/test", {"text": "غذا سرد رسید", "rules": "a = " + "[\n" * 50_000})
    assert (answer.status_code, answer.json()["code"]) == (422, "rules_invalid")


def test_no_rule_takes_the_label_of_a_number_for_what_was_written(lite: Any) -> None:
    rules = TEXT.replace(
        "[[rules]]",
        '[[rules]]\nname = "phones"\nfa = "گوشی"\nwhen = { text = "موبایل" }\nqueue = "technical"\n\n[[rules]]',
        1,
    )
    text = "غذا سرد رسید، به ۰۹۱۲۱۲۳۴۵۶۷ زنگ بزنید"
    assert lite.post("/v1/rules/test", {"text": text, "rules": rules}).json()["after"]["rule"] != "phones"
    lite.send(text)
    assert lite.post("/v1/rules/test", {"days": 7, "rules": rules}).json()["changed"] == 0
    asked = lite.post("/v1/rules/test", {"text": "قاب موبایل شکسته بود", "rules": rules}).json()
    assert asked["after"]["rule"] == "phones"
    long = lite.post("/v1/rules/test", {"text": "خ" * 20_000})
    assert (long.status_code, long.json()["errors"][0]["code"]) == (422, "text_too_long")
