"""The pages of own topics: what a query would find is seen before it counts, and every version is told."""

import re
from datetime import timedelta
from typing import Any

import pytest

from service import rehearsal
from service.insight import watch
from service.period import last_days, midnight
from service.rules.topics import read as query
from service.storage import read

pytestmark = pytest.mark.usefixtures("forgotten")

SAID = "گارانتی گوشی رو قبول نکردن، خیلی بد بود"
FORM = {"name_fa": "گارانتی", "query": "گارانتی | ضمانت", "queue": "finance", "touchpoint": "after_sales"}


@pytest.fixture
def said(lite: Any) -> Any:
    """A desk where eight of ten comments speak of a warranty."""
    for number in range(8):
        lite.send(f"{SAID} {number} ۰۹۱۲۰۰۰۰۰۰{number}")
    lite.send("عالی بود ممنون")
    lite.send("برنامه باز نمیشه")
    return lite


def posted(desk: Any, person: dict[str, str], path: str, **form: str) -> str:
    answer = desk.client.post(path, data=form, headers=person, follow_redirects=False)
    if answer.status_code == 303:
        answer = desk.client.get(answer.headers["location"], headers=person)
    assert answer.status_code == 200, answer.text
    text: str = answer.text
    return text


def made(desk: Any, person: dict[str, str], **form: str) -> str:
    page = posted(desk, person, "/settings/topics", **(FORM | {"step": "save"} | form))
    assert "ذخیره شد." in page
    (*_, id_) = re.findall(r'href="/settings/topics/(own_\w+)"', page)
    return str(id_)


def test_a_query_is_tried_before_it_counts(said: Any, person: dict[str, str]) -> None:
    page = posted(said, person, "/settings/topics", **FORM, step="preview")
    assert "<b>۸ نظر</b> از ۱۰ نظر ۳۰ روز گذشته" in page
    assert page.count('class="clip"') == 3
    assert "[موبایل]" in page
    assert "۰۹۱۲" not in page
    assert "هم‌پوشانی: ۱۰۰٪" in page
    assert "خدمات پس از فروش" in page
    assert 'value="گارانتی"' in page  # what was written stays
    assert said.get("/v1/topics").json()["items"] == []


def test_nothing_is_said_of_an_overlap_where_there_is_none(said: Any) -> None:
    with read(said.engine) as conn:
        found = rehearsal.of_query(conn, query("ممنون | نمیشه | گارانتی"), said.clock.now)
        none = rehearsal.of_query(conn, query("چتر"), said.clock.now)
    assert (found.n, found.among, found.is_cut) == (10, 10, False)
    assert found.share == 0 or found.share >= 0.6
    assert (none.n, none.topic, none.samples) == (0, None, ())


def test_a_query_is_held_against_the_days_that_its_topic_is_counted_on(said: Any) -> None:
    first = midnight(last_days(said.clock.now, rehearsal.QUERY_DAYS).since)
    for minutes in (-1, 1):  # both within 30 times 24 hours
        said.send("گارانتی تمدید نشد", created_at=(first + timedelta(minutes=minutes)).isoformat())
    with read(said.engine) as conn:
        assert rehearsal.of_query(conn, query("گارانتی"), said.clock.now).among == 11


def test_a_query_that_cannot_be_read_is_told_at_its_field(lite: Any, person: dict[str, str]) -> None:
    for step in ("preview", "save"):
        page = posted(lite, person, "/settings/topics", **(FORM | {"query": "(گارانتی"}), step=step)
        assert "پرانتز" in page
        assert re.search(r"<textarea name=\"query\"[^>]*aria-invalid", page)
    page = posted(lite, person, "/settings/topics", step="save")
    assert "نام: متن خالی است." in page


