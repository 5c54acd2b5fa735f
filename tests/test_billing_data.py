"""Billing data as files: read back by other programs, they hold exactly what was sent."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import orjson
import polars as pl
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from entrypoints.cli import export as export_cli
from invoices.billing_data.as_text import csv_parts, json_bytes
from invoices.billing_data.entries import billing_data
from invoices.billing_data.exports import file_name
from invoices.billing_data.fields import COLUMNS, FIELDS, PERSONAL
from invoices.billing_data.published import published
from invoices.billing_data.reading import span_problems
from invoices.billing_data.schema import json_schema
from invoices.billing_data.splitting import HEAD_BYTES, Room, numbered
from invoices.billing_data.telephone import e164
from metering.written import WRITTEN
from tests.builders import Plain, order
from tests.running import codes, is_answered, licznik, place, record, rows, used

NOON = "2025-10-05T12:00:00+02:00"
CALL = {
    "from": "22 228 92 89",
    "to": "+48600100200",
    "operator": "Orange",
    "direction": "out",
    "category": "call",
    "duration_seconds": 61,
    "cost": "0.09",
    "status": "answered",
}
HOSTILE = (
    '=HYPERLINK("http://evil.example","click")',
    "+CMD|' /C calc'!A0",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "a;=1+1",
    "a\n-1+1",
    '"quoted", with; separators\nand\r\nlines',
    "Zażółć gęślą jaźń 👩‍👩‍👧",
    "<b>&amp;</b>",
)
FREE = ("from", "to", "operator", "direction", "category", "cost", "status")


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """The exports are made on 2025-11-03."""
    monkeypatch.setattr(export_cli, "clock", lambda: datetime(2025, 11, 3, 12, tzinfo=UTC))


@pytest.fixture
def ordered(database: str) -> str:
    """An order in service since 2025-10-01."""
    place(database, order())
    return database


@pytest.fixture
def hostile(ordered: str) -> str:
    """Every free field says what nobody wants to open in a spreadsheet."""
    given = (dict.fromkeys(FREE, text) for text in HOSTILE)
    record(ordered, *(used("sms", n, NOON, f"e-{n:02}", **own) for n, own in enumerate(given, 1)))
    return ordered


def exported(url: str, file: Path, first: str = "2025-10-01", last: str = "2025-10-31") -> Path:
    """The file of an export; its ending is the format."""
    words = ("--from", first, "--to", last, "--format", file.suffix[1:], "--out", file)
    outcome = licznik(url, "export", "acme-main", *words)
    assert outcome.status == 0, outcome.err
    return file


def csv_rows(file: Path) -> list[Plain]:
    """The entries of a CSV file as the standard library reads it, strictly."""
    text = file.read_bytes().decode()
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def json_rows(file: Path) -> list[Plain]:
    """The entries of a JSON file that its JSON Schema accepts."""
    whole = orjson.loads(file.read_bytes())
    jsonschema.validate(whole, json_schema(), jsonschema.Draft202012Validator)
    entries: list[Plain] = whole["entries"]
    return entries


def xlsx_rows(file: Path) -> list[dict[str, Any]]:
    """The entries of a workbook as openpyxl reads them."""
    _, *cells = openpyxl.load_workbook(file)["Dane billingowe"].iter_rows(values_only=True)
    return [dict(zip(COLUMNS, own, strict=True)) for own in cells]


def plain_text(file: Path) -> str:
    """The text of a PDF."""
    with pypdfium2.PdfDocument(file) as pdf:
        return "\n".join(page.get_textpage().get_text_bounded() for page in pdf)


# The eight fields


def test_a_call_has_all_eight_fields_of_billing_data(ordered: str, tmp_path: Path) -> None:
    """R121: date, both numbers, operator, direction, category, duration, cost, status."""
    record(ordered, used("sms", 1, NOON, "e-1", **CALL))
    (entry,) = json_rows(exported(ordered, tmp_path / "a.json"))
    said = {**CALL, "from": "+48222289289", "duration_seconds": "61"}
    assert {name: entry[name] for name in CALL} == said
    assert (entry["date"], entry["quantity"], entry["not_e164"]) == (NOON, "1", None)
    assert {own.part for own in FIELDS} == {None, *range(1, 9)}


def test_an_sms_is_one_though_nothing_says_so(ordered: str, tmp_path: Path) -> None:
    """What its meter counts is told; a cost that nobody stated is made up by nobody."""
    record(ordered, used("sms", 3, NOON, "e-1"))
    (entry,) = json_rows(exported(ordered, tmp_path / "a.json"))
    assert (entry["category"], entry["quantity"], entry["cost"]) == ("sms", "3", None)


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("600 100 200", "PL", "+48600100200"),
        ("(22) 228-92-89", "PL", "+48222289289"),
        ("0048600100200", "PL", "+48600100200"),
        ("030 123456", "DE", "+4930123456"),
        ("+1 650 253 0000", "PL", "+16502530000"),
        ("600100200", "XX", None),
        ("48600100200", "PL", "+48600100200"),
        ("73068", "PL", None),
        ("123456", "PL", None),
        ("0600100200", "PL", None),
        ("2530000", "US", None),
        ("600FLOWERS", "PL", None),
        ("INFO", "PL", None),
        ("-600100200", "PL", None),
        ("+999123456", "PL", None),
        ("", "PL", None),
    ],
)
def test_a_number_is_brought_to_e164_or_stays(text: str, country: str, number: str | None) -> None:
    """R122: one without a country's code is of the account's country; names become no numbers."""
    assert e164(text, country) == number


def test_what_is_no_number_stands_as_it_came_and_is_marked(ordered: str, tmp_path: Path) -> None:
    """A sender's name, a short code."""
    record(ordered, used("sms", 1, NOON, "e-1", to="73068", **{"from": "Allegro"}))
    (entry,) = csv_rows(exported(ordered, tmp_path / "a.csv"))
    assert (entry["from"], entry["to"], entry["not_e164"]) == ("Allegro", "73068", "from to")


