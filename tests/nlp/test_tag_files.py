"""Files in, tagged files out, through the shipped model: every format, every way a file can be bad."""

import csv
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tracemalloc
import zipfile
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import openpyxl
import pyarrow as pa
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from nlp import artifacts, bulk
from nlp.cli import app
from nlp.errors import RecordsError, TooLargeError, UserError
from nlp.files import checkpoint, csvlines, progress, records, workbooks
from nlp.files.cells import plain
from nlp.files.records import Row, Source
from nlp.files.tagged import neutral
from nlp.tagger import Tagger

MODELS = Path(__file__).resolve().parents[2] / "models"
COMMENTS = [
    "پیتزا سرد رسید و پیک هم بی‌ادب بود",
    "عالی بود، ممنون از برخورد خوب پرسنل",
    "ساعت کاری شعبهٔ ونک چند تا چند است؟",
]
RECORDS = [{"id": number, "text": text, "branch": "ونک"} for number, text in enumerate(COMMENTS)]


def write_csv(path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.DictWriter(file, list(RECORDS[0]))
        rows.writeheader()
        rows.writerows(RECORDS)


def write_jsonl(path: Path) -> None:
    path.write_text("\n".join(json.dumps(record) for record in RECORDS), encoding="utf-8")


def write_xlsx(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(list(RECORDS[0]))
    for record in RECORDS:
        book.active.append(list(record.values()))
    book.save(path)


def write_parquet(path: Path) -> None:
    parquet.write_table(pa.Table.from_pylist(RECORDS), path)


def write_text(path: Path) -> None:
    path.write_text("\r\n\r\n".join(COMMENTS), encoding="utf-8")


FORMATS: dict[str, Callable[[Path], None]] = {
    "in.csv": write_csv,
    "in.jsonl": write_jsonl,
    "in.xlsx": write_xlsx,
    "in.parquet": write_parquet,
    "in.txt": write_text,
}


def tag(source: Path, out: str = "out.jsonl", **options: Any) -> list[dict[str, Any]]:
    target = source.parent / out
    code = run(
        "tag", str(source), "-o", str(target), *[f"--{k.replace('_', '-')}={v}" for k, v in options.items()]
    )
    assert code in (0, 1)
    return [json.loads(line) for line in target.read_text(encoding="utf-8").split("\n")[:-1]]


def run(*arguments: str) -> int:
    return CliRunner().invoke(app, [*arguments, "--models", str(MODELS)]).exit_code


def read(path: Path, content: bytes, **options: Any) -> list[Row]:
    path.write_bytes(content)
    return list(records.read(Source(path=str(path), **options)))


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_comes_back_as_its_records_with_tags_in_their_order(tmp_path: Path, name: str) -> None:
    FORMATS[name](tmp_path / name)
    found = tag(tmp_path / name)
    assert [record["text"] for record in found] == COMMENTS
    assert [record["tags"]["category"]["label"] for record in found] == ["complaint", "praise", "question"]
    assert {topic["id"] for topic in found[0]["tags"]["topics"]} >= {"courier"}
    if name != "in.txt":
        assert [int(record["id"]) for record in found] == [0, 1, 2]
        assert {record["branch"] for record in found} == {"ونک"}


def test_every_span_quotes_the_record_it_stands_in(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in.jsonl")
    for record in tag(tmp_path / "in.jsonl"):
        spans = [span for topic in record["tags"]["topics"] for span in topic["spans"]]
        assert spans or not record["tags"]["topics"]
        assert all(record["text"][span["start"] : span["end"]] == span["text"] for span in spans)


def test_csv_output_is_flat_and_opens_in_a_spreadsheet(tmp_path: Path) -> None:
    write_csv(tmp_path / "in.csv")
    assert run("tag", str(tmp_path / "in.csv"), "-o", str(tmp_path / "out.csv")) == 0
    content = (tmp_path / "out.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfid,text,branch,tags.language")
    rows = list(csv.DictReader(content.decode("utf-8-sig").splitlines()))
    assert [row["tags.category"] for row in rows] == ["complaint", "praise", "question"]
    assert "courier:negative" in rows[0]["tags.topics"].split("|")
    assert all(row["error"] == "" for row in rows)


def test_a_tagged_csv_file_is_tagged_again_and_loses_nothing(tmp_path: Path) -> None:
    lines = '{"text": "چای سرد بود"}\n{"text": "نان بیات بود", "stars": 2}\n'
    (tmp_path / "in.jsonl").write_text(lines, encoding="utf-8")
    for source, out in (("in.jsonl", "1.csv"), ("1.csv", "2.csv"), ("2.csv", "3.csv")):
        assert run("tag", str(tmp_path / source), "-o", str(tmp_path / out)) == 0
    assert (tmp_path / "3.csv").read_bytes() == (tmp_path / "1.csv").read_bytes()
    assert '"{""stars"": 2}"' in (tmp_path / "3.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("name", ["out.xlsx", "out.PARQUET", "out.tsv", "out.json", "out.txt"])
def test_a_suffix_that_is_only_read_is_refused(tmp_path: Path, name: str) -> None:
    write_csv(tmp_path / "in.csv")
    assert run("tag", str(tmp_path / "in.csv"), "-o", str(tmp_path / name)) == 2
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("words", [("out.ndjson",), ("out",), ("out.json", "--format", "jsonl")])
def test_lines_are_written_where_no_suffix_says_else_or_they_are_wished_for(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    write_csv(tmp_path / "in.csv")
    name, *how = words
    assert run("tag", str(tmp_path / "in.csv"), "-o", str(tmp_path / name), *how) == 0
    assert all(json.loads(line)["tags"] for line in (tmp_path / name).read_text("utf-8").splitlines())


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+98 21", "'+98 21"),
        ("\t=1", "'\t=1"),
        ("＝1+1", "'＝1+1"),
        ("-12.5", "-12.5"),
        (-3, -3),
        ("خوب بود", "خوب بود"),
        ({"a": 1}, '{"a": 1}'),
    ],
)
def test_no_cell_of_the_output_is_a_formula(cell: object, shown: object) -> None:
    assert neutral(cell) == shown


def test_a_formula_in_the_input_reaches_a_csv_file_as_text(tmp_path: Path) -> None:
    record = {"=cmd|x": "=1+1", "text": "=غذا بد بود"}
    (tmp_path / "in.jsonl").write_text(json.dumps(record), encoding="utf-8")
    assert run("tag", str(tmp_path / "in.jsonl"), "-o", str(tmp_path / "out.csv")) == 0
    header, row = csv.reader((tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines())
    assert (header[0], row[0], row[1]) == ("'=cmd|x", "'=1+1", "'=غذا بد بود")


def test_a_bad_record_gets_its_error_and_the_others_their_tags(tmp_path: Path) -> None:
    lines = [
        '{"text": "خوب بود"}',
        "{broken",
        "[1]",
        '{"body": "x"}',
        '{"text": null}',
        '{"text": "\\ud800"}',
        '{"text": NaN}',
        '{"text": "سرد بود", "tags": {"old": 1}, "error": "old"}',
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert run("tag", str(tmp_path / "in.jsonl"), "-o", str(tmp_path / "out.jsonl")) == 1
    found = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    codes = [record.get("error", "").split(":")[0] for record in found]
    assert codes == [
        "",
        "invalid_json",
        "invalid_json",
        "text_missing",
        "not_text",
        "surrogate",
        "invalid_json",
        "",
    ]
    assert [("tags" in record) for record in found] == [not code for code in codes]
    assert "old" not in found[-1]["tags"]
    assert (found[-1]["tags_1"], found[-1]["error_1"]) == ({"old": 1}, "old")


def test_what_a_customer_calls_tags_or_error_is_kept_and_what_an_earlier_run_said_is_not(
    tmp_path: Path,
) -> None:
    (tmp_path / "in.csv").write_text("tags,error,error_1,text\na|b,,x,خوب\n,E42,,بد\n", encoding="utf-8")
    first = tag(tmp_path / "in.csv", "1.jsonl")
    assert [(each["tags_1"], each["error_2"], each["error_1"]) for each in first] == [
        ("a|b", "", "x"),
        ("", "E42", ""),
    ]
    again = tag(tmp_path / "1.jsonl", "2.jsonl")
    assert again == first
    for source, out in (("in.csv", "1.csv"), ("1.csv", "2.csv")):
        assert run("tag", str(tmp_path / source), "-o", str(tmp_path / out)) == 0
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()
    assert (
        (tmp_path / "1.csv")
        .read_text(encoding="utf-8-sig")
        .startswith("tags_1,error_2,error_1,text,tags.language")
    )


def test_why_a_record_had_no_tags_is_said_anew(tmp_path: Path) -> None:
    lines = '{broken\n{"text": 1e999}\n{"text": "\\ud800"}\n{"body": "x"}\n'
    (tmp_path / "in.jsonl").write_text(lines, encoding="utf-8")
    first = tag(tmp_path / "in.jsonl", "1.jsonl")
    again = tag(tmp_path / "1.jsonl", "2.jsonl")
    assert [set(each) - {"text", "body", "line"} for each in again] == [{"error"}] * 4
    assert [each["error"].partition(":")[0] for each in first] == [
        "invalid_json",
        "not_text",
        "surrogate",
        "text_missing",
    ]


def test_a_comment_of_a_megabyte_is_tagged_and_given_back_whole(tmp_path: Path) -> None:
    long = "غذا سرد بود و پیک دیر رسید. " * 40_000
    (tmp_path / "in.jsonl").write_text(json.dumps({"text": long}), encoding="utf-8")
    (record,) = tag(tmp_path / "in.jsonl")
    assert record["text"] == long
    assert record["tags"]["category"]["label"] == "complaint"


def test_empty_and_foreign_texts_abstain_instead_of_failing(tmp_path: Path) -> None:
    texts = ["   ", "😊😊", "The delivery was late and cold.", "<b>غذا سرد بود</b>"]
    (tmp_path / "in.jsonl").write_text(
        "\n".join(json.dumps({"text": text}) for text in texts), encoding="utf-8"
    )
    found = [record["tags"] for record in tag(tmp_path / "in.jsonl")]
    assert [bool(tags["abstained"]) for tags in found][::2] == [True, True]
    assert found[3]["category"]["label"] == "complaint"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("in.csv", b"", "خالی"),
        ("in.csv", "متن,کد\nخوب,1\n".encode(), "ستون «text» نیست"),
        ("in.csv", b"text,text\na,b\n", "دو ستون یک نام"),
        ("in.csv", "text\nخوب بود\n".encode("cp1256"), "cp1256"),
        ("in.txt", "خوب بود".encode("utf-16-le"), "UTF-16"),
        ("in.xlsx", b"PK\x03\x04 no workbook", "XLSX خوانده نشد"),
        ("in.xlsx", b"", "XLSX خوانده نشد"),
        ("in.parquet", b"PAR1 no table", "Parquet خوانده نشد"),
        ("in.parquet", b"PAR1 no table at all PAR1", "Parquet خوانده نشد"),
        ("in.doc", b"text", "--input-format بگویید (csv، jsonl، "),
    ],
)
def test_a_file_of_which_nothing_can_be_read_says_what_to_do(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    result = CliRunner().invoke(app, ["tag", str(tmp_path / name), "--models", str(MODELS)])
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-file.csv"],
        [".", "--input-format", "csv"],
        [__file__, "--input-format", "text", "-o", "no/such/folder/out.jsonl"],
        [__file__, "--input-format", "text", "--encoding", "utf-99"],
        [__file__, "--input-format", "text", "--trade", "bakery"],
        [__file__, "--input-format", "text", "--models", "no/such/models"],
    ],
)
def test_what_cannot_be_opened_is_exit_code_2_without_a_traceback(arguments: list[str]) -> None:
    models = [] if "--models" in arguments else ["--models", str(MODELS)]
    result = CliRunner().invoke(app, ["tag", *arguments, *models])
    assert (result.exit_code, type(result.exception)) == (2, SystemExit)
    assert result.stderr.startswith("bazkhord: ")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_file_is_tagged_for_the_trade_that_is_told(tmp_path: Path, workers: str) -> None:
    write_jsonl(tmp_path / "in.jsonl")
    options = f"--trade hotel --workers {workers} --models {MODELS}".split()
    lines = CliRunner().invoke(app, ["tag", str(tmp_path / "in.jsonl"), *options]).stdout.splitlines()
    tagger = Tagger.load(MODELS, "hotel")
    expected = [json.loads(json.dumps(tagger.tag(text).to_json())) for text in COMMENTS]
    assert [json.loads(line)["tags"] for line in lines] == expected


def test_an_empty_file_of_lines_gives_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(b"\n\n")
    assert tag(tmp_path / "in.jsonl") == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_names_the_encoding(tmp_path: Path, encoding: str) -> None:
    rows = read(tmp_path / "in.csv", "text;code\nخوب بود;۱\n".encode(encoding))
    assert [(row.text, row.record["code"]) for row in rows] == [("خوب بود", "۱")]


@pytest.mark.parametrize(
    ("named", "written"),
    [("utf8", "utf-8-sig"), ("UTF-8", "utf-8-sig"), ("utf-16-le", "utf-16"), ("utf-16", "utf-16")],
)
def test_the_mark_of_a_named_encoding_is_no_letter(tmp_path: Path, named: str, written: str) -> None:
    (row,) = read(tmp_path / "in.csv", "text\nخوب\n".encode(written), encoding=named)
    assert row.text == "خوب"


def test_a_stray_zero_byte_makes_no_file_utf_16(tmp_path: Path) -> None:
    rows = read(tmp_path / "in.csv", "text\nخوب\0بود\nبد بود\n".encode())
    assert [row.text for row in rows] == ["خوب\0بود", "بد بود"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("in.csv", b"\x1f\x8b\x08", "gzip"),
        ("in.csv.gz", b"\x1f\x8b\x08", "gzip"),
        ("in.jsonl", b"PK\x03\x04", "XLSX"),
        ("in.txt", b"PAR1", "Parquet"),
        ("in.txt", "نظر: بد بود".encode("utf-16-be"), "UTF-16"),
    ],
)
def test_what_is_no_text_is_named(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    with pytest.raises(RecordsError, match=said):
        read(tmp_path / name, content)


@pytest.mark.parametrize("name", ["in.xlsx", "in.parquet"])
def test_a_table_comes_through_a_pipe(tmp_path: Path, name: str) -> None:
    FORMATS[name](tmp_path / name)
    pipe = tmp_path / f"pipe{Path(name).suffix}"
    for look in (lambda source: [row.text for row in records.read(source)], records.headings):
        os.mkfifo(pipe)
        with ThreadPoolExecutor() as writer:
            writer.submit(pipe.write_bytes, (tmp_path / name).read_bytes())
            assert look(Source(path=str(pipe))) in (COMMENTS, ["id", "text", "branch"])
        pipe.unlink()


def test_a_text_within_an_object_of_parquet_is_found_by_its_dotted_name(tmp_path: Path) -> None:
    parquet.write_table(pa.Table.from_pylist([{"review": {"text": "خوب"}}]), tmp_path / "in.parquet")
    (row,) = records.read(Source(path=str(tmp_path / "in.parquet"), text_column="review.text"))
    assert row.text == "خوب"
    with pytest.raises(RecordsError, match=r"ستون «other\.text» نیست"):
        list(records.read(Source(path=str(tmp_path / "in.parquet"), text_column="other.text")))


def test_a_moment_that_no_calendar_reaches_is_a_text_in_its_row(tmp_path: Path) -> None:
    last = 253_402_300_799_000_000  # in Tehran it is the year 10000 already
    when = pa.array([0, last, None], pa.timestamp("us", "Asia/Tehran"))
    days = pa.array([[0], [20_000_000], []], pa.list_(pa.date32()))
    table = pa.table({"text": ["سرد بود", "دیر رسید", "خوب بود"], "until": when, "days": days})
    parquet.write_table(table, tmp_path / "in.parquet")
    rows = [row.record for row in records.read(Source(path=str(tmp_path / "in.parquet")))]
    assert [row["text"] for row in rows] == ["سرد بود", "دیر رسید", "خوب بود"]
    assert [row["until"] for row in rows] == [
        "1970-01-01T03:30:00+03:30",
        "+10000-01-01T03:29:59+03:30",
        None,
    ]
    assert [row["days"] for row in rows] == [["1970-01-01"], "[+56728-02-22]", []]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("in.tsv", "متن, نظر, همه\tکد, الف\nخوب\t1\n"),
        ("in.csv", "sep=;\r\nمتن, نظر, همه;کد, الف\r\nخوب;1\r\n"),
        ("in.csv", "sep=|;\nمتن, نظر, همه|کد, الف\nخوب|1\n"),
    ],
)
def test_what_stands_between_cells_may_be_told(tmp_path: Path, name: str, content: str) -> None:
    (row,) = read(tmp_path / name, content.encode(), text_column="متن, نظر, همه")
    assert row.record == {"متن, نظر, همه": "خوب", "کد, الف": "1"}


