"""`licznik demo`: the main job from end to end, on a database of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Annotated

import orjson
import typer

from billing.orders.commands import RouteBook, import_orders
from billing.plain_yaml import read_yaml
from billing.scenario import OrderFileShape
from entrypoints import demo_data
from entrypoints.cli.output import progress, say, table
from entrypoints.cli.pdf import render, write_files
from entrypoints.cli.session import Session, open_session
from entrypoints.cli.showing_invoices import show_documents
from entrypoints.cli.statement import Format, export
from entrypoints.cli.verify import show_verification
from entrypoints.database import fresh_database
from entrypoints.settings import read_settings
from entrypoints.usage_import import ImportOutcome, import_file
from entrypoints.whole_files import write_whole
from invoices import queries
from invoices.finding import load_invoices
from invoices.invoice import INVOICE, Invoice
from invoices.issuing import InvoiceRun
from invoices.statements.report import read_report
from invoices.verifying import verify
from metering.intake import Intake

DATABASE = "licznik_demo"


def demo_command(
    to: Annotated[Path, typer.Option("--out", help="Folder for what the demo makes.")] = Path(
        "out"
    ),
) -> None:
    """Four orders, a month of 300,000 events, their invoices, and the proof that all agrees.

    It takes place in November 2025, whenever it runs, so that it always makes the same.
    """
    settings = read_settings()
    url = fresh_database(settings, DATABASE)
    folder = to / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    orders, usage = folder / "orders.yaml", folder / "usage.ndjson"
    demo_data.write_orders(orders)
    say(f"{demo_data.write_usage(usage):,} events of {demo_data.PERIOD} are in {usage}.")
    with open_session(replace(settings, database_url=url)) as session:
        _place(session, orders)
        _import(session, usage)
        issued = _invoice(session)
        documents = [*_print(session, issued, folder), *_state(session, issued, folder)]
        with progress("verifying", None) as bar:
            result = verify(session.decisions, session.usage, session.catalog, bar.reach)
    show_verification(result)
    inputs = [
        (orders, "accounts and orders, as `licznik orders import` takes them"),
        (usage, "the month's events, as `licznik usage import` takes them"),
    ]
    table("What lies where", ("file", "what it is"), [*inputs, *documents])
    if result.differences:
        raise typer.Exit(1)


def _place(session: Session, path: Path) -> None:
    form = OrderFileShape.model_validate(read_yaml(path.read_text(encoding="utf-8")).value)
    done = import_orders(session.decisions, form, session.catalog, demo_data.NOW)
    say(f"{done.placed} orders placed, of {done.accounts} accounts.")


def _import(session: Session, path: Path) -> None:
    started = time.monotonic()
    with progress("importing", path.stat().st_size) as bar:
        intake = Intake(session.usage, session.catalog.meters)
        routes = RouteBook(session.decisions, session.catalog)
        outcome: ImportOutcome = import_file(
            path, intake, routes.find, lambda: demo_data.NOW, bar.reach
        )
    seconds = time.monotonic() - started
    say(
        f"{outcome.accepted:,} events recorded in {seconds:.1f} s, "
        f"{outcome.duplicates:,} duplicates, {outcome.rejected:,} rejected."
    )


def _invoice(session: Session) -> list[Invoice]:
    now = demo_data.NOW.astimezone(UTC)
    run = InvoiceRun(session.decisions, session.usage, session.catalog, demo_data.PERIOD, now)
    orders = run.orders()
    with progress("invoicing", len(orders)) as bar:
        for done in run.issue(orders):
            bar.reach(done)
    rows = session.decisions.rows(
        queries.ISSUED, period=demo_data.PERIOD.first_day, order=None, kinds=[INVOICE]
    )
    issued = list(load_invoices(session.decisions, [row["id"] for row in rows]))
    documents = [invoice.document for invoice in issued]
    show_documents(documents)
    shown = ("number", "order", "gross")
    sums = ([document[name] for name in shown] for document in documents)
    table("Invoices issued", ("number", "order", ">gross"), sums)
    return issued


Listed = Iterator[tuple[Path, str]]
"""Files, and what each of them is."""


def _print(session: Session, issued: list[Invoice], folder: Path) -> Listed:
    """Writes each invoice as PDF in both languages, and as JSON."""
    ids, to = [invoice.id for invoice in issued], folder / "invoices"
    for code, language in (("pl", "Polish"), ("en", "English")):
        render(session, ids, code)
        for path, _ in write_files(session, ids, code, to):
            yield path, f"an invoice in {language}, with the calculation of every overage"
    for invoice in issued:
        content = orjson.dumps(invoice.document, option=orjson.OPT_INDENT_2)
        order = invoice.document["order"]
        yield write_whole(folder / f"{order}.json", content), "an invoice and its ledgers as data"


def _state(session: Session, issued: list[Invoice], folder: Path) -> Listed:
    """Writes the usage statement of each order: to read as PDF, to reckon with as workbook."""
    to = folder / "statements"
    to.mkdir(exist_ok=True)
    for invoice in issued:
        order = invoice.document["order"]
        report = read_report(
            session.decisions,
            session.usage,
            session.catalog,
            order,
            demo_data.PERIOD,
            demo_data.NOW,
        )
        for form, what in STATEMENTS.items():
            if form is Format.PDF or order == demo_data.ITEMISED:
                path = to / f"{order}-{demo_data.PERIOD}.{form}"
                export(report, form, path)
                yield path, what


STATEMENTS = {
    Format.PDF: "a usage statement, with a chart of each meter",
    Format.CSV: "every single entry of the month, with its id",
    Format.XLSX: "the same as a workbook, with sums by day",
}
