"""Statements as files: read back by other programs, they hold exactly what was recorded."""

from __future__ import annotations

import csv
import errno
import io
import os
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import orjson
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from entrypoints.cli import statement as statement_command
from entrypoints.whole_files import whole_file, write_whole
from invoices.statements import as_xlsx
from invoices.statements.as_csv import csv_entries, harmless
from invoices.statements.as_xlsx import is_exact
from invoices.statements.wording import word
from metering.written import WRITTEN
from tests.builders import ACCOUNT, Plain, order, pack
from tests.running import held, licznik, place, record, used

NOON = "2025-10-05T12:00:00+02:00"

HOSTILE = (
    '=HYPERLINK("http://evil.example","click")',
    "+CMD|' /C calc'!A0",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "＝1+1",  # noqa: RUF001  # full width, as a Japanese keyboard writes it
    "'already quoted",
    "<script>alert('x')</script> &amp; <b>",
    '"quoted", with; separators\nand\r\nlines',
    "שלום עולם \u202e עברית",
    "👩‍👩‍👧‍👦 🇵🇱 é e\u0301",
    "x" * 2500,
    "_x0041_ http://example.com/" + "a" * 2200,
    "null",
    " spaces ",
    "\x00\x01\x1b\x7f\u2028\ufeff\uffff",
    "",
)
HARMLESS = ("+48600100200", "-1", "0.09", "1234", "+1.5", "5=5", "a+b")


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """The statements are asked for on 2025-11-03."""
    monkeypatch.setattr(statement_command, "clock", lambda: datetime(2025, 11, 3, 12, tzinfo=UTC))


@pytest.fixture
def hostile(database: str) -> str:
    """An order whose entries say what nobody wants to open in a spreadsheet."""
    place(database, order(packs=[pack("pack_training_oneoff_5h")]))
    record(database, *map(_event, range(len(HOSTILE) + len(HARMLESS)), (*HOSTILE, *HARMLESS)))
    return database


def _event(n: int, text: str) -> Plain:
    return used("sms", n + 1, NOON, f"e-{n:02}", to=text, status=text, own={"said": text})


def exported(url: str, file: Path, *options: str, period: str = "2025-10") -> Path:
    """The file that a statement was written to; its ending is the format."""
    words = ("--period", period, "--format", file.suffix[1:], "--out", file, *options)
    outcome = licznik(url, "statement", "acme-main", *words)
    assert outcome.status == 0, outcome.err
    assert outcome.out == ""
    return file


def csv_rows(text: str) -> list[Plain]:
    """A CSV file as the standard library reads it, strictly."""
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def sheet(file: Path, name: str) -> list[tuple[Any, ...]]:
    """The rows of a workbook's sheet, as openpyxl reads them."""
    return list(openpyxl.load_workbook(file)[name].iter_rows(values_only=True))


def recorded(url: str) -> list[Plain]:
    """The entries as JSON has them."""
    outcome = licznik(url, "statement", "acme-main", "--period", "2025-10", "--json")
    entries: list[Plain] = orjson.loads(outcome.out)["entries"]
    return entries


# JSON


def test_json_has_every_entry_as_it_was_recorded(hostile: str, tmp_path: Path) -> None:
    """Whatever it says."""
    whole = orjson.loads(exported(hostile, tmp_path / "a.json").read_bytes())
    entries = whole["entries"]
    sent = [*HOSTILE, *HARMLESS]
    assert [own["to"] for own in entries] == sent
    assert [orjson.loads(own["attributes"])["own"]["said"] for own in entries] == sent
    assert [own["quantity"] for own in entries] == [str(n + 1) for n in range(len(sent))]
    assert [list(own) for own in entries] == [list(WRITTEN)] * len(sent)


def test_json_without_entries_is_valid(database: str) -> None:
    """An empty list."""
    place(database, order())
    assert recorded(database) == []


def test_json_to_a_file_is_json_to_the_screen(hostile: str, tmp_path: Path) -> None:
    """And `--json` is `--format json`."""
    file = exported(hostile, tmp_path / "a.json")
    outcome = licznik(hostile, "statement", "acme-main", "--period", "2025-10", "--json")
    assert file.read_text(encoding="utf-8") == outcome.out


