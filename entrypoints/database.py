"""The database: its address, its schema, and one handle on everything that is stored in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from eventsourcing.persistence import PersistenceError
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from entrypoints.settings import ROOT, Settings
from metering.problems import Problem, ProblemsFound

MIGRATION_LOCK = 7_131_071
"""Held while migrations run, so that two commands at once do not run them both."""


DRIVER = "postgresql+psycopg"
FAULTS = (PersistenceError, DBAPIError, psycopg.Error)
"""What is raised where the database is away, or does not do as asked."""


def fault_sentence(error: Exception) -> str:
    """What is said of such a fault."""
    cause = getattr(error, "orig", None) or error
    lines = str(cause).splitlines() or [type(cause).__name__]
    return f"the database did not do as asked: {lines[0]}"


def engine_for(url: str) -> Engine:
    """An SQLAlchemy engine on a PostgreSQL address, by psycopg 3."""
    return create_engine(make_url(url).set(drivername=DRIVER), pool_size=2)


def database_url(settings: Settings) -> str:
    """The address of the database, the embedded one started if no other is named."""
    if settings.database_url is not None:
        return settings.database_url
    from entrypoints import embedded  # its import costs, and looks at the machine

    return embedded.start(settings.data)


def fresh_database(settings: Settings, name: str) -> str:
    """The address of a new, empty database of a name, its schema current; an old one is dropped."""
    _on_server(settings, _dropping(name), f'CREATE DATABASE "{name}"')
    address = address_of(settings, name)
    engine = engine_for(address)
    upgrade(engine)
    engine.dispose()
    return address


def copied_database(settings: Settings, name: str, of: str) -> str:
    """The address of a database that is a copy of another, which nobody may be using."""
    _on_server(settings, _dropping(name), f'CREATE DATABASE "{name}" TEMPLATE "{of}"')
    return address_of(settings, name)


def drop_database(settings: Settings, name: str) -> None:
    """Drops a database, if there is one of the name."""
    _on_server(settings, _dropping(name))


def _dropping(name: str) -> str:
    return f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'


def address_of(settings: Settings, name: str) -> str:
    """The address of a database on the server."""
    return make_url(database_url(settings)).set(database=name).render_as_string(hide_password=False)


def _on_server(settings: Settings, *statements: str) -> None:
    """Runs statements that cannot be part of a transaction."""
    url = make_url(database_url(settings)).set(drivername=DRIVER)
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    server.dispose()


def upgrade(engine: Engine) -> None:
    """Brings the schema to the newest revision; does nothing where it is there already."""
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_current(engine: Engine) -> bool:
    """Whether the schema is the newest."""
    with engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    return revision == ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    return Config(ROOT / "alembic.ini")


@contextmanager
def connected(settings: Settings) -> Iterator[tuple[str, Engine]]:
    """The database's address and engine, its schema current.

    The embedded database migrates by itself; another one is its owner's, who runs
    `licznik db upgrade`.
    """
    url = database_url(settings)
    engine = engine_for(url)
    try:
        if not is_current(engine):
            if settings.database_url is not None:
                message = "the database's schema is not current: run `licznik db upgrade`"
                raise ProblemsFound([Problem("schema_not_current", "", message)])
            upgrade(engine)
        yield url, engine
    finally:
        engine.dispose()