@pytest.mark.parametrize("name", ["in.csv", "in.xlsx", "in.parquet"])
@pytest.mark.parametrize("told", ["text", " text "])
def test_blanks_around_a_heading_do_not_hide_the_comments(tmp_path: Path, name: str, told: str) -> None:
    path = tmp_path / name
    if name == "in.csv":
        path.write_text("id, text\n1,سرد بود\n", encoding="utf-8")
    elif name == "in.xlsx":
        book = openpyxl.Workbook()
        book.active.append(["id", " text"])
        book.active.append(["1", "سرد بود"])
        book.save(path)
    else:
        parquet.write_table(pa.table({"id": ["1"], " text": ["سرد بود"]}), path)
    (row,) = records.read(Source(path=str(path), text_column=told))
    assert (row.text, row.record) == ("سرد بود", {"id": "1", " text": "سرد بود"})


def test_of_two_headings_that_differ_in_blanks_the_one_that_is_named_counts(tmp_path: Path) -> None:
    content = " text,text\nسرد بود,خوب بود\n".encode()
    assert [row.text for row in read(tmp_path / "in.csv", content)] == ["خوب بود"]
    assert [row.text for row in read(tmp_path / "in.csv", content, text_column=" text")] == ["سرد بود"]


def test_lines_are_counted_from_the_one_that_says_what_stands_between(tmp_path: Path) -> None:
    rows = read(tmp_path / "in.csv", 'sep=;\ntext;id\nخوب;"1\nبد;2\n'.encode())
    assert "خط 3" in str(rows[0].error)
    assert read(tmp_path / "in.tsv", "text,id\nخوب,1\n".encode())[0].record["id"] == "1"


