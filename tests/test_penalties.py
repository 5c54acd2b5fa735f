"""Penalties for late repair in worked figures (R108-R118)."""

from __future__ import annotations

import pytest

from tests.builders import Plain
from tests.sla_words import incident, ordered, penalties

P2 = {"reported": "2025-11-10 20:30", "qualified": "2025-11-10 20:40"}
WAIT = [("2025-11-12 08:00", "2025-11-12 09:00")]
P3 = {"reported": "2025-11-03 09:00", "qualified": "2025-11-03 10:00"}
P6 = {"reported": "2025-11-13 01:10", "qualified": "2025-11-13 01:35"}


@pytest.mark.parametrize(
    ("level", "known", "units", "amount"),
    [
        pytest.param("premium", incident(**P6, repaired="2025-11-13 09:50"), 6, "1080.00", id="P1"),
        pytest.param("progres", incident(**P2, repaired="2025-11-12 14:10"), 4, "240.00", id="P2"),
        pytest.param(
            "progres",
            incident(**P2, repaired="2025-11-12 14:10", client_action=WAIT),
            3,
            "180.00",
            id="P2a",
        ),
        pytest.param(
            "progres", incident(**P2, repaired="2025-11-13 07:10"), 13, "780.00", id="P2b"
        ),
        pytest.param(
            "standard",
            incident(priority="high", **P3, repaired="2025-11-19 11:00"),
            3,
            "300.00",
            id="P3",
        ),
        pytest.param("premium", incident(**P6, repaired="2025-11-13 04:34"), 0, "0.00", id="P6"),
        pytest.param(
            "progres",
            incident(priority="low", **P3, repaired="2025-11-28 11:00"),
            0,
            "0.00",
            id="P8",
        ),
    ],
)
def test_worked_figures(level: str, known: Plain, units: int, amount: str) -> None:
    assert penalties(ordered(level), known) == [("INC-1", units, amount)]


def hours_late(name: str, day: int, hours: int, level: str = "premium") -> Plain:
    """A critical incident of Premium, so many full hours late."""
    due = f"2025-11-{day:02} 02:00"
    end_day, end_hour = divmod(2 + hours, 24)
    start = f"2025-11-{day:02} 00:00"
    repaired = f"2025-11-{day + end_day:02} {end_hour:02}:30"
    assert due < repaired
    return incident(name, reported=start, qualified=start, repaired=repaired)


def test_the_penalties_of_a_month_are_capped_at_one_monthly_fee() -> None:
    """45 and 30 full hours at 1.5 % are 112.5 % (case P4); who comes last takes what is left."""
    first, second = hours_late("A", 3, 45), hours_late("B", 10, 30)
    assert penalties(ordered("premium"), second, first) == [
        ("B", 30, "3900.00"),
        ("A", 45, "8100.00"),
    ]


@pytest.mark.parametrize(
    ("hours", "amount"), [(66, "11880.00"), (67, "12000.00"), (70, "12000.00")]
)
def test_premium_reaches_its_cap_with_the_67th_hour(hours: int, amount: str) -> None:
    assert penalties(ordered("premium"), hours_late("A", 3, hours)) == [("A", hours, amount)]


def across_the_month() -> tuple[Plain, Plain]:
    """Case P5: excess from 30 November 21:20 to 1 December 3:50, fees 12,000 and then 14,000."""
    known = {"reported": "2025-11-30 19:00", "qualified": "2025-11-30 19:20"}
    december = [{"item": "email_sms_automation", "quantity": 1, "from": "2025-12-01"}]
    prices = {"licence": "12000.00", "sla": "0.00", "addons": {"email_sms_automation": "2000.00"}}
    return (
        ordered("premium", addons=december, prices=prices),
        incident(**known, repaired="2025-12-01 03:50"),
    )


def test_each_full_hour_belongs_to_the_month_in_which_it_is_completed() -> None:
    own, known = across_the_month()
    assert penalties(own, known) == [("INC-1", 2, "360.00")]
    assert penalties(own, known, period="2025-12") == [("INC-1", 4, "840.00")]


def test_an_hour_that_ends_with_the_month_belongs_to_it() -> None:
    known = {"reported": "2025-11-30 19:00", "qualified": "2025-11-30 21:00"}
    late = incident(**known, repaired="2025-12-01 00:30")
    assert penalties(ordered("premium"), late) == [("INC-1", 1, "180.00")]
    assert penalties(ordered("premium"), late, period="2025-12") == [("INC-1", 0, "0.00")]


def test_an_incident_that_is_not_repaired_runs_on() -> None:
    known = incident(reported="2025-11-30 19:00", qualified="2025-11-30 19:30")
    assert penalties(ordered("premium"), known) == [("INC-1", 2, "360.00")]


def test_an_external_cause_costs_nothing() -> None:
    late = incident(**P2, repaired="2025-11-13 07:10", cause="external")
    assert penalties(ordered("progres"), late) == []


def test_an_incident_is_never_worth_more_than_twelve_monthly_fees() -> None:
    """Premium, never repaired: a whole fee a month, twelve times, then nothing (R118)."""
    known = incident(reported="2025-08-01 00:00", qualified="2025-08-01 00:00")
    own = ordered("premium", "100.00")
    months = [f"2025-{month:02}" for month in range(8, 13)]
    months += [f"2026-{month:02}" for month in range(1, 10)]
    amounts = [penalties(own, known, period=month)[0][2] for month in months]
    assert amounts == ["100.00"] * 12 + ["0.00", "0.00"]


def test_two_incidents_share_a_rounded_sum_to_the_grosz() -> None:
    """One hour each at 1.5 % of 33.33: 0.99990 together are 1.00, and halves are 0.50 and 0.50."""
    own = ordered("premium", "33.33")
    found = penalties(own, hours_late("A", 3, 1), hours_late("B", 10, 1))
    assert found == [("A", 1, "0.50"), ("B", 1, "0.50")]
