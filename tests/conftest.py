"""What tests share: one PostgreSQL for the session (one for each worker), fresh databases on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.broker import Broker, running_broker
from tests.running import MIGRATED, Server, temporary_server

# How long an example takes says how busy the machine is, and nothing of the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The server; it is a real one, started and stopped by the engine's own function."""
    with temporary_server() as own:
        yield own


@pytest.fixture
def database(server: Server) -> Iterator[str]:
    """The address of a migrated database of the test's own."""
    with server.database(MIGRATED) as url:
        yield url


@pytest.fixture(scope="module")
def shared_database(server: Server) -> Iterator[str]:
    """The address of a migrated database of the test module's own."""
    with server.database(MIGRATED) as url:
        yield url


@pytest.fixture
def empty_database(server: Server) -> Iterator[str]:
    """The address of a database without any table."""
    with server.database("template1") as url:
        yield url


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """The Kafka broker."""
    with running_broker() as own:
        yield own
