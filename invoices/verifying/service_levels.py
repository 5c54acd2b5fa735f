"""Verification of incidents, announced work and claims: each row is what its events make."""

from __future__ import annotations

from typing import Any

from billing.decisions import Decisions
from billing.sla.recorded import queries
from billing.sla.recorded.book import CLAIM_KIND, EXCLUSION_KIND, INCIDENT_KIND, Kind
from invoices.verifying.comparing import Verification, compare, readable, streams


def verify_service_levels(decisions: Decisions, result: Verification) -> None:
    """Compares every incident, exclusion and claim with its events."""
    result.incidents = _verify(decisions, INCIDENT_KIND, result)
    result.exclusions = _verify(decisions, EXCLUSION_KIND, result)
    result.claims = _verify(decisions, CLAIM_KIND, result)


def _verify(decisions: Decisions, kind: Kind[Any], result: Verification) -> int:
    """Compares the rows of one kind; says how many streams it has."""
    rows = {f"{kind.prefix}{row['id']}": row for row in decisions.rows(queries.ROWS[kind.word])}
    found = streams(decisions, kind.prefix, rows)
    for stream in found:
        key = stream.removeprefix(kind.prefix)
        where = f"{kind.word} {key}"
        with readable(where, result):
            state = kind.replay(decisions.events.get(stream))
            made = kind.row(key, state) if state else None
            compare(where, made, rows.get(stream), result)
    return len(found)
