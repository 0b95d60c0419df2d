"""The insight pages are narrowed to what they offer, and their links ask the API for just what they show."""

import re
from html import unescape
from typing import Any

import httpx
import pytest

from service.web.narrow import SPANS

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
    assert SPANS[int(days)] == spoken
    sources = _sources(page)
    assert sources
    for source in sources:
        wanted = "7" if source.path == "/v1/emerging" else days
        assert source.params["days"] == wanted, source
        assert alive.get(str(source)).status_code == 200, source
        found = alive.get(str(source.copy_set_param("format", "json"))).json()
        # the wish to leave is read in a stretch of its own, which the page names
        assert found["period"]["days"] == (180 if source.path == "/v1/leaving" else int(wanted))


def test_a_page_shows_no_span_that_it_does_not_offer(alive: Any) -> None:
    for days, shown in ((730, "730"), (31, "30"), (3660, "30")):
        assert _SHOWN.findall(alive.get("/trends", params={"days": days}).text)[0][0] == shown


def test_what_rises_is_taken_away_as_narrowed_as_it_is_shown(alive: Any) -> None:
    page = alive.get("/alerts", params={"topic": "courier"}).text
    (rising,) = [source for source in _sources(page) if source.path == "/v1/emerging"]
    assert rising.params["topic"] == "courier"
