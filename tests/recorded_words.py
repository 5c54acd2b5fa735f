"""Words for tests of what is recorded of services: incidents, planned work and claims."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from billing.decisions import Decisions
from billing.scenario import ScenarioForm
from billing.sla.recorded.claim_desk import ClaimDesk
from billing.sla.recorded.exclusion_desk import ExclusionDesk
from billing.sla.recorded.incident_desk import IncidentDesk
from metering.calendar import Period
from tests.builders import Plain, catalog, local
from tests.running import contents, decision_store, is_answered, licznik
from tests.sla_words import MAIN, span

NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)
"""When things are recorded: after all that the cases speak of."""
PERSON = "Ewa Nowak"


def record_all(url: str, written: Plain, now: datetime = NOW) -> None:
    """Records the incidents, planned work, claims and service work of a scenario, step by step.

    A claim that comes to nothing cannot be confirmed, and stays open.
    """
    form = ScenarioForm.model_validate(written)
    with decision_store(url) as decisions:
        _incidents(decisions, form, now)
        exclusions = ExclusionDesk(decisions, catalog(), now)
        for i, one in enumerate(form.exclusions):
            said = {"start": one.start, "end": one.end, "announced": one.announced, "by": PERSON}
            exclusions.announce(f"work-{i}", one.orders, said)
        _claims(decisions, form, now)


def _incidents(decisions: Decisions, form: ScenarioForm, now: datetime) -> None:
    desk = IncidentDesk(decisions, catalog(), now)
    for one in form.incidents:
        by = None if one.reported is None else one.reported_by
        desk.report(one.id, one.orders, {"reported": one.reported, "reported_by": by})
        desk.state_failures(one.id, [own.model_dump() for own in one.down])
        desk.state_waits(one.id, [own.model_dump() for own in one.client_action])
        desk.cause(one.id, {"cause": one.cause, "by": PERSON})
        if one.qualified is not None:
            said = {"priority": one.priority, "told": one.qualified, "by": PERSON}
            desk.qualify(one.id, {**said, "service_unavailable": one.service_unavailable})
        if one.repaired is not None:
            said = {"at": one.repaired, "how": "proper_operation", "by": PERSON}
            desk.repair(one.id, said)
    for i, work in enumerate(form.service_work):
        key = f"visit-{i}"
        desk.report(key, [work.order], {"reported_by": None})
        desk.cause(key, {"cause": "external", "by": PERSON})
        made = work.accepted or work.performed
        assert made is not None
        desk.estimate(key, None, work.hours, made, PERSON)
        if work.accepted is not None:
            desk.decide(key, None, accepted=True, on=work.accepted, by="Anna Client")
        if work.performed is not None:
            desk.done(key, None, work.performed)


def _claims(decisions: Decisions, form: ScenarioForm, now: datetime) -> None:
    desk = ClaimDesk(decisions, catalog(), now)
    for one in form.claims:
        own: tuple[str, Period] = (one.order, one.period)
        desk.file(*own, one.filed, "Anna Client")
        if one.confirmed is not None and desk.expected(*own).state == "granted":
            desk.confirm(*own, one.confirmed, PERSON)
        if one.refused is not None:
            desk.refuse(*own, one.refused, PERSON, "the failure was planned")


def did(url: str, *words: object) -> Any:
    """What a command printed for programs."""
    outcome = licznik(url, *words, "--json")
    assert outcome.status == 0, outcome.err + outcome.out
    return outcome.data


def refused(url: str, *words: object) -> list[str]:
    """The codes of the problems of a command; nothing has changed."""
    before = contents(url)
    outcome = licznik(url, *words, "--json")
    assert is_answered(outcome), outcome.err
    assert contents(url) == before
    return [problem["code"] for problem in outcome.data["problems"]]


def incident(url: str, verb: str, *words: object, key: str = "INC-1") -> Plain:
    """A step of an incident."""
    made: Plain = did(url, "incidents", verb, key, *words)
    return made


def no(url: str, verb: str, *words: object, key: str = "INC-1") -> list[str]:
    """Why a step of an incident is refused."""
    return refused(url, "incidents", verb, key, *words)


def reported(url: str, at: str = "2025-11-10 16:35", *words: object, key: str = "INC-1") -> Plain:
    """An incident of the order that the client reported."""
    return incident(url, "report", "--order", MAIN, "--at", local(at), *words, key=key)


def qualified(url: str, told: str = "2025-11-10 17:00", priority: str = "critical") -> Plain:
    """It is qualified."""
    said = ("--priority", priority, "--told", local(told), "--by", PERSON)
    return incident(url, "qualify", *said)


def time(start: str, end: str | None, name: str = "") -> str:
    """A time as it is typed."""
    own = span(start, end)
    return "/".join(part for part in (own["from"], own["to"] or "..", name) if part)


def times(*own: str) -> Iterable[str]:
    """Options for times."""
    return [word for one in own for word in ("--time", one)]
