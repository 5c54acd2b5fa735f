"""`licznik demo`: the main job from end to end, on a database of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer

from billing.orders.commands import RouteBook, import_orders
from billing.plain_yaml import read_yaml
from billing.scenario import OrderFileShape
from entrypoints.cli.close import say_step, show_report
from entrypoints.cli.closing import Closing
from entrypoints.cli.output import progress, say, table
from entrypoints.cli.pdf import render, write_files
from entrypoints.cli.session import Session, open_session
from entrypoints.cli.showing_invoices import show_document, show_documents
from entrypoints.cli.statement import Format, export
from entrypoints.cli.verify import show_verification
from entrypoints.database import fresh_database
from entrypoints.demo import october, october_story, winter, winter_story
from entrypoints.demo.people import PEOPLE, add_people
from entrypoints.demo.portal import DATABASE
from entrypoints.demo.winter import MORNING
from entrypoints.http_settings import HttpSettings
from entrypoints.ksef.stand_in.server import running
from entrypoints.ksef.stand_in.world import StandIn
from entrypoints.ksef_settings import Credentials, KsefSettings
from entrypoints.mail_settings import NO_MAIL
from entrypoints.sales.example import keep_example
from entrypoints.settings import read_settings
from entrypoints.usage_import import ImportOutcome, import_file
from entrypoints.whole_files import write_whole
from invoices import queries
from invoices.files import file_stem
from invoices.finding import load_invoices
from invoices.invoice import INVOICE, Invoice, invoice_key, note_key
from invoices.statements.report import read_report
from invoices.structured import stored_xml
from invoices.verifying.comparing import Verification
from invoices.verifying.everything import verify
from metering.calendar import Period
from metering.intake import Intake

Listed = Iterator[tuple[Path, str]]
"""Files, and what each of them is."""


def demo_command(
    to: Annotated[Path, typer.Option("--out", help="Folder for what the demo makes.")] = Path(
        "out"
    ),
) -> None:
    """Four orders, a month of 300,000 events, their invoices, and the proof that all agrees.

    The month has an outage: its penalty, the credit on the next invoice, and a correction are shown
    too. Structured invoices go to a stand-in of KSeF that runs here. It takes place from November
    2025 to January 2026, whenever it runs, so that it always makes the same. `licznik serve --demo`
    shows it in the portal.
    """
    settings = read_settings()
    url = fresh_database(settings, DATABASE)
    folder = to / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    orders, usage = folder / "orders.yaml", folder / "usage.ndjson"
    october.write_orders(orders)
    say(f"{october.write_usage(usage):,} events of {october.PERIOD} are in {usage}.")
    with running(StandIn()) as ksef:
        sending = KsefSettings(url=ksef.url, credentials={"": Credentials(token="demo")})
        own = replace(settings, database_url=url, ksef=sending, mail=NO_MAIL)
        with open_session(own) as session:
            whole = replace(session, catalog=october_story.with_ksef(session.catalog))
            documents, result = _tell(whole, orders, usage, folder)
    show_verification(result)
    inputs = [
        (orders, "accounts and orders, as `licznik orders import` takes them"),
        (usage, "the month's events, as `licznik usage import` takes them"),
    ]
    table("What lies where", ("file", "what it is"), [*inputs, *documents])
    _invite(settings.http)
    if result.differences:
        raise typer.Exit(1)


def _invite(http: HttpSettings) -> None:
    """Where the portal is, and who may sign in to it."""
    rows = [
        (own.user.role.value, own.user.account or "", own.user.email, own.password)
        for own in PEOPLE
    ]
    table("Who signs in to the portal", ("role", "account", "e-mail", "password"), rows)
    say(
        f"Run `licznik serve --demo` and look at http://{http.host}:{http.port}/: there it is the "
        f"morning of {MORNING:%Y-%m-%d}."
    )


def _tell(
    session: Session, orders: Path, usage: Path, folder: Path
) -> tuple[list[tuple[Path, str]], Verification]:
    """What happens in the demo, from the orders to the next month's invoices."""
    _place(session, orders)
    _import(session, usage, october.NOW)
    october_story.outage(session, october.NOW)
    documents = [*_close(session, october.PERIOD, october.NOW, folder)]
    issued = _issued(session)
    documents += [*_print(session, issued, folder), *_state(session, issued, folder)]
    october_story.claim(session)
    corrected = october_story.correction(session)
    documents += _use(session, winter.NOVEMBER, winter_story.moment("2025-12-01T06:00"), folder)
    documents += _close(session, october.PERIOD.next(), october_story.NEXT_MONTH, folder)
    documents += _print_rest(session, corrected, folder)
    documents += _go_on(session, folder)
    keep_example(session.decisions, session.catalog, october_story.NEXT_MONTH)
    with progress("verifying", None) as bar:
        return documents, verify(session.decisions, session.usage, session.catalog, bar.reach)


