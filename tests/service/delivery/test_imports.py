"""Files of comments come in whole, whatever is wrong with some of their rows, and only once."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

from service import importing
from service.errors import Invalid
from service.importing import Upload
from service.storage import begin, jobs, read

ROWS = [
    ("r-1", "پیک خیلی دیر رسید و غذا سرد بود", "۱", "1405/09/01"),
    ("r-2", "کیفیت عالی بود، ممنون", "5", "1405/09/02"),
    ("r-3", "   ", "3", "1405/09/02"),
    ("r-4", "پولم را پس بدهید وگرنه شکایت می‌کنم", "9", "1405/09/03"),
    ("r-5", "بسته‌بندی پاره بود ولی پشتیبانی سریع جواب داد", "", "1405/09/03"),
]
HEADER = ("شناسه", "متن نظر", "امتیاز", "تاریخ")


def _csv(rows: list[tuple[str, ...]] = ROWS, header: tuple[str, ...] = HEADER) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return ("\ufeff" + out.getvalue()).encode()


def _xlsx() -> bytes:
    book = openpyxl.Workbook()
    for row in [HEADER, *ROWS]:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _jsonl() -> bytes:
    names = ("id", "text", "rating", "date")
    lines = [json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) for row in ROWS]
    return "\n".join(lines).encode()


def _upload(desk: Any, name: str, content: bytes, role: str = "agent", **form: str) -> Any:
    return desk.post("/v1/feedback/import", role=role, files={"file": (name, content)}, data=form)


def _finished(desk: Any, job: dict[str, Any], working: Callable[..., None]) -> dict[str, Any]:
    def now() -> dict[str, Any]:
        return desk.get(f"/v1/imports/{job['id']}", role="agent").json()

    working(desk, lambda: now()["status"] not in {"queued", "running"})
    return now()


def _counts(job: dict[str, Any]) -> tuple[int, ...]:
    return tuple(job[name] for name in ("done", "created", "unchanged", "failed"))


@pytest.mark.parametrize(("name", "content"), [("n.csv", _csv()), ("n.xlsx", _xlsx()), ("n.jsonl", _jsonl())])
def test_a_file_is_read_and_its_wrong_rows_are_listed(
    lite: Any, working: Callable[..., None], name: str, content: bytes
) -> None:
    answer = _upload(lite, name, content, channel="digikala")
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/v1/imports/{answer.json()['id']}"
    job = _finished(lite, answer.json(), working)
    assert (job["status"], _counts(job)) == ("done", (5, 3, 0, 2))
    stored = lite.get("/v1/feedback", params={"channel": "digikala"}).json()["items"]
    assert {each["external_id"] for each in stored} == {"r-1", "r-2", "r-5"}
    assert next(each for each in stored if each["external_id"] == "r-1")["scores"]["stars"] == 1
    assert (
        next(each for each in stored if each["external_id"] == "r-2")["created_at"] == "2026-11-22T20:30:00Z"
    )
    table = list(csv.reader(io.StringIO(lite.get(f"/v1/imports/{job['id']}/errors", role="agent").text)))
    assert [row[:2] for row in table[1:]] == [["3", "text_empty"], ["4", "out_of_range"]]


def test_the_same_file_twice_stores_nothing_twice(desk: Any, working: Callable[..., None]) -> None:
    first = _finished(desk, _upload(desk, "n.csv", _csv()).json(), working)
    again = _finished(desk, _upload(desk, "n.csv", _csv()).json(), working)
    assert _counts(first) == (5, 3, 0, 2)
    assert _counts(again) == (5, 0, 3, 2)
    assert len(desk.get("/v1/feedback").json()["items"]) == 3


def test_rows_without_an_id_are_known_by_their_place_and_content(
    lite: Any, working: Callable[..., None]
) -> None:
    content = "متن\nخوب بود\nخوب بود\nبد بود\n".encode()
    assert _counts(_finished(lite, _upload(lite, "a.csv", content).json(), working)) == (3, 3, 0, 0)
    longer = content + "تازه رسید\n".encode()
    assert _counts(_finished(lite, _upload(lite, "a.csv", longer).json(), working)) == (4, 1, 3, 0)


def test_a_column_can_be_named_where_the_guess_is_wrong(lite: Any, working: Callable[..., None]) -> None:
    content = _csv([("x1", "داخلی", "غذا سرد بود")], ("کد", "توضیحات", "حرف مشتری"))
    chosen = json.dumps({"text": "حرف مشتری", "branch": "توضیحات", "external_id": ""})
    answer = _upload(lite, "n.csv", content, columns=chosen)
    assert answer.json()["columns"] == {"text": "حرف مشتری", "branch": "توضیحات"}
    _finished(lite, answer.json(), working)
    (stored,) = lite.get("/v1/feedback").json()["items"]
    assert (stored["text"], stored["branch"]) == ("غذا سرد بود", "داخلی")


@pytest.mark.parametrize(
    ("name", "content", "form", "path", "code"),
    [
        ("n.pdf", b"%PDF", {}, "file", "unknown_format"),
        ("n.csv", "رنگ,اندازه\nسرخ,۲\n".encode(), {}, "columns.text", "no_text_column"),
        ("n.csv", "متن\nخوب\n".encode("cp1256"), {}, "file", "unreadable_file"),
        ("n.xlsx", b"this is no workbook", {}, "file", "unreadable_file"),
        ("n.csv", b"", {}, "columns.text", "no_text_column"),
        ("n.txt", b"", {}, "file", "empty_file"),
        ("n.csv", "متن\n".encode(), {}, "file", "empty_file"),
        ("n.csv", _csv(), {"columns": '{"text": "ندارد"}'}, "columns", "unknown_column"),
        ("n.csv", _csv(), {"columns": '{"colour": "امتیاز"}'}, "columns.colour", "unknown_field"),
        ("n.csv", _csv(), {"columns": "[1]"}, "columns", "wrong_form"),
        ("n.csv", _csv(), {"encoding": "no-such"}, "file", "unreadable_file"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_reason(
    lite: Any, name: str, content: bytes, form: dict[str, str], path: str, code: str
) -> None:
    answer = _upload(lite, name, content, **form)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert (error["path"], error["code"]) == (path, code)


def test_the_refusal_of_another_encoding_names_it_and_no_option_of_a_command(lite: Any) -> None:
    detail = _upload(lite, "n.csv", "متن\nخوب\n".encode("cp1256")).json()["detail"]
    assert "cp1256" in detail
    assert "--encoding" not in detail


@pytest.mark.parametrize("name", ["n.csv", "n.jsonl"])
def test_an_empty_file_is_said_to_be_empty(lite: Any, name: str) -> None:
    detail = _upload(lite, name, b"").json()["detail"]
    assert "خالی است" in detail
    assert "ستون‌ها:" not in detail
    with pytest.raises(Invalid) as refused:
        importing.preview(Upload(file=io.BytesIO(), filename=name))
    assert "خالی است" in refused.value.detail


def test_a_workbook_that_unpacks_without_end_is_refused(lite: Any) -> None:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book,
        book.open("xl/sharedStrings.xml", "w") as part,
    ):
        for _ in range(1_001):
            part.write(bytes(1_000_000))
    answer = _upload(lite, "n.xlsx", out.getvalue())
    assert answer.json()["errors"][0]["code"] == "unpacks_too_large"


def test_a_file_in_another_encoding_is_read_when_it_is_named(lite: Any, working: Callable[..., None]) -> None:
    content = "متن\nخوب بود\n".encode("cp1256")
    job = _finished(lite, _upload(lite, "n.csv", content, encoding="cp1256").json(), working)
    assert _counts(job) == (1, 1, 0, 0)


def test_a_job_can_be_stopped_and_its_file_is_forgotten(lite: Any, working: Callable[..., None]) -> None:
    job = _upload(lite, "n.csv", _csv()).json()
    assert lite.post(f"/v1/imports/{job['id']}/cancel").json()["status"] == "cancelled"
    assert lite.post(f"/v1/imports/{job['id']}/cancel").json()["code"] == "import_finished"
    assert _counts(_finished(lite, job, working)) == (0, 0, 0, 0)
    with read(lite.engine) as conn:
        assert list(jobs.parts(conn, job["id"])) == []


def test_a_job_of_a_dead_worker_goes_on_behind_its_last_stored_row(
    desk: Any, working: Callable[..., None]
) -> None:
    rows = [(f"r-{number}", f"سفارش {number} خوب بود", "5", "1405/09/01") for number in range(30)]
    job = _upload(desk, "n.csv", _csv(rows)).json()
    with begin(desk.engine) as conn:
        taken = jobs.claim(conn, desk.clock.now, 60, "dead")
        assert taken is not None
        counts = {"done": 10, "created": 10, "unchanged": 0, "failed": 0}
        assert jobs.advance(conn, job["id"], "dead", desk.clock.now, counts)
        assert jobs.claim(conn, desk.clock.now, 60, "other") is not None
    desk.clock.forward(seconds=61)
    assert _counts(_finished(desk, job, working)) == (30, 30, 0, 0)
    with begin(desk.engine) as conn:
        assert not jobs.advance(conn, job["id"], "dead", desk.clock.now, counts)


def test_only_agents_bring_in_files(lite: Any) -> None:
    assert _upload(lite, "n.csv", _csv(), role="reader").status_code == 403
    assert lite.get("/v1/imports", role="reader").status_code == 403
    assert lite.get("/v1/imports/job_1", role="agent").json()["code"] == "import_not_found"


def test_a_file_may_be_larger_than_a_json_body(opened: Any, sqlite_engine: Any) -> None:
    desk = opened(sqlite_engine, max_body_bytes=1_000, max_import_bytes=20_000)
    rows = [(f"r-{number}", "خوب بود", "5", "") for number in range(100)]
    assert _upload(desk, "n.csv", _csv(rows)).status_code == 202
    assert _upload(desk, "n.csv", _csv(rows * 20)).json()["code"] == "body_too_large"
    assert desk.post("/v1/feedback", {"text": "خ" * 2_000}).json()["code"] == "body_too_large"
