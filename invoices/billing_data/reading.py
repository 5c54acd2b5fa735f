"""Billing data of an order on some days, read as of one moment and given out entry by entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.orders.order import ACCOUNT, TERMS
from billing.orders.terms import Account, OrderTerms
from invoices.billing_data import queries
from invoices.billing_data.entries import billing_data
from metering.calendar import Span, local_day
from metering.itemised import KEPT_DAYS, Itemised, is_kept, read_itemised
from metering.problems import Problem, ProblemsFound
from metering.store import UsageStore


@dataclass(frozen=True, slots=True)
class BillingData:
    """What an order used on the days of a span; ``items`` are the entries, not read yet."""

    account: Account
    order: str
    first: date
    last: date
    exported_at: datetime
    items: Itemised

    @property
    def entries(self) -> int:
        """How many entries there are."""
        return self.items.entries

    def frames(self) -> Iterator[pl.DataFrame]:
        """The entries in order of time, in the columns of `fields`."""
        return billing_data(self.items.frames(), self.account.country)


def span_problems(first: date, last: date, today: date) -> list[Problem]:
    """Why the entries of some days may not be given out today, if so (R123)."""
    oldest = today - timedelta(days=KEPT_DAYS)
    wrong = [
        (not is_kept(first, today), "from", "too_old", f"the oldest day to be had is {oldest}"),
        (last < first, "to", "wrong_span", f"the last day is before the first, {first}"),
        (last > today, "to", "in_the_future", f"today is {today}: later days are still to come"),
    ]
    return [Problem(code, path, text) for is_so, path, code, text in wrong if is_so]


def check_span(first: date, last: date, today: date) -> None:
    """Raises ProblemsFound where entries of the days may not be given out today."""
    if problems := span_problems(first, last, today):
        raise ProblemsFound(problems)


def read_billing_data(
    decisions: Decisions,
    usage: UsageStore,
    catalog: Catalog,
    order: str,
    span: Span,
    now: datetime,
    today: date | None = None,
) -> BillingData:
    """The billing data of an order; days that may not be given out ``today`` are left away."""
    account = customer_of(decisions, order)
    assert span.end is not None
    with usage.snapshot() as rows:
        day = today or local_day(now)
        items = read_itemised(usage, rows, order, span, catalog.meters, today=day)
    return BillingData(account, order, span.start, span.end, now, items)


def customer_of(decisions: Decisions, order: str) -> Account:
    """Whose an order is; raises ProblemsFound if there is no such order."""
    found = decisions.rows(queries.ORDER_WITH_ACCOUNT, order)
    if not found:
        raise ProblemsFound([Problem("unknown_order", "order", f"there is no order {order}")])
    return ACCOUNT.validate_python(found[0]["account"])


def closed_on(orders: list[OrderTerms], today: date) -> date | None:
    """The last day of service of an account that is closed: all of its orders have ended (R125)."""
    ends = [terms.end_date for terms in orders]
    if not ends or any(end is None or end >= today for end in ends):
        return None
    return max(end for end in ends if end is not None)


def account_closed_on(decisions: Decisions, account: str, today: date) -> date | None:
    """The last day of service of an account, None while it has any."""
    rows = decisions.rows(queries.TERMS_OF_ACCOUNT, account)
    return closed_on([TERMS.validate_python(row["terms"]) for row in rows], today)
