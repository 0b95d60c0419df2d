"""Files of comments come in whole, whatever is wrong with some of their rows, and only once."""

import csv
import errno
import io
import json
import pickle
import tempfile
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from pyarrow import parquet
from structlog.testing import capture_logs

from service import chores, importing, leases
from service.auth import SESSION_COOKIE
from service.comments import reading_ahead, uploads
from service.comments.sparing import Failure, read_each
from service.comments.uploads import Upload
from service.errors import Invalid
from service.storage import begin, jobs, read
from service.web.page import csrf_token

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


def test_every_refused_row_is_told(lite: Any) -> None:
    content = _csv([(f"خوب بود {number}", "9") for number in range(1_005)], ("متن", "ستاره"))
    told: list[str] = []
    upload = Upload(file=io.BytesIO(content), filename="n.csv", columns={"scores.stars": "ستاره"})
    job = importing.run(lite.client.app.state.desk.line, upload, lite.clock, say=told.append)
    assert (job["failed"], len(told), len(set(told))) == (1_005, 1_005, 1_005)


def test_a_file_that_a_worker_of_the_desk_took_first_is_waited_for(
    lite: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    line, accept, store = lite.client.app.state.desk.line, importing.accept, importing._store
    taken = Event()

    def slowly(*told: Any) -> None:
        taken.set()
        time.sleep(0.5)
        store(*told)

    def accepted(*told: Any, **named: Any) -> str:
        job_id = accept(*told, **named)
        Thread(target=importing.work, args=(lambda: line, "wk", Event(), lite.clock)).start()
        assert taken.wait(30)
        return job_id

    monkeypatch.setattr(importing, "_store", slowly)
    monkeypatch.setattr(importing, "accept", accepted)
    upload = Upload(file=io.BytesIO(_csv()), filename="n.csv")
    job = importing.run(line, upload, lite.clock, say=lambda _: None)
    assert (job["status"], _counts(job)) == ("done", (5, 3, 0, 2))


def test_who_interrupts_an_import_stops_it_for_good(lite: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    line, store, told = lite.client.app.state.desk.line, importing._store, []

    def interrupted(*given: Any) -> None:
        store(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(importing, "_store", interrupted)
    with pytest.raises(KeyboardInterrupt):
        importing.run(line, Upload(file=io.BytesIO(_csv()), filename="n.csv"), lite.clock, say=told.append)
    assert told == ["cancelled after 5 rows, which stay; the same command again brings in the others"]
    with read(line.engine) as conn:
        assert not jobs.any_free(conn, lite.clock() + timedelta(hours=1))
        assert [job["status"] for job in jobs.listing(conn, 9)] == ["cancelled"]


def test_an_import_is_stopped_where_what_was_interrupted_holds_the_database(
    lite: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = lite.client.app.state.desk.line

    def interrupted(*_given: Any) -> None:
        raw = line.engine.raw_connection()
        cursor = raw.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        raise KeyboardInterrupt

    monkeypatch.setattr(importing, "_store", interrupted)
    with pytest.raises(KeyboardInterrupt):
        importing.run(line, Upload(file=io.BytesIO(_csv()), filename="n.csv"), lite.clock, say=lambda _: None)
    with read(line.engine) as conn:
        assert [job["status"] for job in jobs.listing(conn, 9)] == ["cancelled"]


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


def test_the_bar_of_a_file_that_has_come_in_is_full(lite: Any, working: Callable[..., None]) -> None:
    job = _finished(lite, _upload(lite, "n.csv", _csv()).json(), working)
    assert job["done"] < job["total"]  # the header is a line as well, and nobody knows before it is read
    lite.sign_in()
    page = lite.client.get(f"/settings/import/{job['id']}").text
    assert 'class="fill" x="0.0%" width="100.0%"' in page
    assert "از نزدیک" not in page


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


def test_refused_rows_are_mended_where_they_stand_or_sent_alone(
    lite: Any, working: Callable[..., None]
) -> None:
    rows = [("نان بیات بود", "2"), ("پیک دیر رسید", "9"), ("چای سرد بود", "8"), ("بسته پاره بود", "1")]
    header = ("متن نظر", "امتیاز")
    mended = [rows[0], ("پیک دیر رسید", "2"), rows[2], rows[3]]
    told = []
    for sent in (rows, mended, [("چای سرد بود", "1")]):
        told.append(_counts(_finished(lite, _upload(lite, "n.csv", _csv(sent, header)).json(), working)))
    assert told == [(4, 2, 0, 2), (4, 1, 2, 1), (1, 1, 0, 0)]


def test_a_column_goes_by_its_words_where_no_other_is_named_exactly_so(lite: Any) -> None:
    content = _csv([("غذا سرد بود", "ونک", "تهران")], ("حرف\nمشتری", "جا", " جا "))
    chosen = {"text": "حرف\r\nمشتری", "branch": "جا"}
    answer = _upload(lite, "n.csv", content, columns=json.dumps(chosen))
    assert answer.json()["columns"] == {"text": "حرف\nمشتری", "branch": "جا"}


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
        (
            "n.csv",
            _csv(),
            {"columns": r'{"metadata.\ud800": "امتیاز"}'},
            "columns.metadata.?",
            "unknown_field",
        ),
        (
            "n.csv",
            _csv(),
            {"columns": r'{"metadata.\u0000": "امتیاز"}'},
            "columns.metadata.\0",
            "unknown_field",
        ),
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


def test_nothing_that_is_sent_with_a_file_is_left_out_in_silence(lite: Any) -> None:
    address, file = "/v1/feedback/import", ("n.csv", _csv())
    for sent, path, code in (
        ({"files": {"file": file}, "data": {"chanel": "app"}}, "chanel", "unknown_field"),
        ({"files": {"file": file, "colums": ("c", b"{}")}}, "colums", "unknown_field"),
        ({"files": {"file": file}, "params": {"channel": "app"}}, "channel", "unknown_field"),
        ({"files": [("file", file), ("file", ("m.csv", _csv()))]}, "file", "given_twice"),
        ({"files": {"file": file}, "data": {"channel": ["app", "web"]}}, "channel", "given_twice"),
    ):
        answer = lite.post(address, **sent)
        assert answer.status_code == 422, (sent, answer.text)
        (error,) = answer.json()["errors"]
        assert (error["path"], error["code"]) == (path, code)
    assert lite.get("/v1/imports", role="agent").json()["items"] == []


def test_a_cell_without_a_comment_is_empty_in_a_workbook_as_in_a_table_of_text(
    lite: Any, working: Callable[..., None]
) -> None:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in (("متن نظر", "امتیاز"), ("خوب بود", 5), (None, 1)):
        book.active.append(row)
    book.save(out)
    for name, content in (("n.xlsx", out.getvalue()), ("n.csv", "متن نظر,امتیاز\nخوب بود,5\n,1\n".encode())):
        job = _finished(lite, _upload(lite, name, content).json(), working)
        told = lite.get(f"/v1/imports/{job['id']}/errors", role="agent").text
        assert "2,text_empty,text: متن خالی است." in told, name


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
        uploads.preview(Upload(file=io.BytesIO(), filename=name))
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
    with pytest.raises(Invalid) as refused:
        uploads.preview(Upload(file=io.BytesIO(out.getvalue()), filename="n.xlsx"))
    assert refused.value.errors[0].code == "unpacks_too_large"


def test_a_parquet_file_that_unpacks_without_end_is_refused(lite: Any) -> None:
    out = io.BytesIO()
    parquet.write_table(pa.table({"text": ["ن" * 70_000_000]}), out, compression="zstd")
    answer = _upload(lite, "n.parquet", out.getvalue())
    assert answer.json()["errors"][0]["code"] == "unpacks_too_large"


def test_what_a_row_holds_beside_its_comment_is_not_kept(lite: Any) -> None:
    line, long = lite.client.app.state.desk.line, "ن" * 200_000
    table = pa.table({"text": ["نان بیات بود", long] * 50, "note": [long] * 100})
    parquet.write_table(table, out := io.BytesIO())
    out.seek(0)
    importing.accept(line.engine, Upload(file=out, filename="n.parquet"), sender="cli", now=lite.clock())
    with begin(line.engine) as conn:
        job = jobs.claim(conn, lite.clock(), 60, "wk")
    assert job
    tracemalloc.start()
    try:
        with importing._file(line.engine, job) as file:
            rows = list(importing._taken(line, job, file, lite.clock))
        assert tracemalloc.get_traced_memory()[1] < 20 * 2 * len(long)
    finally:
        tracemalloc.stop()
    assert [row.number for row in rows] == list(range(1, 101))


@pytest.mark.parametrize(("cells", "refused"), [(b"<c/>" * 1_000_000, True), (b"<c/>" * 10_000, False)])
def test_a_workbook_of_the_same_for_ever_is_refused(cells: bytes, *, refused: bool) -> None:
    out, source = io.BytesIO(), zipfile.ZipFile(io.BytesIO(_xlsx()))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name in source.namelist():
            book.writestr(name, source.read(name).replace(b"</row>", cells + b"</row>", 1))
    codes = []
    try:
        uploads.preview(Upload(file=io.BytesIO(out.getvalue()), filename="n.xlsx"))
    except Invalid as error:
        codes = [one.code for one in error.errors]
    assert codes == (["unpacks_too_large"] if refused else [])


def test_a_file_in_another_encoding_is_read_when_it_is_named(lite: Any, working: Callable[..., None]) -> None:
    content = "متن\nخوب بود\n".encode("cp1256")
    job = _finished(lite, _upload(lite, "n.csv", content, encoding="cp1256").json(), working)
    assert _counts(job) == (1, 1, 0, 0)


def test_the_trail_tells_who_brought_a_file_in(lite: Any) -> None:
    job = _upload(lite, "مشتری 09121234567.csv", _csv(), channel="crm").json()
    _upload(lite, "n.csv", b"")  # what is refused was not brought in
    (line,) = lite.get("/v1/audit", params={"action": "import.created"}, role="admin").json()["items"]
    mine = {key["name"]: key["id"] for key in lite.get("/v1/keys", role="admin").json()["items"]}
    assert (line["object_id"], line["actor"]) == (job["id"], mine["agent"])
    assert line["after"] == {"file": "مشتری [موبایل].csv", "channel": "crm", "bytes": len(_csv())}
    lite.post(f"/v1/imports/{job['id']}/cancel")
    lines = lite.get("/v1/audit", params={"object_id": job["id"]}, role="admin").json()["items"]
    assert [one["action"] for one in lines] == ["import.cancelled", "import.created"]


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


def test_files_are_read_page_by_page(lite: Any) -> None:
    ids = [_upload(lite, f"{number}.csv", _csv()).json()["id"] for number in range(3)]
    first = lite.get("/v1/imports?limit=2", role="agent").json()
    rest = lite.get(f"/v1/imports?limit=2&cursor={first['next_cursor']}", role="agent").json()
    assert [job["id"] for job in [*first["items"], *rest["items"]]] == ids[::-1]
    assert rest["next_cursor"] is None


def test_only_agents_bring_in_files(lite: Any) -> None:
    assert _upload(lite, "n.csv", _csv(), role="reader").status_code == 403
    assert lite.get("/v1/imports", role="reader").status_code == 403
    assert lite.get("/v1/imports/job_1", role="agent").json()["code"] == "import_not_found"


async def _sent(app: Any, path: str, **headers: str) -> tuple[int, str, int]:
    """Send a file without an end; return the answer's status and beginning, and how many parts of the file were read."""
    read, told = 0, []

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b"-" * 1_000, "more_body": read < 100}

    async def send(message: Any) -> None:
        told.append(message)

    given = {"content-type": "multipart/form-data; boundary=x", **headers}
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "app": app, "state": {}}
    scope["headers"] = [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()]
    await app(scope, receive, send)
    return told[0]["status"], told[1]["body"].decode(), read


def test_no_file_is_read_before_its_sender_is_known(lite: Any) -> None:
    def sent(path: str, **headers: str) -> tuple[int, str, int]:
        found: tuple[int, str, int] = lite.client.portal.call(lambda: _sent(lite.client.app, path, **headers))
        return found

    for key, status, code in (
        ("", 401, "missing_key"),
        ("bzk_x", 401, "unknown_key"),
        ("reader", 403, "role_too_low"),
    ):
        header = {"authorization": f"Bearer {lite.keys.get(key, key)}"} if key else {}
        answered, body, read = sent("/v1/feedback/import", **header)
        assert (answered, json.loads(body)["code"], read) == (status, code, 0)
    assert sent("/v1/feedback/import", authorization=f"Bearer {lite.keys['agent']}")[2] > 0
    reader, agent = (f"{SESSION_COOKIE}={lite.session(role)}" for role in ("reader", "agent"))
    for path in ("/settings/import", "/settings/import/preview"):
        status, _, read = sent(path)
        assert (status, read) == (303, 0)
        for cookie, site in ((reader, "same-origin"), (agent, "cross-site")):
            status, page, read = sent(path, cookie=cookie, sec_fetch_site=site)
            assert (status, "<html" in page, read) == (403, True, 0)
        assert sent(path, cookie=agent, sec_fetch_site="same-origin")[2] > 0


def test_who_sends_a_file_is_counted_once(opened: Any, sqlite_engine: Any) -> None:
    desk = opened(sqlite_engine, requests_per_minute=1)
    assert [_upload(desk, "n.csv", _csv()).status_code for _ in range(2)] == [202, 429]


def test_a_file_may_be_larger_than_a_json_body(opened: Any, sqlite_engine: Any) -> None:
    desk = opened(sqlite_engine, max_body_bytes=1_000, max_import_bytes=20_000)
    rows = [(f"r-{number}", "خوب بود", "5", "") for number in range(100)]
    assert _upload(desk, "n.csv", _csv(rows)).status_code == 202
    assert _upload(desk, "n.csv", _csv(rows * 20)).json()["code"] == "body_too_large"
    assert desk.post("/v1/feedback", {"text": "خ" * 2_000}).json()["code"] == "body_too_large"
    session = desk.sign_in()
    for path in ("/settings/import/preview", "/settings/import"):
        sent = {"files": {"file": ("n.csv", _csv(rows))}, "data": {"csrf": csrf_token(session)}}
        sent["headers"] = {"Sec-Fetch-Site": "same-origin"}
        assert desk.client.post(path, **sent, follow_redirects=False).status_code in (200, 303)


def _damaged(rows: int) -> bytes:
    """A workbook whose sheet breaks off behind so many rows."""
    book = openpyxl.Workbook()
    for number in range(rows + 2):
        book.active.append(["متن" if not number else f"سفارش {number} خوب بود"])
    whole, out = io.BytesIO(), io.BytesIO()
    book.save(whole)
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            parts = old.read(name).split(b"<row")
            new.writestr(name, b"<row".join(parts[:-1]) + b"<row<" if len(parts) > 1 else parts[0])
    return out.getvalue()


def test_a_workbook_that_breaks_partway_fails_with_its_last_row(
    desk: Any, working: Callable[..., None]
) -> None:
    job = _finished(desk, _upload(desk, "n.xlsx", _damaged(1_700)).json(), working)
    assert job["status"] == "failed"
    assert job["done"] == job["created"] in {1_000, 1_500}
    assert "آخرین سطر خوانا: 1700" in job["error"]
    assert _upload(desk, "n.xlsx", _damaged(0)).json()["errors"][0]["code"] == "unreadable_file"


def test_a_job_that_is_given_up_three_times_without_a_row_has_failed(
    desk: Any, working: Callable[..., None]
) -> None:
    job = _upload(desk, "n.csv", _csv()).json()
    for _ in range(3):
        with begin(desk.engine) as conn:
            assert jobs.claim(conn, desk.clock.now, 60, "dies") is not None
        desk.clock.forward(seconds=61)
    job = _finished(desk, job, working)
    assert (job["status"], _counts(job)) == ("failed", (0, 0, 0, 0))
    assert "نیمه‌کاره" in job["error"]


def test_a_file_waits_for_room_to_be_read_in(
    lite: Any, working: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    full = iter([True] * 5)

    def copy() -> Any:
        if next(full, False):
            raise OSError(errno.ENOSPC, "No space left on device")
        return tempfile.TemporaryFile()

    job = _upload(lite, "n.csv", _csv()).json()
    monkeypatch.setattr(importing, "TemporaryFile", copy)
    monkeypatch.setattr(importing, "_AGAIN_S", 0.01)
    with capture_logs() as logs:
        done = _finished(lite, job, working)
    assert (done["status"], _counts(done)) == ("done", (5, 3, 0, 2))
    reasons = [log["reason"] for log in logs if log["event"] == "unavailable"]
    assert reasons == ["[Errno 28] No space left on device"] * 5


def test_stored_rows_and_a_worker_that_stops_count_no_attempt(desk: Any) -> None:
    job = _upload(desk, "n.csv", _csv()).json()
    with begin(desk.engine) as conn:
        for worker, attempts in (("a", 1), ("b", 2), ("c", 1), ("d", 1)):
            taken = jobs.claim(conn, desk.clock.now, 60, worker)
            assert taken is not None
            assert taken.attempts == attempts
            if worker == "b":
                assert jobs.advance(conn, job["id"], worker, desk.clock.now, {"done": 1})
            elif worker == "c":
                jobs.release(conn, job["id"], worker)
            desk.clock.forward(seconds=61)


def test_a_worker_keeps_its_job_however_long_the_first_row_takes(
    desk: Any, working: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(*given: Any) -> Any:
        """Draft what is left of the file after twice the time of a lease."""
        for _ in range(2):
            desk.clock.forward(seconds=59)
            until = time.monotonic() + 20
            while not held() and time.monotonic() < until:
                time.sleep(0.01)
            left.append(held())
        return drafted(*given)

    def held() -> bool:
        with read(desk.engine) as conn:
            return not jobs.any_free(conn, desk.clock.now + timedelta(seconds=50))

    job = _upload(desk, "n.csv", _csv()).json()
    with begin(desk.engine) as conn:
        jobs.claim(conn, desk.clock.now, 60, "dead")
        jobs.advance(conn, job["id"], "dead", desk.clock.now, {"done": 3})
    left: list[bool] = []
    drafted = reading_ahead.drafted
    monkeypatch.setattr(reading_ahead, "drafted", slowly)
    monkeypatch.setattr(leases, "_SIGNS", 1_000)
    assert _counts(_finished(desk, job, working)) == (5, 1, 0, 1)
    assert left == [True, True]


def test_others_write_while_a_large_file_comes_in(lite: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    keep, said = jobs.add_part, []

    def kept(conn: Any, job_id: str, place: int, content: bytes) -> None:
        keep(conn, job_id, place, content)
        with read(lite.engine) as other:
            said.append((jobs.get(other, job_id) or {}).get("status"))
            assert not jobs.any_free(other, lite.clock.now)

    monkeypatch.setattr(jobs, "add_part", kept)
    monkeypatch.setattr(uploads, "_PART_BYTES", 100)
    job = _upload(lite, "n.csv", _csv()).json()
    assert job["status"] == "queued"
    assert len(said) > 2
    assert set(said) == {"receiving"}  # it was there for others before the file was


def test_a_file_that_never_came_in_full_is_given_up(lite: Any, working: Callable[..., None]) -> None:
    plan = {"format": "csv", "columns": {"text": "متن"}, "channel": "c", "encoding": None, "bytes": 99}
    with begin(lite.engine) as conn:
        told = {"filename": "n.csv", "plan": plan, "total": 3, "created_by": "key_1"}
        cut, stopped = (jobs.create(conn, lite.clock.now, **told) for _ in range(2))
        for job in (cut, stopped):
            jobs.add_part(conn, job, 0, "متن\nنان بیات بود\n".encode())
        assert jobs.finish(conn, stopped, lite.clock.now, "cancelled")
        jobs.add_part(conn, stopped, 1, b"more")
        jobs.queue(conn, stopped)
        assert list(jobs.parts(conn, stopped)) == []
        assert not jobs.any_free(conn, lite.clock.now)
    lite.clock.forward(hours=1)
    working(lite, lambda: lite.get(f"/v1/imports/{cut}", role="agent").json()["status"] == "failed")
    assert "کامل نرسید" in lite.get(f"/v1/imports/{cut}", role="agent").json()["error"]
    assert lite.get(f"/v1/imports/{stopped}", role="agent").json()["status"] == "cancelled"


def test_a_quote_that_is_not_closed_stops_no_other_row(lite: Any, working: Callable[..., None]) -> None:
    good = [f"چای میز {number} سرد بود,q{number}" for number in range(1, 40)]
    content = "\n".join(("متن,شناسه", '"نان بیات بود,q0', *good, '"ماست\nترش بود",q40')).encode()
    job = _finished(lite, _upload(lite, "n.csv", content).json(), working)
    assert (job["status"], _counts(job)) == ("done", (41, 40, 0, 1))
    told = lite.get(f"/v1/imports/{job['id']}/errors", role="agent").content.decode("utf-8-sig")
    (wrong,) = csv.DictReader(io.StringIO(told))
    assert (wrong["row"], wrong["code"]) == ("1", "unclosed_quote")
    assert "خط 2" in wrong["detail"]


def test_fields_that_few_records_have_are_read(lite: Any, working: Callable[..., None]) -> None:
    lines = [{"text": "نان بیات بود", "id": "s1"}] * 3
    lines += [{"text": "چای سرد بود", "id": "s2", "stars": 1, "date": "1405/08/01", "شعبهٔ ما": "ونک"}]
    content = "\n".join(json.dumps(line) for line in lines).encode()
    answer = _upload(lite, "n.jsonl", content, columns='{"branch": "شعبهٔ ما"}')
    assert _counts(_finished(lite, answer.json(), working)) == (4, 2, 2, 0)
    found = {each["external_id"]: each for each in lite.get("/v1/feedback").json()["items"]}
    assert found["s2"]["scores"]["stars"] == 1
    assert found["s2"]["created_at_jalali"].startswith("1405-08-01")
    assert (found["s1"]["branch"], found["s2"]["branch"]) == (None, "ونک")


def test_an_array_of_json_comes_in(lite: Any, working: Callable[..., None]) -> None:
    content = json.dumps([{"text": "نان بیات بود", "stars": 2}, "چای سرد بود"], ensure_ascii=False)
    assert _counts(_finished(lite, _upload(lite, "n.json", content.encode()).json(), working)) == (2, 2, 0, 0)


def test_a_file_is_brought_in_again_when_its_columns_were_named_wrongly(
    lite: Any, working: Callable[..., None]
) -> None:
    content = _csv([("گزارش", "چای سرد بود"), ("گزارش", "نان بیات بود")], ("عنوان", "شرح مشکل"))
    for column, created in (("عنوان", 2), ("شرح مشکل", 2), ("شرح مشکل", 0)):
        answer = _upload(lite, "n.csv", content, columns=json.dumps({"text": column}))
        job = _finished(lite, answer.json(), working)
        assert _counts(job) == (2, created, 2 - created, 0)


@pytest.mark.parametrize(
    ("name", "form", "path", "code"),
    [
        ("n.csv", {"encoding": "hex"}, "file", "unreadable_file"),
        ("n.csv", {"encoding": "idna"}, "file", "unreadable_file"),
        ("n.csv", {"encoding": "utf-8\0"}, "file", "unreadable_file"),
        ("n.csv", {"encoding": "utf-16"}, "file", "unreadable_file"),
        ("n.jsonl", {"encoding": "utf-32"}, "file", "unreadable_file"),
        ("n.csv", {"columns": r'{"text": "\ud800"}'}, "columns", "unknown_column"),
        ("n.csv", {"channel": "ک" * 201}, "channel", "too_long"),
    ],
)
def test_what_is_said_of_a_file_is_refused_when_it_cannot_be(
    lite: Any, name: str, form: dict[str, str], path: str, code: str
) -> None:
    answer = _upload(lite, name, "text\nنان بیات بود\n".encode(), **form)
    assert answer.status_code == 422, answer.text
    assert [(error["path"].removeprefix("body."), error["code"]) for error in answer.json()["errors"]] == [
        (path, code)
    ]


def test_a_name_that_no_database_keeps_is_refused(desk: Any) -> None:
    part = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a\0.csv"\r\n\r\ntext\nok\r\n--x--\r\n'
    )
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = desk.call("POST", "/v1/feedback/import", "agent", content=part, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "nul_character")


def test_refused_rows_are_told_for_thirty_days(desk: Any, working: Callable[..., None]) -> None:
    rows = [("خوب بود", "9"), ("بد بود", "8"), ("عالی بود", "5")]
    first, second = (
        _finished(desk, _upload(desk, name, _csv(rows, ("متن", "ستاره"))).json(), working)
        for name in ("a.csv", "b.csv")
    )
    line, errors = desk.client.app.state.desk.line, f"/v1/imports/{first['id']}/errors"
    desk.clock.forward(days=30)
    chores.tidy_up(line, desk.clock.now)
    assert len(desk.get(errors, role="agent").text.splitlines()) == 3
    desk.clock.forward(minutes=1)
    assert [chores.tidy_up(line, desk.clock.now) for _ in range(3)] == [True, True, False]
    for job in (first, second):
        assert desk.get(f"/v1/imports/{job['id']}/errors", role="agent").text.split() == [
            "\ufeffrow,code,detail"
        ]
        assert desk.get(f"/v1/imports/{job['id']}", role="agent").json()["failed"] == 2
    desk.sign_in()
    assert "۳۰ روز نگه داشته می‌شود" in desk.client.get(f"/settings/import/{first['id']}").text


def test_a_preview_shows_rows_that_could_be_read() -> None:
    content = '{broken\n{"text": "نان بیات بود"}\n{"stars": 2}\n'.encode()
    seen = uploads.preview(Upload(file=io.BytesIO(content), filename="n.jsonl"))
    assert seen.rows == [{"text": "نان بیات بود"}, {"stars": "2"}]


def test_half_a_character_in_a_file_is_looked_at_without_harm() -> None:
    content = rb'{"text": "a\ud800", "b\ud800": 1, "stars": null}'
    seen = uploads.preview(Upload(file=io.BytesIO(content), filename="n.jsonl"))
    assert (seen.headings, seen.rows[0]["text"]) == (["text", "stars"], "a?")


_API_SHAPE = [
    {
        "text": "پیک دیر رسید و غذا سرد بود",
        "external_id": "j-1",
        "channel": "app",
        "customer": {"external_id": "c-9", "tier": "vip"},
        "scores": {"stars": 2, "nps": None},
        "metadata": {"city": "قم", "order": {"paid": True}, "items": 3},
    },
    {"text": "نان بیات بود", "external_id": "j-2", "customer": None, "scores": {"csat": 1}, "metadata": {}},
]


@pytest.mark.parametrize("name", ["n.json", "n.jsonl"])
def test_comments_in_the_shape_of_the_api_come_in_as_by_the_api(
    lite: Any, working: Callable[..., None], name: str
) -> None:
    lines = [json.dumps(each, ensure_ascii=False) for each in _API_SHAPE]
    content = "\n".join(lines) if name == "n.jsonl" else f"[{','.join(lines)}]"
    job = _finished(lite, _upload(lite, name, content.encode()).json(), working)
    assert _counts(job) == (2, 2, 0, 0)
    assert job["columns"]["customer.tier"] == "customer.tier"
    second, first = sorted(
        lite.get("/v1/feedback", role="agent").json()["items"], key=lambda each: each["channel"], reverse=True
    )
    assert (second["customer"], second["scores"]["csat"], second["channel"]) == (None, 1, "import")
    assert (first["customer"]["external_id"], first["customer"]["tier"]) == ("c-9", "vip")
    assert (first["channel"], first["scores"]["stars"], first["scores"]["nps"]) == ("app", 2, None)
    assert first["metadata"] == {"city": "قم", "order.paid": True, "items": 3}


def test_what_is_exported_comes_in_again_without_a_word(lite: Any, working: Callable[..., None]) -> None:
    for number in range(2):
        lite.send(
            f"سفارش {number + 2} روز دیر رسید", channel=f"store-{number}", product="کفش",
            **({"customer": {"external_id": "c-1", "tier": "gold"}, "scores": {"stars": 2},
                "metadata": {"city": "ری", "gift": False}} if number else {}),
        )  # fmt: skip
    exported = lite.get("/v1/exports/feedback", params={"format": "jsonl"}, role="admin").content
    before = {row["id"] for row in map(json.loads, exported.splitlines())}
    elsewhere = exported.replace(b'"id": "fb_0', b'"id": "fb_1')
    job = _finished(lite, _upload(lite, "n.jsonl", elsewhere).json(), working)
    assert _counts(job) == (2, 2, 0, 0)
    turned = b"\n".join(reversed(elsewhere.splitlines()))
    assert _counts(_finished(lite, _upload(lite, "n.jsonl", turned).json(), working)) == (2, 0, 2, 0)
    listed = lite.get("/v1/feedback", role="agent").json()["items"]
    told = ("channel", "text", "created_at", "product", "scores", "metadata", "tags")
    again, first = (
        sorted(
            (
                [each[name] for name in told] + [(each["customer"] or {}).get("tier")]
                for each in listed
                if (each["id"] in before) is old
            ),
            key=lambda row: row[0],
        )
        for old in (False, True)
    )
    assert again == first


@pytest.mark.parametrize("form", ["csv", "xlsx", "jsonl"])
def test_a_table_that_was_exported_says_nothing_new(
    lite: Any, working: Callable[..., None], form: str
) -> None:
    at = {"created_at": "2026-11-22T06:30:00Z"}
    told = {"product": "=کفش", "metadata": {"city": "ری", "gift": False, "items": 3}} | at
    lite.send("-پیک دیر رسید\n-غذا سرد بود", external_id="t-1", **told)
    lite.send("'نان' بیات بود", external_id="t-2", **at)
    exported = lite.get("/v1/exports/feedback", params={"format": form}, role="admin").content
    job = _finished(lite, _upload(lite, f"n.{form}", exported).json(), working)
    assert _counts(job) == (2, 0, 2, 0)


@pytest.mark.parametrize("form", ["csv", "xlsx", "jsonl"])
def test_what_a_desk_exported_is_there_already(lite: Any, working: Callable[..., None], form: str) -> None:
    who = {"external_id": "c-1", "name": "مینا", "lifetime_value": 5e6}
    lite.send("با ۰۹۱۲۰۰۰۰۰۰۰ تماس بگیرید", customer=who, metadata={"city": "ری"})
    lite.send("نان\x01 بیات بود\r\nولی پیک خوش‌برخورد بود", external_id="t-1")
    gone = lite.send("چای سرد بود")["id"]
    params = {"format": form}
    exported = lite.get("/v1/exports/feedback", params=params, role="admin").content
    lite.call("DELETE", f"/v1/feedback/{gone}").raise_for_status()
    job = _finished(lite, _upload(lite, f"n.{form}", exported, channel="web").json(), working)
    assert _counts(job) == (3, 0, 2, 1)
    assert ",erased," in lite.get(f"/v1/imports/{job['id']}/errors", role="agent").text


def test_an_exported_text_that_was_changed_is_no_new_comment(lite: Any, working: Callable[..., None]) -> None:
    lite.send("چای سرد بود")
    exported = lite.get("/v1/exports/feedback", role="admin").content.decode()
    changed = exported.replace("چای", "شیر").encode()
    job = _finished(lite, _upload(lite, "n.csv", changed).json(), working)
    assert _counts(job) == (1, 0, 0, 1)
    assert ",id_conflict," in lite.get(f"/v1/imports/{job['id']}/errors", role="agent").text


def test_a_moment_that_no_calendar_reaches_costs_its_row_alone(
    lite: Any, working: Callable[..., None]
) -> None:
    never = 253_402_300_799_000_000
    when = pa.array([1_700_000_000_000_000, never], pa.timestamp("us", "Asia/Tehran"))
    table = pa.table({"text": ["نان بیات بود", "چای سرد بود"], "created_at": when})
    parquet.write_table(table, out := io.BytesIO())
    job = _finished(lite, _upload(lite, "n.parquet", out.getvalue()).json(), working)
    assert (job["status"], _counts(job)) == ("done", (2, 1, 0, 1))
    refused = lite.get(f"/v1/imports/{job['id']}/errors", role="agent").text
    assert "2,wrong_datetime," in refused


def test_a_comment_is_the_same_one_by_file_and_by_the_api(lite: Any, working: Callable[..., None]) -> None:
    row = ("r-1", "پیک خیلی دیر رسید و غذا سرد بود", "1", "1405/09/01 10:00")
    _finished(lite, _upload(lite, "a.csv", _csv([row])).json(), working)
    told = {"external_id": row[0], "channel": "import", "text": row[1], "scores": {"stars": 1}}
    again = lite.post("/v1/feedback", told | {"created_at": "2026-11-22T06:30:00Z"}, role="sender")
    assert (again.status_code, again.json()["outcome"]) == (200, "unchanged")
    exported = lite.get("/v1/exports/feedback", params={"format": "jsonl"}).content
    assert _counts(_finished(lite, _upload(lite, "b.jsonl", exported).json(), working)) == (1, 0, 1, 0)


@pytest.mark.parametrize("media", ["text/csv", "application/json", "application/x-www-form-urlencoded"])
def test_a_file_that_is_the_body_itself_is_refused_as_what_it_is(lite: Any, media: str) -> None:
    answer = lite.call(
        "POST", "/v1/feedback/import", "agent", content=_csv(), headers={"Content-Type": media}
    )
    assert (answer.status_code, answer.json()["code"]) == (415, "wrong_media_type")
    assert "multipart/form-data" in answer.json()["detail"]


def test_a_field_beside_ours_is_taken_from_any_column(lite: Any, working: Callable[..., None]) -> None:
    content = _csv([("نان بیات بود", "قم"), ("چای سرد بود", "")], ("متن", "شهر"))
    columns = json.dumps({"metadata.city": "شهر"})
    _finished(lite, _upload(lite, "n.csv", content, columns=columns).json(), working)
    told = {each["text"]: each["metadata"] for each in lite.get("/v1/feedback").json()["items"]}
    assert told == {"نان بیات بود": {"city": "قم"}, "چای سرد بود": {}}
    answer = _upload(lite, "n.csv", content, columns=json.dumps({"metadata.": "شهر"}))
    assert answer.json()["errors"][0]["code"] == "unknown_field"


def test_the_page_shows_the_fields_within_objects(lite: Any) -> None:
    content = json.dumps(_API_SHAPE).encode()
    seen = uploads.preview(Upload(file=io.BytesIO(content), filename="n.json"))
    assert seen.guessed["customer.external_id"] == "customer.external_id"
    assert (seen.rows[0]["customer.tier"], seen.rows[0]["scores.stars"]) == ("vip", "2")
    assert "customer" in seen.headings  # the second record has none
    page = _looked_at(lite, "n.json", content)
    assert "دادهٔ همراه: city" in page
    assert '<option value="metadata.city" selected>' in page


def test_the_page_of_a_file_grows_with_its_columns_and_not_with_their_square(lite: Any) -> None:
    names = ("text", *(f"metadata.{number}" for number in range(800)))
    page = _looked_at(lite, "n.csv", _csv([("خوب بود", *"1" * 800)], names))
    assert '<option value="metadata.799" selected>' in page
    assert page.count("<option") < 20 * len(names)


def _looked_at(desk: Any, name: str, content: bytes) -> str:
    """Return what the page tells an agent of a file."""
    session = desk.sign_in()
    sent = {"files": {"file": (name, content)}, "data": {"csrf": csrf_token(session)}}
    own = {"Sec-Fetch-Site": "same-origin"}
    page: str = desk.client.post("/settings/import/preview", **sent, headers=own).text
    return page


def test_a_row_that_breaks_what_reads_it_costs_itself_alone(
    lite: Any, working: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    drafted = reading_ahead.drafted

    def breaks(line: Any, comments: Any, now: Any) -> Any:
        if any("شکننده" in comment.text for comment in comments):
            raise IndexError(comments)
        return drafted(line, comments, now)

    monkeypatch.setattr(reading_ahead, "drafted", breaks)
    rows = [(text,) for text in ("پیک دیر رسید", "متن شکننده", "غذا سرد بود")]
    job = _finished(lite, _upload(lite, "n.csv", _csv(rows, ("متن",))).json(), working)
    assert (job["status"], _counts(job)) == ("done", (3, 2, 0, 1))
    refused = list(csv.reader(io.StringIO(lite.get(f"/v1/imports/{job['id']}/errors", role="agent").text)))
    assert [row[:2] for row in refused[1:]] == [["2", "reading_failed"]]


def test_what_broke_a_comment_travels_between_processes() -> None:
    def breaks(_texts: Any) -> list[str]:
        raise IndexError("the words of a comment")

    (broken,) = read_each(breaks, ["متن شکننده"])
    assert isinstance(broken, Failure)
    assert pickle.loads(pickle.dumps(broken)) == broken
    assert "words" not in str(broken)


def test_a_file_that_is_read_leaves_no_name_behind(
    lite: Any, working: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[list[Path]] = []
    drafted = reading_ahead.drafted

    def looking(*given: Any) -> Any:
        seen.append(list((tmp_path / "own").iterdir()))
        return drafted(*given)

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    monkeypatch.setattr(reading_ahead, "drafted", looking)
    for name, content in (("n.csv", _csv()), ("n.xlsx", _xlsx()), ("n.jsonl", _jsonl())):
        job = _finished(lite, _upload(lite, name, content, channel=name[2:]).json(), working)
        assert _counts(job) == (5, 3, 0, 2)
    assert seen == [[]] * 3
