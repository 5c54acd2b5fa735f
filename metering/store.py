"""The event store: the eventsourcing library on PostgreSQL, for large saves and exact extras.

Two habits of the library are overridden, for reasons that were measured. It saves inside a psycopg
pipeline, where a statement above the socket's buffer never ends: here a save is a plain transaction
and events go in by COPY. And every save may carry further statements, which are committed with the
events or not at all: balances, read models, numbers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, cast

import msgpack
import psycopg
import zstandard
from eventsourcing import persistence
from eventsourcing.application import Application
from eventsourcing.persistence import (
    Compressor,
    MapperDeserialisationError,
    StoredEvent,
    Transcoder,
)
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from eventsourcing.utils import TopicError
from psycopg import Connection, Cursor
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow
from psycopg.sql import SQL, Identifier

from metering import queries
from metering.pages import Page

STREAMED_ROWS = 256
PAGES_AT_ONCE = 64
LARGE_PAGES = 1
"""So many pages are fetched at once where each may be of the largest size."""


UNREADABLE = (MapperDeserialisationError, TopicError)
"""What is raised where the state or the kind of an event is not what it was."""

AWAY = (
    persistence.OperationalError,
    persistence.InterfaceError,
    persistence.InternalError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)
"""What is raised where the database is away: no query is to blame, and trying again may help."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that is part of a save; ``changes`` is how many rows it must change, if said."""

    query: str
    parameters: Sequence[Any] | Mapping[str, Any]
    changes: int | None = None


Asked = tuple[str, dict[str, Any]]
"""A query with its parameters by their names."""
Ahead = Asked | tuple[str, tuple[Any, ...]]
"""A query that is known ahead, with its parameters by their names or in order."""


class SaveConflict(Exception):
    """A statement of a save did not change what it had to: somebody else was first."""


class Recorder(PostgresApplicationRecorder):
    """Saves events and further statements in one plain transaction."""

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Inserts events, then runs ``statements``; all of it is committed or nothing."""
        with self.saving() as curs:
            self.copy(curs, stored_events)
            for statement in kwargs.get("statements", ()):
                run(curs, statement)
        return None

    @contextmanager
    def saving(self) -> Iterator[Cursor[DictRow]]:
        """A transaction in which nobody else adds events; all of it is committed or nothing."""
        with self.datastore.transaction(commit=True) as curs:
            self._lock_table(curs)
            self._notify_channel(curs)
            yield curs

    def copy(self, curs: Cursor[DictRow], events: Sequence[StoredEvent]) -> None:
        """Puts events into the table."""
        copying = SQL(
            "COPY {} (originator_id, originator_version, topic, state) FROM STDIN (FORMAT BINARY)"
        ).format(Identifier(self.datastore.schema, self.events_table_name))
        with curs.copy(copying) as copy:
            copy.set_types(["text", "int8", "text", "bytea"])
            for event in events:
                copy.write_row(
                    (event.originator_id, event.originator_version, event.topic, event.state)
                )


def run(curs: Cursor[Any], statement: Statement) -> None:
    """Runs a statement of a save; raises SaveConflict where it changes another number of rows."""
    curs.execute(statement.query.encode(), statement.parameters)
    if statement.changes is not None and curs.rowcount != statement.changes:
        raise SaveConflict(statement.query)


def rows_ahead(conn: Connection[DictRow], ahead: Sequence[Ahead]) -> Callable[..., list[DictRow]]:
    """Asks queries that are known ahead; they are answered from what came back, others go alone.

    Within a pipeline of the connection they travel together.
    """
    cursors = [conn.execute(query.encode(), parameters) for query, parameters in ahead]
    found = [curs.fetchall() for curs in cursors]

    def rows(query: str, *parameters: Any, **named: Any) -> list[DictRow]:
        asked = (query, named or parameters)
        if asked in ahead:
            return found[ahead.index(asked)]
        return conn.execute(query.encode(), named or parameters).fetchall()

    return rows


class SilentRecorder(Recorder):
    """Saves without NOTIFY: readers of usage poll, and a notification would cost every save."""

    def _notify_channel(self, curs: Cursor[DictRow]) -> None:
        pass


class MsgpackTranscoder(Transcoder):
    """Writes the state of an event as MessagePack, which keeps bytes as bytes."""

    def encode(self, obj: Any) -> bytes:
        """The state in bytes."""
        packed: bytes = msgpack.packb(obj, datetime=True)
        return packed

    def decode(self, data: bytes) -> Any:
        """The state from bytes; times come back in UTC."""
        return msgpack.unpackb(data, timestamp=3)


class ZstdCompressor(Compressor):
    """Compresses states with zstd, with a checksum, so that no changed byte goes unnoticed.

    Each thread makes its tools once: to make them costs more than to compress a small state.
    """

    def __init__(self) -> None:
        self._own = threading.local()

    def compress(self, data: bytes) -> bytes:
        """The compressed state."""
        if not hasattr(self._own, "compressor"):
            self._own.compressor = zstandard.ZstdCompressor(level=3, write_checksum=True)
        compressed: bytes = self._own.compressor.compress(data)
        return compressed

    def decompress(self, data: bytes) -> bytes:
        """The state as it was."""
        if not hasattr(self._own, "decompressor"):
            self._own.decompressor = zstandard.ZstdDecompressor()
        state: bytes = self._own.decompressor.decompress(data)
        return state


def library_settings(url: str) -> dict[str, str]:
    """A database's address in the words of the library; its tables come from Alembic."""
    address = conninfo_to_dict(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "CREATE_TABLE": "n",
        "ORIGINATOR_ID_TYPE": "text",
        "POSTGRES_DBNAME": str(address.get("dbname", "postgres")),
        "POSTGRES_HOST": str(address.get("host", "localhost")),
        "POSTGRES_PORT": str(address.get("port", 5432)),
        "POSTGRES_USER": str(address.get("user", "postgres")),
        "POSTGRES_PASSWORD": str(address.get("password") or ""),
        "POSTGRES_POOL_SIZE": "1",
        "POSTGRES_IDLE_IN_TRANSACTION_SESSION_TIMEOUT": "600",
    }


