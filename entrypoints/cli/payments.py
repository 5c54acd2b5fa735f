"""`licznik payments`: what customers paid, and which invoices it is for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from billing.decisions import Decisions
from entrypoints.bank_files import read_bank_file
from entrypoints.bank_texts import Unreadable, read_amount
from entrypoints.cli.arguments import Currency, Day
from entrypoints.cli.output import (
    AsJson,
    print_json,
    problems_json,
    progress,
    say,
    show_problems,
)
from entrypoints.cli.session import clock, open_session
from entrypoints.cli.showing_payments import (
    hint_sentence,
    import_json,
    payment_json,
    show_import,
    show_payments,
)
from invoices.payments import queries
from invoices.payments.desk import PaymentDesk
from invoices.payments.importing import Matcher, PaymentImport
from invoices.payments.matching import Proposal
from invoices.payments.payment import Payment, Received

app = typer.Typer(help="Payments.", no_args_is_help=True)


def Paid(value: Any) -> Decimal:  # noqa: N802  # the name stands in the help of each option
    """An amount that was paid, 1234.56 or 1 234,56."""
    if isinstance(value, Decimal):
        return value
    try:
        amount, currency = read_amount(value)
    except Unreadable as error:
        raise typer.BadParameter(str(error)) from error
    if currency:
        raise typer.BadParameter("leave the currency out: it is that of the invoice")
    return amount


PaymentId = Annotated[str, typer.Argument(metavar="PAYMENT", help="The payment's id.")]
Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The invoice's number.")]


@app.command("record")
def record(
    number: Number,
    amount: Annotated[Decimal, typer.Argument(parser=Paid, metavar="AMOUNT", help="What came in.")],
    on: Annotated[date, typer.Option(parser=Day, metavar="DAY", help="The day it was paid on.")],
    payer: Annotated[str | None, typer.Option(help="Who paid; without it the buyer.")] = None,
    title: Annotated[str | None, typer.Option(help="The payment's title.")] = None,
    again: Annotated[bool, typer.Option("--again", help="The same payment came again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Record a payment of an invoice. What is more than due stays on the payment."""
    with open_session() as session:
        desk = PaymentDesk(session.decisions, clock())
        payment = desk.record(number, amount, on, payer, title, again=again)
        _report(session.decisions, payment, as_json=as_json)


@app.command("match")
def match(
    payment: PaymentId,
    number: Number,
    amount: Annotated[
        Decimal | None,
        typer.Option(parser=Paid, metavar="A", help="So much of it; without it all that fits."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put a payment to an invoice."""
    with open_session() as session:
        own = PaymentDesk(session.decisions, clock()).match(payment, number, amount)
        _report(session.decisions, own, as_json=as_json)


@app.command("release")
def release(payment: PaymentId, number: Number, as_json: AsJson = False) -> None:
    """Take back what an invoice has of a payment."""
    with open_session() as session:
        own = PaymentDesk(session.decisions, clock()).release(payment, number)
        _report(session.decisions, own, as_json=as_json)


@app.command("void")
def void(
    payment: PaymentId,
    why: Annotated[str, typer.Option(help="Why it was a mistake.")],
    as_json: AsJson = False,
) -> None:
    """Void a payment that was recorded by mistake; release its invoices first."""
    with open_session() as session:
        own = PaymentDesk(session.decisions, clock()).void(payment, why)
        _report(session.decisions, own, as_json=as_json)


def _report(decisions: Decisions, payment: Payment, *, as_json: bool) -> None:
    row = decisions.rows(queries.LIST_PAYMENTS, unmatched=False, payments=[payment.id])[0]
    if as_json:
        print_json(payment_json(row))
        return
    show_payments(f"Payment {payment.id}", [row])
    if payment.left:
        say(f"{payment.left:.2f} {payment.received.currency} is left of it.")


@app.command("list")
def list_command(
    unmatched: Annotated[
        bool, typer.Option("--unmatched", help="Only those of which something is left, and why.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List payments, and which invoices they are for."""
    with open_session() as session:
        rows = session.decisions.rows(queries.LIST_PAYMENTS, unmatched=unmatched, payments=None)
        found_hints = hints(session.decisions, rows) if unmatched else {}
    if as_json:
        found = [{**payment_json(row), **found_hints.get(row["id"], {})} for row in rows]
        print_json({"payments": found})
        return
    show_payments("Payments", rows)
    for payment, hint in found_hints.items():
        say(f"{payment}: {hint_sentence(payment, hint)}")


def hints(decisions: Decisions, rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """What the rules would say of each payment's rest today."""
    rests = {row["id"]: _rest(row) for row in rows}
    matcher = Matcher(decisions)
    matcher.look_at(list(rests.values()))
    return {key: _hint(matcher.match(rest)) for key, rest in rests.items()}


def _rest(row: Mapping[str, Any]) -> Received:
    names = Received.__dataclass_fields__
    return Received(**{**{name: row[name] for name in names}, "amount": row["left"]})


def _hint(proposal: Proposal) -> dict[str, Any]:
    return {
        "reason": proposal.reason,
        "fits": [one.invoice.number for one in proposal.allocations],
    }


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="A bank's statement as CSV.")],
    currency: Annotated[
        str | None,
        typer.Option(parser=Currency, metavar="CODE", help="For a file with no column for it."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show it, keep nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Record the payments of a bank's file, and match them. The same file twice changes nothing."""
    read = read_bank_file(file, currency)
    with open_session() as session, progress("importing", len(read.transfers)) as bar:
        importing = PaymentImport(session.decisions, clock(), dry_run=dry_run)
        for done in importing.take(read.transfers):
            bar.reach(done)
    result = importing.result
    problems = [*read.problems, *result.problems]
    if as_json:
        print_json(
            {**import_json(read, result, dry_run=dry_run), "problems": problems_json(problems)}
        )
    else:
        show_import(file.name, read, result, dry_run=dry_run)
        show_problems(problems)
    if problems:
        raise typer.Exit(2)
