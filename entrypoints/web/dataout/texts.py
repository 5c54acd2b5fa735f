"""What the pages of exports say: states, problems, formats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from entrypoints.web.words import words
from invoices.billing_data.exports import State
from invoices.billing_data.formats import Format
from invoices.billing_data.requests import Capacity
from invoices.language import marked as _
from metering.problems import Problem

STATES = {
    State.WAITING: (_("waiting"), ""),
    State.RUNNING: (_("under way"), ""),
    State.DONE: (_("ready"), "good"),
    State.FAILED: (_("failed"), "bad"),
}
"""What a state is called, and how it looks."""

FORMATS = {
    Format.CSV: _("CSV, for programs (RFC 4180)"),
    Format.XLSX: _("XLSX, for Excel and other spreadsheets"),
    Format.PDF: _("PDF, for reading and printing"),
    Format.JSON: _("JSON, for programs, with a JSON Schema"),
}

CAPACITIES = {
    Capacity.LEGAL_REPRESENTATIVE: _("legal representative of the customer"),
    Capacity.ADMINISTRATOR: _("Administrator of the closed account"),
}

PROBLEMS = {
    "too_old": _("The oldest day that can be had is {oldest}."),
    "wrong_span": _("The last day is before the first."),
    "in_the_future": _("This day is still to come: today is {today}."),
    "not_a_day": _("Write a day as 2025-10-31."),
    "too_many_exports": _("Five exports are under way. Wait until one of them is done."),
    "unknown_value": _("Choose one of the values."),
    "too_many_entries": _(
        "These days have too many entries for an export as PDF, which holds {most}. "
        "Choose fewer days or another format."
    ),
    "missing_field": _("This is needed."),
    "invalid_value": _("This is not right. Look at it again."),
    "account_open": _("This account is not closed: the customer exports by itself."),
    "unknown_account": _("There is no such account."),
    "before_closure": _("The account was still in service then. The request comes after that."),
    "fee_forbidden": _("Nothing may be charged any more: leave this empty."),
}


def told(problems: Iterable[Problem], code: str, values: Mapping[str, str]) -> dict[str, str]:
    """Problems in a language, by the fields that they belong to."""
    say = words(code)
    return {
        own.path: say.text(PROBLEMS.get(own.code, PROBLEMS["invalid_value"]), **values)
        for own in problems
    }


def size(length: int, code: str) -> str:
    """A length in bytes, kilobytes or megabytes."""
    say = words(code)
    for unit, number in (("MB", 1_000_000), ("kB", 1_000)):
        if length >= number:
            return f"{say.quantity(_tenths(length, number))} {unit}"
    return f"{length} B"


def _tenths(length: int, unit: int) -> Decimal:
    return Decimal(10 * length // unit) / 10
