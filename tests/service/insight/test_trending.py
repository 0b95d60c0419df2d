"""A period is told beside the one before it, also where only one of the two has something to say."""

from datetime import timedelta
from typing import Any

COURIER = "پیک خیلی بی‌ادب بود"
#: A comment that speaks of no topic.
GREETING = "سلام"


def _get(desk: Any, path: str, **params: Any) -> Any:
    answer = desk.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _send(desk: Any, text: str, days_ago: int) -> None:
    at = desk.clock.now - timedelta(days=days_ago)
    desk.send(text, created_at=at.isoformat())


def test_a_topic_that_fell_silent_is_told_with_the_period_before(lite: Any) -> None:
    _send(lite, COURIER, 160)  # long before the weeks that say what is usual
    _send(lite, GREETING, 0)
    for params in ({"days": 90}, {"days": 90, "topic": "courier"}):
        (item,) = _get(lite, "/v1/trends", **params)["items"]
        assert (item["topic"], item["n"], item["previous_n"]) == ("courier", 0, 1)
        assert item["share_change"] == -1.0
    (part,) = _get(lite, "/v1/trends", days=90)["series"][:1]
    assert part["topic"] == ""


def test_a_topic_that_nobody_speaks_of_now_is_not_the_most_frequent_one(lite: Any) -> None:
    _send(lite, COURIER, 40)
    _send(lite, GREETING, 0)
    lite.sign_in()
    figure = lite.client.get("/trends?days=30").text.partition("پرتکرارترین موضوع")[2][:100]
    assert "—" in figure
    assert "پیک" not in figure


def test_nothing_to_compare_with_is_not_told_as_no_change(lite: Any) -> None:
    _send(lite, COURIER, 0)
    found = _get(lite, "/v1/trends/moved", days=30)
    assert (found["net"], found["previous_net"], found["items"]) == (-1.0, None, [])
    assert (found["change"], found["mix"], found["sentiment"]) == (None, None, None)
    _send(lite, COURIER, 40)
    assert _get(lite, "/v1/trends/moved", days=30)["change"] == 0.0


def test_a_period_before_the_first_comment_is_no_match_and_says_so(lite: Any) -> None:
    for days in (40, 15, 0):  # ten days of the month before are known
        _send(lite, COURIER, days)
    assert [_get(lite, "/v1/trends", days=days)["previous"]["is_recorded"] for days in (20, 30)] == [
        True,
        False,
    ]
    lite.sign_in()
    pages = [lite.client.get("/trends", params={"days": days}).text for days in (7, 30)]
    assert ["(کامل ثبت نشده)" in page for page in pages] == [False, True]
