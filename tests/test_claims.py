"""Claims, credits and the invoice that gives them back (R93-R96), and what makes them mistakes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import Plain, addon
from tests.sla_words import (
    MAIN,
    claim,
    decided,
    incident,
    last_period,
    lines,
    mistakes,
    ordered,
    work,
)

F1: Plain = {"down": [("2025-11-10 16:30", "2025-11-10 19:15")]}
KNOWN: Plain = {"reported": "2025-11-10 16:35", "qualified": "2025-11-10 17:00"}
FAILURES = [
    incident("F1", **KNOWN, repaired="2025-11-10 19:15", **F1),
    incident("F2", down=[("2025-11-11 10:00", "2025-11-11 12:00")]),
    incident("F3", down=[("2025-11-19 19:30", "2025-11-19 20:45")]),
]
WORK = [
    work("2025-11-16 05:00", "2025-11-16 07:00"),
    work("2025-11-19 20:00", "2025-11-20 00:00"),
]
MONTH = {"incidents": FAILURES, "exclusions": WORK}
"""November 2025 of the worked figures."""


@pytest.mark.parametrize(
    ("level", "fee", "amount", "reason"),
    [
        ("standard", "3000.00", "0.00", "no_drop"),
        ("progres", "6000.00", "600.00", None),
        ("progres_plus", "6000.00", "300.00", None),
        ("premium", "12000.00", "1200.00", None),
    ],
)
def test_a_confirmed_claim_earns_the_highest_step(
    level: str, fee: str, amount: str, reason: str | None
) -> None:
    (found,) = decided(ordered(level, fee), claim(), **MONTH)
    assert (found["amount"], found["reason"]) == (amount, reason)
    assert found["invoice_period"] == (None if reason else "2025-12")


def test_the_credit_is_a_negative_line_of_the_next_invoice() -> None:
    parts = {**MONTH, "claims": [claim(filed="2025-12-30")]}
    assert lines(ordered("progres"), "2025-11", **parts) == [("subscription", "6000.00")]
    assert lines(ordered("progres"), "2025-12", **parts) == [
        ("subscription", "6000.00"),
        ("sla_credit", "-600.00"),
    ]


@pytest.mark.parametrize(
    ("given", "state", "reason"),
    [
        ({"filed": "2025-12-30", "confirmed": "2026-01-05"}, "granted", None),
        ({"filed": "2025-12-31", "confirmed": "2025-12-31"}, "refused", "late"),
        ({"confirmed": None}, "pending", None),
        ({"confirmed": None, "refused": "2025-12-03"}, "refused", "not_confirmed"),
    ],
)
def test_a_claim_is_filed_in_time_and_decided_by_a_person(
    given: Plain, state: str, reason: str | None
) -> None:
    (found,) = decided(ordered("progres"), claim(**given), **MONTH)
    assert (found["state"], found["reason"]) == (state, reason)
    assert found["amount"] == ("600.00" if state == "granted" else "0.00")


def november(**given: Any) -> Plain:
    return {"incidents": [incident(**{**F1, **KNOWN, "repaired": "2025-11-10 19:15", **given})]}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"reported": None, "reported_by": None}, "not_reported"),
        ({"reported_by": "provider"}, "not_reported"),
        ({"reported": "2025-12-01 08:00", "qualified": None, "repaired": None}, "not_reported"),
        ({"cause": "external"}, "external_cause"),
        ({"down": []}, "no_drop"),
        ({"reported_by": "user"}, None),
    ],
)
def test_why_a_claim_is_refused(given: Plain, reason: str | None) -> None:
    (found,) = decided(ordered("progres"), claim(), **november(**given))
    assert found["reason"] == reason


def test_work_that_was_announced_late_is_an_outage_like_any_other() -> None:
    """Six days before are too few; so the failure within the work counts whole."""
    late = [work("2025-11-10 16:00", "2025-11-10 20:00", "2025-11-04 16:00")]
    in_time = [work("2025-11-10 16:00", "2025-11-10 20:00", "2025-11-03 16:00")]
    assert decided(ordered("progres"), claim(), **november(), exclusions=late)[0]["reason"] is None
    (found,) = decided(ordered("progres"), claim(), **november(), exclusions=in_time)
    assert found["reason"] == "no_drop"


def test_usage_and_packs_are_no_part_of_the_base() -> None:
    prices = {"licence": "150.00", "sla": "400.00", "addons": {"email_sms_automation": "99.00"}}
    own = ordered("progres", addons=[addon("email_sms_automation")], licences=20, prices=prices)
    (found,) = decided({**own, "packs": []}, claim(), **november())
    assert found["amount"] == "174.95"


SHORT = addon("email_sms_automation", 1, "2025-11-01", "2025-11-30")


def test_what_exceeds_an_invoice_is_carried_on() -> None:
    """A credit of 600.00 meets invoices of 100.00: the order has become that small."""
    own = ordered(
        "progres", "100.00", addons=[addon("email_sms_automation", 1, "2025-11-01", "2025-11-30")]
    )
    own = {**own, "prices": {**own["prices"], "addons": {"email_sms_automation": "5900.00"}}}
    parts = {**MONTH, "claims": [claim(confirmed="2026-06-20")]}
    nets = [lines(own, f"2026-{month:02}", **parts)[-1] for month in range(1, 6)]
    assert lines(own, "2025-12", **parts)[-1] == ("sla_credit", "-100.00")
    assert nets == [("sla_credit", "-100.00")] * 5
    assert lines(own, "2026-06", **parts) == [("subscription", "100.00")]


def test_a_credit_after_the_end_has_no_invoice() -> None:
    (found,) = decided(ordered("progres", end_date="2025-11-30"), claim(), **MONTH)
    assert (found["state"], found["invoice_period"]) == ("granted", None)


@pytest.mark.parametrize(
    ("given", "charged"),
    [
        ({"hours": "3", "accepted": "2025-11-03", "performed": "2025-11-04"}, "1050.00"),
        ({"hours": "2.5", "accepted": "2025-11-03", "performed": "2025-11-03"}, "875.00"),
        ({"hours": "3", "performed": "2025-11-04"}, None),
        ({"hours": "3", "accepted": "2025-11-03"}, None),
        ({"hours": "3", "accepted": "2025-10-20", "performed": "2025-10-31"}, None),
    ],
)
def test_work_on_a_false_report_is_charged_once_accepted_and_done(
    given: Plain, charged: str | None
) -> None:
    parts = {"service_work": [{"order": MAIN, **given}]}
    found = dict(lines(ordered("progres"), "2025-11", **parts))
    assert found.get("service_work") == charged


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (
            {"incidents": [incident(reported="2025-11-10 10:00", repaired="2025-11-10 09:00")]},
            ["ends_before_start at incidents[0].repaired"],
        ),
        (
            {"incidents": [incident(qualified="2025-11-10 10:00", repaired="2025-11-10 09:00")]},
            ["repaired_before_qualified at incidents[0].repaired"],
        ),
        (
            {"incidents": [incident(reported="2025-11-10 10:00", qualified="2025-11-10 09:00")]},
            ["qualified_before_reported at incidents[0].qualified"],
        ),
        (
            {"incidents": [incident(down=[("2025-11-10 10:00", "2025-11-10 09:00")])]},
            ["ends_before_start at incidents[0].down[0].to"],
        ),
        (
            {
                "incidents": [
                    incident(
                        down=[
                            ("2025-11-10 10:00", "2025-11-10 12:00"),
                            ("2025-11-10 11:00", "2025-11-10 13:00"),
                        ]
                    )
                ]
            },
            ["overlaps_itself at incidents[0].down[1].from"],
        ),
        ({"incidents": [incident(), incident()]}, ["duplicate_incident at incidents[1].id"]),
        ({"incidents": [incident(orders=["x"])]}, ["unknown_order at incidents[0].orders[0]"]),
        ({"incidents": [incident(priority="urgent")]}, ["unknown_value at incidents[0].priority"]),
        ({"claims": [claim(), claim()]}, ["duplicate_claim at claims[1].period"]),
        (
            {"claims": [claim(confirmed="2025-11-01")]},
            ["confirmed_before_filed at claims[0].confirmed"],
        ),
        ({"claims": [claim(refused="2025-12-02")]}, ["contradiction at claims[0].refused"]),
        ({"claims": [claim(period="2025-13")]}, ["invalid_value at claims[0].period"]),
        (
            {"exclusions": [work("2025-11-10 10:00", "2025-11-10 10:00")]},
            ["ends_before_start at exclusions[0].to"],
        ),
        (
            {"service_work": [{"order": MAIN, "hours": "0"}]},
            ["out_of_range at service_work[0].hours"],
        ),
        (
            {
                "service_work": [
                    {
                        "order": MAIN,
                        "hours": "1",
                        "accepted": "2025-11-04",
                        "performed": "2025-11-03",
                    }
                ]
            },
            ["performed_before_accepted at service_work[0].performed"],
        ),
    ],
)
def test_mistakes_are_told(parts: Plain, expected: list[str]) -> None:
    assert mistakes(**parts) == expected


@pytest.mark.parametrize(
    ("parts", "last"),
    [
        ({"claims": [claim(filed="2025-12-01", confirmed="2026-01-07")]}, "2026-01"),
        ({"incidents": [incident(down=[("2025-11-10 10:00", "2025-12-01 00:00")])]}, "2025-11"),
        ({"incidents": [incident(reported="2025-12-01 00:00")]}, "2025-12"),
        ({"service_work": [{"order": MAIN, "hours": "1", "accepted": "2026-03-04"}]}, "2026-03"),
        ({"exclusions": [work("2027-11-10 10:00", "2027-11-10 11:00")]}, "2025-07"),
    ],
)
def test_every_dated_thing_makes_periods_to_bill(parts: Plain, last: str) -> None:
    assert str(last_period(**parts)) == last
