"""Finds what a page of usage is about: the order, the period, the statement and its forecast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from billing.orders.terms import OrderTerms
from entrypoints.cli.session import Session, clock
from entrypoints.web.errors import NotHere, marked
from invoices.forecasting import Forecast, read_forecast
from invoices.statements.report import Report, read_report
from metering.calendar import Period, local_day, periods

FUTURE = marked("This month has not begun yet.")
NOT_IN_SERVICE = marked("The order was not in service in that month.")
NOT_BEGUN = marked("The service of this order has not begun yet.")


@dataclass(frozen=True, slots=True)
class Seen:
    """An order's period as a page shows it, as of ``now``; the months it can be asked for."""

    now: datetime
    report: Report
    forecast: Forecast | None
    months: tuple[Period, ...]

    @property
    def order(self) -> str:
        """The order."""
        return self.report.customer.terms.id

    @property
    def is_running(self) -> bool:
        """Whether the period is not over yet."""
        return self.now < self.report.period.end


def read_seen(session: Session, order: str, asked: Period | None) -> Seen:
    """An order's month: the one that is asked for, else the current one or the last of service."""
    now = clock()
    terms = session.decisions.order(order).terms
    period = chosen(terms, asked, now)
    stores = session.decisions, session.usage
    report = read_report(*stores, session.catalog, order, period, now)
    forecast = read_forecast(session.usage, report, now)
    return Seen(now, report, forecast, tuple(months(terms, now)))


def chosen(terms: OrderTerms, asked: Period | None, now: datetime) -> Period:
    """The month to show; an error page where there is none."""
    known = months(terms, now)
    if not known:
        raise NotHere(404, NOT_BEGUN)
    period = asked or known[0]
    if period > Period.of(local_day(now)):
        raise NotHere(404, FUTURE)
    if period not in known:
        raise NotHere(404, NOT_IN_SERVICE)
    return period


def months(terms: OrderTerms, now: datetime) -> list[Period]:
    """The months of service up to now, the latest first."""
    days = [day for day in (terms.end_date, local_day(now)) if day is not None]
    found = list(periods(Period.of(terms.launch_date), Period.of(min(days))))
    return found[::-1] if terms.launch_date <= local_day(now) else []
