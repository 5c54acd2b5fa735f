"""Migrations make exactly the schema that is declared, and that the library wants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from entrypoints.database import engine_for, is_current, upgrade
from entrypoints.settings import ROOT
from entrypoints.tables import metadata
from tests.running import (
    TABLES,
    ended,
    is_answered,
    licznik,
    rows,
    started,
    usage_store,
    value,
)

Schema = dict[str, list[tuple[Any, ...]]]


def schema(url: str) -> Schema:
    """Columns and indexes of every table but Alembic's own."""
    columns = """
        SELECT table_name, column_name, udt_name, is_nullable, column_default, is_identity
        FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name <> 'alembic_version' ORDER BY 1, 2
    """
    indexes = """
        SELECT tablename, indexname, indexdef FROM pg_indexes
        WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY 1, 2
    """
    return {"columns": rows(url, columns), "indexes": rows(url, indexes)}


def within(url: str, work: Callable[[Connection], Any]) -> Any:
    """What some work on a connection gives, its transaction committed."""
    engine = engine_for(url)
    with engine.begin() as connection:
        result = work(connection)
    engine.dispose()
    return result


def migrate(url: str, direction: Callable[[Config, str], None], to: str) -> None:
    """Migrates a database up or down."""

    def work(connection: Connection) -> None:
        config = Config(ROOT / "alembic.ini")
        config.attributes["connection"] = connection
        direction(config, to)

    within(url, work)


def test_migrations_make_the_declared_schema(database: str) -> None:
    """Alembic finds nothing to add, to take away or to change."""

    def work(connection: Connection) -> Any:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        return compare_metadata(context, metadata)

    assert within(database, work) == []


def test_migrated_and_declared_are_the_same_in_every_detail(
    database: str, empty_database: str
) -> None:
    """Primary keys, defaults and names of indexes too, of which Alembic says nothing."""
    within(empty_database, metadata.create_all)
    assert schema(database) == schema(empty_database)


def test_down_and_up_again_is_the_same_schema(database: str) -> None:
    """A migration can be taken back."""
    before = schema(database)
    migrate(database, command.downgrade, "base")
    assert schema(database) == {"columns": [], "indexes": []}
    assert (
        value(database, "SELECT count(*) FROM pg_type WHERE starts_with(typname, 'stored_event')")
        == 0
    )
    migrate(database, command.upgrade, "head")
    assert schema(database) == before


def test_every_table_is_known_to_the_tests(database: str) -> None:
    """So that they empty and compare all of them."""
    assert {name for name, *_ in schema(database)["columns"]} == set(TABLES)


@pytest.mark.parametrize("table", ["usage_events", "decisions_events"])
def test_the_tables_of_the_library_are_those_it_would_make(
    database: str, empty_database: str, table: str
) -> None:
    """The same columns, types, primary keys and indexes as its own statements give."""
    library_makes_tables(empty_database)
    for part in ("columns", "indexes"):
        ours, theirs = (
            [row for row in plain(schema(url)[part]) if row[0] == table]
            for url in (database, empty_database)
        )
        assert ours
        assert ours == theirs


def test_the_type_of_the_library_is_the_one_it_would_make(
    database: str, empty_database: str
) -> None:
    """Its recorder looks for it by name."""
    library_makes_tables(empty_database)
    query = """
        SELECT t.typname, a.attname, a.atttypid::regtype::text, a.attnum
        FROM pg_type t JOIN pg_attribute a ON a.attrelid = t.typrelid
        WHERE t.typname = 'stored_event_text' ORDER BY a.attnum
    """
    ours = rows(database, query)
    assert len(ours) == 4
    assert ours == rows(empty_database, query)


def library_makes_tables(url: str) -> None:
    """Runs the library's own statements for both applications."""
    from billing.decisions import Decisions
    from metering.store import library_settings

    with usage_store(url) as usage:
        usage.recorder.create_table()  # type: ignore[attr-defined]
    with Decisions(env=library_settings(url)) as decisions:
        decisions.recorder.create_table()  # type: ignore[attr-defined]


def plain(found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows without what says whether a column counts by identity or by a sequence of its own."""
    return [row[:4] if len(row) > 3 else row for row in found]


def test_several_processes_may_migrate_at_once(empty_database: str) -> None:
    """One does it, the others wait and find it done."""
    processes = [started(empty_database, "db", "upgrade") for _ in range(3)]
    assert [ended(one).status for one in processes] == [0, 0, 0]
    assert value(empty_database, "SELECT count(*) FROM alembic_version") == 1


def test_migrating_twice_changes_nothing(database: str) -> None:
    """The schema is current."""
    before = schema(database)
    assert licznik(database, "db", "upgrade").status == 0
    assert schema(database) == before


def test_a_migration_that_fails_leaves_nothing(empty_database: str) -> None:
    """A table of somebody else stands in its way."""
    within(empty_database, metadata.tables["invoice"].create)
    assert licznik(empty_database, "db", "upgrade").status == 1
    assert {name for name, *_ in schema(empty_database)["columns"]} == {"invoice"}


def test_a_named_database_is_not_migrated_by_itself(empty_database: str) -> None:
    """Its owner does it."""
    outcome = licznik(empty_database, "orders", "list")
    assert is_answered(outcome)
    assert "licznik db upgrade" in outcome.err
    assert schema(empty_database)["columns"] == []


def test_an_old_schema_is_told_from_a_current_one(empty_database: str) -> None:
    """By the revision that is recorded in it."""
    engine = engine_for(empty_database)
    before = is_current(engine)
    upgrade(engine)
    after = is_current(engine)
    engine.dispose()
    assert (before, after) == (False, True)
