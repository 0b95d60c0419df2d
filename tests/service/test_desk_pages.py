"""What agents do in the forms of a ticket, as the forms come to the server."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from httpx import Response

from service.auth import SESSION_COOKIE
from service.storage import begin, keys
from service.web.page import csrf_token

LATE = "سه هفته است یخچالم را نفرستاده‌اید، خیلی ناراضی‌ام"
Fill = Callable[..., Response]


@pytest.fixture
def fill(lite: Any) -> Fill:
    """Fill in the forms of a ticket as an agent, each as it stands in the page now."""
    with begin(lite.engine) as conn:
        link = keys.create_link(conn, "agent", lite.clock.now, name="لیلا")
        session = keys.redeem_link(conn, link, lite.clock.now)
    lite.client.cookies.set(SESSION_COOKIE, session)

    def filled(ticket: str, step: str, **fields: Any) -> Response:
        answer: Response = lite.client.post(
            f"/tickets/{ticket}/{step}",
            data={"csrf": csrf_token(session), **fields},
            headers={"Sec-Fetch-Site": "same-origin"},
            follow_redirects=False,
        )
        return answer

    return filled


def _case(desk: Any, ticket: str) -> Any:
    return desk.get(f"/v1/tickets/{ticket}", role="agent").json()


@pytest.mark.parametrize(
    ("written", "rials", "shown"),
    [
        ("۲ میلیون", 20_000_000, "۲٬۰۰۰٬۰۰۰ تومان"),
        ("پانصد هزار تومان", 5_000_000, "۵۰۰٬۰۰۰ تومان"),
        ("۷۵٬۰۰۰", 750_000, "۷۵٬۰۰۰ تومان"),
    ],
)
def test_a_compensation_is_written_and_shown_in_tomans(
    lite: Any, fill: Fill, written: str, rials: int, shown: str
) -> None:
    ticket = lite.send(LATE)["ticket"]["id"]
    assert fill(ticket, "compensate", state="offered", amount=written).status_code == 303
    assert _case(lite, ticket)["compensation"] == {"state": "offered", "amount": rials, "currency": "IRR"}
    page = lite.client.get(f"/tickets/{ticket}").text
    assert shown in page
    assert "ریال" not in page
    (field,) = re.findall(r'name="amount"[^>]* value="([^"]*)"', page)
    assert f"{field} تومان" == shown  # the next step speaks of the same sum
    fill(ticket, "compensate", state="paid", amount=field)
    assert _case(lite, ticket)["compensation"] == {"state": "paid", "amount": rials, "currency": "IRR"}


@pytest.mark.parametrize("written", ["1.5", "-50", "abc", "پانصد", "۹" * 17, "۹" * 60])
def test_an_amount_that_is_no_clear_sum_is_refused_and_changes_nothing(
    lite: Any, fill: Fill, written: str
) -> None:
    ticket = lite.send(LATE)["ticket"]["id"]
    answer = fill(ticket, "compensate", state="offered", amount=written)
    assert answer.status_code == 422
    assert "مبلغ را به تومان" in answer.text
    assert _case(lite, ticket)["compensation"] is None


def test_a_step_without_an_amount_keeps_the_one_that_was_offered(lite: Any, fill: Fill) -> None:
    ticket = lite.send(LATE)["ticket"]["id"]
    lite.post(f"/v1/tickets/{ticket}/compensation", {"state": "offered", "amount": 50_000, "currency": "IRT"})
    fill(ticket, "compensate", state="paid", amount="")
    assert "۵۰٬۰۰۰ تومان" in lite.client.get(f"/tickets/{ticket}").text


def test_a_promised_hour_is_kept_and_shown_and_a_day_ends_alike_in_forms_and_replies(
    lite: Any, fill: Fill
) -> None:
    ticket = lite.send(LATE)["ticket"]["id"]
    fill(ticket, "reply", body="پوزش می‌خواهیم. فردا ساعت ۱۰:۲۰ با شما تماس می‌گیریم.")
    fill(ticket, "reply", body="تا دوشنبه نتیجه را خبر می‌دهیم.")
    fill(ticket, "promise", days="3")
    due = [one["due_at_jalali"] for one in _case(lite, ticket)["promises"]]
    assert due == ["1405-09-08 10:20", "1405-09-09 18:00", "1405-09-10 18:00"]
    assert "قول برای ۸ آذر ۱۴۰۵، ۱۰:۲۰" in lite.client.get(f"/tickets/{ticket}").text


@pytest.mark.parametrize(
    ("step", "fields", "kept"),
    [
        ("reply", {"body": "به انبار سپردم", "then": "note"}, "messages"),
        ("promise", {"days": "2"}, "promises"),
    ],
)
def test_a_form_that_is_sent_twice_is_stored_once(
    lite: Any, fill: Fill, step: str, fields: dict[str, str], kept: str
) -> None:
    ticket = lite.send(LATE)["ticket"]["id"]
    seen = _case(lite, ticket)["version"]
    answers = [fill(ticket, step, version=seen, **fields).status_code for _ in range(2)]
    assert answers == [303, 409]
    assert len(_case(lite, ticket)[kept]) == 1
