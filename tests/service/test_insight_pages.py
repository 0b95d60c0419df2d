"""What the insight pages say and offer, as they come from the server."""

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from service.figures import number, percent, signed, sure
from service.insight import satisfaction
from service.period import bucket, buckets, last_days
from service.storage import alerts, begin, insights, read
from service.storage.insight_tables import WHOLE
from service.storage.scope import Scope
from service.web import trends

Open = Callable[..., str]


@pytest.fixture
def page(alive: Any) -> Open:
    """Open pages of the desk with the sample data as somebody who reads."""
    alive.sign_in("reader")

    def opened(path: str, **asked: Any) -> str:
        answer = alive.client.get(path, params=asked)
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    return opened


def _csv(text: str) -> list[str]:
    return [found.replace("&amp;", "&") for found in re.findall(r'href="(/v1/[^"]*format=csv)"', text)]


@pytest.mark.parametrize("path", ["/alerts", "/work"])
def test_a_page_offers_only_the_filters_that_count(alive: Any, page: Open, path: str) -> None:
    text = page(path, days=90, topic="packaging", channel="app", product="سفره‌رو", q="پیک")
    assert set(re.findall(r'id="by-(\w+)"', text)) == {"days", "topic"}
    links = _csv(text)
    assert len(links) == 2
    for link in links:
        assert "topic=packaging" in link
        assert alive.get(link).status_code == 200, link


def test_no_heading_of_the_alerts_skips_a_step(page: Open) -> None:
    steps = [int(step) for step in re.findall(r"<h([1-6])", page("/alerts", days=90).partition("<main")[2])]
    assert steps[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(steps))


def test_alerts_that_are_over_are_folded_away_beneath_those_that_go_on(alive: Any, page: Open) -> None:
    found = alive.get("/v1/alerts", params={"days": 90}).json()["items"]
    going = sum(one["open"] for one in found)
    assert 0 < going < len(found)
    shown = page("/alerts", days=90).split('aria-label="تازه زیاد شده‌ها"')[0].split('id="over"')
    assert [part.count("<h3>") for part in shown] == [going, len(found) - going]


@pytest.mark.parametrize("path", ["/trends", "/comments"])
def test_a_product_that_no_comment_names_is_seen_among_the_filters(page: Open, path: str) -> None:
    assert "<option selected>جارو</option>" in page(path, product="جارو")


@pytest.mark.parametrize("days", [{"days": 90}, {"since": "1405/06/01", "until": "1405/08/20"}])
def test_what_rises_this_week_is_exported_as_it_is_shown(
    alive: Any, page: Open, days: dict[str, Any]
) -> None:
    for n in range(12):
        alive.send(f"فاکتور رسمی ندادید {n}")
    # the page shows the last seven days, whatever the alerts are asked for
    text = page("/alerts", **days)
    link = next(one for one in _csv(text) if "emerging" in one)
    rows = list(csv.DictReader(io.StringIO(alive.get(link).text.removeprefix("\ufeff"))))
    shown = re.findall(r"<h3>(.*?)</h3>", text.split('aria-label="تازه زیاد شده‌ها"')[1])
    assert shown
    assert [row["message_fa"] for row in rows][: len(shown)] == shown
    narrowed = next(one for one in _csv(page("/alerts", **days, topic="courier")) if "emerging" in one)
    assert "topic=courier" in narrowed


def test_the_share_of_comments_with_a_topic_stands_beside_its_target(alive: Any, page: Open) -> None:
    found = alive.get("/v1/trends", params={"days": 30}).json()
    covered = found["coverage"]
    assert 0 < covered["n"] < found["total"]["n"]
    text = page("/trends", days=30)
    assert percent(covered["share"], 1) in text.split("نظرهای باموضوع")[1].split("</dd>")[0]
    assert f"هدف: دست‌کم ۸۰٪ · {number(found['total']['n'] - covered['n'])} نظر بی‌موضوع" in text
    assert "نظرهای باموضوع" not in page("/trends", days=30, topic="courier")


