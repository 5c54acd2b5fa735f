"""What a customer sees of a claim: by when it can be filed, what became of it, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.decisions import Decisions
from billing.money import Money
from billing.sla.credits import Credit, last_day_to_claim
from billing.sla.recorded import queries
from billing.sla.recorded.claim import CLAIM, RecordedClaim
from billing.sla.recorded.claim_desk import ClaimDesk
from entrypoints.web.documents.views_service import ServiceMonth
from entrypoints.web.errors import marked
from metering.calendar import Period

REASONS = {
    "late": marked("The claim came after the last day on which it could be filed."),
    "external_cause": marked("The cause was not on our side."),
    "no_drop": marked("The availability was not below what is promised."),
    "not_reported": marked(
        "No incident that made the service fail was reported by you or your users in this month."
    ),
}
"""Why a claim comes to nothing, by what is recorded so far (`billing.sla.credits.REASONS`)."""

STATES = {
    "filed": (marked("filed, a person decides on it"), ""),
    "confirmed": (marked("granted"), "good"),
    "refused": (marked("refused"), "bad"),
}


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim of a month, or the room for one.

    ``recorded`` is None where nobody has claimed; ``expected`` is what a claim that is not decided
    comes to if it is granted, ``granted`` what a granted one comes to and ``placed`` the month
    whose invoice gives it back, None where a correction does.
    """

    last_day: date
    is_late: bool
    recorded: RecordedClaim | None = None
    state: tuple[str, str] | None = None
    expected: Credit | None = None
    hint: str = ""
    granted: Money | None = None
    percent: Decimal | None = None
    placed: Period | None = None


def claim_view(
    decisions: Decisions, desk: ClaimDesk, month: ServiceMonth, claim_days: int, today: date
) -> ClaimView:
    """The claim of a month."""
    order, period = month.terms.id, month.period
    last = last_day_to_claim(period, claim_days)
    recorded = find_claim(decisions, order, period)
    if recorded is None:
        return ClaimView(last, today > last)
    room = ClaimView(last, recorded.filed > last, recorded, STATES[recorded.status])
    if recorded.status == "filed":
        return _undecided(room, desk.expected(order, period))
    return _decided(room, month)


def _undecided(room: ClaimView, expected: Credit) -> ClaimView:
    hint = REASONS.get(expected.reason or "", "")
    return ClaimView(
        room.last_day, room.is_late, room.recorded, room.state, expected=expected, hint=hint
    )


def _decided(room: ClaimView, month: ServiceMonth) -> ClaimView:
    """A refused one has the person's reason; of a granted one the amount by the record."""
    settled = month.figures.settled
    credit = settled.credit if settled else None
    recorded = room.recorded
    if settled is None or credit is None or recorded is None or recorded.percent is None:
        return room
    return ClaimView(
        room.last_day,
        room.is_late,
        recorded,
        room.state,
        granted=credit.amount,
        percent=recorded.percent,
        placed=settled.next,
    )


def find_claim(decisions: Decisions, order: str, period: Period) -> RecordedClaim | None:
    """The claim of an order's month, if there is one."""
    rows = decisions.rows(queries.RECORD, orders=[order])
    found = (CLAIM.validate_python(own["details"]) for own in rows if own["kind"] == "claim")
    return next((own for own in found if (own.order, own.period) == (order, str(period))), None)
