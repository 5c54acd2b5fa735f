"""`licznik plans`: what somebody could order for what they use, and what it would cost."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from billing.catalog.edition import Catalog
from billing.money import Money, amount_text
from billing.orders.terms import PackLine
from billing.plain_yaml import PlainYaml, read_yaml
from billing.plans.break_even import BreakEven, break_even
from billing.plans.cheapest import cheapest
from billing.plans.comparing import Column, Comparison, side_by_side
from billing.plans.documents import (
    break_even_document,
    comparison_document,
    exposure_document,
    ranking_document,
)
from billing.plans.exposure import LevelExposure, exposure
from billing.plans.forms import Asked, DemandForm, read_demand
from billing.plans.values import Basis, Mix, Plan, Ranking
from entrypoints.cli.output import AsJson, out, print_json, table
from entrypoints.cli.session import read_catalog
from entrypoints.settings import read_settings
from entrypoints.texts import read_text
from metering.calendar import Period, local_day
from metering.problems import Problem, ProblemsFound

app = typer.Typer(help="What a plan would cost, and which is cheapest.", no_args_is_help=True)

DemandFile = Annotated[Path, typer.Argument(help="What is wanted, in YAML (`plans schema`).")]


@app.command("cheapest")
def cheapest_command(file: DemandFile, as_json: AsJson = False) -> None:
    """The cheapest plan of each package and edition, with its proof."""
    asked = _read(file)
    found = {basis.edition: cheapest(asked.demand, basis) for basis in asked.bases}
    if as_json:
        print_json([ranking_document(key, own) for key, own in found.items()])
        return
    for edition, ranking in found.items():
        _show_ranking(edition, ranking)


@app.command("compare")
def compare_command(file: DemandFile, as_json: AsJson = False) -> None:
    """Every package of every edition side by side, line by line."""
    asked = _read(file)
    comparison = side_by_side(asked.demand, asked.bases)
    if as_json:
        print_json(comparison_document(comparison))
    else:
        _show_comparison(comparison)


@app.command("break-even")
def break_even_command(
    file: DemandFile,
    of_plans: Annotated[bool, typer.Option(help="Tell of every other mix of packs, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """From which quantity on another package is the cheapest (`vary` in the file)."""
    asked = _read(file)
    if asked.vary is None:
        message = "say what varies: vary: {what: sms, from: 0, to: 100000}"
        raise ProblemsFound([Problem("missing_field", "vary", message)])
    between = asked.vary.start, asked.vary.end
    found = {
        own.edition: break_even(asked.demand, own, asked.vary.what, between, of_plans=of_plans)
        for own in asked.bases
    }
    if as_json:
        print_json([break_even_document(key, own) for key, own in found.items()])
        return
    for edition, one in found.items():
        _show_break_even(edition, one)


@app.command("exposure")
def exposure_command(file: DemandFile, as_json: AsJson = False) -> None:
    """What outages (`outages` in the file, in hours) would cost at each service level."""
    asked = _read(file)
    if not asked.outages:
        message = "say how many hours the service is down: outages: [2.5, 12]"
        raise ProblemsFound([Problem("missing_field", "outages", message)])
    found = [(own, plan) for own in asked.bases if (plan := _cheapest_plan(asked, own))]
    period = asked.demand.months[0].period
    exposed = [
        (plan, exposure(asked.demand, plan, own, period, asked.outages)) for own, plan in found
    ]
    if as_json:
        print_json([exposure_document(plan, levels) for plan, levels in exposed])
        return
    for plan, levels in exposed:
        _show_exposure(plan, levels, str(period))


@app.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of the files that these commands take."""
    print_json(DemandForm.model_json_schema(by_alias=True))


def _cheapest_plan(asked: Asked, basis: Basis) -> Plan | None:
    found = cheapest(asked.demand, basis, with_neighbours=False).cheapest
    return found.plan if found else None


def _read(file: Path) -> Asked:
    catalog = read_catalog(read_settings().catalog)
    document = read_yaml(read_text(file))
    return _located(document, catalog)


def _located(document: PlainYaml, catalog: Catalog) -> Asked:
    try:
        return read_demand(document.value, catalog)
    except ProblemsFound as found:
        raise ProblemsFound(document.located(one) for one in found.problems) from found


def _show_ranking(edition: str, ranking: Ranking) -> None:
    rows = [
        (
            own.plan.package,
            own.plan.licences,
            _counted(own.plan.addons),
            _packs(own.plan),
            amount_text(own.net) + ("*" if own.priced.is_indicative else ""),
            amount_text(own.priced.gross),
        )
        for own in ranking.mixes
    ]
    columns = ("package", ">licences", "add-ons", "packs", ">net", ">gross")
    if rows:
        table(f"The cheapest plans of edition {edition}", columns, rows)
    if ranking.cheapest:
        out.print(proof_sentence(ranking.cheapest), soft_wrap=True)
    for left_out in ranking.excluded:
        _show_reasons(left_out.package, left_out.problems)
    _explain_marks(own.priced.is_indicative for own in ranking.mixes)


