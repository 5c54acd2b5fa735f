"""The pages' own fixtures."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.running import Server
from tests.web.portal import Portal, chromium, furnished, running_portal


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests of this process."""
    with chromium() as own:
        yield own


@pytest.fixture(scope="session")
def template(server: Server) -> str:
    """The name of a database with two customers, their usage and invoices."""
    return furnished(server)


@pytest.fixture(scope="module")
def furnished_database(server: Server, template: str) -> Iterator[str]:
    """The address of a furnished database of the test module's own."""
    with server.database(template) as url:
        yield url


@pytest.fixture(scope="module")
def portal(furnished_database: str) -> Iterator[Portal]:
    """The pages, without a browser."""
    with running_portal(furnished_database) as own:
        yield own


@pytest.fixture(scope="module")
def browsed(portal: Portal, browser: Browser) -> Portal:
    """The same pages, with a browser."""
    portal.browser = browser
    return portal
