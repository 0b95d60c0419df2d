"""What the desk writes to a customer calls them by their name, and whoever may not see it reads it nowhere."""

from typing import Any

LATE = "سه روزه سفارشم نرسیده و هیچ‌کس جواب نمی‌دهد، خیلی ناراضی‌ام"
WHO = {"external_id": "c-1", "name": "مینا فرهمند"}


def _answered(desk: Any) -> str:
    """Answer a customer with our own draft, note something, give a reason, and return the path of their ticket."""
    path = f"/v1/tickets/{desk.send(LATE, customer=WHO)['ticket']['id']}"
    draft = desk.get(f"{path}/reply", role="agent").json()["text"]
    assert WHO["name"] in draft
    for step, told in (
        ("reply", {"body": f"{draft}\nتا فردا خبر می‌دهیم."}),
        ("note", {"body": "با خانم فرهمند (مينا) حرف زدم"}),
        ("pend", {"reason": "خانم فرهمند عکس می‌فرستد"}),
    ):
        assert desk.post(f"{path}/{step}", told).status_code == 200
    return path


def test_a_reader_finds_the_name_of_a_customer_in_no_message(desk: Any) -> None:
    path = _answered(desk)
    case = desk.get(path, role="reader")
    reply, note = (one["body"] for one in case.json()["messages"])
    assert reply.startswith("[نام] گرامی")
    assert note == "با خانم [نام] ([نام]) حرف زدم"
    assert case.json()["audit"][-1]["after"]["reason"] == "خانم [نام] عکس می‌فرستد"
    own = desk.get(path, role="agent").json()
    assert own["messages"][0]["body"].startswith("مینا فرهمند گرامی")
    assert own["audit"][-1]["after"]["reason"] == "خانم فرهمند عکس می‌فرستد"


def test_no_page_of_a_reader_tells_the_name_of_a_customer(lite: Any) -> None:
    path = _answered(lite)
    for role, is_seen in (("reader", False), ("agent", True)):
        lite.sign_in(role)
        for page in (path.removeprefix("/v1"), "/promises"):
            text = lite.client.get(page).text
            assert ("فرهمند" in text) == is_seen, (role, page)


def test_a_customer_without_a_name_is_called_as_it_was_written(lite: Any) -> None:
    for name in (None, "مشتری", "."):
        who = {"external_id": f"c-{name}"} | ({"name": name} if name else {})
        path = f"/v1/tickets/{lite.send(LATE, customer=who)['ticket']['id']}"
        lite.post(f"{path}/note", {"body": "مشتری. تماس گرفتم."})
        assert lite.get(path).json()["messages"][0]["body"] == "مشتری. تماس گرفتم."


def test_a_name_is_hidden_however_its_halves_are_put_together(lite: Any) -> None:
    for stored, noted, shown in (
        ("علی‌رضا کریمی", "علیرضا فردا می‌آید", "[نام] فردا می‌آید"),
        ("امیرحسین رضایی", "امیر حسین خبر دارد", "[نام] خبر دارد"),
        ("فاطمه زهرا صادقی", "به فاطمه‌زهرا گفتم", "به [نام] گفتم"),
        ("مریم نوری", "مریمو تلفنی راضی کردم", "[نام] تلفنی راضی کردم"),
    ):
        who = {"external_id": stored.replace(" ", "-"), "name": stored}
        path = f"/v1/tickets/{lite.send(LATE, customer=who)['ticket']['id']}"
        lite.post(f"{path}/note", {"body": noted})
        assert lite.get(path).json()["messages"][0]["body"] == shown
        assert lite.get(path, role="agent").json()["messages"][0]["body"] == noted
