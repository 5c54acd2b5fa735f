"""Usage files: NDJSON, CSV and Parquet, read in chunks of bounded size as lines of JSON.

Every format becomes the same lines, so that one decoder, with one set of checks, stands behind all.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
import polars as pl

from metering.lines import Lines
from metering.problems import Problem, ProblemsFound

CHUNK_BYTES = 24 * 1024 * 1024
CHUNK_ROWS = 100_000
NDJSON = (".ndjson", ".jsonl", ".json")
ENVELOPE = ("specversion", "id", "source", "type", "subject", "time")
REQUIRED = ("id", "source", "type", "subject", "time")
AMOUNTS = ("quantity", "delta")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Lines of JSON as they stand in the file; ``done`` is how far the file is read."""

    lines: Lines
    done: int


def read_chunks(path: Path) -> tuple[Iterator[Chunk], int]:
    """A file's chunks, and what ``done`` reaches at its end.

    Raises ProblemsFound with ``unknown_format`` for another kind of file.
    """
    suffix = path.suffix.lower()
    if suffix in NDJSON:
        return _ndjson(path), path.stat().st_size
    if suffix == ".csv":
        return _csv(path), _lines(path)
    if suffix == ".parquet":
        return _parquet(path), _rows(path)
    message = f"{path.name}: usage files are .ndjson, .csv or .parquet"
    raise ProblemsFound([Problem("unknown_format", "", message)])


def read_events(path: Path) -> Iterator[tuple[str, object]]:
    """The events of an NDJSON file, each with its place; a line that is no JSON is a problem."""
    if path.suffix.lower() not in NDJSON:
        message = f"{path.name}: give events as .ndjson, one a line"
        raise ProblemsFound([Problem("unknown_format", "", message)])
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            line = raw.removeprefix(b"\xef\xbb\xbf").strip()
            if line:
                yield f"lines[{number}]", _loaded(line)


def _loaded(line: bytes) -> object:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return Problem("broken_line", "", f"this line is not readable as JSON: {error}")


def _ndjson(path: Path) -> Iterator[Chunk]:
    number, done = 1, 0
    with path.open("rb") as file:
        while raw := file.read(CHUNK_BYTES):
            raw += file.readline()
            done += len(raw)
            lines = Lines(raw if number > 1 else raw.removeprefix(b"\xef\xbb\xbf"), number)
            number += lines.count
            yield Chunk(lines, done)


def _csv(path: Path) -> Iterator[Chunk]:
    with path.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as file:
        reader = csv.reader(file)
        header = next(reader, [])
        _check_columns(path, header)
        rows: list[list[str]] = []
        numbers: list[int] = []
        while True:
            row, readable = _next_row(reader)
            if row is not None and row:
                whole = readable and len(row) == len(header) and _is_text(row)
                rows.append(row if whole else _broken(row, len(header)))
                numbers.append(reader.line_num if whole else -reader.line_num)
            if rows and (row is None or len(rows) == CHUNK_ROWS):
                yield _csv_chunk(header, rows, numbers, reader.line_num)
                rows, numbers = [], []
            if row is None:
                return


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(CHUNK_BYTES), b""))


def _next_row(reader: Iterator[list[str]]) -> tuple[list[str] | None, bool]:
    try:
        return next(reader), True
    except StopIteration:
        return None, True
    except csv.Error as error:
        return [str(error)], False


def _is_text(row: list[str]) -> bool:
    return all(cell.isprintable() or cell.encode(errors="replace").decode() == cell for cell in row)


def _broken(row: list[str], width: int) -> list[str]:
    """A row that cannot be read, its text in the first cell."""
    text = ",".join(row).encode(errors="replace").decode()
    return [text, *[""] * (width - 1)]


