"""`licznik invoices`: the month's invoices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any

import typer

from billing.money import amount_text, plain
from billing.rating.charges import Charge
from billing.settling import settle
from entrypoints.cli.arguments import Month
from entrypoints.cli.correct import correct_command
from entrypoints.cli.corrections import corrections_command
from entrypoints.cli.delivery import deliver_command, deliveries_command
from entrypoints.cli.explain import explain_command
from entrypoints.cli.output import (
    AsJson,
    print_json,
    problems_json,
    progress,
    say,
    show_problems,
    table,
)
from entrypoints.cli.pdf import pdf_command
from entrypoints.cli.periods import check_closed
from entrypoints.cli.session import caller, clock, open_session
from entrypoints.cli.showing_invoices import show_documents
from entrypoints.cli.xml import xml_command
from invoices import queries
from invoices.drafting import adjusted_period
from invoices.finding import find_invoice
from invoices.invoice import TAXED
from invoices.issuing import InvoiceRun, RunOutcome
from invoices.payments.receivables import payment_status
from metering.calendar import Period, local_day

app = typer.Typer(help="Invoices.", no_args_is_help=True)
app.command("pdf")(pdf_command)
app.command("xml")(xml_command)
app.command("corrections")(corrections_command)
app.command("correct")(correct_command)
app.command("explain")(explain_command)
app.command("deliver")(deliver_command)
app.command("deliveries")(deliveries_command)

InPeriod = Annotated[Period, typer.Option(parser=Month, metavar="YYYY-MM", help="The period.")]


@app.command("run")
def run(
    period: InPeriod,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show drafts, keep nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Issue one invoice for every order of a period. Running it twice issues nothing twice."""
    now = clock()
    if not dry_run:
        check_closed(period, now)
    with open_session() as session:
        settle(session.usage, session.catalog, now)
        own = (session.decisions, session.usage, session.catalog)
        invoicing = InvoiceRun(*own, period, now, by=caller())
        orders = invoicing.orders()
        with progress("invoicing", len(orders)) as bar:
            steps = invoicing.preview(orders) if dry_run else invoicing.issue(orders)
            for done in steps:
                bar.reach(done)
    _report(period, invoicing.outcome, dry_run=dry_run, as_json=as_json)
    if invoicing.outcome.problems:
        raise typer.Exit(2)


def _report(period: Period, outcome: RunOutcome, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "period": str(period),
                "issued": outcome.issued,
                "already_issued": outcome.already_issued,
                "nothing_to_charge": outcome.nothing_to_charge,
                "drafts": outcome.documents,
                "to_correct": [{"order": o, "period": p} for o, p in outcome.to_correct],
                "to_invoice": [{"order": o, "period": p} for o, p in outcome.to_invoice],
                "carried_on": [_carried(order, credit) for order, credit in outcome.carried],
                "problems": problems_json(outcome.problems),
            }
        )
        return
    if dry_run:
        show_documents(outcome.documents)
    made = f"{len(outcome.documents)} drafts" if dry_run else f"{outcome.issued} invoices issued"
    say(
        f"{period}: {made}, {outcome.already_issued} there already, "
        f"{outcome.nothing_to_charge} orders with nothing to charge."
    )
    for order, corrected in outcome.to_correct:
        say(
            f"The invoice of order {order} for {corrected} must be corrected: usage came late or "
            "was amended. `licznik invoices corrections` shows how."
        )
    for missing, orders in _by_period(outcome.to_invoice).items():
        say(
            f"{missing} has charges and no invoice for {len(orders)} orders, such as {orders[0]}: "
            f"`licznik invoices run --period {missing}` issues them."
        )
    for one in (_carried(order, credit) for order, credit in outcome.carried):
        say(
            f"Order {one['order']} is owed {one['net']} {one['currency']} net for {one['item']} of "
            f"{one['period']} that its invoice has no room for: the next invoice gives it back, "
            "or a correction if the order has ended (`licznik invoices corrections`)."
        )
    show_problems(outcome.problems)
    if any(problem.code == "missing_price" for problem in outcome.problems):
        say("Agree a price with `licznik orders change price ORDER GROUP.KEY PRICE`.")


def _by_period(found: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    orders: defaultdict[str, list[str]] = defaultdict(list)
    for order, period in sorted(found):
        orders[period].append(order)
    return dict(sorted(orders.items()))


def _carried(order: str, credit: Charge) -> dict[str, str]:
    """A credit that is carried on, for programs; what is owed is positive."""
    return {
        "order": order,
        "period": adjusted_period(credit),
        "item": credit.item,
        "quantity": plain(-credit.quantity),
        "net": amount_text(-credit.net),
        "currency": str(credit.net.currency),
    }


@app.command("list")
def list_command(
    period: Annotated[
        Period | None, typer.Option(parser=Month, metavar="YYYY-MM", help="Only this period.")
    ] = None,
    order: Annotated[str | None, typer.Option(help="Only this order.")] = None,
    as_json: AsJson = False,
) -> None:
    """List invoices."""
    first, today = period.first_day if period else None, local_day(clock())
    with open_session() as session:
        if order is not None:
            session.decisions.order(order)  # a misspelt one is a problem, not an empty list
        rows = session.decisions.rows(queries.LIST, period=first, order=order, kinds=[*TAXED])
    if as_json:
        print_json({"invoices": [summary(row, today) for row in rows]})
        return
    columns = [f">{name}" if name in AMOUNTS else name for name in LISTED]
    shown = (summary(row, today) for row in rows)
    table("Invoices", columns, ([one[name] for name in LISTED] for one in shown))


AMOUNTS = ("gross", "owed", "paid", "open")
LISTED = ("number", "order", "account", "period", "issued_on", "due_on", *AMOUNTS, "currency")


def summary(row: Mapping[str, Any], today: date) -> dict[str, Any]:
    """An invoice in a list: amounts as text, and how its payment stands on a day."""
    due_on, owed, paid = row["due_on"], row["owed"], row["paid"]
    return {
        "number": row["number"],
        "kind": row["kind"],
        "status": row["status"],
        "order": row["order_id"],
        "account": row["account_id"],
        "period": str(Period.of(row["period"])),
        "issued_on": str(row["issued_on"]) if row["issued_on"] else None,
        "due_on": str(due_on) if due_on else None,
        "currency": row["currency"],
        "net": f"{row['net']:.2f}",
        "vat": f"{row['vat']:.2f}",
        "gross": f"{row['gross']:.2f}",
        "owed": f"{owed:.2f}",
        "paid": f"{paid:.2f}",
        "open": f"{owed - paid:.2f}",
        "payment_status": payment_status(owed, paid, due_on, today) if due_on else None,
    }


@app.command("show")
def show(
    number: Annotated[str, typer.Argument(help="The invoice's number.")], as_json: AsJson = False
) -> None:
    """Show an invoice: its lines, and how the usage behind them is covered."""
    with open_session() as session:
        invoice = find_invoice(session.decisions, number)
    if as_json:
        print_json(invoice.document)
    else:
        show_documents([invoice.document])
