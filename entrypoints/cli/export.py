"""`licznik export`: itemised billing data of an order, for its customer to take along."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import polars as pl
import typer

from billing.settling import settle
from entrypoints.cli.arguments import Day
from entrypoints.cli.output import print_json, progress, say
from entrypoints.cli.session import Session, caller, clock, open_session
from entrypoints.whole_files import whole_file
from invoices.billing_data.exports import ExportFile, Wanted, record_direct
from invoices.billing_data.formats import WRITERS, Format, check_one_file
from invoices.billing_data.reading import (
    BillingData,
    account_closed_on,
    check_span,
    customer_of,
    read_billing_data,
)
from invoices.billing_data.requests import request_for
from invoices.billing_data.schema import json_schema
from metering.calendar import Span, local_day
from metering.problems import Problem, ProblemsFound

ON_SCREEN = (Format.CSV, Format.JSON)
GivenDay = date | None


def export_command(
    order: Annotated[str | None, typer.Argument(help="The order.")] = None,
    first: Annotated[
        GivenDay, typer.Option("--from", parser=Day, metavar="DAY", help="The first day.")
    ] = None,
    last: Annotated[
        GivenDay, typer.Option("--to", parser=Day, metavar="DAY", help="The last day.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="The format.")] = Format.CSV,
    to: Annotated[Path | None, typer.Option("--out", help="The file to write.")] = None,
    request: Annotated[
        str | None,
        typer.Option(help="After closure: the recorded request of an entitled person."),
    ] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema and nothing else.")
    ] = False,
) -> None:
    """Export the billing data of an order on some days, up to 365 days back."""
    if schema:
        print_json(json_schema())
        return
    if order is None or first is None or last is None or (to is None and form not in ON_SCREEN):
        raise ProblemsFound(_missing(order, first, last, form, to))
    with open_session() as session:
        wanted = _wanted(session, order, Span(first, last), form, request)
        data = _read(session, wanted)
        check_one_file(data, form)
        file = _write(data, form, to)
        if request is not None:
            record_direct(session.decisions, wanted, data.entries, file, clock())
    say(f"Entries: {data.entries}, SHA-256: {file.sha256}")


def _missing(
    order: str | None, first: GivenDay, last: GivenDay, form: Format, to: Path | None
) -> Iterator[Problem]:
    needed = {"ORDER": order, "--from": first, "--to": last}
    for name, value in needed.items():
        if value is None:
            yield Problem("missing_field", name, f"say of what: add {name}")
    if to is None and form not in ON_SCREEN:
        yield Problem("wrong_option", "--out", f"{form} needs a file: add --out FILE.{form}")


def _wanted(session: Session, order: str, span: Span, form: Format, request: str | None) -> Wanted:
    """What is asked for, if it may be given out (R123, R125)."""
    today, decisions = local_day(clock()), session.decisions
    account = customer_of(decisions, order).id
    assert span.end is not None
    check_span(span.start, span.end, today)
    closed = account_closed_on(decisions, account, today)
    if closed is not None and request is None:
        message = (
            f"account {account} was closed on {closed}: record the request of an entitled person, "
            "then name it with --request"
        )
        raise ProblemsFound([Problem("account_closed", "--request", message)])
    if request is not None:
        request_for(decisions, request, account)
    return Wanted(order, account, span, form, caller(), request)


def _read(session: Session, wanted: Wanted) -> BillingData:
    now = clock()
    settle(session.usage, session.catalog, now, wanted.order)
    stores = (session.decisions, session.usage, session.catalog)
    return read_billing_data(*stores, wanted.order, wanted.span, now)


def _write(data: BillingData, form: Format, to: Path | None) -> ExportFile:
    """Writes the file, or to standard output, with a progress bar."""
    sys.stdout.flush()
    with (
        progress("entries", data.entries) as bar,
        whole_file(to) if to else nullcontext(sys.stdout.buffer) as file,
    ):
        parts = WRITERS[form].parts(data, _counted(data.frames(), bar.reach), 1)
        return _copied(parts, file)


def _copied(parts: Iterable[bytes], file: BinaryIO) -> ExportFile:
    digest: Any = sha256()
    size = 0
    for part in parts:
        file.write(part)
        digest.update(part)
        size += len(part)
    return ExportFile(1, size, digest.hexdigest())


def _counted(
    frames: Iterable[pl.DataFrame], reach: Callable[[int], None]
) -> Iterator[pl.DataFrame]:
    done = 0
    for frame in frames:
        yield frame
        done += frame.height
        reach(done)