def test_the_journey_counts_mentions_and_paints_none_that_are_few(alive: Any, page: Open) -> None:
    text = page("/journey", days=30)
    with read(alive.engine) as conn:
        found = satisfaction.journey(conn, Scope(period=last_days(alive.clock.now, 30)))
    points = re.findall(
        r'<li class="(\w+)">\s*<b>(.*?)</b>\s*<span class="big">(.*?)</span>\s*<small>(.*?)<', text
    )
    assert len(points) == len(found["items"])
    assert any(0 < item["n"] < 30 and abs(item["net"]) > 0.2 for item in found["items"])
    for (painted, name, net, n), item in zip(points, found["items"], strict=True):
        assert (name, net) == (item["touchpoint_fa"], signed(item["net"], 2))
        assert n.startswith(f"{number(item['n'])} اشاره")
        assert painted in {"quiet", "even"} or not item["small"]
    assert "از نظرهای ۱۸۰ روز اخیر" in text


def test_kept_promises_are_told_of_those_that_are_decided(alive: Any, page: Open) -> None:
    found = alive.get("/v1/performance", params={"days": 90}).json()["promises"]
    decided = found["kept"] + found["broken"]
    assert decided < found["made"]
    assert f"{number(found['kept'])} از {number(decided)}" in page("/work", days=90)


def test_the_open_tickets_of_a_week_that_runs_are_those_of_now(page: Open) -> None:
    def rows(**days: Any) -> list[str]:
        return re.findall("<tr.*?</tr>", page("/work", **days).split('<table id="backlog">')[1])[1:]

    *over, runs = rows(days=30)
    assert "تا این لحظه" in runs
    assert "data-part" in runs
    assert not any("تا این لحظه" in row or "data-part" in row for row in over)
    assert "تا این لحظه" not in "".join(rows(since="1405/07/01", until="1405/08/10"))


def test_a_share_in_time_stands_beside_all_that_it_is_a_share_of(alive: Any, page: Open) -> None:
    found = alive.get("/v1/performance", params={"days": 90}).json()
    total, text = found["total"], page("/work", days=90)
    for name, done, share in (
        ("پاسخ", "answers", "answered_in_time"),
        ("حل", "resolutions", "resolved_in_time"),
    ):
        met, due = total[f"{done}_met"], total[f"{done}_due"]
        assert round(met / due, 4) == total[share]
        figure = text.split(f"<dt>{name} به‌موقع</dt>")[1].split("</div>")[0]
        assert f"{number(met)} از {number(due)}</dd>" in figure
    assert total["answers_due"] > total["answered"]


def test_a_step_is_compared_with_as_many_days_of_before(alive: Any) -> None:
    scope = Scope(period=last_days(alive.clock.now, 30))
    with read(alive.engine) as conn:
        old = trends._before(conn, scope, "week")
        days = {
            row.day: row.n for row in insights.counts(conn, scope.over(scope.period.before), only=(WHOLE,))
        }
    steps = buckets(scope.period, "week")
    assert len(old) == len(steps)
    expected = dict.fromkeys(steps, 0)
    for day, n in days.items():
        expected[bucket(day + timedelta(days=30), "week")] += n
    assert [row["n"] for row in old] == list(expected.values())


@pytest.mark.parametrize(
    ("before", "mix", "sentiment"),
    [(-0.1234, 0.0444, 0.0444), (0.0049, 0.0049, 0.0049), (0.2, -0.0051, 0.0051), (-0.305, 0.1149, -0.2249)],
)
def test_a_change_and_its_parts_add_up_as_they_are_written(
    before: float, mix: float, sentiment: float
) -> None:
    now = before + mix + sentiment
    moved = {"net": now, "previous_net": before, "mix": mix, "sentiment": sentiment}
    for n in (1, 3, 11):
        items = [{"label_fa": "پیک", "mix": mix / n, "sentiment": sentiment / n}] * n
        told = trends._as_written(moved | {"items": items})
        assert round(told["mix"] + told["sentiment"], 3) == told["change"]
        assert round(before, 3) + told["change"] == pytest.approx(round(now, 3))
        for part, whole in (("mix", mix), ("sentiment", sentiment)):
            assert told[part] == pytest.approx(whole, abs=0.00101)
            assert round(sum(row[part] for row in told["rows"]), 3) == told[part] == round(told[part], 3)
        assert all(round(row["mix"] + row["sentiment"], 3) == row["total"] for row in told["rows"])


