"""The limit of an import: what PostgreSQL does with the same file in a table made by hand.

Polars decodes the file, a chunk ahead of the database; COPY brings the rows into an unlogged table,
and one statement takes over those whose order, source and id are new. A commit holds as many events
as one of the engine's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import psycopg

from entrypoints.usage_files import read_chunks
from entrypoints.usage_import import ahead

TEXTS = ("user", "to", "direction", "status")
EVENT: dict[str, pl.DataType | type[pl.DataType]] = {
    **dict.fromkeys(("id", "source", "type", "subject", "time"), pl.String),
    "data": pl.Struct({"quantity": pl.Int64, **dict.fromkeys(TEXTS, pl.String)}),
}
COLUMNS = """
    order_id text, source text, id text, meter text, at timestamptz, quantity bigint,
    attributes jsonb
"""
TABLES = f"""
    CREATE TABLE by_hand ({COLUMNS}, PRIMARY KEY (order_id, source, id));
    CREATE UNLOGGED TABLE staging ({COLUMNS})
"""
TAKE_OVER = "INSERT INTO by_hand SELECT * FROM staging ON CONFLICT DO NOTHING"


@dataclass(frozen=True, slots=True)
class Timed:
    """So many events in so many seconds and commits, and the bytes that they take at rest."""

    events: int
    seconds: float
    commits: int
    bytes: int

    @property
    def per_second(self) -> float:
        """Events a second."""
        return self.events / self.seconds


@contextmanager
def stopwatch() -> Iterator[Callable[[], float]]:
    """The seconds that something takes; to be read after it."""
    start = time.perf_counter()
    end = start
    yield lambda: end - start
    end = time.perf_counter()


def import_file(url: str, file: Path, together: int) -> Timed:
    """Imports a file into an empty database; at least so many events ``together`` are a commit."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(TABLES.encode())
        with stopwatch() as seconds:
            commits = [_commit(connection, rows) for rows in ahead(_commits(file, together))]
        (size,) = connection.execute("SELECT pg_total_relation_size('by_hand')").fetchone() or (0,)
    return Timed(sum(commits), seconds(), len(commits), size)


def _commits(file: Path, together: int) -> Iterator[bytes]:
    """The rows of a file as COPY takes them, so many together."""
    rows: list[bytes] = []
    events = 0
    for chunk in read_chunks(file)[0]:
        frame = _decoded(chunk.lines.raw)
        rows.append(frame.write_csv(include_header=False).encode())
        events += frame.height
        if events >= together:
            yield b"".join(rows)
            rows, events = [], 0
    if rows:
        yield b"".join(rows)


def _decoded(lines: bytes) -> pl.DataFrame:
    attribute = [pl.format(f'"{name}":"{{}}"', pl.col("data").struct.field(name)) for name in TEXTS]
    attributes = pl.concat_str(attribute, separator=",", ignore_nulls=True)
    return pl.read_ndjson(lines, schema=EVENT).select(
        "subject",
        "source",
        "id",
        "type",
        "time",
        pl.col("data").struct.field("quantity"),
        attributes=pl.format("{{{}}}", attributes),
    )


def _commit(connection: psycopg.Connection, rows: bytes) -> int:
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE staging")
        with cursor.copy("COPY staging FROM STDIN (FORMAT csv)") as copy:
            copy.write(rows)
        cursor.execute(TAKE_OVER)
        return cursor.rowcount
