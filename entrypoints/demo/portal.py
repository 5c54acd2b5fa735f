"""The demonstration: its database, and the settings of a service that shows it.

It takes place at the turn of 2025 to 2026, whenever somebody looks at it, so the service has a
clock of its own. Nothing leaves the machine: what would send mail, reach KSeF or read from Kafka is
not set.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from sqlalchemy.exc import OperationalError

from entrypoints.database import address_of, engine_for, is_current
from entrypoints.demo.winter import MORNING
from entrypoints.settings import CLOCK, DEMO_DATABASE, Settings
from metering.problems import Problem, ProblemsFound

DATABASE = DEMO_DATABASE
OUTSIDE = ("LICZNIK_SMTP_", "LICZNIK_KSEF_", "LICZNIK_KAFKA_", "LICZNIK_RATES_")
"""What the names of settings begin with that lead out of the machine."""


def enter(settings: Settings) -> None:
    """Makes this process and those that it starts one of the demonstration.

    Raises ProblemsFound where there is none.
    """
    url = address_of(settings, DATABASE)
    _check(url)
    for name in [own for own in os.environ if own.startswith(OUTSIDE)]:
        del os.environ[name]
    os.environ["LICZNIK_DATABASE_URL"] = url
    os.environ[CLOCK] = str(seconds_to(MORNING))


def seconds_to(start: datetime) -> int:
    """By how many whole seconds a clock that says ``start`` now differs from the machine's."""
    return (start - datetime.now(UTC)) // timedelta(seconds=1)


def _check(url: str) -> None:
    engine = engine_for(url)
    try:
        ready = is_current(engine)
    except OperationalError:
        ready = False
    finally:
        engine.dispose()
    if not ready:
        message = f"there is no database {DATABASE} of this version: run `make demo` first"
        raise ProblemsFound([Problem("no_demonstration", "--demo", message)])
