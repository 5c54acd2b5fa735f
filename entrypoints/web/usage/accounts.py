"""An account at a glance: what each order costs, what needs attention, the newest invoices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing.orders.order import ACCOUNT
from billing.orders.terms import Account, OrderTerms
from entrypoints.cli.session import Session, clock
from entrypoints.queries import ORDERS_OF
from entrypoints.web.usage import queries
from entrypoints.web.usage.overview import Overview, overview
from entrypoints.web.usage.reading import months, read_seen
from invoices.language import Language
from metering.forecast import Case

SUMS = ("net", "gross")


@dataclass(frozen=True, slots=True)
class OrderNow:
    """An order with its current month, None where that has none: it is over, or not begun."""

    terms: OrderTerms
    now: Overview | None


@dataclass(frozen=True, slots=True)
class Total:
    """What the orders of one currency cost so far, and by the month's end in each case."""

    currency: str
    so_far: Mapping[str, Decimal]
    expected: Mapping[Case, Mapping[str, Decimal]]


@dataclass(frozen=True, slots=True)
class AccountNow:
    """An account for its page."""

    details: Account
    orders: tuple[OrderNow, ...]
    invoices: tuple[Mapping[str, Any], ...]

    @property
    def totals(self) -> list[Total]:
        """The sums, a currency at a time."""
        running = [own.now for own in self.orders if own.now]
        currencies = dict.fromkeys(own.document["currency"] for own in running)
        return [
            _total(code, [own for own in running if own.document["currency"] == code])
            for code in currencies
        ]

    @property
    def close(self) -> list[tuple[OrderNow, Overview]]:
        """The orders with limits that need attention."""
        return [(own, own.now) for own in self.orders if own.now and own.now.close]

    @property
    def uncertain(self) -> bool:
        """Whether the forecast of any order rests on little."""
        forecasts = (own.now.seen.forecast for own in self.orders if own.now)
        return any(own and (own.uncertain or own.unknown) for own in forecasts)


def read_account(session: Session, account: str, say: Language) -> AccountNow:
    """The values of an account's page."""
    rows = session.decisions.rows(ORDERS_OF, account)
    terms = session.decisions.terms([row["id"] for row in rows])
    invoices = session.decisions.rows(queries.NEWEST_DOCUMENTS, account)
    (details,) = session.decisions.rows(queries.ACCOUNT, account)
    known = ACCOUNT.validate_python(details["details"])
    return AccountNow(known, tuple(_orders(session, terms.values(), say)), tuple(invoices))


def _orders(session: Session, terms: Iterable[OrderTerms], say: Language) -> Iterator[OrderNow]:
    """The orders that run first; then those that are over or have not begun."""
    found = [OrderNow(own, _now(session, own, say)) for own in terms]
    yield from sorted(found, key=lambda own: (own.now is None, own.terms.id))


def _now(session: Session, terms: OrderTerms, say: Language) -> Overview | None:
    now = clock()
    known = months(terms, now)
    if not known or known[0].end <= now:
        return None
    return overview(read_seen(session, terms.id, None), say)


def _total(currency: str, own: list[Overview]) -> Total:
    return Total(
        currency,
        {name: _sum(one.so_far[name] for one in own) for name in SUMS},
        {
            case: {name: _sum((one.expected or _as_it_is(one))[case][name] for one in own)
                   for name in SUMS}
            for case in Case
        },
    )  # fmt: skip


def _as_it_is(own: Overview) -> Mapping[Case, Mapping[str, str]]:
    """What an order without a forecast comes to: what it has come to already."""
    return dict.fromkeys(Case, own.so_far)


def _sum(amounts: Iterable[str]) -> Decimal:
    return sum(map(Decimal, amounts), Decimal(0))