def _place(session: Session, path: Path) -> None:
    form = OrderFileShape.model_validate(read_yaml(path.read_text(encoding="utf-8")).value)
    done = import_orders(session.decisions, form, session.catalog, october.NOW)
    say(f"{done.placed} orders placed, of {done.accounts} accounts.")


def _use(session: Session, period: Period, received: datetime, folder: Path) -> Listed:
    """A later month's usage comes in."""
    path = folder / f"usage-{period}.ndjson"
    october.write_events(path, winter.usage_of(period))
    _import(session, path, received)
    yield path, f"the events of {period}"


def _go_on(session: Session, folder: Path) -> Listed:
    """What happens until the portal opens: December is over, and January has begun."""
    yield from _use(session, winter.DECEMBER, winter_story.moment("2026-01-01T06:00"), folder)
    for happening in winter_story.HAPPENINGS:
        happening(session)
    winter_story.payments(session, _numbers(session))
    yield from _use(session, winter.JANUARY, winter_story.moment("2026-01-08T09:30"), folder)
    winter_story.reservations(session)
    winter_story.notices(session)
    winter_story.arrivals(session)
    add_people(session.decisions)


def _import(session: Session, path: Path, received: datetime) -> None:
    started = time.monotonic()
    with progress("importing", path.stat().st_size) as bar:
        intake = Intake(session.usage, session.catalog.meters)
        routes = RouteBook(session.decisions, session.catalog)
        outcome: ImportOutcome = import_file(path, intake, routes.find, lambda: received, bar.reach)
    seconds = time.monotonic() - started
    say(
        f"{outcome.accepted:,} events recorded in {seconds:.1f} s, "
        f"{outcome.duplicates:,} duplicates, {outcome.rejected:,} rejected."
    )


def _close(session: Session, period: Period, now: datetime, folder: Path) -> Listed:
    """Closes a month: its invoices and notes are issued, sent to the stand-in of KSeF, printed."""
    say(f"Closing {period}, as on {now:%Y-%m-%d}:")
    closing = Closing(session, period, now.astimezone(UTC), folder)
    for step in closing.steps():
        say_step(step)
    show_report(closing.report)
    for path in closing.files:
        yield path, "what a month came to, beside the month before"


def _issued(session: Session) -> list[Invoice]:
    """The month's invoices, shown."""
    first, kinds = october.PERIOD.first_day, [INVOICE]
    rows = session.decisions.rows(queries.ISSUED, period=first, order=None, kinds=kinds)
    issued = list(load_invoices(session.decisions, [row["id"] for row in rows]))
    documents = [invoice.document for invoice in issued]
    show_documents(documents)
    shown = ("number", "order", "gross")
    sums = ([document[name] for name in shown] for document in documents)
    table("Invoices issued", ("number", "order", ">gross"), sums)
    return issued


def _numbers(session: Session) -> dict[tuple[str, str], str]:
    """The numbers of all invoices by period and order."""
    asked = {"period": None, "order": None, "kinds": [INVOICE]}
    keys = [row["id"] for row in session.decisions.rows(queries.ISSUED, **asked)]
    documents = [own.document for own in load_invoices(session.decisions, keys)]
    return {(own["period"], own["order"]): own["number"] for own in documents}


def _print_rest(session: Session, corrected: Invoice, folder: Path) -> Listed:
    """The documents that show what is not in every month: a note, a correction, a credit."""
    month, following = str(october.PERIOD), str(october.PERIOD.next())
    kept = {
        note_key(october_story.ORDER, month): "an accounting note: the penalty for a late repair",
        corrected.id: "a correction: messages that came late",
        invoice_key(october_story.ORDER, following): "the next invoice, with the SLA credit",
    }
    render(session, list(kept), "pl")
    for key, what in kept.items():
        (own,) = load_invoices(session.decisions, [key])
        show_document(own.document)
        for path, _ in write_files(session, [key], "pl", folder / "invoices"):
            yield path, what
        content = stored_xml(session.decisions, key)
        if content is not None and own.issued is not None:
            path = folder / "invoices" / f"{file_stem(own.issued.number)}.xml"
            yield write_whole(path, content), f"{what}, as KSeF has it"


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
            october.PERIOD,
            october.NOW,
        )
        for form, what in STATEMENTS.items():
            if form is Format.PDF or order == october.ITEMISED:
                path = to / f"{order}-{october.PERIOD}.{form}"
                export(report, form, path)
                yield path, what


STATEMENTS = {
    Format.PDF: "a usage statement, with a chart of each meter",
    Format.CSV: "every single entry of the month, with its id",
    Format.XLSX: "the same as a workbook, with sums by day",
}
