"""Words for the tests of finance's pages: months, drafts, forms as people send them."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import httpx

from tests.running import rows, value
from tests.waiting import PATIENCE, eventually
from tests.web.portal import Portal, Visit

MONTH = "2025-11"
HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"')
LAST = "SELECT coalesce(outcome, 'running') FROM month_run ORDER BY id DESC LIMIT 1"


def hidden(page: str, of: str = "") -> dict[str, str]:
    """The hidden fields of a page that carry what was shown; those whose names end so."""
    return {
        name: own for name, own in HIDDEN.findall(page) if name.endswith(of) and "token" not in name
    }


def word(visit: Visit, part: str, which: str = "all", month: str = MONTH) -> dict[str, str]:
    """What a person sends who has looked at what would be issued, and typed the month."""
    page = visit.get(f"/finance/months/{month}/issue?part={part}").text
    return {**hidden(page, "_mark"), "part": part, "which": which, "month": month}


def say_word(visit: Visit, said: dict[str, str]) -> httpx.Response:
    """Sends a word."""
    return visit.post(f"/finance/months/{said['month']}/issue", **said)


def ended(portal: Portal) -> Any:
    """Waits until the last run has ended; its outcome."""
    eventually(lambda: value(portal.database, LAST) != "running")
    return value(portal.database, LAST)


def issued(url: str, month: str = MONTH) -> list[tuple[Any, ...]]:
    """The documents of a month: numbers, orders, amounts."""
    query = """
        SELECT number, kind, order_id, net, vat, gross, currency FROM invoice
        WHERE period = %s ORDER BY number
    """
    return rows(url, query, f"{month}-01")


def number_of(url: str, order: str, month: str = "2025-10") -> str:
    """The number of an order's invoice."""
    query = "SELECT number FROM invoice WHERE order_id = %s AND period = %s AND kind = 'invoice'"
    return str(value(url, query, order, f"{month}-01"))


def ready(portal: Portal) -> None:
    """Waits until the service answers: its processes start after it listens."""
    eventually(lambda: _answers(portal), seconds=3 * PATIENCE)


def _answers(portal: Portal) -> bool:
    with suppress(httpx.TransportError):
        return portal.visit().get("/nothing").status_code == 404
    return False
