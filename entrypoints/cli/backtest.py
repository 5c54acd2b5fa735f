"""`licznik backtest`: what other prices would have made of recorded months."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from billing.catalog.edition import Catalog
from billing.forms import read_form
from billing.money import amount_text
from billing.plain_yaml import read_yaml
from billing.plans.backtest import BackTest, Effect, OrderEffect
from billing.plans.changes import Changes
from billing.plans.documents import back_test_document
from billing.plans.forms import ChangesForm, read_changes
from entrypoints.backtesting import run_back_test
from entrypoints.cli.arguments import Month
from entrypoints.cli.output import AsJson, out, print_json, show_problems, table
from entrypoints.cli.session import open_session, read_catalog
from entrypoints.texts import read_text
from metering.calendar import Period
from metering.problems import Problem, ProblemsFound

FirstMonth = Annotated[
    Period, typer.Option("--from", parser=Month, metavar="YYYY-MM", help="The first month.")
]
LastMonth = Annotated[
    Period, typer.Option("--to", parser=Month, metavar="YYYY-MM", help="The last month.")
]


def backtest_command(
    file: Annotated[Path, typer.Argument(help="The proposed change, in YAML.")],
    first: FirstMonth,
    last: LastMonth,
    as_json: AsJson = False,
) -> None:
    """Rate recorded months again with other prices or allowances, beside what they cost."""
    if last < first:
        message = f"{first} to {last} is no time: the last month is not before the first"
        raise ProblemsFound([Problem("out_of_range", "to", message)])
    with open_session() as session:
        changes = load_changes(file, session.catalog)
        found = run_back_test(
            session.decisions, session.usage, session.catalog, changes, (first, last)
        )
    if as_json:
        print_json(back_test_document(found))
    else:
        _show(found, first, last)


def load_changes(file: Path, catalog: Catalog) -> Changes:
    """The change of a file; a catalog that it names is found beside it."""
    document = read_yaml(read_text(file))
    form, problems = read_form(ChangesForm, document.value)
    if form is None:
        raise ProblemsFound(document.located(one) for one in problems)
    proposed = read_catalog(file.parent / form.catalog) if form.catalog else None
    try:
        return read_changes(form, catalog, proposed)
    except ProblemsFound as found:
        raise ProblemsFound(document.located(one) for one in found.problems) from found


def _show(found: BackTest, first: Period, last: Period) -> None:
    columns = ("order", "account", ">before", ">after", ">difference", "by kind")
    rows = [
        (own.order, own.account, *_amounts(own.whole), _kinds(own))
        for own in found.orders
        if not own.problems
    ]
    table(f"Net amounts of {first} to {last}, before and after", columns, rows)
    for currency, own in found.totals.items():
        sums = [(kind, *_amounts(one)) for kind, one in found.kinds[currency].items()]
        columns = ("kind", ">before", ">after", ">difference")
        table(f"In all, {currency}", columns, [*sums, ("all", *_amounts(own))])
    out.print(f"{found.dearer} would pay more, {found.cheaper} less, {found.same} the same.")
    _show_refused(found)
    for one in found.orders:
        show_problems(problem.under(f"orders.{one.order}") for problem in one.problems)


def _show_refused(found: BackTest) -> None:
    refused = [
        (own.order, str(month.period), meter, f"{units:f}")
        for own in found.orders
        for month in own.months
        for meter, units in month.refused.items()
    ]
    if refused:
        columns = ("order", "period", "meter", ">units")
        table("What would have been refused beyond what was", columns, refused)


def _kinds(own: OrderEffect) -> str:
    changed = _changed(own.kinds)
    return "\n".join(f"{kind} {amount_text(one.difference)}" for kind, one in changed.items())


def _changed(kinds: Mapping[str, Effect]) -> dict[str, Effect]:
    return {kind: own for kind, own in kinds.items() if own.difference.amount}


def _amounts(own: Effect) -> tuple[str, str, str]:
    return amount_text(own.before), amount_text(own.after), amount_text(own.difference)