def _csv_chunk(header: list[str], rows: list[list[str]], numbers: list[int], done: int) -> Chunk:
    schema = dict.fromkeys(header, pl.String)
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        pl.when(pl.all() != "").then(pl.all())
    )
    broken = pl.Series([number < 0 for number in numbers], dtype=pl.Boolean)
    lines = (
        json_lines(frame)
        .to_frame("line")
        .select(pl.when(broken).then(pl.Series([row[0] for row in rows])).otherwise(pl.col("line")))
    )
    return Chunk(Lines.of(pl.Series(numbers, dtype=pl.Int64).abs(), lines.to_series()), done)


def _parquet(path: Path) -> Iterator[Chunk]:
    scan = pl.scan_parquet(path)
    with _readable(path):
        schema = scan.collect_schema()
    _check_columns(path, schema.names())
    _check_types(path, schema)
    for start in range(0, _rows(path), CHUNK_ROWS):
        with _readable(path):
            frame = scan.slice(start, CHUNK_ROWS).collect()
        numbers = pl.int_range(start + 1, start + frame.height + 1, eager=True)
        yield Chunk(Lines.of(numbers, json_lines(_as_written(frame))), start + frame.height)


def _rows(path: Path) -> int:
    with _readable(path):
        rows: int = pl.scan_parquet(path).select(pl.len()).collect().item()
    return rows


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turns a file that is no Parquet file, or a damaged one, into a problem."""
    try:
        yield
    except pl.exceptions.PolarsError as error:
        message = f"{path.name} cannot be read as Parquet: {error}"
        raise ProblemsFound([Problem("unreadable_file", "", message)]) from error


def _check_columns(path: Path, columns: list[str]) -> None:
    missing = [name for name in REQUIRED if name not in columns]
    problems = [
        Problem("missing_column", name, f"{path.name} needs a column {name}") for name in missing
    ]
    if len(set(columns)) < len(columns):
        message = f"{path.name} has a column twice"
        problems.append(Problem("duplicate_column", "", message))
    if problems:
        raise ProblemsFound(problems)


def _check_types(path: Path, schema: pl.Schema) -> None:
    """Bytes cannot be written as JSON."""
    problems = [
        Problem("unsupported_column", name, f"{path.name} has bytes in column {name}: give text")
        for name, kind in schema.items()
        if kind == pl.Binary
    ]
    if problems:
        raise ProblemsFound(problems)


def _as_written(frame: pl.DataFrame) -> pl.DataFrame:
    """Times and whole numbers as text; fractions stay numbers, so that the checks see them."""
    times = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Datetime)]
    exact = [name for name, kind in frame.schema.items() if kind.is_integer() or kind.is_decimal()]
    return frame.with_columns(
        *(pl.col(name).dt.to_string("iso:strict") for name in times),
        *(pl.col(name).cast(pl.String) for name in exact),
    )


def json_lines(frame: pl.DataFrame) -> pl.Series:
    """Each row as an event in JSON: columns that no event knows become its attributes."""
    given = [pl.lit('"specversion":"1.0"')] if "specversion" not in frame.columns else []
    envelope = [*given, *(_member(frame, c) for c in frame.columns if c in ENVELOPE)]
    data = [_member(frame, column) for column in frame.columns if column not in ENVELOPE]
    joined = [
        pl.concat_str(members, separator=",", ignore_nulls=True)
        for members in (envelope, data)
        if members
    ]
    inside = joined[1] if len(joined) > 1 else pl.lit("")
    line = pl.concat_str(pl.lit("{"), joined[0], pl.lit(',"data":{'), inside, pl.lit("}}"))
    return frame.select(line.alias("line")).to_series()


def _member(frame: pl.DataFrame, column: str) -> pl.Expr:
    """A member of a JSON object, null where the row has no value."""
    value = pl.col(column)
    written = pl.struct(value).struct.json_encode().str.slice(1).str.head(-1)
    if column in AMOUNTS and frame.schema[column] == pl.String:
        whole = value.str.contains(r"^-?(?:0|[1-9]\d*)$")
        name = orjson.dumps(column).decode()
        written = pl.when(whole).then(pl.concat_str(pl.lit(f"{name}:"), value)).otherwise(written)
    return pl.when(value.is_not_null()).then(written)
