"""Reads what is recorded of services, as the values that availability and credits start from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from billing.decisions import Decisions
from billing.sla.record import ServiceRecord
from billing.sla.recorded import queries
from billing.sla.recorded.claim import CLAIM
from billing.sla.recorded.exclusion import EXCLUSION
from billing.sla.recorded.incident import INCIDENT
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
