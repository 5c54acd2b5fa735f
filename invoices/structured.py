"""The structured form of a document, made and checked in the moment it is issued."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from billing.catalog.edition import Seller
from billing.decisions import Decisions
from invoices.invoice import InvoiceDrafted, InvoiceIssued
from metering.problems import Problem
from metering.store import Statement


@dataclass(frozen=True, slots=True)
class Structured:
    """Events and rows of a structured document, or the problems that keep it from being issued."""

    events: tuple[Any, ...] = ()
    statements: tuple[Statement, ...] = ()
    problems: tuple[Problem, ...] = ()


def structure(drafted: InvoiceDrafted, issued: InvoiceIssued, seller: Seller) -> Structured:
    return Structured()


def ksef_state(decisions: Decisions, document: str) -> str | None:
    """What became of a document in the national system; None where it does not go there."""
    return None


def ksef_number(decisions: Decisions, document: str) -> str | None:
    """The number that the national system gave to a document."""
    return None
