"""What the pages of models show: plans side by side, the cheapest one, months, reasons, losses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from billing.catalog.edition import Catalog, Edition, Name
from billing.money import amount_text, money, plain, rounded
from billing.orders.terms import PackLine
from billing.plans.comparing import Cell, Column, Comparison, Row
from billing.plans.exposure import LevelExposure
from billing.plans.values import Mix, PricedPlan
from billing.prospects.prospect import Prospect
from billing.prospects.spreading import demand
from invoices.language import Language, marked
from invoices.units import usage_in_unit, usage_unit
from metering.calendar import Period, local_day
from metering.problems import Problem

KINDS = {
    "subscription": marked("Licences"),
    "sla": marked("SLA level"),
    "addon": marked("Additional services"),
    "pack": marked("Quantity packs"),
    "training": marked("Training"),
    "overage": marked("Overage"),
}
"""The kinds of lines that a plan may have, in the order in which they are shown."""

TOO_MUCH = marked("{name}: the limit and its packs do not reach")
REFUSED = marked("{name}: {n} {unit} would be refused")
CLOSED = marked("{name}: what it needs cannot be had in this package")
NOT_SOLD = marked("{name}: cannot be had in this package")
NO_PRICE = marked("A price is missing: {name}")


@dataclass(frozen=True, slots=True)
class PackageColumn:
    """A package of an edition: what it would cost, or why it cannot do what is wanted."""

    package: str
    name: str
    net: str | None
    monthly: str | None
    is_cheapest: bool
    is_possible: bool
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class ChargedRow:
    """A thing that is charged, with its net amount in each package."""

    kind: str
    name: str
    cells: list[tuple[str, bool] | None]


@dataclass(frozen=True, slots=True)
class EditionTable:
    """The packages of one edition, side by side."""

    edition: str
    service: str
    columns: list[PackageColumn]
    rows: list[ChargedRow]
    is_indicative: bool


def tables(comparison: Comparison, catalog: Catalog, say: Language) -> list[EditionTable]:
    """A table for each edition, in the order in which they were compared."""
    best = cheapest_net(comparison)
    editions = dict.fromkeys(own.edition for own in comparison.columns)
    return [_table(comparison, catalog.editions[key], best, say) for key in editions]


def cheapest_net(comparison: Comparison) -> Decimal | None:
    """The net amount of the cheapest plan of all; None where there is none."""
    nets = [own.found.net.amount for own in comparison.columns if isinstance(own.found, Mix)]
    return min(nets, default=None)


def _table(
    comparison: Comparison, edition: Edition, best: Decimal | None, say: Language
) -> EditionTable:
    places = [i for i, own in enumerate(comparison.columns) if own.edition == edition.id]
    columns = [_column(comparison.columns[i], edition, best, say) for i in places]
    rows = [
        ChargedRow(*_titles(row, say), cells)
        for row in comparison.rows
        if any(cells := [_cell(row.cells[i]) for i in places])
    ]
    marked_ = any(cell is not None and cell[1] for row in rows for cell in row.cells)
    return EditionTable(edition.id, named(edition.service, say), columns, rows, marked_)


def _titles(row: Row, say: Language) -> tuple[str, str]:
    """The kind and name of what is charged; where there is one of a kind, its kind is its name."""
    if row.kind in ("subscription", "sla"):
        return "", say.text(KINDS[row.kind])
    return "" if row.kind == "overage" else say.text(KINDS[row.kind]), named(row.name, say)


def _cell(cell: Cell | None) -> tuple[str, bool] | None:
    return None if cell is None else (amount_text(cell.net), cell.is_indicative)


def _column(column: Column, edition: Edition, best: Decimal | None, say: Language) -> PackageColumn:
    name = named(edition.packages[column.package], say)
    if isinstance(column.found, Mix):
        found = column.found
        is_best = found.net.amount == best
        priced = found.priced
        return PackageColumn(
            column.package, name, amount_text(priced.net), monthly(priced), is_best, True, []
        )
    nearest = column.found.nearest
    reasons = list(dict.fromkeys(_reasons(column.found.problems, nearest, edition, say)))
    net = amount_text(nearest.net) if nearest else None
    return PackageColumn(column.package, name, net, None, False, False, reasons)


def monthly(priced: PricedPlan) -> str:
    """What a plan costs in a month on average, net."""
    return amount_text(money(priced.net.amount / len(priced.months), priced.currency))


def _reasons(
    problems: Iterable[Problem], nearest: PricedPlan | None, edition: Edition, say: Language
) -> Iterator[str]:
    """Why a package cannot do what is wanted, in words."""
    for problem in problems:
        group, _, key = problem.path.partition(".")
        if group == "items" and key in edition.items:
            yield say.text(NOT_SOLD, name=named(edition.items[key].name, say))
        elif group == "usage" and key in edition.meters and problem.code == "hard_limit":
            yield say.text(TOO_MUCH, name=named(edition.meters[key].name, say))
        elif group == "usage" and key in edition.meters:
            yield say.text(CLOSED, name=named(edition.meters[key].name, say))
        else:
            yield unpriced(problem, [edition], say)
    yield from _refused(nearest, edition, say)


def unpriced(problem: Problem, editions: Iterable[Edition], say: Language) -> str:
    """What lacks a price, in words; any other problem as it tells itself."""
    if problem.code != "missing_price":
        return problem.message
    group, _, key = problem.path.removeprefix("prices.").partition(".")
    titles = {"licence": KINDS["subscription"], "sla": KINDS["sla"]}
    rows = (row for own in editions for row in (own.items.get(key), own.meters.get(key)) if row)
    name = next((named(row.name, say) for row in rows), say.text(titles.get(group, problem.path)))
    return say.text(NO_PRICE, name=name)


def _refused(nearest: PricedPlan | None, edition: Edition, say: Language) -> Iterator[str]:
    most: dict[str, Decimal] = {}
    for ledger in (one for month in nearest.months for one in month.refused) if nearest else ():
        most[ledger.meter] = max(most.get(ledger.meter, Decimal(0)), ledger.refused)
    for key, units in most.items():
        terms = edition.meters[key]
        yield say.text(
            REFUSED,
            name=named(terms.name, say),
            n=_shown(units, terms.meter.unit, say),
            unit=usage_unit(terms.meter.unit, say.code),
        )


def _shown(units: Decimal, unit: str, say: Language) -> str:
    """A quantity in the unit that people use, to the hundredth of it."""
    return say.quantity(Decimal(plain(rounded(usage_in_unit(units, unit)))))


def named(name: Name, say: Language) -> str:
    """A name of the catalog in the language of the page."""
    return name.pl if say.code == "pl" else name.en


@dataclass(frozen=True, slots=True)
class Ordered:
    """A part of a plan: so many of something, in some months where not in all."""

    name: str
    quantity: int
    months: str


def parts_of(mix: Mix, catalog: Catalog, say: Language) -> list[Ordered]:
    """What a plan orders beside its package: add-ons, then packs with their months."""
    edition = catalog.editions[mix.plan.edition]
    last = mix.priced.months[-1].period
    addons = [Ordered(named(edition.items[k].name, say), n, "") for k, n in mix.plan.addons]
    return addons + [
        Ordered(
            named(edition.items[line.item].name, say), line.quantity, pack_months(line, last, say)
        )
        for line in sorted(mix.plan.packs, key=lambda line: (line.item, line.at))
    ]


def pack_months(line: PackLine, last: Period, say: Language) -> str:
    """The months in which a pack is bought."""
    first = Period.of(local_day(line.at))
    end = first if not line.recurring else Period.of(line.end) if line.end else last
    if first == end:
        return say.month(first)
    return f"{say.month(first)} – {say.month(end)}"


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A month of a plan: its net amount in all and by kind of line, its VAT and gross."""

    period: Period
    name: str
    kinds: dict[str, str]
    net: str
    gross: str


