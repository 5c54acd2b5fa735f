"""The claim as an event-sourced aggregate: filed, then confirmed or refused by a person (R94).

What it comes to is computed from the record, each time; no decision is made by that (R151).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter

from billing.orders.order import Event
from billing.sla.forms import ClaimForm
from billing.sla.record import Claim
from metering.calendar import Period

CLAIMS = "claim/"


@dataclass(frozen=True, kw_only=True)
class ClaimFiled(Event):
    """Somebody of the client claimed a credit for a period."""

    filed: date
    by: str


@dataclass(frozen=True, kw_only=True)
class ClaimConfirmed(Event):
    """A person confirmed it, having been shown an availability and a share of the fees."""

    on: date
    by: str
    shown_availability: Decimal
    shown_percent: Decimal


@dataclass(frozen=True, kw_only=True)
class ClaimRefused(Event):
    """A person refused it."""

    on: date
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class RecordedClaim:
    """A claim as its events have made it; ``period`` is YYYY-MM.

    ``percent`` is the share of the fees that was confirmed: what happens to the record later does
    not change it.
    """

    order: str
    period: str
    version: int
    filed: date
    filed_by: str
    confirmed: date | None = None
    refused: date | None = None
    decided_by: str = ""
    reason: str = ""
    percent: Decimal | None = None

    @property
    def orders(self) -> tuple[str, ...]:
        return (self.order,)

    @property
    def status(self) -> str:
        """What a person has decided, if anybody has."""
        if self.confirmed is not None:
            return "confirmed"
        return "filed" if self.refused is None else "refused"

    def facts(self) -> ClaimForm:
        """The claim in the form that a scenario states it in."""
        days = {"filed": self.filed, "confirmed": self.confirmed, "refused": self.refused}
        return ClaimForm.model_validate({"order": self.order, "period": self.period, **days})

    def claim(self) -> Claim:
        """The claim as a value."""
        return self.facts().claim()


CLAIM: TypeAdapter[RecordedClaim] = TypeAdapter(RecordedClaim)


def claim_id(order: str, period: Period) -> str:
    """What tells a claim from all others."""
    return f"{order}/{period}"


def evolve(before: RecordedClaim | None, event: Any) -> RecordedClaim:
    """The claim after one more event."""
    if isinstance(event, ClaimFiled):
        order, _, period = event.originator_id.removeprefix(CLAIMS).rpartition("/")
        return RecordedClaim(order, period, event.originator_version, event.filed, event.by)
    if before is None:
        raise ValueError(f"{type(event).__name__} cannot begin {event.originator_id}")
    after = replace(before, version=event.originator_version)
    match event:
        case ClaimConfirmed():
            shown = event.shown_percent
            return replace(after, confirmed=event.on, decided_by=event.by, percent=shown)
        case ClaimRefused():
            return replace(after, refused=event.on, decided_by=event.by, reason=event.reason)
    raise ValueError(f"{type(event).__name__} is no event of a claim")
