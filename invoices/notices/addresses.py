"""E-mail addresses that are told of an order: endpoints like webhooks, in the same outbox.

An address is that of a user of the order's account; whether it is one, the caller knows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from urllib.parse import quote, unquote

from billing.decisions import Decisions
from invoices.notices import queries
from invoices.notices.endpoints import Subscription, keep_endpoint, remove_endpoint
from invoices.notices.kinds import MARK_REACHED
from metering.problems import Problem, ProblemsFound

MAILTO = "mailto:"


@dataclass(frozen=True, slots=True)
class Told:
    """An endpoint of an order or of its account; ``address`` is None where it is a program."""

    id: str
    address: str | None
    host: str
    kinds: tuple[str, ...]
    status: str


def url_of(address: str) -> str:
    """An address as the URL of an endpoint."""
    return f"{MAILTO}{quote(address, safe='@.+-_')}"


def address_of(url: str) -> str | None:
    """The address in the URL of an endpoint; None where notices go to a program."""
    return unquote(url.removeprefix(MAILTO)) if url.startswith(MAILTO) else None


def told_of(decisions: Decisions, order: str) -> list[Told]:
    """Who is told of an order because it belongs to the order or to its account."""
    account = decisions.order(order).terms.account
    rows = decisions.rows(queries.ENDPOINTS_OF, order=order, account=account)
    return [
        Told(
            row["id"], address_of(row["url"]), host_of(row["url"]), tuple(row["kinds"]),
            row["status"],
        )
        for row in rows
    ]  # fmt: skip


def host_of(url: str) -> str:
    """The host of a program's URL; the rest of it may hold what is secret."""
    return url.split("/")[2] if "://" in url else ""


def add_address(
    decisions: Decisions, order: str, address: str, users: Iterable[str], now: datetime
) -> str:
    """Lets an address be told of the marks that an order reaches; gives the endpoint's id.

    ``users`` are the addresses of the account's users: nobody else is told of its usage.
    """
    known = {own.lower(): own for own in users}
    own = known.get(address.strip().lower())
    if own is None:
        message = "choose the address of a user of this account"
        raise ProblemsFound([Problem("unknown_address", "address", message)])
    if any(one.address == own for one in told_of(decisions, order)):
        message = f"{own} is told already"
        raise ProblemsFound([Problem("told_already", "address", message)])
    endpoint = f"ep_{token_hex(8)}"
    asked = Subscription(url_of(own), (MARK_REACHED,), order=order)
    decisions.run(keep_endpoint(asked, endpoint, None, now))
    return endpoint


def remove_address(decisions: Decisions, order: str, endpoint: str, now: datetime) -> None:
    """Tells an address of an order no more; raises ProblemsFound where it is not one of its own."""
    own = [one.id for one in told_of(decisions, order) if one.address is not None]
    if endpoint not in own:
        message = "this address is not told of the order any more"
        raise ProblemsFound([Problem("unknown_endpoint", "endpoint", message)])
    remove_endpoint(decisions, endpoint, now)
