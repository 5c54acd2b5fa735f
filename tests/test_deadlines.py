"""Reaction and repair deadlines in worked figures (R100, R103-R107, R113)."""

from __future__ import annotations

from datetime import datetime

import pytest

from billing.sla.deadlines import due as deadline
from billing.sla.documents import incident_document
from tests.builders import catalog, run, scenario
from tests.sla_words import due, incident, ordered

REPORTED, QUALIFIED = "reported", "qualified"


@pytest.mark.parametrize(
    ("level", "priority", "reported", "expected"),
    [
        ("standard", "critical", "2025-11-07 16:00", "2025-11-10 10:00"),
        ("standard", "critical", "2025-11-07 18:30", "2025-11-10 12:00"),
        ("standard", "critical", "2025-11-07 18:00", "2025-11-10 12:00"),
        ("standard", "critical", "2025-11-07 14:00", "2025-11-07 18:00"),
        ("standard", "medium", "2025-11-07 16:00", "2025-11-10 18:00"),
        ("standard", "low", "2025-11-07 18:30", "2025-11-12 18:00"),
        ("progres", "low", "2025-11-14 20:00", "2025-11-17 12:00"),
        ("premium", "critical", "2025-11-13 01:10", "2025-11-13 01:40"),
        ("premium", "critical", "2025-10-26 02:45", "2025-10-26 02:15"),
    ],
)
def test_reaction_is_due(level: str, priority: str, reported: str, expected: str) -> None:
    """The last one is reported before the clock is put back: half an hour on it is 2:15 again."""
    assert due(level, incident(priority=priority, reported=reported))[0] == expected


@pytest.mark.parametrize(
    ("level", "priority", "qualified", "expected"),
    [
        ("standard", "critical", "2025-11-10 09:30", "2025-11-12 18:00"),
        ("progres", "critical", "2025-11-14 20:00", "2025-11-17 09:00"),
        ("progres_plus", "critical", "2025-11-14 20:00", "2025-11-15 09:00"),
        ("premium", "critical", "2025-11-14 20:00", "2025-11-14 22:00"),
        ("progres", "high", "2025-11-14 10:00", "2025-11-17 22:00"),
        ("progres_plus", "high", "2025-11-15 10:00", "2025-11-17 22:00"),
        ("progres_plus", "critical", "2026-04-04 21:00", "2026-04-07 10:00"),
        ("premium", "medium", "2025-12-23 10:00", "2026-01-01 00:00"),
        ("standard", "high", "2025-11-03 10:00", "2025-11-13 18:00"),
    ],
)
def test_repair_is_due(level: str, priority: str, qualified: str, expected: str) -> None:
    known = incident(priority=priority, reported=qualified, qualified=qualified)
    assert due(level, known)[1] == expected


def test_the_end_of_the_day_is_the_deadline_of_a_level_without_a_closing_hour() -> None:
    """Three Business Days from 23 December 2025 are over with the year (24 to 26 are holidays)."""
    known = incident(priority="medium", reported="2025-12-23 10:00", qualified="2025-12-23 10:00")
    assert due("premium", known)[1] == "2026-01-01 00:00"


def test_what_the_client_does_extends_both_times() -> None:
    """Two times of an hour that share half of it, and a night that no service falls into."""
    waits = [
        ("2025-11-12 08:00", "2025-11-12 09:00"),
        ("2025-11-12 22:00", "2025-11-13 06:00"),
    ]
    times = {"reported": "2025-11-10 20:30", "qualified": "2025-11-10 20:40"}
    assert due("progres", incident(**times))[1] == "2025-11-12 09:40"
    assert due("progres", incident(**times, client_action=waits))[1] == "2025-11-12 10:40"


def test_a_wait_may_move_a_deadline_in_business_days_to_the_next_window() -> None:
    times = {"reported": "2025-11-10 09:00", "qualified": "2025-11-10 09:30"}
    wait = [("2025-11-12 12:00", "2025-11-12 13:00")]
    assert due("standard", incident(**times, client_action=wait))[1] == "2025-11-13 09:00"


def test_repair_has_no_deadline_before_the_qualification() -> None:
    assert due("progres", incident(reported="2025-11-10 09:00"))[1] == ""


def test_a_late_reaction_is_told_and_costs_nothing() -> None:
    """Ten hours late to qualify, and repaired in time (case P7)."""
    times = {"reported": "2025-11-13 01:10", "qualified": "2025-11-13 11:40"}
    known = incident(**times, repaired="2025-11-13 13:00")
    result = run(scenario([ordered("premium")], incidents=[known]), "2025-11")
    (document,) = map(incident_document, result.incidents)
    assert (document["reaction_late"], document["repair_late"]) == (True, False)
    assert [str(one.amount.amount) for one in result.settled[0].penalties] == ["0.00"]


def test_a_level_that_promises_no_times_has_no_deadlines() -> None:
    assert catalog().sla_levels["usercom"].repair == {}


def test_easter_is_no_service_time_of_progres_plus() -> None:
    """An hour on Saturday, nothing on 20 and 21 April 2025, the rest on Tuesday."""
    start = datetime.fromisoformat("2025-04-19T21:00:00+02:00")
    level = catalog().sla_levels["progres_plus"]
    limit = level.repair["critical"]
    assert deadline(level.hours, limit, start).isoformat() == "2025-04-22T08:00:00+00:00"
