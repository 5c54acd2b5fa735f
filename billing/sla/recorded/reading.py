"""Reads what is recorded of services, as the values that availability and credits start from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from billing.decisions import Decisions
from billing.sla.record import ServiceRecord
from billing.sla.recorded import queries
from billing.sla.recorded.claim import CLAIM
from billing.sla.recorded.exclusion import EXCLUSION
from billing.sla.recorded.incident import INCIDENT, DoneWork
from metering.calendar import Period
from metering.history import Rows


def recorded_service(decisions: Decisions, orders: list[str] | None = None) -> ServiceRecord:
    """All that is recorded of the services of some orders, or of all, in one query."""
    return read_service(decisions.rows, orders)


def read_service(rows: Rows, orders: list[str] | None = None) -> ServiceRecord:
    """The same, read by ``rows``: for whoever is within a snapshot.

    Incidents and work may concern other orders too; `ServiceRecord.of` is what concerns one.
    """
    found: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows(queries.RECORD, orders=orders):
        found[row["kind"]].append(row)
    incidents = [INCIDENT.validate_python(row["details"]) for row in found["incident"]]
    announced = [row for row in found["exclusion"] if row["status"] == "announced"]
    return ServiceRecord(
        tuple(own.incident() for own in incidents),
        tuple(EXCLUSION.validate_python(row["details"]).exclusion() for row in announced),
        tuple(CLAIM.validate_python(row["details"]).claim() for row in found["claim"]),
        tuple(work for own in incidents for work in own.work()),
    )


@dataclass(frozen=True, slots=True)
class Decided:
    """What is decided of an order's service: shares of the fees that are given back, by their
    periods, and work that is charged.
    """

    credits: dict[Period, Decimal] = field(default_factory=dict)
    work: list[DoneWork] = field(default_factory=list)


def decided_service(decisions: Decisions, orders: list[str]) -> dict[str, Decided]:
    """What is decided of those of some orders of whose service anything is."""
    found: defaultdict[str, Decided] = defaultdict(Decided)
    for row in decisions.rows(queries.DECIDED, orders=orders):
        if row["kind"] == "claim":
            claim = CLAIM.validate_python(row["details"])
            if claim.percent:
                found[claim.order].credits[Period.parse(claim.period)] = claim.percent
        else:
            for own in INCIDENT.validate_python(row["details"]).done():
                found[own.order].work.append(own)
    wanted = set(orders)
    return {order: own for order, own in found.items() if order in wanted}
