"""Demands, price lists and changes as people write them in files: checked, all problems at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import Field

from billing.catalog.document import PolicyForm
from billing.catalog.edition import Catalog, Kind
from billing.forms import Amount, Currency, Exact, Form, Text, Whole, read_form
from billing.orders.item_checks import SLA_UNIT
from billing.plans.break_even import LICENCES, check_variable
from billing.plans.changes import Changes, PriceChange, check_changes
from billing.plans.exposure import Outage
from billing.plans.values import Basis, Demand, Month
from metering.calendar import Period, periods
from metering.events import MAX_QUANTITY
from metering.meters import Meter, MeterKind
from metering.problems import Problem, ProblemsFound
from metering.usage import Peak, PeriodUsage

MOST_MONTHS = 36
MOST_USERS = 10_000
MOST_ORDERED = 1_000_000
"""So many licences, or units of an add-on, can be wanted."""
MOST_HOURS = 1_000
"""So many hours of an outage: more than a month has."""
_PERCENT = re.compile(r"[-+][0-9]{1,6}(\.[0-9]{1,6})?%")
Used = dict[str, Any]


class VaryForm(Form):
    """What varies, for break-even points: a meter, or licences, from one quantity to another."""

    what: Text = LICENCES
    start: Whole = Field(alias="from", ge=0)
    end: Whole = Field(alias="to", le=MAX_QUANTITY)


class ListForm(Form):
    """Prices for whatever plan: licences by package, levels by name."""

    licence: dict[str, Amount] = {}
    sla: dict[str, Amount] = {}
    addons: dict[str, Amount] = {}
    packs: dict[str, Amount] = {}
    overage: dict[str, Amount] = {}


class DemandForm(Form):
    """A file of what somebody wants, as `licznik plans` takes it.

    ``usage`` is that of every month; ``months`` says what differs in each, month after month. Of
    what is counted by user, each of the ``users`` uses as much.
    """

    first: Text = Field(alias="from")
    editions: tuple[Text, ...] = ()
    packages: tuple[Text, ...] = ()
    licences: Whole = Field(default=0, ge=0, le=MOST_ORDERED)
    users: Whole = Field(default=1, ge=1, le=MOST_USERS)
    level: Text = "standard"
    items: dict[Text, Whole] = {}
    usage: Used = {}
    months: tuple[Used, ...] = Field(default=(), max_length=MOST_MONTHS)
    may_refuse: tuple[Text, ...] = ()
    prices: ListForm = ListForm()
    caps: dict[str, Exact] = {}
    policies: PolicyForm = PolicyForm()
    currency: Currency = "PLN"
    declares: tuple[Text, ...] = ()
    vary: VaryForm | None = None
    outages: tuple[Exact, ...] = ()


@dataclass(frozen=True)
class Asked:
    """What a file asks: a demand, and the bases that it is looked at by, one for each edition."""

    demand: Demand
    bases: tuple[Basis, ...]
    vary: VaryForm | None = None
    outages: tuple[Outage, ...] = ()


def read_demand(value: Any, catalog: Catalog) -> Asked:
    """Reads a file; raises ProblemsFound with all that is wrong."""
    form, problems = read_form(DemandForm, value)
    if form is None:
        raise ProblemsFound(problems)
    problems = [*_names(form, catalog), *_usage_problems(form, catalog), *_outages(form)]
    first, wrong = _period(form.first)
    problems += wrong
    if problems or first is None:
        raise ProblemsFound(problems)
    bases = tuple(_basis(form, catalog, key) for key in form.editions or catalog.editions)
    if form.vary:
        between = form.vary.start, form.vary.end
        wrong = [own.under("vary") for own in check_variable(bases[0], form.vary.what, between)]
        if wrong:
            raise ProblemsFound(wrong)
    outages = tuple(Outage(hours) for hours in form.outages)
    return Asked(_demand(form, first, catalog), bases, form.vary, outages)


def _period(text: str) -> tuple[Period | None, list[Problem]]:
    try:
        return Period.parse(text), []
    except ValueError as error:
        return None, [Problem("not_a_period", "from", str(error))]


def _basis(form: DemandForm, catalog: Catalog, edition: str) -> Basis:
    return Basis(
        catalog,
        edition,
        prices=form.prices.model_dump(),
        caps=form.caps,
        policies=form.policies.model_dump(exclude_none=True),
        currency=form.currency,
        declares=form.declares,
        packages=form.packages,
    )


def _demand(form: DemandForm, first: Period, catalog: Catalog) -> Demand:
    different = form.months or ({},)
    last = first
    for _ in different[1:]:
        last = last.next()
    months = tuple(
        _month(period, {**form.usage, **own}, form.users, catalog)
        for period, own in zip(periods(first, last), different, strict=True)
    )
    refused = frozenset(form.may_refuse)
    return Demand(months, form.licences, dict(form.items), form.level, refused)


def _month(period: Period, used: Used, users: int, catalog: Catalog) -> Month:
    amounts = {key: Decimal(str(own)) for key, own in used.items() if Decimal(str(own))}
    meters = catalog.meters
    stock = {key for key in amounts if meters[key].kind is MeterKind.STOCK}
    by_user = {key for key in amounts if meters[key].by_user}
    each = [str(n) for n in range(1, users + 1)]
    totals = {
        key: own * (users if key in by_user else 1)
        for key, own in amounts.items()
        if key not in stock
    }
    peaks = {key: Peak(amounts[key], period.start) for key in amounts if key in stock}
    own = {key: dict.fromkeys(each, amounts[key]) for key in by_user}
    return Month(period, PeriodUsage(totals, own, peaks))


def _names(form: DemandForm, catalog: Catalog) -> Iterator[Problem]:
    editions = list(catalog.editions.values())
    packages = {key for own in editions for key in own.packages}
    levels = {key for key, own in catalog.sla_levels.items() if own.item is not None}
    for what, path, names, known in (
        ("edition", "editions", form.editions, set(catalog.editions)),
        ("package", "packages", form.packages, packages),
        ("sla_level", "level", (form.level,), levels),
        ("meter", "may_refuse", form.may_refuse, set(catalog.meters)),
        ("meter", "caps", tuple(form.caps), set(catalog.meters)),
    ):
        for name in names:
            if name not in known:
                message = f"there is no {name}; choose one of {', '.join(sorted(known))}"
                yield Problem(f"unknown_{what}", path, message)
    yield from _item_problems(form, catalog)


def _item_problems(form: DemandForm, catalog: Catalog) -> Iterator[Problem]:
    items = {key: row for own in catalog.editions.values() for key, row in own.items.items()}
    for key, many in form.items.items():
        path, row = f"items.{key}", items.get(key)
        if row is None:
            yield Problem("unknown_item", path, f"no edition of the catalog has an item {key}")
        elif row.kind in (Kind.PACK, Kind.LIMIT) or row.same_as or row.unit == SLA_UNIT:
            message = f"{key} is no feature and no add-on: say what is used, or the level"
            yield Problem("not_an_addon", path, message)
        elif not 1 <= many <= (MOST_ORDERED if row.counted else 1):
            most = f" to {MOST_ORDERED}" if row.counted else ""
            message = f"{many} is no number of {key}: give 1{most}"
            yield Problem("out_of_range", path, message)


def _usage_problems(form: DemandForm, catalog: Catalog) -> Iterator[Problem]:
    parts = [("usage", form.usage), *((f"months[{n}]", own) for n, own in enumerate(form.months))]
    for path, used in parts:
        for key, amount in used.items():
            meter = catalog.meters.get(key)
            where = f"{path}.{key}"
            if meter is None:
                message = f"no edition of the catalog has a meter {key}"
                yield Problem("unknown_meter", where, message)
            elif (problem := _amount_problem(meter, amount, where)) is not None:
                yield problem


def _outages(form: DemandForm) -> Iterator[Problem]:
    for n, hours in enumerate(form.outages):
        if not 0 <= hours <= MOST_HOURS:
            message = f"{hours} hours are no outage: give 0 to {MOST_HOURS}"
            yield Problem("out_of_range", f"outages[{n}]", message)


def _amount_problem(meter: Meter, amount: object, where: str) -> Problem | None:
    number = _number(amount)
    if number is None:
        return Problem("not_a_number", where, f"{amount!r} is no number: write digits, as in 1500")
    if not 0 <= number.scaleb(meter.decimals) <= MAX_QUANTITY:
        return Problem("out_of_range", where, f"{number} is out of range: give 0 or more")
    if number != round(number, meter.decimals):
        digits = f"at most {meter.decimals} decimals" if meter.decimals else "whole numbers"
        return Problem("fractional_quantity", where, f"{meter.key} is counted in {digits}")
    return None


def _number(amount: object) -> Decimal | None:
    if isinstance(amount, bool) or not isinstance(amount, int | Decimal | str):
        return None
    text = str(amount)
    return Decimal(text) if re.fullmatch(r"-?[0-9]{1,30}(\.[0-9]{1,12})?", text) else None


class ChangesForm(Form):
    """A file of a proposed change, as `licznik backtest` takes it.

    ``prices`` are by group and key, as in ``overage.sms: 0.08``, or a percentage: ``+5%``; a group
    alone, as in ``licence: -10%``, stands for all of its keys.
    """

    editions: tuple[Text, ...] = ()
    prices: dict[str, Any] = {}
    limits: dict[str, dict[str, Exact]] = {}
    allowances: dict[str, Exact] = {}
    packs: dict[str, Exact] = {}
    caps: dict[str, Exact] = {}
    catalog: Text | None = None


def read_changes(form: ChangesForm, catalog: Catalog, proposed: Catalog | None = None) -> Changes:
    """The change of a file, with the catalog it names; raises ProblemsFound."""
    read = [_price(key, given) for key, given in _flat(form.prices)]
    problems = [own for own in read if isinstance(own, Problem)]
    changes = Changes(
        prices=tuple(own for own in read if isinstance(own, PriceChange)),
        limits=form.limits,
        allowances=form.allowances,
        packs=form.packs,
        caps=form.caps,
        editions=frozenset(form.editions),
        catalog=proposed,
    )
    problems += [*_amounts(form), *check_changes(changes, catalog)]
    if problems:
        raise ProblemsFound(problems)
    return changes


def _flat(prices: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """``{overage: {sms: 1}}`` and ``{overage.sms: 1}`` are one thing."""
    for key, given in prices.items():
        if isinstance(given, Mapping):
            yield from ((f"{key}.{name}", own) for name, own in given.items())
        else:
            yield key, given


def _price(key: str, given: Any) -> PriceChange | Problem:
    group, _, name = key.partition(".")
    if isinstance(given, str) and _PERCENT.fullmatch(given):
        percent = Decimal(given.rstrip("%"))
        if percent < -100:
            message = f"{given} would make a price negative"
            return Problem("out_of_range", f"prices.{key}", message)
        return PriceChange(group, name or None, percent=percent)
    number = _number(given)
    if number is None or number < 0:
        message = f"{given!r} is no price: write an amount, as in 0.08, or a percentage, as in +5%"
        return Problem("invalid_value", f"prices.{key}", message)
    return PriceChange(group, name or None, amount=number)


def _amounts(form: ChangesForm) -> Iterator[Problem]:
    limits = {f"limits.{k}.{p}": own for k, by in form.limits.items() for p, own in by.items()}
    groups = {"allowances": form.allowances, "packs": form.packs, "caps": form.caps}
    amounts = {f"{group}.{k}": own for group, one in groups.items() for k, own in one.items()}
    for path, amount in {**limits, **amounts}.items():
        least = 1 if path.startswith("packs.") else 0
        if amount < least or amount != amount.to_integral_value():
            message = f"{amount} is no number of units: give a whole one, {least} or more"
            yield Problem("out_of_range", path, message)