@pytest.mark.parametrize("closed", ["stdin", "stdout"])
def test_a_closed_stream_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed: str
) -> None:
    write_text(tmp_path / "in.txt")
    monkeypatch.setattr(sys, closed, None)
    source = "-" if closed == "stdin" else str(tmp_path / "in.txt")
    out = str(tmp_path / "out") if closed == "stdin" else "-"
    with pytest.raises(RecordsError, match=closed):
        bulk.tag_file(Source(path=source), out, "jsonl", MODELS)


def test_a_named_encoding_is_believed(tmp_path: Path) -> None:
    (row,) = read(tmp_path / "in.txt", "خوب بود".encode("cp1256"), encoding="cp1256")
    assert row.text == "خوب بود"


def test_one_line_in_another_encoding_fails_alone(tmp_path: Path) -> None:
    lines = [text.encode() for text in COMMENTS] + ["بد بود".encode("cp1256")]
    errors = [row.error for row in read(tmp_path / "in.txt", b"\n".join(lines))]
    assert errors[:3] == [None] * 3
    assert str(errors[3]).startswith("invalid_encoding")


def test_quoted_line_breaks_short_and_long_rows_of_csv(tmp_path: Path) -> None:
    rows = read(tmp_path / "in.csv", 'id,text\n1,"خوب\nبود"\n2\n3,a,b\n'.encode())
    assert rows[0].text == "خوب\nبود"
    assert rows[1].text == ""
    assert str(rows[2].error).startswith("extra_cells")