def test_the_rows_of_what_moved_add_up_to_the_sentence_above_them(page: Open) -> None:
    text = page("/trends", days=60).split("جابه‌جا کرد؟</h2>")[1]
    before, now, change, mix, mood = map(
        _read, re.findall(r"[\u200e−+]*[۰-۹]٫[۰-۹]{3}", text.split("</p>")[0])
    )
    assert round(now - before, 3) == change
    rows = re.findall(r"<tr>.*?</tr>", text.split("لحن گفت‌وگو</th>")[1].split("</table>")[0])
    told = [[_read(cell) for cell in re.findall(r'<td class="n[^"]*">(.*?)</td>', row)] for row in rows]
    assert [round(sum(column), 3) for column in zip(*filter(None, told), strict=True)] == [mix, mood, change]
    assert "موضوع‌های دیگر</th>" in rows[-1]


@pytest.mark.parametrize("asked", [{}, {"channel": "app"}, {"topic": "payment_refund"}, {"q": "غذا"}])
def test_what_rises_leads_to_as_many_comments_as_it_names(
    alive: Any, page: Open, asked: dict[str, str]
) -> None:
    for n in range(30):
        alive.send(
            f"غذا سرد رسید، فاکتور رسمی ندادید و پولم را پس ندادید {n}", channel="app" if n % 2 else "web"
        )
    old = {"created_at": (alive.clock.now - timedelta(days=20)).isoformat()}
    alive.send("فاکتور رسمی ندادید", **old)
    chips = page("/trends", days=90, **asked).split('<div class="chips">')[1].split("</div>")[0]
    found = re.findall(r'href="(/comments[^"]+)"[^>]*>(.*?) <b>(.*?)</b>', chips)
    assert found
    for address, name, counted in found:
        told = alive.client.get(address.replace("&amp;", "&")).text
        assert f"{counted} نظر</span>" in told.split("data-tally>")[1][:40], name
        assert all(f"{key}=" in address for key in ("since", "until", *asked))


def _read(written: str) -> float:
    return float(written.translate(str.maketrans("۰۱۲۳۴۵۶۷۸۹٫−", "0123456789.-", "\u200e")))


def test_of_two_marks_on_one_step_the_anomaly_is_shown() -> None:
    marks = [
        {"kind": kind, "day": day}
        for kind, day in (("anomaly", "2026-11-24"), ("change_point", "2026-11-22"))
    ]
    for order in (marks, marks[::-1]):
        assert trends._by_step(order, "week") == {"2026-11-21": marks[0]}


def test_figures_of_a_few_comments_are_marked_as_few(alive: Any, page: Open) -> None:
    items = alive.get("/v1/trends", params={"days": 30}).json()["items"]
    few = next(item["topic"] for item in items if item["n"] < 30)
    told, of_all = (page("/trends", days=30, topic=topic).split("</dl>")[0] for topic in (few, ""))
    assert " · اندک</dd>" in told
    assert "اندک" not in of_all


def test_a_day_that_is_not_over_is_said_beside_the_figures_and_at_its_point(alive: Any, page: Open) -> None:
    figures, chart = page("/trends", days=7).split("</dl>", 1)
    assert "امروز هنوز تمام نشده" in figures
    assert "هنوز تمام نشده است" in chart
    table = chart.split("<tbody>")[1].split("</tbody>")[0]
    rows = re.findall(r"<tr(?: data-mark=\"\w+\")?( data-part)?><th", table)
    assert rows == [""] * 6 + [" data-part"]


