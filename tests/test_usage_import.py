"""`licznik usage import`: files of three formats, imported once, twice, at once, and killed."""

from __future__ import annotations

import csv
import random
import signal
import time
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest

from tests.builders import Plain, addon, event, order, pack
from tests.running import (
    Outcome,
    balances,
    codes,
    contents,
    differences,
    ended,
    held,
    is_answered,
    licznik,
    place,
    repeats,
    started,
    used,
    user_balances,
    value,
    write_ndjson,
)

NOON = "2025-10-05T12:00:00+02:00"
COLUMNS = ("id", "source", "type", "subject", "time", "quantity", "delta", "user", "to")


@pytest.fixture
def ordered(database: str) -> str:
    """A database with two orders, one of them with training and speech."""
    whole = order(addons=[addon("tts")], packs=[pack("pack_training_oneoff_5h")])
    place(database, whole, order(id="acme-two"))
    return database


def month(events: int = 300, seed: int = 7) -> list[Plain]:
    """Events of many meters on several days, each different."""
    chance = random.Random(seed)
    return [one_of_month(n, chance) for n in range(events)]


def one_of_month(n: int, chance: random.Random) -> Plain:
    """One event of a month."""
    at = f"2025-10-{chance.randint(1, 9):02}T{chance.randint(0, 23):02}:00:00+02:00"
    subject = chance.choice(["acme-main", "acme-two"])
    if chance.randrange(5) == 0:
        return held("queues", chance.choice([-2, 3]), at, f"q{n}", order=subject)
    if chance.randrange(5) == 0:
        return used("training_hours", "0.25", at, f"t{n}")
    user, units = chance.choice(["anna@acme.pl", "Żaneta, z działu", ""]), chance.randint(1, 50)
    named = {"user": user} if user else {}
    return used("api_calls", units, at, f"a{n}", order=subject, **named)


def plain_sums(events: list[Plain]) -> dict[tuple[str, str, str], Decimal]:
    """What each order used of each meter on each day, by adding up."""
    sums: defaultdict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for one in events:
        amount = one["data"].get("quantity") or one["data"].get("delta")
        sums[one["subject"], one["time"][:10], one["type"]] += Decimal(amount)
    return dict(sums)


def stored_sums(url: str) -> dict[tuple[str, str, str], Decimal]:
    """The same from the balances."""
    return {key: total for key, (total, _) in balances(url).items()}


def flat(one: Plain) -> Plain:
    """An event as a row of a table."""
    row = {**{key: one[key] for key in COLUMNS if key in one}, **one["data"]}
    return {key: row.get(key) for key in COLUMNS}


