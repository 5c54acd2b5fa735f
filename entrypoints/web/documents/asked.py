"""What the address of a page asks for: months that have begun, pages of lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query

from billing.orders.terms import OrderTerms
from entrypoints.cli.session import clock
from entrypoints.web.errors import SENTENCES, NotHere, marked
from metering.calendar import Period, local_day

Typed = Annotated[str, Query(max_length=256)]
"""A field of a form that asks; empty where nothing was chosen."""
PageNumber = Annotated[int, Query(ge=1, le=100_000)]

NO_MONTH = marked("Write the month as in 2025-10.")
NOT_YET = marked("This month has not begun yet.")


def this_month() -> Period:
    """The month that is running in Warsaw."""
    return Period.of(local_day(clock()))


def wrong_month(text: str) -> str:
    """Why a page of a month cannot be shown; empty where it can."""
    try:
        period = Period.parse(text)
    except ValueError:
        return NO_MONTH
    return NOT_YET if period > this_month() else ""


def month_of(text: str) -> Period:
    """The month that a page is of, the running one without a word; raises NotHere."""
    if not text:
        return this_month()
    if sentence := wrong_month(text):
        raise NotHere(404 if sentence == NOT_YET else 422, sentence)
    return Period.parse(text)


def month_in_service(text: str, terms: OrderTerms) -> Period:
    """The month that a page is of, if the order is in service in it; raises NotHere.

    Without a word it is the running month, or the last one of an order that has ended.
    """
    last = Period.of(terms.end_date) if terms.end_date else this_month()
    period = month_of(text) if text else min(last, this_month())
    if terms.edition_in(period) is None:
        raise NotHere(404, marked("The order is not in service in this month."))
    return period


def neighbours(period: Period, terms: OrderTerms) -> Iterator[Period | None]:
    """The months before and after one, None where the order was not in service or is not yet."""
    for own in (period.before(), period.next()):
        is_shown = own <= this_month() and terms.edition_in(own) is not None
        yield own if is_shown else None


def ways(path: str, typed: Mapping[str, str], page: int, pages: int) -> dict[str, str]:
    """The addresses of the pages of a list before and after one; empty where there is none."""
    asked = {name: own for name, own in typed.items() if own}

    def address(number: int) -> str:
        is_there = 1 <= number <= pages
        return f"{path}?{urlencode({**asked, 'page': number})}" if is_there else ""

    return {"before": address(page - 1), "after": address(page + 1)}


def check_page(page: int, pages: int) -> None:
    """Raises NotHere for a page beyond the last one."""
    if page > pages:
        raise NotHere(404, SENTENCES[404])
