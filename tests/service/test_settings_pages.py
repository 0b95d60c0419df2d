"""What the pages of settings say, and what they keep of a form that is refused."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from service import rulefile
from service.auth import signing_secret
from service.storage import begin, keys, webhooks

MODELS = Path(__file__).resolve().parents[2] / "models"


def test_a_working_day_is_not_told_as_a_whole_day(lite: Any, person: dict[str, str]) -> None:
    page = lite.client.get("/settings/calendar", headers=person).text
    low = re.search(r"<tr><th scope=\"row\">کم</th>.*?</tr>", page)
    assert low is not None
    # three of its days would be nine of an office
    assert re.findall(r"class=\"n\">([^<]+)<", low[0])[:3] == ["۲۴ ساعت", "۲۴ ساعت", "۷۲ ساعت"]


@pytest.mark.parametrize("content", ["سلام".encode("cp1256"), None])
def test_rules_that_cannot_be_read_are_told_of_on_their_page(
    opened: Any, sqlite_engine: Any, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "routing.toml"
    file.write_bytes(rulefile.FILE.read_bytes())
    desk = opened(sqlite_engine, rules=file)
    person = desk.person()
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    assert desk.client.get("/settings/rules", headers=person).status_code == 200
    assert "پرونده خوانده نشد" in desk.client.post("/settings/rules/reload", headers=person).text
    assert (
        desk.client.post("/settings/rules/test", headers=person, data={"text": "غذا سرد بود"}).status_code
        < 500
    )


@pytest.mark.parametrize(
    ("then", "told"), [('queue = "legal"', "همان ۱ می‌ماند"), ("ticket = false", "از ۱ به <b>۰</b> می‌رسند")]
)
def test_a_rehearsal_counts_the_comments_that_want_a_ticket(
    lite: Any, person: dict[str, str], then: str, told: str
) -> None:
    lite.send("غذا سرد بود و پیک دیر رسید")
    rules = rulefile.FILE.read_text(encoding="utf-8")
    first = (
        f'[[rules]]\nname = "other"\nfa = "دیگر"\nwhen = {{ topics = ["food_quality"] }}\n{then}\n\n[[rules]]'
    )
    page = lite.client.post(
        "/settings/rules/rehearse", data={"rules": rules.replace("[[rules]]", first, 1)}, headers=person
    ).text
    said = " ".join(page.split("جور دیگری رسیدگی می‌شد؛ ")[1].split("</p>")[0].split())
    assert "نظرهایی که تیکت می‌خواهند" in said
    assert told in said


def test_what_toml_says_stands_in_a_line_of_its_own(lite: Any, person: dict[str, str]) -> None:
    page = lite.client.post("/settings/rules/rehearse", data={"rules": 'name = "\\u12"'}, headers=person).text
    line = page.split("این قاعده‌ها خوانده نشد.")[1].split("</li>")[0]
    assert 'دستور زبان <bdi class="mono">TOML</bdi> در این خط درست نیست.<br>' in line
    assert re.search(r'<bdi class="mono" dir="ltr">Invalid hex value</bdi>', line)
    answer = lite.post("/v1/rules/test", {"text": "سرد بود", "rules": "name ="}, role="admin").json()
    assert answer["errors"][0]["detail"] == (
        "دستور زبان TOML در این خط درست نیست: پس از «=» مقدار درستی نیست."
    )


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("n.csv", "متن\nخوب بود\n".encode("cp1256"), "این پرونده متنِ UTF-8 نیست."),
        ("n.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 20, "این پرونده متنِ UTF-8 نیست."),
        ("n.xlsx", b"this is no workbook", "این پرونده XLSX سالمی نیست؛"),
    ],
)
@pytest.mark.parametrize("path", ["/settings/import", "/settings/import/preview"])
def test_a_file_that_cannot_be_read_is_told_with_what_to_do_here(
    lite: Any, person: dict[str, str], path: str, name: str, content: bytes, told: str
) -> None:
    page = lite.client.post(path, files={"file": (name, content)}, headers=person).text
    assert told in re.sub("</?bdi[^>]*>", "", page.split('role="alert"')[1])


def test_a_version_that_is_not_sound_says_why_in_persian(
    opened: Any, sqlite_engine: Any, tmp_path: Path
) -> None:
    current = (MODELS / "CURRENT").read_text(encoding="utf-8").strip()
    shutil.copytree(MODELS / current, tmp_path / current)
    (tmp_path / "CURRENT").write_text(current, encoding="utf-8")
    for name, changed in (("2031.1.1", {"normalizer": "1"}), ("2031.1.2", {})):
        shutil.copytree(MODELS / current, tmp_path / name)
        facts = json.loads((tmp_path / name / "manifest.json").read_text(encoding="utf-8"))
        (tmp_path / name / "manifest.json").write_text(json.dumps(facts | changed), encoding="utf-8")
    (tmp_path / "2031.1.2" / "heads.joblib").unlink()
    desk = opened(sqlite_engine, models=tmp_path)
    page = desk.client.get("/settings/models", headers=desk.person()).text
    why = [re.sub("<[^>]+>", "", one) for one in re.findall(r"نادرست</span> <small>(.*?)</small>", page)]
    assert [one.split("؛")[0] for one in why] == [
        "پروندهٔ heads.joblib نیست",
        "برای نرمال‌ساز دیگری ساخته شده است",
    ]
    items = desk.get("/v1/models").json()["items"]
    assert [one["problem_fa"] for one in items if not one["sound"]] == why


def test_the_events_that_were_ticked_stay_when_the_address_is_refused(
    lite: Any, person: dict[str, str]
) -> None:
    hook = {"url": "ftp://crm.example/hook", "events": ["sla.breached"]}
    page = lite.client.post("/settings/webhooks", data=hook, headers=person).text
    assert "نشانی باید با" in page
    assert re.findall(r"value=\"([a-z.]+)\" checked", page) == ["sla.breached"]


def test_what_is_sent_is_narrowed_also_behind_a_new_secret(lite: Any, person: dict[str, str]) -> None:
    with begin(lite.engine) as conn:
        id_ = webhooks.create(conn, lite.clock.now, "https://crm.example/hook", [], signing_secret())
    page = lite.client.post(f"/settings/webhooks/{id_}/rotate", headers=person).text
    assert "راز تازه" in page
    assert re.findall(r'href="([^"]*)\?status=dead"', page) == [f"/settings/webhooks/{id_}"]


def test_a_refused_key_is_told_beside_its_field_and_what_was_chosen_stays(
    lite: Any, person: dict[str, str]
) -> None:
    asked = {"name": "  ", "role": "sender", "days": "90", "queues": ["safety"], "scopes": ["feedback"]}
    page = lite.client.post("/settings/keys", data=asked, headers=person).text
    assert re.search(r'name="name"[^>]*aria-invalid="true" aria-describedby="wrong"', page)
    assert 'id="wrong">نام را بنویسید.<' in page
    assert re.findall(r'value="(\w+)" selected', page) == ["sender", "90"]
    assert re.findall(r'value="(\w+)" checked', page) == ["safety", "feedback"]
    page = lite.client.post(
        "/settings/keys", data=asked | {"name": "x", "requests_per_minute": "0"}, headers=person
    ).text
    assert re.search(r'name="requests_per_minute"[^>]*value="0" aria-invalid="true"', page)
    with begin(lite.engine) as conn:
        assert "x" not in {row["name"] for row in keys.listing(conn)}