class Store(Application[str]):
    """An application of the library with queries of its own."""

    env = {
        "APPLICATION_RECORDER_TOPIC": "metering.store:Recorder",
        "COMPRESSOR_TOPIC": "metering.store:ZstdCompressor",
    }

    @property
    def datastore(self) -> PostgresDatastore:
        """The library's pool of connections."""
        return cast(PostgresApplicationRecorder, self.recorder).datastore

    def run(self, *statements: Statement) -> None:
        """Runs statements that stand for themselves, in one transaction."""
        if statements:
            with self.datastore.transaction(commit=True) as curs:
                for statement in statements:
                    run(curs, statement)

    def rows(self, query: str, *parameters: Any, **named: Any) -> list[DictRow]:
        """The rows of a query, its parameters by position or by name."""
        with self.datastore.get_connection() as conn, conn.cursor() as curs:
            curs.execute(query.encode(), named or parameters)
            return curs.fetchall() if curs.description else []

    def stream(
        self, query: str, *parameters: Any, at_once: int = STREAMED_ROWS
    ) -> Iterator[DictRow]:
        """The rows of a query a few at a time, however many there are."""
        with (
            self.datastore.get_connection() as conn,
            conn.transaction(),
            conn.cursor("stream") as curs,
        ):
            curs.itersize = at_once
            curs.execute(query.encode(), parameters)
            yield from curs

    @contextmanager
    def snapshot(self, *ahead: Asked) -> Iterator[Callable[..., list[DictRow]]]:
        """Queries that all see the database as it was at the first of them.

        Those that are known ``ahead`` travel together, and are answered from what came back.
        """
        with (
            self.datastore.get_connection() as conn,
            conn.pipeline() if ahead else nullcontext(),
            conn.transaction(),
        ):
            conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield rows_ahead(conn, ahead)


