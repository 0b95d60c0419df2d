"""«قول‌ها»: every open promise on one page, the nearest first, and their number beside the way there."""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from service.auth import SESSION_COOKIE
from service.storage import begin, keys

APP = "برنامه باز نمیشه و نمی‌تونم وارد حسابم بشم"
COUNT = re.compile(r"<span class=\"count( late)?\"[^>]*>([۰-۹]+)<")


@pytest.fixture
def enter(desk: Any) -> Callable[..., str]:
    """Sign in with a key of a role and of some queues, and return the name it has."""

    def signed_in(role: str = "agent", queues: Sequence[str] | None = None) -> str:
        with begin(desk.engine) as conn:
            key = keys.create(conn, desk.clock.now, f"{role} {queues}", role, queues=queues)
            session = keys.sign_in_with_key(conn, key.secret.shown, desk.clock.now)
        desk.client.cookies.set(SESSION_COOKIE, str(session))
        return f"{role} {queues}"

    return signed_in


def _promise(desk: Any, ticket: str, *hours: float) -> None:
    for ahead in hours:
        due = (desk.clock.now + timedelta(hours=ahead)).isoformat()
        assert desk.post(f"/v1/tickets/{ticket}/promises", {"due_at": due}).status_code == 200


def _open(desk: Any, **asked: str) -> str:
    answer = desk.client.get("/promises", params=asked or None)
    assert answer.status_code == 200
    return str(answer.text)


def _items(page: str) -> list[str]:
    return page.split('data-item tabindex="-1" id="pr_')[1:]


def _counted(page: str) -> list[tuple[str, str]]:
    """Return the numbers beside the way to the page."""
    return COUNT.findall(page.split('href="/promises"')[1].split("</a>", maxsplit=1)[0])


def test_promises_stand_nearest_first_with_their_ticket_and_are_closed_with_one_step(desk, enter):
    enter()
    assert "قولی در راه نیست" in _open(desk)
    assert _counted(_open(desk)) == []
    customer = {"external_id": "c-7", "name": "مینا فرهمند"}
    ticket = desk.send(APP, customer=customer)["ticket"]["id"]
    _promise(desk, ticket, 50, 1, 4)
    desk.post(f"/v1/tickets/{ticket}/reply", {"body": "سلام و پوزش. تا فردا خبر می‌دهیم. سپاس"})
    desk.clock.forward(hours=3, minutes=30)
    page = _open(desk)
    assert _counted(page) == [(" late", "۱"), ("", "۲")]
    words = [re.search(r"data-words>([^<]+)<", item)[1] for item in _items(page)]
    assert words == ["۲ ساعت و ۳۰ دقیقه گذشته", "۳۰ دقیقه مانده", "۱ روز مانده", "۱ روز مانده"]
    late, *_, replied, far = _items(page)
    assert "مینا فرهمند" in late
    assert "<q" not in late
    assert "قول <bdi>agent</bdi></b>: <q" in replied
    assert ">تا فردا خبر می‌دهیم.</q>" in replied
    assert re.search(r"تا <time[^>]*>۸ آذر ۱۴۰۵، ۱۸:۰۰</time>", replied)
    assert "۹ آذر ۱۴۰۵، ۱۲:۰۰" in far

    done = _press(desk, f"/tickets/{ticket}/fulfil", late)
    assert "قول بسته شد" in done
    assert len(_items(done)) == 3
    assert _counted(done) == [("", "۱")]


def test_a_promise_that_is_none_leaves_the_list_and_says_so_on_its_ticket(desk, enter):
    enter()
    ticket = desk.send(APP)["ticket"]["id"]
    _promise(desk, ticket, 1, 2)
    first, _ = _items(_open(desk))
    done = _press(desk, f"/tickets/{ticket}/withdraw", first)
    assert "این قول کنار گذاشته شد" in done
    assert len(_items(done)) == 1
    there = desk.client.get(f"/tickets/{ticket}").text
    assert there.count('<span class="chip ">قول نبود</span>') == 1
    assert there.count(">قول نبود</button>") == 1
    assert "گفت که قولی در کار نبود" in there