def test_cells_that_json_does_not_know_become_values_that_it_does(tmp_path: Path) -> None:
    record = {
        "text": "خوب",
        "day": date(2026, 1, 2),
        "price": Decimal("12.50"),
        "rate": float("nan"),
        "more": [{"at": date(2026, 1, 2)}],
        "raw": b"x",
        "wait": timedelta(hours=30, minutes=5, microseconds=-250_000),
        "late": -timedelta(minutes=5),
    }
    parquet.write_table(pa.Table.from_pylist([record]), tmp_path / "in.parquet")
    (found,) = tag(tmp_path / "in.parquet")
    assert found["day"] == "2026-01-02"
    assert (found["price"], found["rate"], found["raw"]) == (12.5, None, "x")
    assert found["more"] == [{"at": "2026-01-02"}]
    assert (found["wait"], found["late"]) == ("PT30H4M59.75S", "-PT0H5M0S")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ((1, float("nan"), [float("inf")]), [1, None, [None]]),
        (Decimal("NaN"), None),
        (True, True),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_whatever_a_cell_holds_can_be_written(cell: object, value: object) -> None:
    assert plain(cell) == value


def test_pairs_of_a_map_and_spans_of_a_sheet_are_written(tmp_path: Path) -> None:
    pairs = pa.array([[("k", float("nan"))]], pa.map_(pa.string(), pa.float64()))
    parquet.write_table(pa.table({"text": ["خوب"], "pairs": pairs}), tmp_path / "in.parquet")
    assert tag(tmp_path / "in.parquet")[0]["pairs"] == [["k", None]]
    book = openpyxl.Workbook()
    for row in (["text", "wait"], ["خوب", timedelta(hours=30)]):
        book.active.append(row)
    book.save(tmp_path / "in.xlsx")
    assert tag(tmp_path / "in.xlsx")[0]["wait"] == "PT30H0M0S"


@pytest.mark.parametrize("form", ["{}\n", "[{}]"])
def test_a_number_that_no_float_holds_is_not_written_as_infinity(tmp_path: Path, form: str) -> None:
    content = form.replace("{}", '{"text": "خوب", "x": [1e999, 1.5]}')
    assert read(tmp_path / "in.json", content.encode())[0].record["x"] == [None, 1.5]


@pytest.mark.parametrize("compression", ["snappy", "zstd", "gzip", "brotli", "none"])
def test_a_table_in_many_groups_is_read_in_order(tmp_path: Path, compression: str) -> None:
    rows = [{"text": f"سفارش {number} رسید", "stars": number % 5 or None} for number in range(2_500)]
    file = tmp_path / "in.parquet"
    parquet.write_table(pa.Table.from_pylist(rows), file, row_group_size=700, compression=compression)
    source = records.Source(path=str(file))
    assert records.headings(source) == ["text", "stars"]
    assert [row.record for row in records.read(source)] == rows


def test_a_table_that_is_damaged_inside_says_so(tmp_path: Path) -> None:
    rows = [{"text": f"سفارش {number} رسید"} for number in range(5_000)]
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "in.parquet", row_group_size=1_000)
    content = bytearray((tmp_path / "in.parquet").read_bytes())
    middle = len(content) // 2
    content[middle : middle + 400] = bytes(400)
    (tmp_path / "in.parquet").write_bytes(content)
    with pytest.raises(RecordsError, match="تا پایان خوانده نشد"):
        list(records.read(records.Source(path=str(tmp_path / "in.parquet"))))