def test_no_line_falls_to_nothing_in_days_that_have_not_come(page: Open) -> None:
    text = page("/trends", since="1405/09/05", until="1405/09/12", topic="courier")
    assert "این بازه هنوز تمام نشده" in text.split("</dl>", 1)[0]
    table = text.split('id="series"')[1].split("<tbody>")[1].split("</tbody>")[0]
    values = [re.findall(r'data-value="([^"]*)"', row) for row in table.split("</tr>")[:-1]]
    assert [bool(row[0]) for row in values] == [True] * 3 + [False] * 5  # today is the seventh
    assert all(row[1] for row in values)  # the period before is over


def test_a_week_of_which_only_some_days_are_counted_is_no_match_for_the_whole_ones(
    alive: Any, page: Open
) -> None:
    chart = page("/trends", since="2026-11-10", until="2026-11-20", by="week").split("</dl>", 1)[1]
    assert "از «هفتهٔ ۱۶ آبان ۱۴۰۵»، در زمینهٔ خاکستری، تنها روزهایی" in chart
    table = chart.split("<tbody>")[1].split("</tbody>")[0]
    rows = re.findall(r"<tr(?: data-mark=\"\w+\")?( data-part)?><th", table)
    assert rows == [" data-part", ""]
    assert table.count("بخشی از هفته") == 1
    weeks = re.findall(r'<th scope="row">هفتهٔ [^<]+(?:<small>([^<]+)</small>)?', page("/work", side="week"))
    assert (weeks[0], set(weeks[1:-1]), weeks[-1]) == ("بخشی از هفته", {""}, "تمام نشده")


def test_an_alert_that_was_not_tested_shows_no_confidence(alive: Any, page: Open) -> None:
    told = {
        "since": alive.clock.now.date().toordinal(),
        "figures": {"n": 6, "customers": None},
        "samples": [],
    }
    with begin(alive.engine) as conn:
        for kind, sure in (("wave", None), ("anomaly", 0.99)):
            words = {"kind": kind, "subject": "courier", "message_fa": f"خبر {kind}", "sure": sure}
            assert alerts.raise_(conn, alive.clock.now, told | words)
    text = page("/alerts", days=7)
    cards = {kind: text.split(f"<h3>خبر {kind}</h3>")[0].split("<li")[-1] for kind in ("wave", "anomaly")}
    assert "اطمینان" in cards["anomaly"]
    assert "اطمینان" not in cards["wave"]


def test_value_at_risk_is_told_of_topics_that_nobody_scored(alive: Any, page: Open) -> None:
    today = alive.get("/v1/drivers", params={"days": 1}).json()["period"]["since"]
    asked = {"score": "ces", "since": today, "until": today}
    found = alive.get("/v1/drivers", params=asked).json()
    scored = {item["topic"] for item in found["items"]}
    unscored = [one["label_fa"] for one in found["value_at_risk"] if one["topic"] not in scored]
    told = page("/drivers", **asked).partition("ارزش در خطر موضوع‌های بی‌امتیاز")[2]
    assert unscored
    assert [label for label in unscored if label not in told] == []


def test_the_drivers_say_from_which_days_the_value_at_risk_is_read(alive: Any, page: Open) -> None:
    short, long = (
        alive.get("/v1/drivers", params={"days": days}).json()["value_at_risk"] for days in (7, 90)
    )
    assert short == long != []
    assert f"ارزش در خطر از نظرهای {number(satisfaction.WISH_DAYS)} روز اخیر است" in page("/drivers", days=7)
    # of a period that is over they are not the latest days
    days = {"since": "1405/07/01", "until": "1405/08/10"}
    text = page("/drivers", **days)
    assert "روز اخیر" not in text
    assert f"از نظرهای {number(satisfaction.WISH_DAYS)} روز تا پایان بازه است" in text
    said = f"از نظرهای {number(satisfaction.WISH_DAYS)} روز تا یکشنبه ۱۰ آبان ۱۴۰۵"
    assert said in page("/journey", **days)


