"""The insight pages are narrowed to what they offer, and their links ask the API for just what they show."""

import re
from html import unescape
from typing import Any

import httpx
import pytest

from service.web.narrow import PageFilter

PAGES = ("/trends", "/drivers", "/journey", "/alerts", "/work")
_LINK = re.compile(r'href="(/v1/[^"]+)"')
_SHOWN = re.compile(r'<select name="days".*?<option value="(\d+)" selected>([^<]+)<')


def _sources(page: str) -> list[httpx.URL]:
    return [httpx.URL(unescape(link)) for link in _LINK.findall(page)]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    "asked", ["", "?days=7", "?days=730&by=day&topic=courier", "?days=31&topic=moon&q=+"]
)
def test_a_link_to_the_api_says_the_days_that_its_page_shows(alive: Any, path: str, asked: str) -> None:
    page = alive.get(path + asked).text
    days, spoken = _SHOWN.findall(page)[0]
    assert PageFilter.SPANS[int(days)] == spoken
    sources = _sources(page)
    assert sources
    for source in sources:
        wanted = "7" if source.path == "/v1/emerging" else days
        assert source.params["days"] == wanted, source
        assert alive.get(str(source)).status_code == 200, source
        found = alive.get(str(source.copy_set_param("format", "json"))).json()
        # the wish to leave is read in a stretch of its own, which the page names
        assert found["period"]["days"] == (180 if source.path == "/v1/leaving" else int(wanted))


@pytest.mark.parametrize("path", PAGES)
def test_days_that_were_typed_hold_on_every_page_and_at_the_api(alive: Any, path: str) -> None:
    page = alive.get(path, params={"since": "۱۴۰۵/۸/۱", "until": "2026-11-10", "days": 7}).text
    typed = re.findall(r'name="(?:since|until)"[^>]* value="([^"]*)"', page)
    assert typed == ["۱۴۰۵/۰۸/۰۱", "۱۴۰۵/۰۸/۱۹"]
    assert not _SHOWN.search(page)
    for source in (one for one in _sources(page) if one.path not in {"/v1/emerging", "/v1/leaving"}):
        assert (source.params["since"], source.params["until"]) == ("2026-10-23", "2026-11-10")
        found = alive.get(str(source.copy_set_param("format", "json"))).json()
        assert found["period"]["days"] == 19


@pytest.mark.parametrize(
    ("asked", "steps"),
    [
        ({"since": "1405-08-01", "until": "1405-08-01"}, 1),
        ({"until": "1405-08-10", "days": 7}, 7),
        ({"since": "1395-01-01", "until": "1405-08-10"}, 61),  # five years, by months
    ],
)
def test_one_end_or_a_long_stretch_is_enough(alive: Any, asked: dict[str, Any], steps: int) -> None:
    page = alive.get("/trends", params=asked)
    assert page.status_code == 200
    assert page.text.split('id="series"')[1].split("</table>")[0].count("<tr") - 1 == steps


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"since": "1405-13-01"}, "«1405-13-01» روز درستی نیست"),
        ({"until": "فردا"}, "«فردا» روز درستی نیست"),
        ({"since": "1405-08-10", "until": "1405-08-01"}, "آغاز بازه پس از پایان آن است"),
        ({"since": "1490-01-01"}, "هنوز نرسیده است"),
        ({"since": "1490-01-01", "until": "1490-02-01"}, "هنوز نرسیده است"),
    ],
)
def test_a_stretch_that_is_none_is_refused_in_words(alive: Any, asked: dict[str, str], said: str) -> None:
    answer = alive.get("/trends", params=asked)
    assert answer.status_code == 422
    assert said in answer.text


def test_comments_are_narrowed_to_typed_days_and_taken_away_so(alive: Any) -> None:
    page = alive.get("/comments", params={"since": "۱۴۰۵/۸/۱", "until": "۱۴۰۵/۸/۳"}).text
    assert 'value="۱۴۰۵/۰۸/۰۱"' in page
    files = [source for source in _sources(page) if source.path == "/v1/exports/feedback"]
    assert {source.params["since"] for source in files} == {"2026-10-23"}
    assert alive.get(str(files[0])).status_code == 200


def test_a_page_shows_no_span_that_it_does_not_offer(alive: Any) -> None:
    for days, shown in ((730, "730"), (31, "30"), (3660, "30")):
        assert _SHOWN.findall(alive.get("/trends", params={"days": days}).text)[0][0] == shown


def test_what_rises_is_taken_away_as_narrowed_as_it_is_shown(alive: Any) -> None:
    page = alive.get("/alerts", params={"topic": "courier"}).text
    (rising,) = [source for source in _sources(page) if source.path == "/v1/emerging"]
    assert rising.params["topic"] == "courier"