# Formats


def test_csv_is_rfc_4180_in_utf8_without_a_byte_order_mark(hostile: str, tmp_path: Path) -> None:
    """A header, CR LF at each end of a line, quotes doubled."""
    raw = exported(hostile, tmp_path / "a.csv").read_bytes()
    assert raw.startswith(b"date,from,to,operator,")
    assert raw.endswith(b"\r\n")
    assert b'"""quoted"", with; separators\nand\r\nlines"' in raw


@pytest.mark.parametrize("column", FREE)
def test_no_cell_of_csv_is_a_formula(hostile: str, tmp_path: Path, column: str) -> None:
    """What begins like one has an apostrophe before it, and nothing else is changed."""
    cells = [own[column] for own in csv_rows(exported(hostile, tmp_path / "a.csv"))]
    assert [cell.replace("'", "") for cell in cells] == [own.replace("'", "") for own in HOSTILE]
    assert [cell for cell in cells if re.search("(^|[;\r\n])[=+@\t\r-]", cell)] == []


def test_json_has_every_text_as_it_came(hostile: str, tmp_path: Path) -> None:
    """And fits its schema."""
    entries = json_rows(exported(hostile, tmp_path / "a.json"))
    assert [{name: own[name] for name in FREE} for own in entries] == [
        dict.fromkeys(FREE, text) for text in HOSTILE
    ]


def test_a_workbook_has_every_text_as_text(hostile: str, tmp_path: Path) -> None:
    """No cell is a formula; quantities are numbers."""
    entries = xlsx_rows(exported(hostile, tmp_path / "a.xlsx"))
    assert [unescape(own["status"]).replace("\r\n", "\n") for own in entries] == [
        text.replace("\r\n", "\n") for text in HOSTILE
    ]
    assert [own["quantity"] for own in entries] == list(range(1, len(HOSTILE) + 1))
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert {cell.data_type for row in book["Dane billingowe"] for cell in row} <= {"s", "n"}


def test_a_pdf_prints_every_entry(ordered: str, tmp_path: Path) -> None:
    """Of a day with many."""
    record(ordered, *(used("sms", 1, NOON, f"sms-{n:03}", **CALL) for n in range(60)))
    text = plain_text(exported(ordered, tmp_path / "a.pdf"))
    assert [n for n in range(60) if f"sms-{n:03}" not in text] == []
    assert text.count("+48222289289") == 60


def test_every_file_says_whose_it_is_where_it_lies_and_whom_to_ask(
    ordered: str, tmp_path: Path
) -> None:
    """R143, R147; CSV has no room for it, so its answer names the register."""
    whole = orjson.loads(exported(ordered, tmp_path / "a.json").read_bytes())
    assert (whole["resource"], whole["stored_in"]["country"]) == ("billing_data", "PL")
    assert whole["personal_data"] == list(PERSONAL) == ["from", "to"]
    about = openpyxl.load_workbook(exported(ordered, tmp_path / "a.xlsx"))["Informacje"]
    sheet = " ".join(str(cell) for row in about.iter_rows(values_only=True) for cell in row)
    text = plain_text(exported(ordered, tmp_path / "a.pdf"))
    for contact in published().contacts:
        assert contact in whole["contacts"]
        assert contact in sheet
        assert contact in text


@pytest.mark.parametrize("ending", ["csv", "json", "xlsx", "pdf"])
def test_days_without_any_use_make_a_file(ordered: str, tmp_path: Path, ending: str) -> None:
    """With nothing in it, which is an answer too."""
    assert exported(ordered, tmp_path / f"a.{ending}").stat().st_size > 0
    if ending == "json":
        assert json_rows(tmp_path / "a.json") == []


# Days


def test_an_export_may_span_months(ordered: str, tmp_path: Path) -> None:
    """In order of time; days outside are not in it."""
    days = ("2025-10-05", "2025-10-31", "2025-11-01", "2025-11-02")
    record(ordered, *(used("sms", 1, f"{day}T12:00:00+02:00", f"e-{day}") for day in days))
    file = exported(ordered, tmp_path / "a.csv", "2025-10-31", "2025-11-01")
    assert [own["id"] for own in csv_rows(file)] == ["e-2025-10-31", "e-2025-11-01"]