def proof_sentence(mix: Mix) -> str:
    """Why a plan is the cheapest, in a sentence or two."""
    proof = mix.proof
    tried = f"{proof.combinations} sets of add-ons and {proof.packs} mixes of packs were priced"
    bound = "no other costs less" if proof.is_exact else "not all could be looked at"
    beside = f"none of {proof.neighbours} neighbours is cheaper"
    solver = f"; a solver proposes {amount_text(proof.proposed)}" if proof.proposed else ""
    return f"Of package {mix.plan.package} {tried}, {bound}; {beside}{solver}."


def _counted(addons: Iterable[tuple[str, int]]) -> str:
    return "\n".join(f"{many} × {item}" if many > 1 else item for item, many in addons)


def _packs(plan: Plan) -> str:
    return "\n".join(f"{own.quantity} × {own.item} {_span(own)}" for own in plan.packs)


def _span(line: PackLine) -> str:
    """The months of a pack: ``2026-01``, ``from 2026-01``, ``2026-01 to 2026-03``."""
    first = Period.of(local_day(line.at))
    if not line.recurring:
        return str(first)
    return f"{first} to {Period.of(line.end)}" if line.end else f"from {first}"


def _explain_marks(marks: Iterable[bool]) -> None:
    if any(marks):
        out.print("* an indicative price of the catalog; an invoice needs the order's own")


def _show_comparison(comparison: Comparison) -> None:
    columns = comparison.columns
    for edition in dict.fromkeys(own.edition for own in columns):
        places = [n for n, own in enumerate(columns) if own.edition == edition]
        rows: list[tuple[Any, ...]] = [
            (row.kind, row.item, *(_cell(row.cells[n]) for n in places))
            for row in comparison.rows
            if any(row.cells[n] for n in places)
        ]
        rows.append(("", "net", *(_net(columns[n]) for n in places)))
        names = (f">{columns[n].package}{'' if _does(columns[n]) else ' (cannot)'}" for n in places)
        table(f"Side by side, edition {edition}", ("kind", "item", *names), rows)
        for own in (columns[n] for n in places):
            if own.problems:
                _show_reasons(own.package, own.problems)
    cells = (cell for row in comparison.rows for cell in row.cells if cell)
    _explain_marks(cell.is_indicative for cell in cells)


def _show_reasons(package: str, problems: Iterable[Problem]) -> None:
    reasons = "; ".join(own.message for own in problems)
    out.print(f"Package {package} cannot do it: {reasons}.", soft_wrap=True, markup=False)


def _does(column: Column) -> bool:
    return not column.problems


def _cell(cell: Any) -> str:
    return "" if cell is None else amount_text(cell.net) + ("*" if cell.is_indicative else "")


def _net(column: Column) -> str:
    return amount_text(column.priced.net) if column.priced else ""


def _show_break_even(edition: str, found: BreakEven) -> None:
    packages = sorted({key for point in found.points for key, _ in point.nets})
    rows = [
        (f"{point.quantity:,}", *(_money(dict(point.nets).get(p)) for p in packages), point.winner)
        for point in found.points
    ]
    columns = (f">{found.variable}", *(f">{own}" for own in packages), "cheapest")
    table(f"Net by {found.variable}, edition {edition}", columns, rows)
    crossed = [
        (f"{own.quantity:,}", own.before, _money(own.net_before), own.after, _money(own.net_after))
        for own in found.crossings
    ]
    columns = (">from", "before", ">net", "after", ">net")
    if crossed:
        table("From there on another is the cheapest", columns, crossed)
    else:
        out.print("The same package is the cheapest everywhere.")


def _money(amount: Money | None) -> str:
    return "" if amount is None else amount_text(amount)


def _show_exposure(plan: Plan, levels: Iterable[LevelExposure], period: str) -> None:
    rows = [
        (
            own.level if n == 0 else "",
            _money(own.fee) + ("*" if own.is_indicative else "") if n == 0 else "",
            loss.outage.hours if loss.outage else "",
            f"{loss.availability} %",
            _money(loss.credit),
            _money(loss.penalty),
            f"{_money(own.most_credit)} + {_money(own.most_penalty)}" if n == 0 else "",
        )
        for own in levels
        for n, loss in enumerate(own.losses)
    ]
    columns = ("level", ">fee", ">hours down", ">availability", ">credit", ">penalty", ">at most")
    table(f"Outages in {period}, package {plan.package}, edition {plan.edition}", columns, rows)
    _explain_marks(own.is_indicative for own in levels)