def month_rows(priced: PricedPlan, say: Language) -> list[MonthRow]:
    """What a plan costs month by month."""
    return [
        MonthRow(
            own.period,
            say.month(own.period),
            _by_kind(own.invoice.lines) if own.invoice else {},
            amount_text(own.invoice.net) if own.invoice else "0.00",
            amount_text(own.invoice.gross) if own.invoice else "0.00",
        )
        for own in priced.months
    ]


def _by_kind(lines: Iterable[object]) -> dict[str, str]:
    sums: dict[str, Decimal] = {}
    for line in lines:
        charge = line.charge  # type: ignore[attr-defined]
        sums[charge.kind] = sums.get(charge.kind, Decimal(0)) + charge.net.amount
    return {kind: f"{sums[kind]:.2f}" for kind in KINDS if kind in sums}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a prospect uses of a meter in the first month and in the last."""

    name: str
    unit: str
    first: str
    last: str


def wanted_usage(
    prospect: Prospect, catalog: Catalog, edition: Edition, say: Language
) -> list[Wanted]:
    """The usage that the amounts are reckoned from."""
    months = demand(prospect, catalog.meters)
    first, last = months[0].amounts, months[-1].amounts
    return [
        Wanted(
            named(terms.name, say),
            usage_unit(terms.meter.unit, say.code),
            *(_shown(own.get(key, Decimal(0)), terms.meter.unit, say) for own in (first, last)),
        )
        for key, terms in edition.meters.items()
        if key in first or key in last
    ]


@dataclass(frozen=True, slots=True)
class LossRow:
    """What hours of outage cost at a level."""

    hours: str
    percent: str
    credit_percent: str
    credit: str
    penalty: str
    whole: str


@dataclass(frozen=True, slots=True)
class LevelRow:
    """A service level: what it costs and what it may cost the seller."""

    name: str
    is_own: bool
    fee: str
    is_indicative: bool
    most_credit: str
    most_penalty: str
    losses: list[LossRow]


def level_rows(
    levels: Iterable[LevelExposure], catalog: Catalog, own_level: str, say: Language
) -> list[LevelRow]:
    """Each level with what outages would cost."""
    return [
        LevelRow(
            name=getattr(catalog.sla_levels[own.level], say.code),
            is_own=own.level == own_level,
            fee=amount_text(own.fee),
            is_indicative=own.is_indicative,
            most_credit=amount_text(own.most_credit),
            most_penalty=amount_text(own.most_penalty),
            losses=[
                LossRow(
                    plain(one.outage.hours) if one.outage else "",
                    f"{one.availability:f}",
                    plain(one.credit_percent),
                    amount_text(one.credit),
                    amount_text(one.penalty),
                    amount_text(one.whole),
                )
                for one in own.losses
            ],
        )
        for own in levels
    ]
