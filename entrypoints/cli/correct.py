"""`licznik invoices correct`: issues the correction of an invoice."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from entrypoints.cli.output import AsJson, print_json, say
from entrypoints.cli.session import caller, clock, open_session
from entrypoints.cli.showing_invoices import show_document
from invoices.corrections.desk import CorrectionDesk, Request
from invoices.finding import find_invoice
from metering.problems import Problem, ProblemsFound


class Cause(StrEnum):
    """Why an invoice is corrected."""

    USAGE = "usage"
    PRICE = "price"
    BUYER = "buyer"
    CREDIT = "credit"
    ANNULMENT = "annulment"


class Form(StrEnum):
    """How a correction states what has changed."""

    DIFFERENCES = "differences"
    BEFORE_AFTER = "before-after"


LONGEST_REASON = 256
"""What a structured invoice can hold of the reason."""


def correct_command(
    number: Annotated[str, typer.Argument(help="The invoice's number.")],
    because: Annotated[Cause, typer.Option(help="What has changed.")] = Cause.USAGE,
    reason: Annotated[str | None, typer.Option(help="The reason in the document's words.")] = None,
    effect: Annotated[
        int,
        typer.Option(min=1, max=3, help="For VAT: 1 with the original, 2 with itself, 3 other."),
    ] = 1,
    form: Annotated[Form, typer.Option(help="How it says what changed.")] = Form.DIFFERENCES,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show it, keep nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Correct an issued invoice: its usage, price or buyer is another one by now.

    The original never changes. An invoice to a wrong tax number is brought to zero (annulment) and
    issued anew by the next `licznik invoices run` of its period.
    """
    if reason is not None and not 0 < len(reason.strip()) <= LONGEST_REASON:
        message = f"give a reason of 1 to {LONGEST_REASON} characters"
        raise ProblemsFound([Problem("invalid_value", "--reason", message)])
    asked = Request(because.value, reason, str(effect), form.value.replace("-", "_"))
    with open_session() as session:
        own = (session.decisions, session.usage, session.catalog)
        desk = CorrectionDesk(*own, clock(), caller())
        invoice = find_invoice(session.decisions, number)
        document = desk.draft(invoice, asked) if dry_run else desk.issue(invoice, asked).document
    if as_json:
        print_json(document)
        return
    show_document(document)
    if not dry_run:
        say(f"{document['number']} corrects {number}.")