def write_csv(path: Path, events: list[Plain]) -> Path:
    """Writes events as a CSV file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        table.writerows(map(flat, events))
    return path


def write_parquet(path: Path, events: list[Plain]) -> Path:
    """Writes events as a Parquet file."""
    texts = [
        {key: None if own is None else str(own) for key, own in flat(one).items()} for one in events
    ]
    pl.DataFrame(texts, schema=dict.fromkeys(COLUMNS, pl.String)).write_parquet(path)
    return path


WRITERS = {"ndjson": write_ndjson, "csv": write_csv, "parquet": write_parquet}


def imported(url: str, file: Path) -> Outcome:
    """What an import of a file ended with."""
    return licznik(url, "usage", "import", file, "--json")


def counts(outcome: Outcome) -> tuple[int, int, int]:
    """How many events were accepted, duplicates and rejected."""
    return outcome.data["accepted"], outcome.data["duplicates"], outcome.data["rejected"]


def rejected_lines(file: Path) -> list[tuple[int, list[str]]]:
    """The lines that the file of rejected lines names, with their codes."""
    text = file.with_name(file.name + ".rejected.ndjson").read_text(encoding="utf-8")
    found = map(orjson.loads, text.splitlines())
    return [(one["line"], [problem["code"] for problem in one["problems"]]) for one in found]


# Formats


@pytest.mark.parametrize("kind", WRITERS)
def test_every_format_makes_the_same_balances(ordered: str, tmp_path: Path, kind: str) -> None:
    """One decoder stands behind them all."""
    events = month()
    file = WRITERS[kind](tmp_path / f"usage.{kind}", events)
    assert counts(imported(ordered, file)) == (300, 0, 0)
    assert stored_sums(ordered) == plain_sums(events)
    assert differences(ordered) == []


def test_an_event_is_the_same_in_every_format(ordered: str, tmp_path: Path) -> None:
    """Contract, section 1: same identity and content, a duplicate."""
    events = month(50)
    outcomes = [
        counts(imported(ordered, write(tmp_path / f"usage.{kind}", events)))
        for kind, write in WRITERS.items()
    ]
    assert outcomes == [(50, 0, 0), (0, 50, 0), (0, 50, 0)]


def test_users_are_counted_from_a_file(ordered: str, tmp_path: Path) -> None:
    """R46: a name may have a comma and letters of any kind."""
    events = [used("api_calls", n, NOON, f"{n}", user="Żaneta, z działu") for n in (3, 4)]
    imported(ordered, write_csv(tmp_path / "usage.csv", events))
    key = ("acme-main", "2025-10-01", "api_calls", "Żaneta, z działu")
    assert user_balances(ordered) == {key: Decimal(7)}


@pytest.mark.parametrize("kind", WRITERS)
def test_a_file_imported_twice_changes_nothing(ordered: str, tmp_path: Path, kind: str) -> None:
    """Contract, section 3: but for the count of repeats."""
    file = WRITERS[kind](tmp_path / f"usage.{kind}", month(60))
    imported(ordered, file)
    before = contents(ordered, "usage_repeat")
    again = imported(ordered, file)
    assert (again.status, counts(again)) == (0, (0, 60, 0))
    assert contents(ordered, "usage_repeat") == before
    assert sum(repeats(ordered).values()) == 60


def test_a_summary_for_people_says_what_became_of_a_file(ordered: str, tmp_path: Path) -> None:
    """Without --json it is a table."""
    file = write_ndjson(tmp_path / "usage.ndjson", [*month(5), event(type="smoke")])
    outcome = licznik(ordered, "usage", "import", file)
    assert "accepted        │      5" in outcome.out
    assert "unknown_meter │      1" in outcome.out
    assert "usage.ndjson.rejected.ndjson" in outcome.err.replace("\n", "")


# Bad lines


def test_bad_lines_are_listed_and_good_ones_recorded(ordered: str, tmp_path: Path) -> None:
    """Contract, section 3: with their numbers and what is wrong with them."""
    lines: list[Any] = [used("sms", 1, NOON, "1"), event(type="smoke", data=7), event(data={})]
    file = write_ndjson(tmp_path / "usage.ndjson", lines)
    with file.open("a", encoding="utf-8") as more:
        more.write("\n{broken\n")
    outcome = imported(ordered, file)
    assert (outcome.status, counts(outcome)) == (2, (1, 0, 3))
    assert rejected_lines(file) == [
        (2, ["missing_field"]),
        (3, ["missing_quantity"]),
        (5, ["broken_line"]),
    ]
    assert outcome.data["codes"] == {"missing_field": 1, "missing_quantity": 1, "broken_line": 1}


def test_a_rejected_line_is_kept_as_it_came(ordered: str, tmp_path: Path) -> None:
    """So that it can be corrected and sent again."""
    file = tmp_path / "usage.ndjson"
    file.write_text('{"zażółć": \n', encoding="utf-8")
    imported(ordered, file)
    kept = orjson.loads((tmp_path / "usage.ndjson.rejected.ndjson").read_bytes())
    assert kept["text"] == '{"zażółć":'


def test_a_file_without_bad_lines_has_no_list_of_them(ordered: str, tmp_path: Path) -> None:
    """Nothing is left beside it."""
    file = write_ndjson(tmp_path / "usage.ndjson", month(5))
    assert imported(ordered, file).data["rejected_file"] is None
    assert list(tmp_path.iterdir()) == [file]


def test_other_content_of_an_identity_is_listed_with_its_line(ordered: str, tmp_path: Path) -> None:
    """Contract, section 1: `id_conflict`."""
    file = write_ndjson(
        tmp_path / "usage.ndjson", [used("sms", 1, NOON, "1"), used("sms", 2, NOON, "1")]
    )
    assert counts(imported(ordered, file)) == (1, 0, 1)
    assert rejected_lines(file) == [(2, ["id_conflict"])]


CSV_HEAD = "id,source,type,subject,time,quantity\n"
CSV_GOOD = f"1,/n,sms,acme-main,{NOON},1\n"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (f"2,/n,sms,acme-main,{NOON}\n", "broken_line"),
        (f"2,/n,sms,acme-main,{NOON},1,1\n", "broken_line"),
        (f"2,/n,{'x' * 200_000},acme-main,{NOON},1\n", "broken_line"),
        (f"2,/n,sms,acme-main,{NOON},1.5\n", "fractional_quantity"),
        (f"2,/n,sms,acme-main,{NOON},1e3\n", "inexact_quantity"),
        (f"2,/n,sms,acme-main,{NOON},01x\n", "invalid_quantity"),
        (f"2,/n,sms,acme-main,{NOON},\n", "missing_quantity"),
        (f",/n,sms,acme-main,{NOON},1\n", "missing_field"),
        ("2,/n,sms,acme-main,,1\n", "missing_time"),
        ("2,/n,sms,acme-main,2025-10-05 12:00,1\n", "invalid_time"),
    ],
)
def test_a_bad_line_of_a_csv_file_is_named(
    ordered: str, tmp_path: Path, line: str, code: str
) -> None:
    """The lines around it are recorded."""
    file = tmp_path / "usage.csv"
    file.write_text(CSV_HEAD + CSV_GOOD + line + CSV_GOOD.replace("1,", "3,", 1), encoding="utf-8")
    assert counts(imported(ordered, file)) == (2, 0, 1)
    assert rejected_lines(file) == [(3, [code])]


def test_a_csv_line_that_is_not_utf_8_is_named(ordered: str, tmp_path: Path) -> None:
    """The lines around it are recorded."""
    file = tmp_path / "usage.csv"
    bad = CSV_GOOD.replace("/n", "caf\xe9").encode("latin-1")
    file.write_bytes(CSV_HEAD.encode() + bad + CSV_GOOD.encode())
    assert counts(imported(ordered, file)) == (1, 0, 1)
    assert rejected_lines(file) == [(2, ["broken_line"])]


def test_a_quoted_cell_may_have_quotes_and_lines(ordered: str, tmp_path: Path) -> None:
    """CSV as spreadsheets write it."""
    file = tmp_path / "usage.csv"
    cell = '"said ""yes"",\nthen went"'
    file.write_text(f"note,{CSV_HEAD}{cell},{CSV_GOOD}", encoding="utf-8")
    assert counts(imported(ordered, file)) == (1, 0, 0)


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_csv_file_from_a_spreadsheet_is_read(
    ordered: str, tmp_path: Path, start: bytes, end: str
) -> None:
    """With a byte order mark, and with the line ends of another system."""
    file = tmp_path / "usage.csv"
    file.write_bytes(start + (CSV_HEAD + CSV_GOOD).replace("\n", end).encode())
    assert counts(imported(ordered, file)) == (1, 0, 0)


def test_lines_may_have_a_byte_order_mark_and_other_ends(ordered: str, tmp_path: Path) -> None:
    """The last line may have no end."""
    file = tmp_path / "usage.ndjson"
    events = [orjson.dumps(used("sms", 1, NOON, f"{n}")) for n in (1, 2)]
    file.write_bytes(b"\xef\xbb\xbf" + b"\r\n\r\n".join(events))
    assert counts(imported(ordered, file)) == (2, 0, 0)


# Parquet columns


def parquet(path: Path, **columns: Any) -> Path:
    """Two SMS events as a Parquet file, some columns given."""
    whole = {
        "id": ["1", "2"],
        "source": ["/n", "/n"],
        "type": ["sms", "sms"],
        "subject": ["acme-main", "acme-main"],
        "time": [NOON, NOON],
        "quantity": [1, 2],
        **columns,
    }
    file = path / "usage.parquet"
    pl.DataFrame(whole).write_parquet(file)
    return file


INSTANT = datetime(2025, 10, 5, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "columns",
    [
        {"quantity": pl.Series([1, 2], dtype=pl.UInt8)},
        {"quantity": pl.Series(["1.00", "2.00"]).cast(pl.Decimal(10, 2))},
        {"quantity": ["1", "2"]},
        {"time": [INSTANT, INSTANT]},
        {"time": pl.Series([INSTANT, INSTANT]).dt.convert_time_zone("Europe/Warsaw")},
        {"time": pl.Series([INSTANT, INSTANT]).dt.cast_time_unit("ns")},
        {"id": [1, 2]},
        {"type": pl.Series(["sms", "sms"], dtype=pl.Categorical)},
        {"specversion": ["1.0", "1.0"]},
    ],
)
def test_exact_columns_of_any_type_are_taken(
    ordered: str, tmp_path: Path, columns: dict[str, Any]
) -> None:
    """Whole numbers, decimals, instants with their zone."""
    assert counts(imported(ordered, parquet(tmp_path, **columns))) == (2, 0, 0)
    assert stored_sums(ordered) == {("acme-main", "2025-10-05", "sms"): Decimal(3)}


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"quantity": pl.Series([1, 2]).cast(pl.Float64)}, "inexact_quantity"),
        ({"quantity": pl.Series(["1.50", "2.50"]).cast(pl.Decimal(10, 2))}, "fractional_quantity"),
        ({"quantity": pl.Series([None, None], dtype=pl.Int64)}, "missing_quantity"),
        ({"time": pl.Series([INSTANT, INSTANT]).dt.replace_time_zone(None)}, "time_without_offset"),
        ({"time": pl.Series([INSTANT, INSTANT]).dt.date()}, "invalid_time"),
        ({"time": [1759651200, 1759651200]}, "invalid_time"),
    ],
)
def test_columns_that_are_not_exact_are_refused(
    ordered: str, tmp_path: Path, columns: dict[str, Any], code: str
) -> None:
    """Contract, section 1: no fraction that was binary, no time without its offset."""
    file = parquet(tmp_path, **columns)
    assert counts(imported(ordered, file)) == (0, 0, 2)
    assert rejected_lines(file) == [(1, [code]), (2, [code])]


def test_an_instant_in_the_hour_the_clocks_repeat_is_exact(ordered: str, tmp_path: Path) -> None:
    """R6: a column with a zone says which of the two it is."""
    times = [datetime(2025, 10, 26, hour, 30, tzinfo=UTC) for hour in (0, 1)]
    zoned = pl.Series(times).dt.convert_time_zone("Europe/Warsaw")
    imported(ordered, parquet(tmp_path, time=zoned))
    found = (value(ordered, f"SELECT {side}_at FROM usage_balance") for side in ("first", "last"))
    assert list(found) == times


# Files that cannot be read


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("usage.xlsx", "", "unknown_format"),
        ("usage", "", "unknown_format"),
        ("usage.csv", "", "missing_column"),
        ("usage.csv", "id;source;type;subject;time;quantity\n", "missing_column"),
        ("usage.csv", CSV_HEAD.replace("time", "when") + CSV_GOOD, "missing_column"),
        ("usage.csv", CSV_HEAD.replace("quantity", "time") + CSV_GOOD, "duplicate_column"),
    ],
)
def test_a_file_that_is_no_usage_file_is_refused(
    ordered: str, tmp_path: Path, name: str, content: str, code: str
) -> None:
    """A sentence and status 2, and nothing is recorded."""
    file = tmp_path / name
    file.write_text(content, encoding="utf-8")
    outcome = licznik(ordered, "usage", "import", file)
    assert is_answered(outcome)
    assert code in codes(outcome)
    assert value(ordered, "SELECT count(*) FROM usage_events") == 0


def test_every_missing_column_is_named(ordered: str, tmp_path: Path) -> None:
    """Users get all of their mistakes at once."""
    file = tmp_path / "usage.parquet"
    pl.DataFrame({"id": ["1"], "quantity": [1]}).write_parquet(file)
    outcome = licznik(ordered, "usage", "import", file)
    assert codes(outcome) == ["missing_column"] * 4


def test_a_file_that_does_not_exist_is_named(ordered: str, tmp_path: Path) -> None:
    """A sentence and status 2."""
    outcome = licznik(ordered, "usage", "import", tmp_path / "usage.ndjson")
    assert is_answered(outcome)
    assert "No such file" in outcome.err


def test_a_file_that_only_bears_the_name_of_a_format_is_refused(
    ordered: str, tmp_path: Path
) -> None:
    """A sentence and status 2."""
    file = tmp_path / "usage.parquet"
    file.write_text("no parquet at all", encoding="utf-8")
    outcome = licznik(ordered, "usage", "import", file)
    assert is_answered(outcome)
    assert codes(outcome) == ["unreadable_file"]


@pytest.mark.parametrize("name", ["usage.ndjson", "usage.csv", "usage.parquet"])
def test_a_file_without_events_is_imported(ordered: str, tmp_path: Path, name: str) -> None:
    """A month may have no usage."""
    file = tmp_path / name
    WRITERS[file.suffix[1:]](file, [])
    outcome = imported(ordered, file)
    assert (outcome.status, counts(outcome)) == (0, (0, 0, 0))


# Two at once, and one that is killed


SMALL_CHUNKS = """
from entrypoints import usage_files, usage_import
usage_files.CHUNK_BYTES, usage_import.COMMITTED_TOGETHER = 15_000, 50
"""


def test_two_imports_of_one_file_at_once_double_nothing(ordered: str, tmp_path: Path) -> None:
    """Decision 3: two writers of one sheet; the other drops what the first has written."""
    events = month(3_000)
    file = write_ndjson(tmp_path / "usage.ndjson", events)
    command = ("usage", "import", file, "--json")
    pair = [started(ordered, *command, settings=SMALL_CHUNKS) for _ in range(2)]
    outcomes = [ended(one) for one in pair]
    assert [one.status for one in outcomes] == [0, 0]
    accepted, duplicates, _ = zip(*map(counts, outcomes), strict=True)
    assert (sum(accepted), sum(duplicates)) == (3_000, 3_000)
    assert stored_sums(ordered) == plain_sums(events)
    assert differences(ordered) == []


@pytest.mark.parametrize("seed", range(3))
def test_an_import_that_is_killed_and_started_again_loses_nothing(
    ordered: str, tmp_path: Path, seed: int
) -> None:
    """Decision 3: a crash at any point loses and doubles nothing."""
    events = month(3_000, seed)
    file = write_ndjson(tmp_path / "usage.ndjson", events)
    kill_after(seed, ordered, file)
    assert differences(ordered) == []
    accepted, duplicates, rejected = counts(imported(ordered, file))
    assert accepted > 0, "it was killed before its end"
    assert duplicates > 0, "it was killed after it had recorded something"
    assert (accepted + duplicates, rejected) == (3_000, 0)
    assert stored_sums(ordered) == plain_sums(events)
    assert differences(ordered) == []


def kill_after(seed: int, url: str, file: Path) -> None:
    """Kills an import once it has recorded some pages, at a moment that is left to chance."""
    chance = random.Random(seed)
    pages, milliseconds = chance.randint(1, 150), chance.randrange(30)
    process = started(url, "usage", "import", file, settings=SMALL_CHUNKS)
    while process.poll() is None and value(url, "SELECT count(*) FROM usage_events") < pages:
        time.sleep(1 / 500)
    time.sleep(milliseconds / 1000)
    process.kill()
    assert ended(process).status == -signal.SIGKILL
