"""The pages' own fixtures."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser

from tests.running import Server
from tests.waiting import eventually
from tests.web.documented import DOCUMENTED, Books, document, netting
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


@pytest.fixture(scope="session")
def documented(server: Server, template: str, tmp_path_factory: pytest.TempPathFactory) -> Books:
    """A database with documents of every kind, which others are copies of, and its catalog."""
    server.run("CREATE DATABASE {} TEMPLATE {}", DOCUMENTED, template)
    catalog = netting(tmp_path_factory.mktemp("catalog"))
    document(server.url(DOCUMENTED), catalog)
    return Books(DOCUMENTED, catalog)


@pytest.fixture(scope="module")
def papers(server: Server, documented: Books) -> Iterator[Portal]:
    """The pages of documents of every kind, without a browser."""
    with (
        server.database(documented.database) as url,
        running_portal(url, LICZNIK_CATALOG=documented.catalog) as own,
    ):
        eventually(lambda: is_up(own))  # the first page waits for whatever starts with it
        yield own


def is_up(portal: Portal) -> bool:
    """Whether the service answers by now."""
    try:
        return portal.service.client.get("/healthz").is_success
    except httpx.TimeoutException:
        return False