def test_a_number_in_the_text_column_of_a_spreadsheet_is_a_comment(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for cells in (["text", "note", None], [20, "x"], [None, None], ["خوب", None]):
        book.active.append(cells)
    book.save(tmp_path / "in.xlsx")
    rows = list(records.read(Source(path=str(tmp_path / "in.xlsx"))))
    assert [row.text for row in rows] == ["20", "خوب"]


def lines_of(count: int) -> Iterator[str]:
    for number in range(count):
        yield json.dumps({"id": number, "text": f"{COMMENTS[number % 3]} {number}"}) + "\n"


def test_an_interrupted_run_continues_after_the_last_batch_it_wrote(tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("".join(lines_of(40)) + "{\n", encoding="utf-8")
    wanted = Source(path=str(source))
    power = bulk.Power(batch=8)
    assert bulk.tag_file(wanted, str(out), "jsonl", MODELS, power=power) == 1
    whole = out.read_bytes()
    out.unlink()
    with pytest.raises(InterruptedError):
        bulk.tag_file(wanted, str(out), "jsonl", MODELS, power=Stopping(batch=8))
    assert not out.exists()
    with (tmp_path / "out.jsonl.part").open("ab") as part:
        part.write(b'{"id": 24, "tex')
    counting = Counting(batch=8)
    assert bulk.tag_file(wanted, str(out), "jsonl", MODELS, power=counting) == 1
    assert out.read_bytes() == whole
    assert counting.rows == [8, 8, 1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


@dataclass(frozen=True, kw_only=True)
class Stopping(bulk.Power):
    """Stops before one of its batches is written, as a machine that is switched off does."""

    before: int = 3

    def run(self, work: bulk.Work, rows: Iterator[Row]) -> Iterator[bulk.Lines]:
        for number, lines in enumerate(super().run(work, rows)):
            if number == self.before:
                raise InterruptedError
            yield lines


@dataclass(frozen=True, kw_only=True)
class Counting(bulk.Power):
    """Notes the size of every batch it is given."""

    rows: list[int] = field(default_factory=list)

    def run(self, work: bulk.Work, rows: Iterator[Row]) -> Iterator[bulk.Lines]:
        for lines in super().run(work, rows):
            self.rows.append(lines.rows)
            yield lines


@pytest.mark.parametrize("change", ["input", "columns", "note", "part"])
def test_what_another_run_left_behind_is_not_continued(tmp_path: Path, change: str) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.csv"
    source.write_text("".join(lines_of(30)), encoding="utf-8")
    with pytest.raises(InterruptedError):
        bulk.tag_file(Source(path=str(source)), str(out), "csv", MODELS, power=Stopping(batch=8))
    if change == "input":
        source.write_text("".join(lines_of(5)), encoding="utf-8")
    if change == "note":
        (tmp_path / "out.csv.part.json").write_text("{", encoding="utf-8")
    if change == "part":
        (tmp_path / "out.csv.part").write_text("id", encoding="utf-8")  # less than was noted of it
    bulk.tag_file(Source(path=str(source)), str(out), "csv", MODELS, evidence=change != "columns")
    assert len(out.read_text(encoding="utf-8-sig").splitlines()) == (6 if change == "input" else 31)


def test_of_two_runs_into_one_file_the_later_one_is_told_and_harms_nothing(tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("".join(lines_of(30)), encoding="utf-8")
    first = Meanwhile(batch=8, then=lambda: codes.append(run("tag", str(source), "-o", str(out))))
    codes: list[int] = []
    assert bulk.tag_file(Source(path=str(source)), str(out), "jsonl", MODELS, power=first) == 0
    assert codes == [2] * 4
    ids = [json.loads(line)["id"] for line in out.read_text(encoding="utf-8").splitlines()]
    assert ids == list(range(30))
    assert run("tag", str(source), "-o", str(out)) == 0


@dataclass(frozen=True, kw_only=True)
class Meanwhile(bulk.Power):
    """Has something done before each of its batches is written."""

    then: Callable[[], None]

    def run(self, work: bulk.Work, rows: Iterator[Row]) -> Iterator[bulk.Lines]:
        for lines in super().run(work, rows):
            self.then()
            yield lines


@pytest.mark.parametrize("knows_locks", [True, False])
def test_what_took_its_name_while_it_was_opened_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knows_locks: bool
) -> None:
    out, part = tmp_path / "out.jsonl", tmp_path / "out.jsonl.part"
    part.write_text("whole", encoding="utf-8")

    def flock(*_: object) -> None:
        if not out.exists():
            part.replace(out)
        if not knows_locks:
            raise OSError

    monkeypatch.setattr(fcntl, "flock", flock)
    with checkpoint.written(str(out)) as file:
        assert out.read_text(encoding="utf-8") == "whole"
        file.write(b"new")
    assert out.read_text(encoding="utf-8") == "new"


def test_what_another_model_of_the_same_name_wrote_is_not_continued(tmp_path: Path) -> None:
    models, source, out = tmp_path / "models", tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("".join(lines_of(30)), encoding="utf-8")
    shutil.copytree(MODELS, models)
    with pytest.raises(InterruptedError):
        bulk.tag_file(Source(path=str(source)), str(out), "jsonl", models, power=Stopping(batch=8))
    artifacts.add(artifacts.current(models), "note.txt", "")
    counting = Counting(batch=8)
    bulk.tag_file(Source(path=str(source)), str(out), "jsonl", models, power=counting)
    assert sum(counting.rows) == 30


def test_a_run_that_stops_before_its_first_batch_writes_one_heading(tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.csv"
    source.write_text("".join(lines_of(3)), encoding="utf-8")
    with pytest.raises(InterruptedError):
        bulk.tag_file(Source(path=str(source)), str(out), "csv", MODELS, power=Stopping(before=0))
    bulk.tag_file(Source(path=str(source)), str(out), "csv", MODELS)
    rows = list(csv.DictReader(out.read_text(encoding="utf-8-sig").splitlines()))
    assert [row["id"] for row in rows] == ["0", "1", "2"]


def test_what_comes_through_a_pipe_is_never_taken_for_what_came_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("".join(lines_of(30)), encoding="utf-8")
    with pytest.raises(InterruptedError):
        bulk.tag_file(Source(path=str(source)), str(out), "jsonl", MODELS, power=Stopping(batch=8))
    for content, power in (("بد\n" * 30, Stopping(batch=8)), ("خوب\n" * 30, bulk.Power(batch=8))):
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(BufferedBytes(content.encode())))
        with suppress(InterruptedError):
            bulk.tag_file(Source(path="-"), str(out), "jsonl", MODELS, power=power)
        assert not (tmp_path / "out.jsonl.part.json").exists(), "the file's own run would go on behind it"
    told = [json.loads(line)["text"] for line in out.read_text(encoding="utf-8").splitlines()]
    assert told == ["خوب"] * 30
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


@pytest.mark.parametrize(("out", "kind"), [("out.csv", "jsonl"), ("out.txt", "csv")])
def test_a_byte_order_mark_goes_by_what_is_written_whatever_the_file_is_called(
    tmp_path: Path, out: str, kind: bulk.OutputFormat
) -> None:
    write_text(tmp_path / "in.txt")
    bulk.tag_file(Source(path=str(tmp_path / "in.txt")), str(tmp_path / out), kind, MODELS)
    assert (tmp_path / out).read_bytes().startswith(BOM_UTF8) == (kind == "csv")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("in.csv", 'id,text\n1,"نان بیات بود\n2,چای سرد بود\n'),
        ("in.jsonl", '{\n{"id": "2", "text": "چای سرد بود"}\n'),
    ],
)
def test_a_first_record_that_cannot_be_read_takes_no_columns_away(
    tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert run("tag", str(tmp_path / name), "-o", str(tmp_path / "out.csv")) == 1
    rows = list(csv.DictReader((tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [(row["id"], row["text"]) for row in rows] == [("", ""), ("2", "چای سرد بود")]
    assert rows[0]["error"]


def test_several_processes_write_what_one_writes(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text("".join(lines_of(40)), encoding="utf-8")
    for name, power in (("one", bulk.Power()), ("two", bulk.Power(workers=2, batch=7))):
        bulk.tag_file(Source(path=str(source)), str(tmp_path / name), "jsonl", MODELS, power=power)
    assert (tmp_path / "two").read_bytes() == (tmp_path / "one").read_bytes()


def test_a_worker_that_dies_asks_to_run_again(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="run the same command again"):
        list(bulk.Power(workers=2, batch=1).run(die, [Row(number=1, record={})]))


def die(rows: list[Row]) -> bulk.Lines:
    os._exit(1)


def test_who_stops_a_run_while_its_processes_start_reads_one_line(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text("".join(lines_of(3_000)), encoding="utf-8")
    words = ["tag", str(source), "-o", str(tmp_path / "out.jsonl"), "--workers", "2", "--models", str(MODELS)]
    # as from a terminal: what a shell starts in the background, perhaps these tests, is deaf to Ctrl-C and hands that on
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    command = [sys.executable, "-c", f"{heard}; from nlp.cli import app; app()", *words]
    tagging = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    begun = Path(f"/proc/{tagging.pid}/task/{tagging.pid}/children")
    while len(begun.read_text().split()) < 3:  # two, and who tidies up behind them
        time.sleep(0.01)
    time.sleep(0.2)
    os.killpg(tagging.pid, signal.SIGINT)
    assert tagging.communicate(timeout=60)[1] == "bazkhord: stopped\n"
    assert tagging.returncode == 130


def test_standard_input_is_told_apart_by_its_first_character(monkeypatch: pytest.MonkeyPatch) -> None:
    for content, number in (
        ('{"text": "خوب"}\n{"text": "بد"}'.encode(), 2),
        ("خوب\nبد\nعالی".encode(), 3),
        ('\n[\n{"text": "خوب"}, "بد"]'.encode(), 2),
        ("[تلفنی] خوب\n[حضوری] بد\n".encode(), 2),
    ):
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(BufferedBytes(content)))
        assert len(list(records.read(Source(path="-")))) == number


def BufferedBytes(content: bytes) -> Any:  # noqa: N802  # stands for a class
    from io import BufferedReader

    return BufferedReader(BytesIO(content))


def test_the_bar_of_a_finished_file_is_full_though_lines_are_more_than_records(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress.shown(4) as advance:
        advance(3)
    assert "3/3" in terminal.getvalue()


def test_a_pipe_gets_lines_and_a_reader_that_leaves_ends_the_run_quietly(tmp_path: Path) -> None:
    source = tmp_path / "in.txt"
    source.write_text("\n".join(COMMENTS * 400), encoding="utf-8")
    tag = f"'{sys.executable}' -c 'from nlp.cli import app; app()' tag - --models '{MODELS}'"
    command = f"cat '{source}' | {tag} | head -n 2; echo ${{PIPESTATUS[1]}}"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=120)
    first, second, code = result.stdout.splitlines()
    assert json.loads(first)["text"] == COMMENTS[0]
    assert json.loads(second)["tags"]["category"]["label"] == "praise"
    assert (code, result.stderr) == ("0", "")


def test_a_missing_spreadsheet_column_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "in.xlsx")
    with pytest.raises(RecordsError, match="id، text، branch"):
        list(records.read(Source(path=str(tmp_path / "in.xlsx"), text_column="comment")))


@pytest.mark.parametrize(
    ("content", "texts", "refused"),
    [
        ('text,id\n"نان بیات بود,1\nچای سرد بود,2\nماست ترش بود,3\n', ["چای سرد بود", "ماست ترش بود"], [2]),
        ('text,id\n"نان بیات بود,1\n"چای، سرد بود",2\n', ["چای، سرد بود"], [2]),
        ('text,id\nچای سرد بود,1\nنان بیات بود,"2\n', ["چای سرد بود"], [3]),
        ('text,id\nچای سرد بود,1\nنان بیات بود,"2', ["چای سرد بود"], [3]),
        ('text,id\n"چای\nسرد بود",1\n"نان\n\nبیات ""بود""",2\n', ["چای\nسرد بود", 'نان\n\nبیات "بود"'], []),
        ('text,id\r\n"چای\r\nسرد بود",1\r\n"نان,2\r\nماست,3\r\n', ["چای\r\nسرد بود", "ماست"], [4]),
        ('text,id\n"چای" سرد بود,1\n', ["چای سرد بود"], []),
    ],
)
def test_a_quote_that_is_not_closed_costs_its_own_line(
    tmp_path: Path, content: str, texts: list[str], refused: list[int]
) -> None:
    rows = read(tmp_path / "in.csv", content.encode())
    assert [row.text for row in rows if not row.error] == texts
    wrong = [row for row in rows if row.error]
    assert [row.record["line"] for row in wrong] == refused
    assert all(str(row.error).startswith("unclosed_quote: ") for row in wrong)
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))


@pytest.mark.parametrize(
    ("content", "records_read", "refused"),
    [
        ("id,text,,\n1,چای سرد بود,,\n2,نان بیات بود\n", 2, 0),
        ("id,text\n1,چای سرد بود,,\n2,نان بیات بود,x\n", 1, 1),
    ],
)
def test_empty_cells_behind_the_columns_are_none(
    tmp_path: Path, content: str, records_read: int, refused: int
) -> None:
    rows = read(tmp_path / "in.csv", content.encode())
    assert [list(row.record) for row in rows if not row.error] == [["id", "text"]] * records_read
    assert len([row for row in rows if row.error]) == refused
    assert records.headings(Source(path=str(tmp_path / "in.csv"))) == ["id", "text"]


@pytest.mark.parametrize(
    ("content", "names", "line"),
    [
        ('text,"چه چیز\nبهتر شود؟"\nچای سرد بود,هیچ\n"نان,x\n', ["text", "چه چیز\nبهتر شود؟"], 4),
        ('"شمارهٔ\r\n\r\nسفارش";text\r\n1;چای سرد بود\r\n1;"نان\r\n', ["شمارهٔ\r\n\r\nسفارش", "text"], 5),
        ('text,id,"note\nچای سرد بود,1,\n"نان,1,\n', ["text", "id", "note\n"], 3),
    ],
)
def test_a_heading_may_go_over_several_lines_but_not_on_without_an_end(
    tmp_path: Path, content: str, names: list[str], line: int
) -> None:
    sound, wrong = read(tmp_path / "in.csv", content.encode())
    assert (sound.text, list(sound.record)) == ("چای سرد بود", names)
    assert (wrong.number, wrong.record["line"]) == (2, line)
    assert records.headings(Source(path=str(tmp_path / "in.csv"))) == names


@pytest.mark.parametrize("name", ["in.csv", "in.xlsx"])
def test_empty_rows_above_the_heading_are_none(tmp_path: Path, name: str) -> None:
    path, table = tmp_path / name, [[], ["", "", ""], ["id", "text"], ["1", "خوب بود"], ["2", "بد بود"]]
    if name == "in.csv":
        path.write_text("\n".join(",".join(row) for row in table) + '\n3,"باز', encoding="utf-8-sig")
    else:
        book = openpyxl.Workbook()
        for row in table:
            book.active.append(row)
        book.save(path)
    rows = list(records.read(Source(path=str(path))))
    assert [(row.number, row.text) for row in rows[:2]] == [(1, "خوب بود"), (2, "بد بود")]
    assert records.headings(Source(path=str(path))) == ["id", "text"]
    assert [row.record for row in rows[2:]] == ([{"line": 6}] if name == "in.csv" else [])


def test_columns_of_one_name_are_named(tmp_path: Path) -> None:
    with pytest.raises(RecordsError, match="«id»"):
        read(tmp_path / "in.csv", "id,text,id\n1,چای سرد بود,2\n".encode())


def test_many_quotes_that_are_not_closed_are_read_once_each(tmp_path: Path) -> None:
    lines = [f'"سفارش {number}' for number in range(20_000)]
    rows = read(tmp_path / "in.csv", "\n".join(("text", *lines)).encode())
    assert [row.record["line"] for row in rows] == list(range(2, 20_002))


def test_quotes_that_open_on_every_line_are_not_each_read_to_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csvlines, "_MOST_LINES", 20)
    looks = []
    for size in (200, 800):
        path = tmp_path / f"{size}.csv"
        # each of these lines begins in no quote, ends in an open one, and closes the one before it
        path.write_text("text,b\n" + 'قطر ۵","۶\n' * size, encoding="utf-8")
        looks.append(0)

        def count(_frame: object, event: str, _arg: object) -> None:
            looks[-1] += event == "call"

        sys.setprofile(count)
        try:
            rows = list(records.read(Source(path=str(path))))
        finally:
            sys.setprofile(None)
        assert [row.record["line"] for row in rows] == list(range(2, size + 2))
    assert looks[1] <= 5 * looks[0]


def test_a_small_parquet_file_of_long_texts_is_unpacked_a_few_at_a_time(tmp_path: Path) -> None:
    path, long = tmp_path / "in.parquet", "ن" * 200_000
    parquet.write_table(pa.table({"text": [long] * 200}), path)
    assert path.stat().st_size < len(long)
    tracemalloc.start()
    try:
        assert next(records.read(Source(path=str(path)))).text == long
        assert tracemalloc.get_traced_memory()[1] < 50 * 2 * len(long)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("folded", ["text", "list"])
def test_a_small_parquet_file_that_unfolds_to_gigabytes_is_refused(tmp_path: Path, folded: str) -> None:
    same = pa.array(np.ones(20_000_000, np.int64))
    table = {
        "text": pa.table({"text": ["ن" * 70_000_000]}),
        "list": pa.table({"text": ["خوب"], "much": pa.ListArray.from_arrays([0, len(same)], same)}),
    }[folded]
    path = tmp_path / "in.parquet"
    parquet.write_table(table, path, compression="zstd")
    assert path.stat().st_size < 100_000
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError, match="پس از باز شدن بیش از اندازه بزرگ است"):
            list(records.read(Source(path=str(path))))
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("rows", [0, 3_000])
def test_a_workbook_that_is_damaged_inside_says_how_far_it_is_whole(tmp_path: Path, rows: int) -> None:
    book, path = openpyxl.Workbook(), tmp_path / "in.xlsx"
    for number in range(4_000):
        book.active.append(["text" if not number else f"سفارش {number} رسید"])
    book.save(path)
    cut_sheet(path, keep=rows + 1)
    with pytest.raises(RecordsError, match=f"آخرین سطر خوانا: {rows}" if rows else "خوانده نشد"):
        list(records.read(Source(path=str(path))))
    result = CliRunner().invoke(app, ["tag", str(path), "-o", str(tmp_path / "o"), "--models", str(MODELS)])
    assert (result.exit_code, type(result.exception)) == (2, SystemExit)


def test_a_row_that_no_sheet_has_ends_a_workbook(tmp_path: Path) -> None:
    book, path = openpyxl.Workbook(), tmp_path / "in.xlsx"
    for text in ("text", "خوب بود", "بد بود"):
        book.active.append([text])
    book.save(path)
    parts = sheets_of(path)
    with zipfile.ZipFile(path, "w") as far:
        for name, content in parts.items():
            unsized = re.sub(rb"<dimension[^>]*>", b"", content)
            far.writestr(name, unsized.replace(b'<row r="3"', b'<row r="99999999999"'))
    rows = records.read(Source(path=str(path)))
    assert next(rows).text == "خوب بود"
    with pytest.raises(RecordsError, match="تا پایان خوانده نشد"):
        next(rows)


def rewritten(path: Path, change: Callable[[bytes], bytes]) -> None:
    """Change the parts of a workbook by hand."""
    parts = sheets_of(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, change(content))


def test_a_sheet_that_says_it_is_smaller_than_it_is_is_read_to_its_end(tmp_path: Path) -> None:
    book, path = openpyxl.Workbook(), tmp_path / "in.xlsx"
    for cells in (["text", "note"], ["خوب بود", 1], ["بد بود", 2]):
        book.active.append(cells)
    book.save(path)
    rewritten(path, lambda part: part.replace(b'ref="A1:B3"', b'ref="A1:A2"'))
    rows = list(records.read(Source(path=str(path))))
    assert [row.record for row in rows] == [{"text": "خوب بود", "note": 1}, {"text": "بد بود", "note": 2}]


@pytest.mark.parametrize(
    ("states", "read"),
    [
        (("visible", "visible"), "نخست"),
        (("hidden", "visible"), "دوم"),
        (("veryHidden", "visible"), "دوم"),
        (("visible", "hidden"), "نخست"),
    ],
)
def test_the_first_sheet_is_the_first_that_is_shown(tmp_path: Path, states: Sequence[str], read: str) -> None:
    book, path = openpyxl.Workbook(), tmp_path / "in.xlsx"
    for sheet, name, state in zip((book.active, book.create_sheet()), ("نخست", "دوم"), states, strict=True):
        sheet.append(["text"])
        sheet.append([name])
        sheet.sheet_state = state
    book.save(path)
    assert [row.text for row in records.read(Source(path=str(path)))] == [read]


def test_a_workbook_reads_as_openpyxl_reads_it(tmp_path: Path) -> None:
    book, path = openpyxl.Workbook(), tmp_path / "in.xlsx"
    for cells in (
        ["text", "kind", "at"],
        ["اول", True, datetime(2026, 11, 28, 9, 30)],  # noqa: DTZ001  # as a spreadsheet keeps it
        [None, None, None],
        ["دوم", 2.5, timedelta(hours=30)],
        [12, "=1+1", date(2026, 1, 2)],
    ):
        book.active.append(cells)
    book.active["C4"].number_format = "[hh]:mm:ss"
    book.active["E9"] = "دور"
    book.save(path)
    with path.open("rb") as file:
        told = list(workbooks.rows(file) or ())
    sheet = openpyxl.load_workbook(path, read_only=True, data_only=True).active
    wide = [row + (None,) * (5 - len(row)) for row in told]
    assert wide == list(sheet.iter_rows(values_only=True))


def test_strings_that_cells_share_are_read_when_a_cell_asks(tmp_path: Path) -> None:
    path = tmp_path / "in.xlsx"
    book = openpyxl.Workbook()
    for cells in (["text"], ["دوم"], ["اول"]):
        book.active.append(cells)
    book.save(path)
    runs = "<si><r><t>دو</t></r><r><t>م</t></r><rPh><t>x</t></rPh></si>"
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    parts = sheets_of(path)
    types = parts.pop("[Content_Types].xml").decode()
    named = types.replace("</Types>", f'<Override PartName="/s.xml" ContentType="{kind}"/></Types>')
    with zipfile.ZipFile(path, "w") as shared:
        shared.writestr("[Content_Types].xml", named)
        shared.writestr(
            "s.xml", f"<sst {space}><si><t>اول_x000D_\nآخر</t></si><si><t>text</t></si>{runs}</sst>"
        )
        for name, content in parts.items():
            told = content.decode()
            for place, text in enumerate(("اول", "text", "دوم")):
                inline = f't="inlineStr"><is><t>{text}</t></is>'
                told = told.replace(inline, f't="s"><v>{place}</v>')
            shared.writestr(name, told)
    assert [row.text for row in records.read(Source(path=str(path)))] == ["دوم", "اول\r\nآخر"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("پیک دیر رسید_x000D_\nغذا هم سرد بود", "پیک دیر رسید\r\nغذا هم سرد بود"),
        ("خطای _x005F_x000D_ می‌دهد", "خطای _x000D_ می‌دهد"),
        ("فایل x005F_ باز نمی‌شود", "فایل x005F_ باز نمی‌شود"),
    ],
)
def test_signs_that_a_workbook_writes_as_numbers_are_signs_again(
    tmp_path: Path, written: str, read: str
) -> None:
    book = openpyxl.Workbook()
    for cells in (["text"], [written]):
        book.active.append(cells)
    book.save(tmp_path / "in.xlsx")
    assert [row.text for row in records.read(Source(path=str(tmp_path / "in.xlsx")))] == [read]


