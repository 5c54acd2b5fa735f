"""Availability, penalties, credits and deadlines as plain data (contract, section 2, and more)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from billing.money import amount_text, plain
from billing.sla.levels import Measured
from billing.sla.settling import Settled, Timeliness
from metering.calendar import WARSAW

SECOND = timedelta(seconds=1)


def availability_document(own: Measured) -> dict[str, Any]:
    """What was measured of an order in a period; parts of a second are left out of the times."""
    document = {
        "order": own.order,
        "period": str(own.period),
        "level": own.level,
        "total_seconds": own.availability.service // SECOND,
        "down_seconds": own.availability.failed // SECOND,
        "excluded_seconds": own.availability.excluded // SECOND,
        "percent": f"{own.availability.shown:.4f}",
        "credit_percent": plain(own.credit_percent),
    }
    return {**document, "service": own.service} if own.service else document


def penalty_documents(own: Settled) -> Iterator[dict[str, Any]]:
    """The penalties of an order's period, one for each incident that was open in it."""
    for one in own.penalties:
        yield {
            "order": own.order,
            "period": str(own.period),
            "incident": one.incident,
            "units": one.units,
            "amount": amount_text(one.amount),
        }


def credit_documents(own: Settled) -> Iterator[dict[str, Any]]:
    """The claim of an order's period, if there is one.

    A granted credit goes to the next period's invoice; after the end of the order a correction
    gives it back, and there is no such period.
    """
    if own.credit is None:
        return
    is_placed = own.credit.state == "granted" and own.next is not None
    yield {
        "order": own.order,
        "period": str(own.period),
        "state": own.credit.state,
        "reason": own.credit.reason,
        "amount": amount_text(own.credit.amount),
        "invoice_period": str(own.next) if is_placed else None,
    }


def incident_document(own: Timeliness) -> dict[str, Any]:
    """An incident of an order with its deadlines."""
    incident = own.incident
    return {
        "incident": incident.id,
        "order": own.order,
        "priority": incident.priority,
        "cause": incident.cause,
        "reported": local_time(incident.reported),
        "qualified": local_time(incident.qualified),
        "repaired": local_time(incident.repaired),
        "reaction_due": local_time(own.due.reaction),
        "repair_due": local_time(own.due.repair),
        "reaction_late": own.reaction_late,
        "repair_late": own.repair_late,
    }


def local_time(instant: datetime | None) -> str | None:
    """An instant as people in Poland write it, with its offset."""
    return None if instant is None else instant.astimezone(WARSAW).isoformat()
