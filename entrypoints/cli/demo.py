"""`licznik demo`: the main job from end to end, on a database of its own."""

from __future__ import annotations

import time
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
from entrypoints.cli.invoices import show_document
from entrypoints.cli.output import progress, say, table
from entrypoints.cli.session import Session, clock, open_session
from entrypoints.cli.verify import show_verification
from entrypoints.database import fresh_database
from entrypoints.settings import read_settings
from entrypoints.usage_import import ImportOutcome, import_file
from invoices import queries
from invoices.invoice import replay_invoice
from invoices.issuing import InvoiceRun
from invoices.verifying import verify
from metering.intake import Intake

DATABASE = "licznik_demo"


def demo_command(
    to: Annotated[Path, typer.Option("--out", help="Folder for what the demo makes.")] = Path(
        "out"
    ),
) -> None:
    """Four orders, a month of 300,000 events, their invoices, and the proof that all agrees."""
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
        _invoice(session, folder)
        with progress("verifying", None) as bar:
            result = verify(session.decisions, session.usage, session.catalog, bar.reach)
    show_verification(result)
    table(
        "What lies where",
        ("file", "what it is"),
        [
            (orders, "accounts and orders, as `licznik orders import` takes them"),
            (usage, "the month's events, as `licznik usage import` takes them"),
            *((file, "an invoice with its ledgers") for file in sorted(folder.glob("*.json"))),
        ],
    )
    if result.differences:
        raise typer.Exit(1)


def _place(session: Session, path: Path) -> None:
    form = OrderFileShape.model_validate(read_yaml(path.read_text(encoding="utf-8")).value)
    done = import_orders(session.decisions, form, session.catalog, clock())
    say(f"{done.placed} orders placed, of {done.accounts} accounts.")


def _import(session: Session, path: Path) -> None:
    started = time.monotonic()
    with progress("importing", path.stat().st_size) as bar:
        intake = Intake(session.usage, session.catalog.meters)
        routes = RouteBook(session.decisions, session.catalog)
        outcome: ImportOutcome = import_file(path, intake, routes.find, clock, bar.reach)
    seconds = time.monotonic() - started
    say(
        f"{outcome.accepted:,} events recorded in {seconds:.1f} s, "
        f"{outcome.duplicates:,} duplicates, {outcome.rejected:,} rejected."
    )


def _invoice(session: Session, folder: Path) -> None:
    run = InvoiceRun(
        session.decisions, session.usage, session.catalog, demo_data.PERIOD, clock().astimezone(UTC)
    )
    orders = run.orders()
    with progress("invoicing", len(orders)) as bar:
        for done in run.issue(orders):
            bar.reach(done)
    rows = session.decisions.rows(queries.LIST, period=demo_data.PERIOD.first_day, order=None)
    for row in rows:
        invoice = replay_invoice(session.decisions.events.get(row["id"]))
        if invoice is not None:
            show_document(invoice.document)
            file = folder / f"{row['order_id']}.json"
            file.write_bytes(orjson.dumps(invoice.document, option=orjson.OPT_INDENT_2))
    sums = ((row["number"], row["order_id"], f"{row['gross']:.2f}") for row in rows)
    table("Invoices issued", ("number", "order", ">gross"), sums)