@pytest.mark.parametrize(
    "row", ["<c/>" * 16_385, '<c r="A4"><v>1</v></c>' * 140_000, '<c r="B4"/>' + "<x/>" * 262_144]
)
def test_a_row_has_no_more_cells_than_a_sheet_has_columns(tmp_path: Path, row: str) -> None:
    path = tmp_path / "in.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["text"])
    book.active.append(["خوب بود"])
    book.save(path)
    rewritten(path, lambda part: part.replace(b"</sheetData>", f"<row>{row}</row></sheetData>".encode()))
    rows = records.read(Source(path=str(path)))
    assert next(rows).text == "خوب بود"
    with pytest.raises(RecordsError, match="ستون"):
        next(rows)


def sheets_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name) for name in book.namelist()}


def cut_sheet(path: Path, keep: int) -> None:
    """Break the XML of a sheet within the row behind those that are kept."""
    parts = sheets_of(path)
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            rows = content.split(b"<row")
            book.writestr(name, b"<row".join(rows[: keep + 1]) + b"<row<" if len(rows) > 1 else content)


@pytest.mark.parametrize("named", ["link", "same", "part"])
def test_the_input_is_never_written_over(tmp_path: Path, named: str) -> None:
    source = tmp_path / "in.jsonl"
    write_jsonl(source)
    content, out = source.read_bytes(), source
    if named == "link":
        out = tmp_path / "link.jsonl"
        out.symlink_to(source)
    if named == "part":
        source = source.rename(tmp_path / "in.jsonl.part")
    assert run("tag", str(source), "--input-format", "jsonl", "-o", str(out)) == 2
    assert source.read_bytes() == content


