"""`licznik invoices explain`: what each line of an invoice rests on, down to single entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Annotated, Any

import typer

from entrypoints.cli.arguments import Day
from entrypoints.cli.output import AsJson, out, print_json, say, table
from entrypoints.cli.session import clock, open_session
from invoices.explaining.invoice import entries_of, explain
from invoices.finding import find_invoice
from metering.calendar import Period, local_day
from metering.itemised import KEPT_DAYS, Itemised
from metering.problems import Problem, ProblemsFound

Explained = Mapping[str, Any]
ENTRY_COLUMNS = ("time", "meter", "quantity", "unit", "user", "source", "id", "recorded", "late")
DISAGREES = 1


def explain_command(
    number: Annotated[str, typer.Argument(help="The invoice's number.")],
    line: Annotated[
        str | None, typer.Argument(help="A line, from 1 on, or the item of one, or a meter.")
    ] = None,
    day: Annotated[
        date | None, typer.Option(parser=Day, metavar="DAY", help="The single entries of a day.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="So many entries a page.")] = 50,
    page: Annotated[int, typer.Option(min=1, help="Which page of the entries.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Explain an invoice: each line, the ledger behind it, its days, and what came late."""
    today = local_day(clock())
    with open_session() as session:
        invoice = find_invoice(session.decisions, number)
        told = explain(session.decisions, session.usage, session.catalog, invoice, line)
        if day is not None:
            _check_day(day, told)
            items = entries_of(session.usage, session.catalog, invoice, day, today)
            meters = _meters(told) if line else None
            told["entries"] = _page(items, day, meters, limit, page)
    if as_json:
        print_json(told)
    else:
        _show(told)
    if not told["agrees"]:
        raise typer.Exit(DISAGREES)


def _check_day(day: date, told: Explained) -> None:
    """An invoice has entries of its own period, and of those that its adjustments are about."""
    periods = {told["period"], *(one["earlier"]["period"] for one in _adjustments(told))}
    if str(Period.of(day)) not in periods:
        message = f"{day} is not in {' or '.join(sorted(periods))}, which this is about"
        raise ProblemsFound([Problem("other_period", "day", message)])


def _adjustments(told: Explained) -> list[Explained]:
    return [one for one in told["lines"] if one["kind"] == "adjustment"]


def _meters(told: Explained) -> list[str]:
    """The meters of what is explained."""
    return [*(one["meter"] for one in told["meters"]), *(o["item"] for o in _adjustments(told))]


def _page(
    items: Itemised, day: date, meters: list[str] | None, limit: int, page: int
) -> dict[str, Any]:
    """A page of a day's entries, of some meters or of all, and how many there are."""
    count, found = items.part(meters, (page - 1) * limit, limit)
    return {
        "day": str(day),
        "count": count,
        "page": page,
        "pages": max(-(-count // limit), 1),
        "too_old": bool(items.too_old),
        "entries": found,
    }


def _show(told: Explained) -> None:
    title = f"{told['number']} · order {told['order']} · {told['period']} · {told['edition']}"
    _show_lines(title, told["lines"])
    for meter in told["meters"]:
        _show_meter(meter)
    if "entries" in told:
        _show_entries(told["entries"])
    if told["agrees"]:
        say("Every sum agrees with the invoice.")
    else:
        say("Not every sum agrees with the invoice: run `licznik verify`.")


def _show_lines(title: str, lines: Iterable[Explained]) -> None:
    rows = [
        (one["line"], one["kind"], one["item"], one["net"], "\n".join(one["arithmetic"]),
         _agrees(one))
        for one in lines
    ]  # fmt: skip
    if rows:
        table(title, (">line", "kind", "item", ">net", "because", ""), rows)


def _agrees(one: Explained) -> str:
    return "agrees" if one["agrees"] else "differs"


def _show_meter(meter: Explained) -> None:
    name = f"{meter['meter']}: {meter['counted']} {meter['unit']} in {meter['entries']:,} entries"
    out.print()
    out.print(f"[bold]{name}[/], {_agrees(meter)} with the ledger", soft_wrap=True)
    for sentence in meter["arithmetic"]:
        out.print(f"  {sentence}", soft_wrap=True, markup=False)
    for title, columns, rows in _parts(meter):
        if rows:
            table(title, columns, rows)


Table = tuple[str, tuple[str, ...], list[tuple[Any, ...]]]
"""A title, columns and rows."""

QUANTITIES = {"day": "day", "used": ">used", "entries": ">entries"}
LEVELS = {"day": "day", "before": ">before", "used": ">highest", "at": "at", "after": ">after",
          "entries": ">entries"}  # fmt: skip
PACKS = {"item": "pack", "units": ">units", "from": "from", "to": "to", "left": ">left"}
USERS = {"user": "user", "used": ">used", "beyond": ">beyond"}
REPEATS = {"day": "day", "repeats": ">repeats", "last_received_at": "the last one"}
LATE = {"day": "day", "quantity": ">units", "entries": ">entries", "state": "",
        "invoice": "invoice", "line": ">line"}  # fmt: skip


def _parts(meter: Explained) -> Iterator[Table]:
    """The tables of a meter."""
    yield _table("Packs", PACKS, meter["packs"])
    yield _table("Users", USERS, meter["users"])
    if meter["kind"] == "stock":
        yield _table("Days on which the level changed", LEVELS, meter["days"])
    else:
        yield _table("Days", QUANTITIES, meter["days"])
    yield _table("Came again, counted once", REPEATS, meter["repeats"]["days"])
    yield _table("Came after the invoice", LATE, meter["late"])


def _table(title: str, columns: Mapping[str, str], found: Iterable[Explained]) -> Table:
    """A table of some fields, each with its heading."""
    return title, tuple(columns.values()), [tuple(one[key] for key in columns) for one in found]


def _show_entries(page: Explained) -> None:
    if page["too_old"]:
        say(f"Entries are shown for {KEPT_DAYS} days: those of {page['day']} no more.")
        return
    of = f"page {page['page']} of {page['pages']}, {page['count']:,} entries"
    rows = [tuple(one[name] for name in ENTRY_COLUMNS) for one in page["entries"]]
    table(f"Entries of {page['day']}, {of}", ENTRY_COLUMNS, rows)