def test_a_mean_shows_its_interval_or_that_comments_are_too_few_for_one(alive: Any, page: Open) -> None:
    items = [
        item for days in (7, 90) for item in alive.get("/v1/drivers", params={"days": days}).json()["items"]
    ]
    assert {(item["mean_low"] is None, item["mean_high"] is None, item["n"] < 5) for item in items} == {
        (True, True, True),
        (False, False, False),
    }
    text = page("/drivers", days=7) + page("/drivers", days=90)
    for item in items:
        few = "برای بازه نظر کم است"
        wanted = few if item["n"] < 5 else f"{number(item['mean_low'], 2)} تا {number(item['mean_high'], 2)}"
        assert f'title="{wanted}"' in text


def test_no_class_is_wholly_sure(alive: Any, page: Open) -> None:
    items = alive.get("/v1/kano", params={"days": 90}).json()["items"]
    text = page("/drivers", days=90)
    told = {
        item["probability"]: sure(item["probability"]) for item in items if item["probability"] is not None
    }
    assert max(told) > 0.995
    assert all(f'<td class="n">{shown}</td>' in text for shown in told.values())
    assert '<td class="n">۱۰۰٪</td>' not in text.split("جدول کانو")[1]


def test_what_moved_nothing_is_painted_neither_as_better_nor_as_worse(lite: Any) -> None:
    for days in (0, 8):
        lite.send("پیک بی‌ادب بود", created_at=(lite.clock.now - timedelta(days=days)).isoformat())
    lite.sign_in("reader")
    text = lite.client.get("/trends", params={"days": 7}).text.split("جابه‌جا کرد؟</h2>")[1]
    assert f">{signed(0.0, 3)}</td></tr>" in text
    assert not re.search(rf'class="n (?:up|down)">{signed(0.0, 3)}<', text)


def test_the_bar_of_a_share_of_nothing_is_not_read_out_as_nought(lite: Any) -> None:
    lite.send("پیک بی‌ادب بود، لطفاً پیگیری کنید")
    lite.sign_in("reader")
    row = lite.client.get("/work").text.split("<tbody>")[1].split("</tr>")[0]
    assert row.count("<small>—</small>") == 2
    assert re.findall(r'aria-label="(.*?)"', row) == ["—", "—"]


@pytest.mark.usefixtures("forgotten")
def test_an_own_topic_is_not_compared_with_days_on_which_it_was_not_counted(lite: Any) -> None:
    for days in (65, 40, 20):
        said = {"created_at": (lite.clock.now - timedelta(days=days)).isoformat()}
        lite.send("پیک دیر رسید و فاکتور نداد", **said)
    topic = lite.post("/v1/topics", {"name_fa": "فاکتور", "query": "فاکتور"}, role="admin").json()["id"]
    lite.clock.forward(days=6)
    lite.send("باز هم فاکتور نداد")
    lite.sign_in("reader")
    table = lite.client.get("/trends").text.split('<table class="topics">')[1].split("</table>")[0]
    rows = {re.sub("<.*?>", "", row.split("</a>")[0]).strip(): row for row in table.split("<tr>")[2:]}
    assert '<td class="n faint">۱</td>' in rows["پیک"]
    assert '<td class="n faint" title="در همهٔ روزهای این دو دوره شمرده نشده">—</td>' in rows["فاکتور"]
    own = lite.client.get("/trends", params={"topic": topic}).text
    assert "دورهٔ پیش: ۰ (کامل ثبت نشده)" in own


def test_a_page_that_counts_the_last_five_years_alone_says_since_when(page: Open) -> None:
    typed = {"since": "1395/01/01", "until": "1405/09/07"}
    for path in ("/trends", "/work"):
        assert "تنها از پنجشنبه ۴ آذر ۱۴۰۰ به بعد" in page(path, **typed)
        assert "تنها از" not in page(path, **typed | {"since": "1401/01/01"}).split("<h2")[0]