def test_every_number_of_json_is_text(hostile: str) -> None:
    """Exact, but for the count of repeats and of days."""
    outcome = licznik(hostile, "statement", "acme-main", "--period", "2025-10", "--json")
    assert [n for n in numbers(orjson.loads(outcome.out)) if n != 0] == []


def numbers(data: Any) -> list[Any]:
    """Every number in some data."""
    if isinstance(data, dict):
        return [own for one in data.values() for own in numbers(one)]
    if isinstance(data, list):
        return [own for one in data for own in numbers(one)]
    return [data] if isinstance(data, int | float) and not isinstance(data, bool) else []


# CSV


def test_csv_has_every_entry_and_no_formula(hostile: str, tmp_path: Path) -> None:
    """R122: RFC 4180, every line ended by CR and LF, in UTF-8."""
    text = exported(hostile, tmp_path / "a.csv").read_bytes().decode()
    read = csv_rows(text)
    assert list(read[0]) == list(WRITTEN)
    for row, own in zip(read, recorded(hostile), strict=True):
        for name in ("to", "status", "attributes", "quantity", "time", "source", "id"):
            assert row[name].replace("'", "") == (own[name] or "").replace("'", "")
            assert row[name] == "" or row[name][0] not in "=@\t\r\n"
    assert text.endswith("\r\n")
    assert [row["to"] for row in read[len(HOSTILE) :]] == list(HARMLESS)


def test_csv_to_the_screen_is_the_same_bytes(hostile: str, tmp_path: Path) -> None:
    """Standard output changes no line end and no letter."""
    file = exported(hostile, tmp_path / "a.csv")
    clock = (
        "import datetime, entrypoints.cli.statement as own;"
        "own.clock = lambda: datetime.datetime(2025, 11, 3, 12, tzinfo=datetime.UTC);"
        "from entrypoints.cli import main; main()"
    )
    words = ("statement", "acme-main", "--period", "2025-10", "--format", "csv")
    environment = {**os.environ, "LICZNIK_DATABASE_URL": hostile, "LC_ALL": "C"}
    printed = subprocess.run(
        [sys.executable, "-c", clock, *words], env=environment, capture_output=True, check=True
    )
    assert printed.stdout == file.read_bytes()


def test_csv_without_entries_is_a_header(database: str, tmp_path: Path) -> None:
    """So that a program finds its columns."""
    place(database, order())
    text = exported(database, tmp_path / "a.csv").read_text(encoding="utf-8")
    assert text == ",".join(WRITTEN) + "\n"


def test_a_csv_summary_has_a_row_for_each_meter(hostile: str, tmp_path: Path) -> None:
    """The same values as JSON."""
    rows = csv_rows(exported(hostile, tmp_path / "a.csv", "--summary").read_text("utf-8"))
    outcome = licznik(hostile, "statement", "acme-main", "--period", "2025-10", "--json")
    for row, own in zip(rows, orjson.loads(outcome.out)["meters"], strict=True):
        wanted = {**own, "name": own["name"]["pl"]}
        assert row == {name: "" if wanted[name] is None else str(wanted[name]) for name in row}


TELLING = "=+-@\t\r\n＝＋－＠'\",;0123456789."  # noqa: RUF001  # full-width forms are meant
cells = st.text(
    st.one_of(st.sampled_from(TELLING), st.characters(exclude_categories=["Cs"])),
    max_size=12,
)


@given(st.lists(cells, min_size=1, max_size=8))
def test_any_cell_is_read_back_and_never_a_formula(texts: list[str]) -> None:
    """Apostrophes and nothing else are added, and only before what would be one."""
    columns = {name: pl.Series([None] * len(texts), dtype=dtype) for name, dtype in WRITTEN.items()}
    frame = pl.DataFrame({**columns, "user": pl.Series(texts, dtype=pl.String)})
    read = csv_rows("".join(csv_entries(iter([frame]))))
    assert [row["user"] for row in read] == [expected(text) for text in texts]


