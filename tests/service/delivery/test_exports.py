"""Everything can be taken away: masked, complete, and without a formula that a spreadsheet would run."""

import csv
import gc
import io
import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import anyio
import openpyxl
import pytest
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from nlp import examples
from service.api.writing import attached
from service.comments import exporting

GOLDEN = Path(__file__).parent / "golden"


def _table(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    text = answer.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def _filled(desk: Any) -> Any:
    desk.send("سه روزه سفارشم نرسیده، به ۰۹۱۲۱۲۳۴۵۶۷ زنگ بزنید وگرنه شکایت می‌کنم",
              external_id="e-1", channel="app", customer={"external_id": "c-1", "tier": "vip"})  # fmt: skip
    desk.send(
        '=HYPERLINK("http://evil.example","برنده شدید") کیفیت خوب بود',
        external_id="e-2", branch="@شعبه", product="\x01=1+1",
    )  # fmt: skip
    desk.send("غذا عالی بود، ممنون", external_id="e-3", scores={"stars": 5})
    return desk


@pytest.fixture
def full(lite: Any) -> Any:
    return _filled(lite)


@pytest.fixture
def full_both(desk: Any) -> Any:
    return _filled(desk)


def test_comments_are_exported_with_their_tags_and_without_personal_data(full: Any) -> None:
    rows = _table(full.get("/v1/exports/feedback", role="admin"))
    assert [row["external_id"] for row in rows] == ["e-3", "e-2", "e-1"]
    assert "۰۹۱۲" not in rows[2]["text"]
    assert "[موبایل]" in rows[2]["text"]
    assert (rows[2]["channel"], rows[2]["customer"], rows[2]["tier"]) == ("app", "c-1", "vip")
    assert rows[2]["ticket"].startswith("tk_")
    assert rows[0]["stars"] == "5"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_no_cell_is_taken_for_a_formula(full: Any, form: str) -> None:
    content = full.get("/v1/exports/feedback", params={"format": form}).content
    if form == "csv":
        cells = [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row]
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
        cells = [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
    assert any(cell.startswith("'=HYPERLINK") for cell in cells)
    assert {"'@شعبه", "'=1+1"} <= set(cells)


def test_json_lines_say_what_the_api_says(full: Any) -> None:
    lines = full.get("/v1/exports/feedback", params={"format": "jsonl"}).text.splitlines()
    listed = full.get("/v1/feedback", role="reader").json()["items"]
    assert [json.loads(line) for line in lines] == listed


def test_filters_narrow_an_export_as_they_narrow_the_listing(full: Any) -> None:
    assert len(_table(full.get("/v1/exports/feedback", params={"channel": "app"}))) == 1
    assert len(_table(full.get("/v1/exports/feedback", params={"q": "ممنون"}))) == 1
    assert full.get("/v1/exports/feedback", params={"colour": "red"}).status_code == 422
    assert full.get("/v1/exports/tickets", params={"format": "pdf"}).status_code == 422


def test_tickets_are_narrowed_as_the_inbox_narrows_them(full_both: Any) -> None:
    desk = full_both

    def found(role: str = "agent", **asked: str) -> int:
        return len(_table(desk.get("/v1/exports/tickets", params=asked, role=role)))

    everything = found()
    late = next(one for one in _table(desk.get("/v1/exports/tickets")) if one["customer"] == "c-1")
    assert found(queue=late["queue"], priority=late["priority"], channel="app", topic="delivery_time") == 1
    assert found(q="سفارشم") == found(q="c-1") == 1
    assert found(q="c-1", role="reader") == 0  # who sees masked texts must not find out whose they are
    assert found(assignee="nobody") == found(finished="false") == everything
    desk.post(f"/v1/tickets/{late['id']}/assign", {"assignee": "agent"})
    assert found(assignee="me") == found(status="assigned") == 1
    desk.post(f"/v1/tickets/{late['id']}/resolve", {})
    assert found(finished="true") == found(status="resolved") == 1
    assert found(finished="false") == everything - 1
    assert found(status="resolved", finished="false") == 0
    assert found(since="2001-01-01", until="2001-01-02") == 0
    for wrong in ({"status": "new"}, {"priority": "high!"}, {"topic": "weather"}, {"colour": "red"}):
        assert desk.get("/v1/exports/tickets", params=wrong).status_code == 422


def test_an_export_of_many_pages_is_complete(full_both: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "_PAGE", 2)
    assert len(_table(full_both.get("/v1/exports/feedback"))) == 3
    tickets = _table(full_both.get("/v1/exports/tickets"))
    assert len({row["id"] for row in tickets}) == len(tickets) >= 1
    assert {"queue", "priority", "sla", "reason"} <= set(tickets[0])


def test_corrections_are_exported_and_become_training_examples(full: Any, tmp_path: Path) -> None:
    stored = full.get("/v1/feedback", params={"external_id": "e-3"}).json()["items"][0]
    answer = full.post(
        f"/v1/feedback/{stored['id']}/corrections", {"sentiment": "positive", "category": "suggestion"}
    )
    assert answer.status_code < 300, answer.text
    rows = _table(full.get("/v1/exports/corrections", role="agent"))
    assert {row["field"] for row in rows} >= {"category"}
    file = tmp_path / "corrections.jsonl"
    file.write_bytes(full.get("/v1/exports/examples", role="agent").content)
    (example,) = examples.read(file)
    assert (example.category, example.sentiment, example.draw) == ("suggestion", 1, "correction")
    assert full.get("/v1/exports/corrections", role="reader").status_code == 403


def test_examples_are_said_to_be_of_the_trade_of_the_desk(opened: Any, engine: Any) -> None:
    desk = opened(engine, trade="hotel")
    stored = desk.post("/v1/feedback", {"text": "اتاق سرد بود"}).json()
    desk.post(f"/v1/feedback/{stored['id']}/corrections", {"category": "suggestion"})
    (line,) = desk.get("/v1/exports/examples", role="agent").text.splitlines()
    assert json.loads(line)["domain"] == "hotel"
    assert desk.get("/v1/models").json()["trade"] == "hotel"


def test_many_examples_come_page_by_page(full: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [row["id"] for row in full.get("/v1/feedback").json()["items"]]
    for id_ in ids:
        full.post(f"/v1/feedback/{id_}/corrections", {"category": "suggestion"})
    monkeypatch.setattr(exporting, "_PAGE", 2)
    lines = full.get("/v1/exports/examples", role="agent").text.splitlines()
    assert sorted(json.loads(line)["id"] for line in lines) == sorted(ids)
    assert len(ids) == 3


def test_a_file_has_the_day_of_tehran_in_its_name(lite: Any) -> None:
    lite.clock.now = datetime(2026, 11, 28, 21, 0, tzinfo=UTC)
    assert "20261129.csv" in lite.get("/v1/exports/feedback").headers["content-disposition"]


def test_an_empty_export_has_its_header(lite: Any) -> None:
    for what in ("feedback", "tickets", "corrections"):
        assert _table(lite.get(f"/v1/exports/{what}", role="agent")) == []
        book = lite.get(f"/v1/exports/{what}", role="agent", params={"format": "xlsx"}).content
        assert openpyxl.load_workbook(io.BytesIO(book)).worksheets[0].max_row == 1


def test_a_text_that_no_cell_of_a_sheet_holds_is_cut_with_a_mark() -> None:
    long, pairs, whole = "غذا سرد بود " * 3_000, "سرد" + "😀" * 16_400, "ب" * 32_767
    book = b"".join(exporting._xlsx(("text",), iter([[long], [pairs], [whole]])))
    sheet = openpyxl.load_workbook(io.BytesIO(book)).worksheets[0]
    cells = [cell for (cell,) in sheet.iter_rows(min_row=2, values_only=True)]
    assert cells == [long[:32_766] + "…", "سرد" + "😀" * 16_381 + "…", whole]


def test_a_workbook_that_is_given_up_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def rows() -> Iterator[list[Any]]:
        yield from ([number] for number in range(1_200))
        raise OSError("the database went away")

    hung_up = exporting._xlsx(("number",), rows())
    assert [next(hung_up), next(hung_up)] == [b"", b""]
    assert list(tmp_path.iterdir())
    hung_up.close()
    assert not list(tmp_path.iterdir())
    with pytest.raises(OSError, match="went away"):
        list(exporting._xlsx(("number",), rows()))
    assert not list(tmp_path.iterdir())


def test_files_that_are_written_at_once_leave_threads_to_others() -> None:
    go_on = Event()

    def slow() -> exporting.Pieces:
        go_on.wait(30)
        yield b"."

    async def ask() -> None:
        async with anyio.create_task_group() as others:
            for _ in range(50):
                others.start_soon(attached("file", slow()), {"type": "http"}, anyio.sleep_forever, _sent)
            try:
                with anyio.fail_after(10):
                    await anyio.wait_all_tasks_blocked()
                    await run_in_threadpool(Event().is_set)
            finally:
                go_on.set()

    anyio.run(ask)


def test_a_file_whose_reader_hangs_up_is_given_up_at_once() -> None:
    given_up = Event()

    def endless() -> exporting.Pieces:
        try:
            while True:
                yield b"."
        finally:
            given_up.set()

    async def hang_up() -> dict[str, str]:
        await anyio.sleep(0.1)
        return {"type": "http.disconnect"}

    async def ask(file: StreamingResponse) -> None:
        with anyio.fail_after(10):
            await file({"type": "http"}, hang_up, _sent)
        assert given_up.is_set()

    gc.disable()  # what it would find is kept until then
    try:
        anyio.run(ask, attached("file", endless()))
    finally:
        gc.enable()


async def _sent(_message: Any) -> None:
    """Be a client that takes everything."""


def test_the_export_of_a_comment_looks_as_agreed() -> None:
    record = json.loads((GOLDEN / "feedback.json").read_text(encoding="utf-8"))
    columns = exporting._COLUMNS["feedback"]
    flat = exporting._flat_feedback(record)
    made = b"".join(exporting.as_csv(columns, iter([[exporting.cell(flat.get(name)) for name in columns]])))
    assert made == (GOLDEN / "feedback.csv").read_bytes()
