"""What an order opens for use, and when (R3, R15)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import (
    addon,
    bill,
    checked,
    found,
    hold,
    order,
    pack,
    use,
)


def refused(*uses: dict[str, Any], **given: Any) -> list[str]:
    """The codes of the problems that usage meets in an order."""
    return [problem.code for problem in found(order(**given), *uses)]


@pytest.mark.parametrize(
    ("package", "meter"),
    [
        ("uc", "sms"),
        ("standard", "sms"),
        ("uc", "hlr_lookups"),
        ("pro", "mass_sms"),
        ("pro", "mass_emails"),
        ("pro", "tts_characters"),
        ("pro", "rule_launches"),
        ("enterprise", "surveys"),
        ("enterprise", "training_hours"),
    ],
)
def test_usage_without_its_prerequisite_is_rejected(package: str, meter: str) -> None:
    """R3, contract, section 5."""
    assert refused(use(meter, 1), package=package) == ["not_ordered"]


@pytest.mark.parametrize(
    ("package", "meter"), [("standard", "tickets"), ("pro", "caller_channels")]
)
def test_holding_without_the_prerequisite_is_rejected(package: str, meter: str) -> None:
    """R3, contract, section 5."""
    assert refused(hold(meter, 1), package=package) == ["not_ordered"]


@pytest.mark.parametrize("meter", ["api_calls"])
@pytest.mark.parametrize("package", ["uc", "standard", "pro", "enterprise"])
def test_api_calls_have_no_prerequisite(package: str, meter: str) -> None:
    """Contract, section 5: the rest: none."""
    assert refused(use(meter, 1), package=package) == []


@pytest.mark.parametrize("meter", ["records", "queues", "email_accounts", "disk_bytes", "sessions"])
def test_what_a_platform_holds_has_no_prerequisite(meter: str) -> None:
    """Contract, section 5: the rest: none."""
    assert refused(hold(meter, 1), package="uc") == []


def test_messages_are_opened_by_the_channel_or_the_calendar() -> None:
    """R70, contract, section 5."""
    message = use("sms", 1)
    assert refused(message, package="pro") == []
    assert refused(message, package="standard", addons=[addon("sms")]) == []
    assert refused(message, package="uc", addons=[addon("calendar")]) == []


def test_usage_is_accepted_while_its_add_on_is_in_service() -> None:
    """R4: from the midnight of the first day to the midnight after the last."""
    own = {"addons": [addon("tts", start="2025-10-10", to="2025-10-20")]}
    edges = {
        "2025-10-09 23:59:59": ["not_ordered"],
        "2025-10-10 00:00": [],
        "2025-10-20 23:59:59": [],
        "2025-10-21 00:00": ["not_ordered"],
    }
    for at, codes in edges.items():
        assert refused(use("tts_characters", 1, at), **own) == codes


def test_usage_is_accepted_while_the_order_is_in_service() -> None:
    """R15: the launch date and the last day are days of service."""
    own = {"launch_date": "2025-10-10", "end_date": "2025-10-20"}
    edges = {
        "2025-10-09 23:59:59": ["before_launch"],
        "2025-10-10 00:00": [],
        "2025-10-20 23:59:59": [],
        "2025-10-21 00:00": ["after_end"],
    }
    for at, codes in edges.items():
        assert refused(use("api_calls", 1, at), **own) == codes


def test_training_is_opened_by_the_month_of_its_first_pack() -> None:
    """R62, contract, section 5."""
    own = {"packs": [pack("pack_training_oneoff_5h", "2025-11-20 10:00")]}
    assert refused(use("training_hours", "1", "2025-10-31 23:59"), **own) == ["not_ordered"]
    assert refused(use("training_hours", "1", "2025-11-01 00:00"), **own) == []


def test_every_mistake_in_the_usage_is_found_at_once() -> None:
    """Contract, section 2: all problems, each with its entry."""
    uses = [use("sms", 0), use("smoke_signals", 1), {**use("sms", 1), "order": "nobody"}]
    assert [f"{p.code} at {p.path}" for p in found(order(), *uses)] == [
        "zero_quantity at usage[0].quantity",
        "unknown_meter at usage[1].meter",
        "unknown_order at usage[2].order",
    ]


def test_a_use_stated_twice_by_its_id_counts_once() -> None:
    """Contract, section 1: a repeat with the same content is a duplicate, which is a success."""
    message = use("sms", 5, id="7f", source="/platform/node-3")
    assert bill(order(), message, message).split("sms").used == 5


def test_uses_without_an_id_are_all_counted() -> None:
    """Contract, section 2: two equal entries are two uses."""
    assert bill(order(), use("sms", 5), use("sms", 5)).split("sms").used == 10


def test_an_id_is_one_of_its_day() -> None:
    """Contract, section 1: the local day of the time is part of the identity."""
    times = ("2025-10-05 23:59", "2025-10-06 00:00")
    uses = [use("sms", 5, at, id="7f") for at in times]
    assert bill(order(), *uses).split("sms").used == 10


def test_an_id_with_other_content_is_a_conflict() -> None:
    """Contract, section 1: `id_conflict`."""
    (problem,) = found(order(), use("sms", 5, id="7f"), use("sms", 6, id="7f"))
    assert (problem.code, problem.path) == ("id_conflict", "usage[1].id")


def test_the_route_of_an_order_says_when_a_meter_is_open() -> None:
    """R3: what intake knows of an order."""
    route = checked(order("uc", addons=[addon("calendar", start="2025-10-10")])).routes["acme-main"]
    (days,) = route.meters["sms"].open
    assert days.start.isoformat() == "2025-10-09T22:00:00+00:00"
    assert days.end is None
    assert route.meters["tts_characters"].open == ()
