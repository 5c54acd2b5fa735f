"""What a running period will come to, for an order: usage, ledgers and the invoice, with a range.

Each case of the forecast is drafted like an invoice, by the same code and on the same terms; so a
forecast knows packs, caps, proration, late usage and credits as the invoice will.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billing.documents import ledger_document
from billing.forecasting import CASES, SoFar, days_left, foretold
from billing.rating.rate import rate_period
from invoices.statements.report import Basis, Report
from metering import queries
from metering.calendar import ONE_DAY, local_day
from metering.forecast import WINDOW_DAYS, Case, Knowledge, Outlook, foretell
from metering.history import BalanceRow
from metering.meters import MeterKind
from metering.problems import Problem
from metering.store import UsageStore
from metering.usage import PeriodUsage

Document = Mapping[str, Any]
Ledgers = Mapping[str, Document]
"""Ledgers by meter."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """A forecast: the outlook of each meter that is used, and what each case comes to.

    ``costs`` are drafts of the period's invoice, None where there is nothing to charge or
    ``problems``, which are those of all cases, prevent it.
    """

    outlooks: Mapping[str, Outlook]
    ledgers: Mapping[Case, Ledgers]
    costs: Mapping[Case, Document | None]
    problems: tuple[Problem, ...] = ()

    def used(self, meter: str) -> dict[Case, Decimal]:
        """What a meter will have used in the whole period."""
        found = {case: self.ledgers[case].get(meter) for case in CASES}
        return {case: Decimal(own["used"]) if own else Decimal(0) for case, own in found.items()}

    @property
    def unknown(self) -> list[str]:
        """The meters of which nothing is foretold yet."""
        found = self.outlooks.items()
        return [key for key, own in found if own.known is Knowledge.NOTHING]

    @property
    def uncertain(self) -> list[str]:
        """The meters of which only little is known."""
        return [key for key, own in self.outlooks.items() if own.known is Knowledge.LITTLE]


def read_forecast(usage: UsageStore, report: Report, now: datetime) -> Forecast | None:
    """The forecast of a report's period; None if it is over or has an invoice."""
    if report.basis is None or now >= report.period.end:
        return None
    order, today = report.customer.terms.id, local_day(now)
    first = min(today, report.period.first_day) - (WINDOW_DAYS + 1) * ONE_DAY
    asked = {"order": order, "first": first, "last": report.period.last_day}
    month_before = report.period.before()
    with usage.snapshot() as rows:
        days = rows(queries.BALANCES_OF_ORDER, **asked)
        opened = rows(queries.OPENING_LEVELS, orders=[order], first=first)
        before = rows(queries.METERS_BEFORE, order=order, first=first)
        by_user = rows(queries.USER_TOTALS, orders=[order], first=month_before.first_day)
        names = rows(queries.USER_NAMES, **{**asked, "first": month_before.first_day})
    filled = {row["meter"] for row in opened if row["used"]}
    history = History(days, filled, {row["meter"] for row in before})
    named = {str(row["number"]): row["name"] for row in names}
    weights = _weights(report.usage, by_user, named)
    so_far = SoFar(
        report.basis.contract, report.usage, history.outlooks(report.basis, today), now, weights
    )
    return _forecast(report.basis, so_far)


def _forecast(basis: Basis, so_far: SoFar) -> Forecast:
    rated = {case: rate_period(basis.contract, foretold(so_far, case)) for case in CASES}
    drafts = {case: basis.draft(own) for case, own in rated.items()}
    return Forecast(
        so_far.outlooks,
        {
            case: {one.meter: ledger_document(one) for one in own.ledgers}
            for case, own in rated.items()
        },
        {case: own.document for case, own in drafts.items()},
        tuple(dict.fromkeys(one for own in drafts.values() for one in own.problems)),
    )


@dataclass(frozen=True, slots=True)
class History:
    """The balances of an order's days, and the meters used, and still filled, before them."""

    rows: Iterable[BalanceRow]
    filled: set[str]
    used_before: set[str]

    def outlooks(self, basis: Basis, today: date) -> dict[str, Outlook]:
        """The outlook of each meter that was used in these days, or of which something is held."""
        changes: defaultdict[str, dict[date, Decimal]] = defaultdict(dict)
        changes.update({meter: {} for meter in self.filled})
        for row in self.rows:
            changes[row["meter"]][row["day"]] = row["used"]
        known = basis.contract.edition.meters
        return {
            key: foretell(
                known[key].meter,
                own,
                self._since(basis, key, own),
                today,
                days_left(basis.contract, key, today),
            )
            for key, own in changes.items()
            if key in known
        }

    def _since(self, basis: Basis, meter: str, changes: Mapping[date, Decimal]) -> date:
        """From when a meter's days count: its first use, of a stock the day after it was filled.

        One whose first use lies before all that is looked at counts from the launch on.
        """
        launch = basis.contract.terms.launch_date
        if meter in self.used_before:
            return launch
        kind, first = basis.contract.edition.meters[meter].meter.kind, min(changes)
        return first + ONE_DAY if kind is MeterKind.STOCK else max(launch, first)


def _weights(
    usage: PeriodUsage, before: Iterable[BalanceRow], names: Mapping[str, str]
) -> dict[str, dict[str, Decimal]]:
    """What each user used last month and in this one; numbers of users are those of a month."""
    now = usage.by_user
    numbers = {names.get(user, ""): user for own in now.values() for user in own}
    found = {meter: dict(own) for meter, own in now.items()}
    for row in before:
        number = str(row["user_number"])
        user = numbers.get(names.get(number, ""), number)
        own = found.setdefault(row["meter"], {})
        own[user] = own.get(user, Decimal(0)) + row["used"]
    return found