def test_output_follows_a_link_and_goes_straight_to_what_is_no_file(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in.jsonl")
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "target.jsonl")
    (tmp_path / "target.jsonl").write_text("of yesterday", encoding="utf-8")
    os.mkfifo(tmp_path / "pipe")
    with ThreadPoolExecutor(1) as other:
        heard = other.submit((tmp_path / "pipe").read_text, "utf-8")
        for name in ("link.jsonl", "pipe"):
            assert run("tag", str(tmp_path / "in.jsonl"), "-o", str(tmp_path / name)) == 0
    assert (tmp_path / "link.jsonl").is_symlink()
    assert (tmp_path / "pipe").is_fifo()
    assert heard.result() == (tmp_path / "target.jsonl").read_text(encoding="utf-8")
    assert len(heard.result().splitlines()) == len(RECORDS)
    assert {path.name for path in tmp_path.iterdir()} == {"in.jsonl", "link.jsonl", "target.jsonl", "pipe"}


@pytest.mark.parametrize(
    "name",
    ["hex", "rot13", "base64", "zlib", "idna", "punycode", "undefined", "unicode_escape", "a\0b", "\ud800"],
)
def test_what_is_no_encoding_of_a_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(RecordsError, match="ناشناخته"):
        read(tmp_path / "in.txt", COMMENTS[0].encode(), encoding=name)