class UsageStore(Store):
    """The pages of every sheet. Table ``usage_events``."""

    name = "usage"
    env = {**Store.env, "APPLICATION_RECORDER_TOPIC": "metering.store:SilentRecorder"}

    def construct_transcoder(self) -> Transcoder:
        """Pages hold bytes, which JSON cannot."""
        return MsgpackTranscoder()

    def pages_after(
        self, seen: Mapping[str, int], rows: Callable[..., list[DictRow]] | None = None
    ) -> Iterator[Page]:
        """The pages of some sheets after the version that was seen of each, in order.

        Whoever has a transaction open reads by its ``rows``, and takes no second connection.
        """
        return _pages_after(self, rows or self.rows, seen)

    def pages_until(
        self, rows: Callable[..., list[DictRow]], sheets: Iterable[str], until: int
    ) -> Iterator[Page]:
        """The pages of some sheets up to a position, in order, read by ``rows``.

        Who reads within a snapshot stays on its connection. If it asked for another one while it
        holds the first, a crowd of readers would wait for each other.
        """
        query, seen = queries.PAGES_AFTER_VERSIONS_UNTIL, dict.fromkeys(sheets, 0)
        return _pages_after(self, rows, seen, query, until)

    def pages_since(
        self, rows: Callable[..., list[DictRow]], sheets: Iterable[str], since: int, until: int
    ) -> Iterator[tuple[Page, int]]:
        """The pages of some sheets that came between two positions, each with its own."""
        asked = list(sheets)
        while found := rows(queries.PAGES_SINCE, asked, since, until, PAGES_AT_ONCE):
            yield from ((self.page(row), row["position"]) for row in found)
            since = found[-1]["position"]

    def pages_at(self, places: Mapping[str, Iterable[int]]) -> Iterator[Page]:
        """Some versions of each of some sheets, in order."""
        wanted = [(sheet, version) for sheet, own in places.items() for version in sorted(own)]
        sheets, versions = zip(*wanted, strict=True) if wanted else ((), ())
        for row in self.stream(queries.PAGES_AT, list(sheets), list(versions)):
            yield self.page(row)

    def packed(self, pages: Iterable[Page]) -> list[StoredEvent]:
        """Pages as they are stored."""
        return [self.mapper.to_stored_event(page) for page in pages]

    @contextmanager
    def saving(self) -> Iterator[Saving]:
        """A save under the table's lock, committed whole at its end."""
        recorder = cast(Recorder, self.recorder)
        with recorder.saving() as curs:
            yield Saving(self, recorder, curs)

    def pages(self, sheets: Iterable[str], until: int | None = None) -> Iterator[Page]:
        """Every page of some sheets, in order; those up to a position if one is given."""
        for row in self.stream(queries.PAGES, list(sheets), until, until):
            yield self.page(row)

    def pages_of(self, sheet: str, until: int, versions: list[int] | None = None) -> Iterator[Page]:
        """The pages of one sheet up to a position, few in memory at once; or only some versions."""
        parameters = (sheet, until, versions, versions)
        for row in self.stream(queries.PAGES_OF_SHEET, *parameters, at_once=LARGE_PAGES):
            yield self.page(row)

    def page(self, row: Mapping[str, Any]) -> Page:
        """The page of a row of the table."""
        columns = ("originator_id", "originator_version", "topic", "state")
        return cast(Page, self.mapper.to_domain_event(StoredEvent(*(row[c] for c in columns))))


@dataclass(frozen=True, slots=True)
class Saving:
    """A save under way: what it reads of usage stays true until it is committed."""

    store: UsageStore
    recorder: Recorder
    curs: Cursor[DictRow]

    def rows(self, query: str, *parameters: Any, **named: Any) -> list[DictRow]:
        """The rows of a query, its parameters by position or by name."""
        return self.curs.execute(query.encode(), named or parameters).fetchall()

    def pages_after(self, seen: Mapping[str, int]) -> Iterator[Page]:
        """The pages of some sheets after the version that was seen of each, in order."""
        return _pages_after(self.store, self.rows, seen)

    def append(self, pages: Sequence[StoredEvent]) -> None:
        """Adds pages."""
        self.recorder.copy(self.curs, pages)

    def run(self, statements: Iterable[Statement]) -> None:
        """Runs statements that are committed with the pages."""
        for statement in statements:
            run(self.curs, statement)


def _pages_after(
    store: UsageStore,
    rows: Callable[..., list[DictRow]],
    seen: Mapping[str, int],
    query: str = queries.PAGES_AFTER_VERSIONS,
    *also: object,
) -> Iterator[Page]:
    """Mostly there are few pages, and one query brings them; many come a few at a time."""
    versions = dict(seen)
    while versions:
        found = rows(query, list(versions), list(versions.values()), *also, PAGES_AT_ONCE)
        yield from map(store.page, found)
        if len(found) < PAGES_AT_ONCE:
            return
        last = found[-1]["originator_id"]
        versions = {sheet: version for sheet, version in versions.items() if sheet >= last}
        versions[last] = found[-1]["originator_version"]
