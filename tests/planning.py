"""Words for the tests of plans: what a month uses, a price list, and a scenario of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from billing.plans.pricing import price_plan, terms_of
from billing.plans.values import Basis, Demand, Mix, Month, Plan, Ranking
from metering.calendar import Period
from metering.usage import Peak, PeriodUsage
from tests.builders import ACCOUNT, WELYO, Plain, catalog, hold, run, use

JANUARY = Period(2026, 1)
USERS = ("u1", "u2")


def month(period: Period = JANUARY, **used: int | str) -> Month:
    """A month in which so much of each meter is used; what is counted by user by two, evenly."""
    totals, by_user, peaks = {}, {}, {}
    for key, given in used.items():
        meter, amount = catalog().meters[key], Decimal(given)
        if meter.kind == "stock":
            peaks[key] = Peak(amount, period.start)
            continue
        totals[key] = amount
        if meter.by_user:
            by_user[key] = dict.fromkeys(USERS, amount / len(USERS))
    return Month(period, PeriodUsage(totals, by_user, peaks))


def demand(*months: Month, **given: Any) -> Demand:
    """What is wanted."""
    return Demand(months, **given)


def wanted(licences: int = 5, items: Mapping[str, int] | None = None, **used: int | str) -> Demand:
    """What is wanted in one month."""
    return Demand((month(**used),), licences, items or {})


def basis(**given: Any) -> Basis:
    """The Welyo edition at the catalog's prices."""
    return Basis(catalog(), given.pop("edition", WELYO), **given)


def euros(**prices: Mapping[str, str]) -> Basis:
    """A price list in a currency for which the catalog prints none: what is not in it has none."""
    exact = {group: {k: Decimal(v) for k, v in own.items()} for group, own in prices.items()}
    return basis(prices=exact, currency="EUR")


def packs_of(plan: Plan) -> dict[str, int]:
    """How many of each pack a plan of one month has."""
    return {line.item: line.quantity for line in plan.packs}


def mix(ranking: Ranking, package: str) -> Mix:
    """The cheapest plan of a package."""
    (found,) = (own for own in ranking.mixes if own.plan.package == package)
    return found


def net(wants: Demand, plan: Plan, where: Basis) -> Decimal | None:
    """What a plan costs if it does all that is wanted."""
    priced = price_plan(wants, plan, where)
    refused = {own.meter for one in priced.months for own in one.refused}
    return None if priced.problems or refused - wants.may_refuse else priced.net.amount


def simulated(wants: Demand, plan: Plan, where: Basis, period: Period) -> Decimal:
    """What `licznik simulate` bills for a plan in a month, from a scenario file."""
    terms = terms_of(wants, plan, where)
    own: Plain = {
        "id": "acme-main",
        "account": "acme",
        "edition": plan.edition,
        "package": plan.package,
        "licences": plan.licences,
        "sla": plan.level,
        "launch_date": str(terms.launch_date),
        "addons": [{"item": item, "quantity": many} for item, many in plan.addons],
        "packs": [_pack(line) for line in plan.packs],
        "caps": {key: str(cap) for key, cap in where.caps.items()},
    }
    uses = [one for month in wants.months for one in _uses(month)]
    written = {"accounts": [ACCOUNT], "orders": [own], "usage": uses}
    (invoice,) = run(written, str(period)).invoices
    return Decimal(invoice.net.amount)


def _pack(line: Any) -> Plain:
    return {
        "item": line.item,
        "at": line.at.isoformat(),
        "quantity": line.quantity,
        "recurring": line.recurring,
        "to": line.end and str(line.end),
    }


def _uses(month: Month) -> list[Plain]:
    at, own = f"{month.period}-15 12:00", month.usage
    flows = [use(key, str(n), at) for key, n in own.totals.items() if key not in own.by_user]
    users = [(key, user, n) for key, by in own.by_user.items() for user, n in by.items()]
    flows += [use(key, str(n), at, user=user) for key, user, n in users]
    start = month.period.start.isoformat()
    last = month.period.last_day
    up = [hold(key, int(peak.level), start) for key, peak in own.peaks.items()]
    down = [hold(key, -int(peak.level), f"{last} 23:59") for key, peak in own.peaks.items()]
    return [*flows, *up, *down]