def expected(text: str) -> str:
    """A cell in the plain way."""
    body = text[1:] if text[:1] in ("+", "-") else text
    whole, _, part = body.partition(".")
    digits = [whole] if "." not in body else [whole, part]
    if all(one.isascii() and one.isdecimal() for one in digits):
        return text
    signs = "=+-@＝＋－＠"  # noqa: RUF001  # full-width forms are meant
    inner = "".join(
        f"'{own}" if before in ("", *";\t\r\n") and own in signs else own
        for before, own in zip(["", *text], text, strict=False)
    )
    return f"'{inner}" if text[:1] in ("\t", "\r", "\n") else inner


@pytest.mark.parametrize("text", HARMLESS)
def test_numbers_and_phone_numbers_stay_readable(text: str) -> None:
    """R122: phone numbers as E.164."""
    assert pl.DataFrame({"a": [text]}).select(harmless(pl.col("a"))).item() == text


# A workbook


def test_a_workbook_has_every_entry_as_text(hostile: str, tmp_path: Path) -> None:
    """No cell is a formula, and text is what was recorded, but for what XML cannot hold."""
    file = exported(hostile, tmp_path / "a.xlsx")
    head, *rows = sheet(file, "Pozycje")
    assert head == tuple(word(name, "pl") for name in WRITTEN)
    types = {cell.data_type for row in openpyxl.load_workbook(file)["Pozycje"] for cell in row}
    assert types <= {"s", "n", "inlineStr"}
    at = list(WRITTEN).index("to")
    told = [row[at] or "" for row in rows]
    for cell, sent in zip(told, [*HOSTILE, *HARMLESS], strict=True):
        assert comparable(unescape(cell)) == comparable(sent)


def comparable(text: str) -> str:
    """Text without what XML cannot hold and with one kind of line end."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(one for one in lines if one.isprintable() or one in "\n\t\u202e\u200d")


def test_quantities_are_numbers_where_they_are_exact(database: str, tmp_path: Path) -> None:
    """Fifteen digits; longer ones are text."""
    place(database, order(packs=[pack("pack_training_oneoff_5h")]))
    record(
        database,
        used("sms", 999_999_999_999_999, NOON, "a"),
        used("training_hours", "0.000001", NOON, "b"),
        held("queues", -3, NOON, "c"),
        used("training_hours", "123456789.123457", NOON, "d"),
        used("training_hours", "999999999.999999", NOON, "e"),
    )
    rows = sheet(exported(database, tmp_path / "a.xlsx"), "Pozycje")[1:]
    at = list(WRITTEN).index("quantity")
    assert [str(row[at]) for row in rows] == [
        *("999999999999999", "1e-06", "-3", "123456789.123457", "999999999.999999")
    ]
    assert all(isinstance(row[at], int | float) for row in rows)


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("0", True),
        ("-12.5", True),
        ("1000000000000000", True),
        ("999999999999999", True),
        ("1000000000000001", False),
        ("1234567890.123456", False),
    ],
)
def test_a_number_of_more_than_15_digits_is_not_exact(text: str, exact: bool) -> None:
    """Excel keeps 15."""
    assert is_exact(text) is exact


def test_a_workbook_s_summary_and_days(database: str, tmp_path: Path) -> None:
    """In the account's language, numbers as numbers."""
    account = {**ACCOUNT, "language": "en"}
    place(database, order(packs=[pack("pack_sms_2000")]), accounts=[account])
    record(database, used("sms", 2500, NOON, "s"), held("queues", 3, NOON, "q"))
    file = exported(database, tmp_path / "a.xlsx")
    head, *rows = sheet(file, "Summary")
    sms = next(dict(zip(head, row, strict=True)) for row in rows if row[0] == "sms")
    assert (sms["Name"], sms["Used"], sms["From packs"], sms["Overage"]) == ("SMS", 2500, 2000, 500)
    assert (sms["Full %"], sms["Net price"], sms["Net cost"]) == (125, 0.09, 45)
    titles, *days = sheet(file, "Days")
    assert [row[0] for row in days] == [f"2025-10-{n:02}" for n in range(1, 32)]
    assert [row[titles.index("Queues")] for row in days] == [*([0] * 4), *([3] * 27)]
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["Summary", "Days", "Entries"]
    assert {own.freeze_panes for own in book} == {"A2"}
    assert len(book["Summary"].conditional_formatting) == 1
    with zipfile.ZipFile(file) as parts:
        assert sum(part.startswith("xl/charts/chart") for part in parts.namelist()) == 2


