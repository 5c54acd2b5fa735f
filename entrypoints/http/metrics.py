"""What Prometheus is told, the sums of all worker processes.

The library keeps the numbers of each process in files of PROMETHEUS_MULTIPROC_DIR, which must be
set before it is first imported: `entrypoints.http.server` does so for its workers.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import psutil
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
METHODS = frozenset({"GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS"})
_PID = re.compile(r"_(\d+)\.db$")

EVENTS = Counter("licznik_events", "Events received, by what became of them.", ["result"])
REQUESTS = Counter("licznik_requests", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram("licznik_request_seconds", "Time to the answer.", ["route", "status"])
DECISIONS = Counter("licznik_decisions", "Decisions on limits.", ["kind", "result"])
DECISION_SECONDS = Histogram("licznik_decision_seconds", "Time to a decision.", ["kind"])
WAITING = Gauge(
    "licznik_waiting_requests",
    "Requests whose events wait to be recorded.",
    multiprocess_mode="livesum",
)


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Counts an answered request; ``route`` is a template, never a path that somebody made up."""
    shown = method if method in METHODS else "other"
    REQUESTS.labels(shown, route, status).inc()
    SECONDS.labels(route, status).observe(seconds)


def written_metrics() -> bytes:
    """The sums of all processes in the text format of Prometheus."""
    directory = Path(os.environ[DIRECTORY])
    for file in directory.glob("gauge_live*.db"):
        match = _PID.search(file.name)
        if match and not psutil.pid_exists(int(match[1])):
            mark_process_dead(int(match[1]), str(directory))  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(directory))  # type: ignore[no-untyped-call]
    return generate_latest(registry)