@pytest.mark.parametrize("name", ["utf-16", "utf-32"])
def test_an_encoding_that_the_file_is_not_in_is_refused(tmp_path: Path, name: str) -> None:
    for file in ("in.txt", "in.csv", "in.json"):
        with pytest.raises(RecordsError, match="با این کدگذاری"):
            read(tmp_path / file, "text\nنان بیات بود\n".encode(), encoding=name)
        with pytest.raises(RecordsError):
            records.headings(Source(path=str(tmp_path / file), encoding=name, format="csv"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_an_array_of_json_is_read_whole(tmp_path: Path, encoding: str) -> None:
    content = json.dumps([*RECORDS, COMMENTS[1], 5, {"text": COMMENTS[2], "stars": float("nan")}], indent=1)
    rows = read(tmp_path / "in.json", content.encode(encoding))
    assert [row.text for row in rows] == [*COMMENTS, COMMENTS[1], "", COMMENTS[2]]
    assert [str(row.error).split(":")[0] for row in rows if row.error] == ["invalid_json"]
    assert rows[-1].record["stars"] is None
    assert records.headings(Source(path=str(tmp_path / "in.json"))) == ["id", "text", "branch", "stars"]


def test_a_json_file_may_hold_lines_or_a_long_array_on_one_line(tmp_path: Path) -> None:
    assert [row.text for row in read(tmp_path / "in.json", "\n".join(lines_of(2)).encode())] != []
    for padding in ("", " ", "  ", "   "):  # the head of the file ends within a letter
        content = padding + json.dumps([{"text": COMMENTS[0] * 300}] * 30, ensure_ascii=False)
        assert len(read(tmp_path / "in.json", content.encode())) == 30
    for broken in ("[{]", "[" * 100_000):
        with pytest.raises(RecordsError, match="آرایهٔ JSON"):
            read(tmp_path / "in.json", broken.encode())


def test_headings_of_json_lines_are_the_fields_of_all_records(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    lines = ['{"text": "نان"}', "{broken", '{"text": "چای", "stars": 1, "\\ud800": 1, "a\\u0000": 1}']
    path.write_text("\n".join(lines), encoding="utf-8")
    assert records.headings(Source(path=str(path))) == ["text", "stars"]
    path.write_text('{\n "text": "نان"\n}\n', encoding="utf-8")
    with pytest.raises(RecordsError, match="هیچ شیء JSON"):
        records.headings(Source(path=str(path)))


def test_what_objects_in_json_hold_has_dotted_names(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    deep = '{"a": ' * 900 + "1" + "}" * 900
    path.write_text(
        '{"id": 1, "review": {"text": "نان بیات بود", "by": {"city": "قم"}}, "more": {}, "tags": [{"a": 1}]}\n'
        f'{{"review": {{"text": null}}, "deep": {deep}}}\n{{"review": "x"}}\n',
        encoding="utf-8",
    )
    source = Source(path=str(path), text_column="review.text")
    assert records.headings(source)[:4] == ["id", "review.text", "review.by.city", "tags"]
    first, second, third = records.read(source)
    assert (first.text, first.record["id"]) == ("نان بیات بود", 1)
    assert first.record["review"]["by"] == {"city": "قم"}
    assert [str(row.error).split(":")[0] for row in (second, third)] == ["not_text", "text_missing"]


def test_a_header_of_very_many_columns_is_looked_through_once(tmp_path: Path) -> None:
    header = ",".join(["text", *(f"c{number}" for number in range(40_000))])
    (tmp_path / "in.csv").write_text(f"{header}\nخوب بود\n", encoding="utf-8")
    started = time.thread_time()
    (row,) = records.read(Source(path=str(tmp_path / "in.csv")))
    assert row.text == "خوب بود"
    assert time.thread_time() - started < 5  # half a minute, when each name was looked for in all