@pytest.mark.parametrize(
    ("today", "expected"),
    [("2025-01-01", []), ("2026-01-01", []), ("2026-01-02", ["too_old"])],
)
def test_an_event_of_new_year_can_be_exported_to_the_next_one(
    today: str, expected: list[str]
) -> None:
    """R123: 365 days after it, and not 366."""
    event = date(2025, 1, 1)
    assert [own.code for own in span_problems(event, event, date.fromisoformat(today))] == expected


def test_all_that_is_wrong_with_days_is_said_at_once(ordered: str) -> None:
    """Too old, and still to come."""
    outcome = licznik(ordered, "export", "acme-main", "--from", "2024-01-01", "--to", "2026-01-01")
    assert is_answered(outcome)
    assert codes(outcome) == ["too_old", "in_the_future"]


def test_days_the_wrong_way_round_are_refused(ordered: str) -> None:
    """And an order that is not there."""
    wrong = licznik(ordered, "export", "acme-main", "--from", "2025-10-02", "--to", "2025-10-01")
    assert codes(wrong) == ["wrong_span"]
    unknown = licznik(ordered, "export", "nobody", "--from", "2025-10-01", "--to", "2025-10-01")
    assert codes(unknown) == ["unknown_order"]


# The command


def test_the_command_prints_the_schema() -> None:
    """Without a database."""
    outcome = licznik(None, "export", "--schema")
    assert outcome.data == json_schema()
    jsonschema.Draft202012Validator.check_schema(outcome.data)


def test_the_command_prints_csv_to_the_screen(ordered: str) -> None:
    """And its hash beside it."""
    record(ordered, used("sms", 1, NOON, "e-1"))
    outcome = licznik(ordered, "export", "acme-main", "--from", "2025-10-05", "--to", "2025-10-05")
    assert outcome.out.count("\r\n") == 2
    assert "Entries: 1, SHA-256: " in outcome.err


def test_the_command_says_what_is_missing(ordered: str) -> None:
    """Order, days, file."""
    assert codes(licznik(ordered, "export", "--format", "pdf")) == [
        *["missing_field"] * 3,
        "wrong_option",
    ]


def test_after_closure_the_command_wants_a_request(database: str) -> None:
    """R125: of an entitled person."""
    place(database, order(end_date="2025-10-31"))
    asked = ("export", "acme-main", "--from", "2025-10-01", "--to", "2025-10-31")
    assert codes(licznik(database, *asked)) == ["account_closed"]
    assert codes(licznik(database, *asked, "--request", "none")) == ["unknown_request"]
    assert rows(database, "SELECT * FROM data_export") == []


# Names, parts


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "..", "a\r\nSet-Cookie: x=1", 'a"; filename="b.exe', "C:\\x", "Łódź", ""],
)
def test_the_name_of_a_file_goes_nowhere(name: str) -> None:
    """Whatever the order is called: no folder, no header, no hidden file."""
    made = file_name(name, date(2025, 10, 1), date(2025, 10, 31), "csv")
    assert made.startswith("billing-data_")
    assert made.endswith("_2025-10-01_2025-10-31.csv")
    assert set(made.removesuffix(".csv")) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
    )


@given(st.lists(st.lists(st.integers(1, 50), max_size=30), max_size=6), st.integers(40, 200))
def test_no_file_is_larger_than_it_may_be(groups: list[list[int]], most: int) -> None:
    """Every entry is in one file, in its order; the next file begins when one is full."""
    frames = [pl.DataFrame({"size": own}, schema={"size": pl.Int64}) for own in groups]
    room = Room(most + HEAD_BYTES, 12)
    placed = list(numbered(frames, lambda own: int(own["size"].sum()), room))
    assert [n for _, own in placed for n in own["size"]] == [n for own in groups for n in own]
    files: dict[int, list[int]] = {}
    for number, own in placed:
        files.setdefault(number, []).extend(own["size"])
    assert list(files) == list(range(1, len(files) + 1))
    for sizes in files.values():
        assert len(sizes) <= 12
        assert sum(sizes) <= most or len(sizes) == 1


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
ENTRIES = st.lists(
    st.fixed_dictionaries({name: st.none() | TEXTS for name in FREE}), min_size=1, max_size=8
)


@given(ENTRIES)
@settings(max_examples=60)
def test_any_entries_are_read_back(entries: list[dict[str, str | None]]) -> None:
    """From CSV by the standard library, from JSON by its schema."""
    empty = dict.fromkeys(WRITTEN) | {"meter": "surveys", "time": NOON, "late": False}
    frame = pl.DataFrame([{**empty, **own} for own in entries], schema=WRITTEN)
    (data,) = billing_data([frame], "PL")
    text = b"".join(csv_parts(None, [data], 1)).decode()  # type: ignore[arg-type]  # needs none
    read = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    for own, back in zip(data.to_dicts(), read, strict=True):
        assert {k: back[k].replace("'", "") for k in FREE} == {
            k: (own[k] or "").replace("'", "") for k in FREE
        }
        assert [back[k] for k in FREE if back[k][:1] in "=@\t\r" and back[k]] == []
    assert json_bytes(data) == len(data.write_json().encode()) - 2
