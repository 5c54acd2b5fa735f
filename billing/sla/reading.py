"""Reads the service levels' part of a scenario: every form checked, every order known."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from billing.forms import read_each, repeated
from billing.sla.forms import ClaimForm, ExclusionForm, IncidentForm, ServiceWorkForm
from billing.sla.record import ServiceRecord
from metering.problems import Problem


def read_record(
    incidents: Sequence[Any],
    exclusions: Sequence[Any],
    claims: Sequence[Any],
    service_work: Sequence[Any],
    orders: Collection[str],
) -> tuple[ServiceRecord, list[Problem]]:
    """The record of what happened to some orders' services, and all that is wrong with it."""
    own_incidents, problems = read_each(IncidentForm, incidents, "incidents")
    own_exclusions, bad_exclusions = read_each(ExclusionForm, exclusions, "exclusions")
    own_claims, bad_claims = read_each(ClaimForm, claims, "claims")
    own_work, bad_work = read_each(ServiceWorkForm, service_work, "service_work")
    problems += [*bad_exclusions, *bad_claims, *bad_work]
    for path, form in (*own_incidents, *own_exclusions):
        problems += [problem.under(path) for problem in form.problems(orders)]
    for path, one in (*own_claims, *own_work):
        problems += [problem.under(path) for problem in one.problems(orders)]
    problems += repeated("incident", [(path, own.id) for path, own in own_incidents])
    filed = [(path, f"of {own.order} for {own.period}") for path, own in own_claims]
    problems += repeated("claim", filed, "period")
    record = ServiceRecord(
        tuple(own.incident() for _, own in own_incidents),
        tuple(own.exclusion() for _, own in own_exclusions),
        tuple(own.claim() for _, own in own_claims),
        tuple(own.work() for _, own in own_work),
    )
    return record, problems