def test_a_topic_is_listed_with_how_often_it_was_spoken_of(said: Any, person: dict[str, str]) -> None:
    id_ = made(said, person)
    said.send(SAID)
    page = said.client.get("/settings/topics", headers=person).text
    row = re.search(rf"<tr><th scope=\"row\"><a href=\"/settings/topics/{id_}.*?</tr>", page)
    assert row is not None
    assert f'<a href="/comments?topic={id_}">۱</a>' in row[0]
    assert "۹٫۱٪" in row[0]
    for path in (
        f"/comments?topic={id_}",
        f"/trends?topic={id_}",
        f"/inbox?topic={id_}",
        "/journey",
        "/drivers",
    ):
        assert said.client.get(path, headers=person).status_code == 200, path
    assert (
        f'<option value="{id_}" selected>گارانتی</option>'
        in said.client.get(f"/comments?topic={id_}", headers=person).text
    )


def test_the_versions_of_a_topic_are_told(lite: Any, person: dict[str, str]) -> None:
    id_ = made(lite, person)
    here = f"/settings/topics/{id_}"
    page = posted(lite, person, here, **(FORM | {"query": "وارانتی", "queue": ""}), version="1", step="save")
    assert "نسخهٔ تازه‌ای نوشت" in page
    assert "<bdi>گارانتی | ضمانت</bdi> ← <bdi>وارانتی</bdi>" in page
    assert "<bdi>مالی</bdi> ← <bdi>هیچ</bdi>" in page
    stale = posted(lite, person, here, **FORM, version="1", step="save")
    assert "در این میان عوض شده است" in stale
    assert "بایگانی شد." in posted(lite, person, f"{here}/archive")
    archived = lite.client.get(here, headers=person).text
    assert "بایگانی کردن" not in archived
    offered = lite.client.get("/comments", headers=person).text
    assert f'value="{id_}"' in offered  # its past can still be looked for


def test_who_comes_too_late_sees_the_words_of_now_and_replaces_them_the_next_time(
    lite: Any, person: dict[str, str]
) -> None:
    id_ = made(lite, person)
    path = f"/settings/topics/{id_}"
    seen = re.search(r'name="version" value="(\d+)"', lite.client.get(path, headers=person).text)[1]
    posted(lite, person, path, **(FORM | {"name_fa": "ضمانت", "queue": ""}), version=seen, step="save")
    mine = FORM | {"query": "گارانتی | تعویض", "step": "save"}
    late = posted(lite, person, path, **mine, version=seen)
    assert "این موضوع در این میان عوض شده است" in late
    (shown,) = re.findall(r'<dl class="facts caution".*?</dl>', late)
    for words in ("نام اکنون", "<bdi>ضمانت</bdi>", "گارانتی | ضمانت", "صف اکنون", "<bdi>هیچ</bdi>"):
        assert words in shown
    assert "نقطهٔ تماس" not in shown  # the same in both
    assert 'value="گارانتی"' in late
    fresh = re.search(r'name="version" value="(\d+)"', late)[1]
    assert "ذخیره شد." in posted(lite, person, path, **mine, version=fresh)
    (topic,) = lite.get("/v1/topics").json()["items"]
    assert (topic["query"], topic["name_fa"]) == (mine["query"], "گارانتی")


def test_agents_look_and_admins_change(lite: Any, person: dict[str, str]) -> None:
    id_ = made(lite, person)
    agent = lite.person("agent")
    lite.send(SAID)
    assert 'href="/settings/topics"' in lite.client.get("/trends", headers=agent).text
    for path in ("/settings/topics", f"/settings/topics/{id_}"):
        page = lite.client.get(path, headers=agent)
        assert page.status_code == 200
        assert "موضوع‌های خودتان" in page.text
        assert 'name="query"' not in page.text
        assert 'href="/settings/keys"' not in page.text  # what else is set up is no agent's business
    made_by_them = lite.client.post(
        "/settings/topics", data=FORM, headers=agent | {"Sec-Fetch-Site": "same-origin"}
    )
    assert made_by_them.status_code == 403


def _rise(desk: Any) -> None:
    """Let many speak of a term that nobody spoke of in the weeks before."""
    for text, count, days in (
        ("عالی بود ممنون", 200, 10),
        ("عالی بود و ممنون", 60, 0),
        ("چترنجات پاره شد", 30, 0),
    ):
        at = (desk.clock.now - timedelta(days=days)).isoformat()
        items = [{"text": f"{text} {number}", "created_at": at} for number in range(count)]
        assert desk.post("/v1/feedback/batch", {"items": items}, role="sender").json()["failed"] == 0