@pytest.mark.parametrize("step", ["fulfil", "withdraw"])
def test_a_promise_that_was_closed_by_a_slip_comes_back_at_once_or_from_its_ticket(desk, enter, step):
    enter()
    ticket = desk.send(APP)["ticket"]["id"]
    _promise(desk, ticket, 1, 2)
    item = _items(_open(desk))[0]
    path = f"/tickets/{ticket}"
    done = _press(desk, f"{path}/{step}", item)
    assert len(_items(done)) == 1
    toast = done.split('id="toasts"')[1].split("</div>", maxsplit=1)[0]
    assert f'action="{path}/restore"' in toast
    back = _press(desk, f"{path}/restore", toast)
    assert "به حالت پیش برگشت" in back
    assert len(_items(back)) == 2

    _press(desk, f"{path}/{step}", item)
    there = desk.client.get(path).text
    (form,) = re.findall(r'<form method="post" action="[^"]*/restore".*?</form>', there)
    assert ">بازگرداندن</button>" in form
    assert "به حالت پیش برگشت" in _press(desk, f"{path}/restore", form)
    assert "قولِ بسته‌شده را برگرداند" in desk.client.get(path).text
    assert "/restore" not in desk.client.get(path).text


def test_a_ticket_that_went_on_keeps_its_promise_closed_and_offers_what_it_still_can(desk, enter):
    enter()
    ticket = desk.send(APP)["ticket"]["id"]
    _promise(desk, ticket, 1)
    done = _press(desk, f"/tickets/{ticket}/withdraw", _items(_open(desk))[0])
    desk.post(f"/v1/tickets/{ticket}/note", {"body": "زنگ زدم"})
    refused = _press(desk, f"/tickets/{ticket}/restore", done.split('id="toasts"')[1], status=409)
    assert "این تیکت در این میان تغییر کرده است" in refused
    assert "/restore" in desk.client.get(f"/tickets/{ticket}").text
    desk.post(f"/v1/tickets/{ticket}/resolve", {})
    assert "/restore" not in desk.client.get(f"/tickets/{ticket}").text


def _press(desk: Any, path: str, where: str, status: int = 200) -> str:
    """Send the form of a step that stands in a part of a page, and return the page that follows."""
    form = where.split(f'action="{path}"')[1].split("</form>", maxsplit=1)[0]
    sent = dict(re.findall(r'name="([a-z]+)" value="([^"]*)"', form))
    answer = desk.client.post(path, data=sent, headers={"Origin": "http://testserver"})
    assert answer.status_code == status
    return str(answer.text)


def test_promises_are_read_page_by_page(desk, enter):
    enter()
    ticket = desk.send(APP)["ticket"]["id"]
    _promise(desk, ticket, *range(1, 43))
    first = _open(desk)
    assert len(_items(first)) == 40
    after = re.search(r'href="/promises\?after=(pr_\w+)"', first)[1]
    second = _open(desk, after=after)
    assert len(_items(second)) == 2
    (back,) = set(re.findall(r'href="(/tickets/[^"]+)"', second))
    there = desk.client.get(back.replace("&amp;", "&")).text
    assert f'href="/promises?after={after}"' in there  # «u» leads back to where one was
    assert ">قول‌ها</span></a>" in there
    desk.post(f"/v1/tickets/{ticket}/resolve", {})
    assert "قولی در راه نیست" in _open(desk, after=after)


def test_an_agent_sees_the_promises_of_their_queues_and_others_when_they_ask(desk, enter):
    ticket = desk.send(APP)["ticket"]
    _promise(desk, ticket["id"], 1)
    own, other = ticket["queue"], next(id_ for id_ in ("finance", "product") if id_ != ticket["queue"])
    enter(queues=[own])
    assert len(_items(_open(desk))) == len(_counted(_open(desk))) == 1
    enter(queues=[other])
    assert _items(_open(desk)) == _counted(_open(desk)) == []
    (item,) = _items(_open(desk, queue=own))
    assert "عمل شد" not in item
    assert "صفی به نام «xyz» نیست" in _open(desk, queue="xyz")


def test_a_reader_sees_no_name_and_no_number_and_closes_nothing(desk, enter):
    who = {"external_id": "09121234567", "name": "مینا فرهمند"}
    ticket = desk.send("گفتید تا دوشنبه پولم رو برمی‌گردونید، پیگیری کنید لطفاً", customer=who)["ticket"]["id"]
    desk.post(f"/v1/tickets/{ticket}/reply", {"body": "تا فردا با ۰۹۱۲۱۲۳۴۵۶۷ تماس می‌گیریم"})
    enter("reader")
    replied, told = _items(_open(desk))
    assert "به گفتهٔ مشتری" in told
    for item in (replied, told):
        assert "مینا" not in item
        assert "۰۹۱۲۱۲۳۴۵۶۷" not in item
        assert "09121234567" not in item
        assert "عمل شد" not in item
