"""What a person is shown before documents are issued: each of them, their sums, their marks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from entrypoints.cli.session import Session
from entrypoints.web.finance.months import drafts_of
from invoices.closing.drafted import MonthDraft
from invoices.closing.fingerprints import fingerprint, together
from invoices.notes import NoteRun
from invoices.restating import SUMS
from metering.calendar import Period

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Total:
    """Documents of one currency added up."""

    currency: str
    count: int
    net: Decimal
    vat: Decimal
    gross: Decimal


@dataclass(frozen=True, slots=True)
class Shown:
    """The drafts and notes of a month that can be issued, and drafts with problems."""

    CHECKED: ClassVar[str] = "checked"
    drafts: Sequence[MonthDraft]
    wrong: Sequence[MonthDraft]
    notes: Sequence[Mapping[str, Any]]

    @property
    def checked(self) -> list[MonthDraft]:
        """The drafts that somebody has checked, as they are now."""
        return [own for own in self.drafts if own.check]

    @property
    def all_mark(self) -> str:
        return _mark(self.drafts)

    @property
    def checked_mark(self) -> str:
        return _mark(self.checked)

    @property
    def notes_mark(self) -> str:
        return together({own["order"]: fingerprint(own) for own in self.notes})

    def totals(self, drafts: Iterable[MonthDraft]) -> list[Total]:
        """Sums of some drafts by currency."""
        return totals_of(own.document for own in drafts if own.document is not None)


def _mark(drafts: Iterable[MonthDraft]) -> str:
    return together({own.order: own.mark for own in drafts if own.mark is not None})


def totals_of(documents: Iterable[Mapping[str, Any]]) -> list[Total]:
    """Sums of documents by currency."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for own in documents:
        found.setdefault(own["currency"], []).append(own)
    return [_total(currency, own) for currency, own in sorted(found.items())]


def _total(currency: str, documents: Sequence[Mapping[str, Any]]) -> Total:
    net, vat, gross = (sum((Decimal(own[name]) for own in documents), ZERO) for name in SUMS)
    return Total(currency, len(documents), net, vat, gross)


def read_shown(session: Session, period: Period, now: datetime) -> Shown:
    """What can be issued of a month at this moment."""
    drafts = drafts_of(session, period, now)
    notes = NoteRun(session.decisions, session.catalog, period, now).preview().documents
    good = [own for own in drafts if own.document is not None]
    return Shown(good, [own for own in drafts if own.problems], notes)