def test_a_full_sheet_is_followed_by_another(
    hostile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Excel has room for 1,048,576 rows."""
    monkeypatch.setattr(as_xlsx, "SHEET_ENTRIES", 10)
    file = exported(hostile, tmp_path / "a.xlsx")
    names = openpyxl.load_workbook(file).sheetnames
    assert names == ["Podsumowanie", "Dni", "Pozycje", "Pozycje 2", "Pozycje 3"]
    assert [len(sheet(file, name)) - 1 for name in names[2:]] == [10, 10, 5]


# Files


def test_a_killed_export_leaves_no_half_file(tmp_path: Path) -> None:
    """What stood there before stays, until the new one is whole."""
    file = tmp_path / "a.csv"
    file.write_text("before", encoding="utf-8")
    program = (
        "import os, pathlib; from entrypoints.whole_files import whole_file\n"
        f"with whole_file(pathlib.Path({str(file)!r})) as own:\n"
        "    own.write(b'half'); own.flush(); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", program], check=False)
    assert file.read_text(encoding="utf-8") == "before"


def test_an_export_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """Nor a file beside."""

    def fails() -> None:
        with whole_file(tmp_path / "a.csv") as own:
            own.write(b"half")
            raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        fails()
    assert list(tmp_path.iterdir()) == []


def test_what_came_between_is_never_overwritten(tmp_path: Path) -> None:
    """Somebody else has taken the name while the file was being written."""
    file = tmp_path / "a.pdf"

    def race() -> None:
        with whole_file(file, overwrite=False) as own:
            own.write(b"ours")
            file.write_bytes(b"theirs")

    with pytest.raises(FileExistsError):
        race()
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("a.pdf", b"theirs")]


def test_a_file_has_one_name_in_the_end(tmp_path: Path) -> None:
    """The name under which it grew is gone."""
    write_whole(tmp_path / "a.pdf", b"ours", overwrite=False)
    (file,) = tmp_path.iterdir()
    assert (file.read_bytes(), file.stat().st_nlink) == (b"ours", 1)


def test_what_a_killed_process_left_is_not_written_into(tmp_path: Path) -> None:
    """It died between the two names of a file, moved since; a later one has its number."""
    moved, left = tmp_path / "moved.pdf", tmp_path / f".a.pdf.{os.getpid()}.part"
    moved.write_bytes(b"whole")
    left.hardlink_to(moved)
    file = write_whole(tmp_path / "a.pdf", b"new", overwrite=False)
    assert (moved.read_bytes(), file.read_bytes()) == (b"whole", b"new")
    assert not left.exists()


def test_a_file_system_without_second_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as that of a memory stick: what is there stays all the same."""

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    file = write_whole(tmp_path / "a.pdf", b"first", overwrite=False)
    with pytest.raises(FileExistsError):
        write_whole(file, b"second", overwrite=False)
    assert [one.read_bytes() for one in tmp_path.iterdir()] == [b"first"]


@pytest.mark.parametrize("name", ["missing/a.csv", "."])
def test_a_place_that_cannot_be_written(hostile: str, tmp_path: Path, name: str) -> None:
    """Said with the name that was given."""
    words = ("--period", "2025-10", "--format", "csv", "--out", tmp_path / name)
    outcome = licznik(hostile, "statement", "acme-main", *words)
    assert outcome.status == 2
    assert "Traceback" not in outcome.err
    assert str(tmp_path) in outcome.err.replace("\n", "")


def test_old_entries_are_left_away_and_said(
    hostile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R123: 365 days after 2025-10-05 they are still given, a day later not."""
    for day, count, left in ((5, len(HOSTILE) + len(HARMLESS), 0), (6, 0, 1)):
        at = datetime(2026, 10, day, 12, tzinfo=UTC)
        monkeypatch.setattr(statement_command, "clock", lambda at=at: at)
        whole = orjson.loads(exported(hostile, tmp_path / "a.json").read_bytes())
        assert (len(whole["entries"]), whole["days_left_away"]) == (count, left)
        sms = next(own for own in whole["meters"] if own["meter"] == "sms")
        assert sms["used"] != "0"
