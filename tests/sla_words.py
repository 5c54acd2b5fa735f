"""Words for tests of service levels: incidents and claims, and what they come to."""

from __future__ import annotations

from typing import Any

from billing.sla.documents import credit_documents, incident_document, penalty_documents
from metering.calendar import Period
from metering.problems import Problem, ProblemsFound
from tests.builders import Plain, local, order, read_scenario, run, scenario

MAIN = "acme-main"
FEES = {"standard": "3000.00", "progres": "6000.00", "progres_plus": "6000.00", "premium": "12000"}
"""What an order of each level costs a month in the worked figures, its SLA fee included."""


def ordered(level: str, fee: str = "", **given: Any) -> Plain:
    """An order of a level whose monthly fee is one line, launched long before."""
    prices = {"licence": fee or FEES[level], "sla": "0.00"}
    dates = {"launch_date": "2025-07-01"}
    return order("pro", **{**dates, "licences": 1, "sla": level, "prices": prices, **given})


def incident(name: str = "INC-1", priority: str = "critical", **given: Any) -> Plain:
    """An incident of the order; times as `2025-11-07 16:00`, local."""
    known = ("reported", "qualified", "repaired")
    times = {key: local(given[key]) for key in known if given.get(key)}
    spans = {key: [span(*own) for own in given.get(key, ())] for key in ("down", "client_action")}
    own = {"id": name, "orders": [MAIN], "priority": priority, **spans}
    return {**own, **{k: v for k, v in given.items() if k not in spans}, **times}


def span(start: str, end: str | None) -> Plain:
    """Some time, in local time."""
    return {"from": local(start), "to": end and local(end)}


def work(start: str, end: str, announced: str | None = "2025-01-01 12:00") -> Plain:
    """Planned work on the order's service."""
    return {"orders": [MAIN], **span(start, end), "announced": announced and local(announced)}


def claim(period: str = "2025-11", filed: str = "2025-12-01", **given: Any) -> Plain:
    """A claim of the order's client, confirmed the day it is filed unless told otherwise."""
    return {"order": MAIN, "period": period, "filed": filed, "confirmed": filed, **given}


def due(level: str, one: Plain) -> tuple[str, str]:
    """When the reaction and the repair of an incident are due, in local time."""
    result = run(scenario([ordered(level)], incidents=[one]), "2026-06")
    (document,) = map(incident_document, result.incidents)
    return tuple((document[f"{name}_due"] or "")[:16].replace("T", " ") for name in STEPS)  # type: ignore[return-value]  # as long as STEPS


STEPS = ("reaction", "repair")


def penalties(own: Plain, *incidents: Plain, period: str = "2025-11") -> list[tuple[str, int, str]]:
    """Incident, full units and amount of an order's penalties in a period."""
    result = run(scenario([own], incidents=incidents), period)
    found = [one for settled in result.settled for one in penalty_documents(settled)]
    return [(one["incident"], one["units"], one["amount"]) for one in found]


def decided(own: Plain, *claims: Plain, **parts: Any) -> list[Plain]:
    """What became of an order's claims for November 2025."""
    result = run(scenario([own], claims=claims, **parts), "2025-11")
    return [one for settled in result.settled for one in credit_documents(settled)]


def lines(own: Plain, period: str, **parts: Any) -> list[tuple[str, str]]:
    """Kind and net of the lines of an order's invoice."""
    invoices = run(scenario([own], **parts), period).invoices
    return [
        (line.charge.kind, str(line.charge.net.amount)) for one in invoices for line in one.lines
    ]


def mistakes(**parts: Any) -> list[str]:
    """The problems of a scenario's service levels, as code and path."""
    try:
        read_scenario(scenario([ordered("progres")], **parts))
    except ProblemsFound as found:
        return [_shown(problem) for problem in found.problems]
    return []


def _shown(problem: Problem) -> str:
    return f"{problem.code} at {problem.path}"


def last_period(**parts: Any) -> Period:
    """The last period that a scenario bills."""
    return read_scenario(scenario([ordered("progres")], **parts)).last_period()