def test_a_term_is_suggested_for_a_month_after_its_alert(lite: Any) -> None:
    _rise(lite)
    watch.watch(lite.client.app.state.desk.line, lite.clock.now)
    for days, is_suggested in ((8, True), (17, True), (17, False)):
        lite.clock.now += timedelta(days=days)
        watch.watch(lite.client.app.state.desk.line, lite.clock.now)  # the alert is over by the second look
        page = lite.client.get("/settings/topics", headers=lite.person()).text
        assert ("term=" in page) is is_suggested, days


def test_a_term_that_a_topic_finds_is_suggested_no_more(lite: Any) -> None:
    _rise(lite)
    watch.watch(lite.client.app.state.desk.line, lite.clock.now)
    lite.clock.now += timedelta(days=8)
    person = lite.person()
    assert "term=" in lite.client.get("/settings/topics", headers=person).text
    made(lite, person, name_fa="چتر", query="چتر | پاره | شد")
    assert "term=" not in lite.client.get("/settings/topics", headers=person).text


def test_a_rising_term_fills_the_form_with_what_it_would_find(lite: Any, person: dict[str, str]) -> None:
    _rise(lite)
    page = lite.client.get("/settings/topics", headers=person).text
    links = re.findall(r'href="(/settings/topics\?term=[^"]+)"', page)
    assert links
    assert set(links) <= set(re.findall(r'href="([^"]+)"', lite.client.get("/alerts", headers=person).text))
    filled = lite.client.get(links[0], headers=person).text
    assert "<b>۳۰ نظر</b>" in filled
    assert re.search(r'name="name_fa"[^>]*value="[^"]+"', filled)
    made(lite, person, name_fa="چتر", query="چتر | پاره | شد")
    assert "term=" not in lite.client.get("/settings/topics", headers=person).text


def test_a_topic_is_merged_from_its_page(lite: Any, person: dict[str, str]) -> None:
    first = made(lite, person)
    second = made(lite, person, name_fa="وارانتی", query="وارانتی")
    page = posted(lite, person, f"/settings/topics/{second}/merge", into=first)
    assert "ادغام شد." in page
    assert "(گارانتی | ضمانت) | (وارانتی)" in page
    gone = lite.client.get(f"/settings/topics/{second}", headers=person).text
    assert f'<a href="/settings/topics/{first}">گارانتی</a>' in gone
    assert "ادغام در: <bdi>گارانتی</bdi>" in gone


def test_a_topic_that_means_two_things_becomes_two(said: Any, person: dict[str, str]) -> None:
    id_ = made(said, person)
    here = f"/settings/topics/{id_}/split"
    form = said.client.get(here, headers=person).text
    assert form.count("گارانتی | ضمانت</textarea>") == 2
    assert re.findall(r'value="(\w+)" data-default', form) == [
        "preview"
    ]  # Ctrl+Enter archives nothing at once
    halves: Any = {"name_fa": ["گارانتی کالا", "ضمانت پول"], "query": ["گارانتی", "ضمانت"]}
    page = posted(said, person, here, **halves, step="preview")
    assert ("<b>۸ نظر</b>" in page, "<b>۰ نظر</b>" in page) == (True, True)
    wrong = posted(said, person, here, **(halves | {"query": ["گارانتی", "(ضمانت"]}), step="save")
    assert "پرانتز" in wrong
    assert "متن خالی است" in posted(said, person, here, step="save")
    assert said.get("/v1/topics").json()["items"][0]["archived_at"] is None  # all or nothing
    assert "ذخیره شد." in posted(said, person, here, **halves, step="save")
    rows = said.get("/v1/topics").json()["items"]
    assert [(row["name_fa"], row["queue"]) for row in rows if row["archived_at"] is None] == [
        ("گارانتی کالا", "finance"),
        ("ضمانت پول", "finance"),
    ]
    assert rows[-1]["id"] == id_
    assert (
        "جداشده از: <bdi>گارانتی</bdi>"
        in said.client.get(f"/settings/topics/{rows[0]['id']}", headers=person).text
    )
