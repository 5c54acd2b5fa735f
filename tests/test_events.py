"""The usage event and every check it must pass (contract, section 1)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import orjson
import pytest

from metering.events import MAX_ATTRIBUTES, MAX_QUANTITY, UsageEvent, read_event
from metering.problems import Problem
from metering.routes import Routes
from tests.builders import addon, checked, event, order, pack


@cache
def routes() -> Routes:
    """The routes of one order with speech synthesis and a training pack, for October alone."""
    own = order(
        addons=[addon("tts")], packs=[pack("pack_training_oneoff_5h")], end_date="2025-10-31"
    )
    return checked(own).routes


def read(**given: Any) -> tuple[UsageEvent | None, list[Problem]]:
    """What becomes of an event that differs from a good one in what is given."""
    return read_event(event(**given), routes())


def accepted(**given: Any) -> UsageEvent:
    """The event, found good."""
    good, problems = read(**given)
    assert problems == []
    assert good is not None
    return good


def rejected(**given: Any) -> list[str]:
    """Code and path of each problem of an event."""
    good, problems = read(**given)
    assert good is None
    assert all(problem.message for problem in problems)
    return [f"{problem.code} at {problem.path}" for problem in problems]


def data(**given: Any) -> list[str]:
    """The problems of the data of an event that counts messages."""
    return rejected(data=given)


# A good event


def test_a_good_event_is_read_whole() -> None:
    """Contract, section 1: the example."""
    good = accepted(data={"quantity": 1, "to": "+48600100200", "direction": "out"})
    assert good == UsageEvent(
        order="acme-main",
        meter="sms",
        source="/platform/node-3",
        id="3f0c",
        occurred_at=datetime(2025, 10, 5, 8, tzinfo=UTC),
        quantity=Decimal(1),
        attributes='{"direction":"out","to":"+48600100200"}',
    )


def test_an_event_is_identified_by_order_day_source_and_id() -> None:
    """Contract, section 1: the local day of its time."""
    late = accepted(time="2025-10-05T22:30:00Z")
    assert late.identity == ("acme-main", date(2025, 10, 6), "/platform/node-3", "3f0c")


def test_a_named_user_is_kept_apart_from_other_attributes() -> None:
    """R46: calls are counted by user."""
    good = accepted(type="api_calls", data={"quantity": 5, "user": "anna@acme.pl"})
    assert (good.user, good.attributes) == ("anna@acme.pl", "")
    assert good.use.user == "anna@acme.pl"


def test_attributes_are_kept_in_one_fixed_form() -> None:
    """Contract, section 1: the same content is a duplicate, whatever its order of keys."""
    one = accepted(data={"quantity": 1, "to": "a", "from": "b", "cost": None})
    other = accepted(data={"from": "b", "to": "a", "quantity": 1})
    assert one == other


def test_a_stock_meter_takes_a_signed_delta() -> None:
    """Contract, section 1: signed, not 0."""
    assert accepted(type="queues", data={"delta": -3}).quantity == -3


def test_hours_may_have_decimals_in_a_string() -> None:
    """Contract, section 1: a string where the unit has decimals."""
    good = accepted(type="training_hours", data={"quantity": "2.5"})
    assert good.quantity == Decimal("2.5")


def test_an_exact_decimal_of_a_scenario_file_is_taken() -> None:
    """Contract, section 5: YAML numbers are exact."""
    good = accepted(type="training_hours", data={"quantity": Decimal("2.5")})
    assert good.quantity == Decimal("2.5")


@pytest.mark.parametrize(
    ("text", "count"), [("Dzień dobry, tu 24/7!", 18), ("Saldo: 12,50 zł.", 14), ("  ", 0)]
)
def test_a_spoken_text_is_kept_as_its_count_alone(text: str, count: int) -> None:
    """R81: the text itself is not kept."""
    good = accepted(type="tts_characters", data={"text": text})
    assert good.quantity == count
    assert good.attributes == ""


def test_characters_may_be_counted_by_the_sender() -> None:
    """Contract, section 1: quantity or text."""
    assert accepted(type="tts_characters", data={"quantity": 18}).quantity == 18


@pytest.mark.parametrize(
    "text",
    [
        "2025-10-05T10:00:00+02:00",
        "2025-10-05T08:00:00Z",
        "2025-10-05t08:00:00z",
        "2025-10-05T08:00:00.0Z",
        "2025-10-05T08:00:00.000000999Z",
        "2025-10-05T03:00:00-05:00",
    ],
)
def test_one_instant_written_in_many_ways(text: str) -> None:
    """Contract, section 1: ISO 8601 with an offset, read to the microsecond."""
    assert accepted(time=text).occurred_at == datetime(2025, 10, 5, 8, tzinfo=UTC)


def test_a_fraction_of_a_second_is_kept_to_the_microsecond() -> None:
    """A fraction of any length is one of a second."""
    assert accepted(time="2025-10-05T08:00:00.5Z").occurred_at.microsecond == 500000


def test_the_largest_quantity_is_accepted() -> None:
    """One event may carry so much."""
    assert accepted(data={"quantity": MAX_QUANTITY}).quantity == MAX_QUANTITY


def test_the_two_hours_of_the_night_the_clocks_go_back_are_told_apart() -> None:
    """R6: an hour of real time lies between them."""
    summer, winter = (
        accepted(time=f"2025-10-26T02:30:00{offset}") for offset in ("+02:00", "+01:00")
    )
    assert (winter.occurred_at - summer.occurred_at).seconds == 3600
    assert summer.day == winter.day


# The envelope


@pytest.mark.parametrize("raw", [None, [], "sms", 1, True])
def test_what_is_no_object_is_no_event(raw: object) -> None:
    """Contract, section 1: CloudEvents in JSON."""
    good, (problem,) = read_event(raw, routes())
    assert (good, problem.code) == (None, "not_an_event")


@pytest.mark.parametrize("version", [None, "0.3", 1, ""])
def test_another_version_of_cloud_events_is_not_read(version: object) -> None:
    """Contract, section 1: `specversion` is 1.0."""
    assert rejected(specversion=version) == ["unsupported_specversion at specversion"]


@pytest.mark.parametrize("field", ["id", "source", "type", "subject"])
def test_a_field_of_the_envelope_is_required(field: str) -> None:
    """Contract, section 1."""
    assert rejected(**{field: None}) == [f"missing_field at {field}"]
    assert rejected(**{field: ""}) == [f"missing_field at {field}"]


@pytest.mark.parametrize("field", ["id", "source", "type", "subject"])
@pytest.mark.parametrize("value", [7, ["a"], "x" * 257, "a\nb", "\x7f"])
def test_a_field_of_the_envelope_is_short_text(field: str, value: object) -> None:
    """A key that cannot be stored or shown."""
    assert rejected(**{field: value}) == [f"invalid_field at {field}"]


@pytest.mark.parametrize("value", [None, [], "quantity"])
def test_data_is_an_object(value: object) -> None:
    """Contract, section 1."""
    assert rejected(data=value) == ["missing_field at data"]


def test_every_mistake_of_an_envelope_is_found_at_once() -> None:
    """Users get all of their mistakes."""
    assert rejected(id=None, specversion="2", time="noon", data=None) == [
        "unsupported_specversion at specversion",
        "missing_field at id",
        "invalid_time at time",
        "missing_field at data",
    ]


# Time


def test_time_is_required() -> None:
    """Contract, section 1."""
    assert rejected(time=None) == ["missing_time at time"]


def test_a_time_without_an_offset_is_not_guessed() -> None:
    """R6: at night, when the clocks go back, it would be two instants."""
    assert rejected(time="2025-10-26T02:30:00") == ["time_without_offset at time"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "noon",
        "2025-10-05",
        "2025-10-05 10:00:00+02:00",
        "2025-10-05T10:00+02:00",
        "2025-02-30T10:00:00Z",
        "2025-10-05T25:00:00Z",
        "2025-10-05T10:00:60Z",
        "2025-10-05T10:00:00+25:00",
        "1999-10-05T10:00:00Z",
        1759651200,
    ],
)
def test_what_is_no_time(text: object) -> None:
    """Contract, section 1: ISO 8601."""
    assert rejected(time=text) == ["invalid_time at time"]


# Routes


def test_an_unknown_order_is_rejected() -> None:
    """R3."""
    assert rejected(subject="nobody") == ["unknown_order at subject"]


def test_an_unknown_meter_is_rejected() -> None:
    """R3."""
    assert rejected(type="smoke_signals") == ["unknown_meter at type"]


@pytest.mark.parametrize(
    ("time", "code"),
    [
        ("2025-09-30T21:59:59Z", ["before_launch at time"]),
        ("2025-09-30T22:00:00Z", []),
        ("2025-10-31T22:59:59Z", []),
        ("2025-10-31T23:00:00Z", ["after_end at time"]),
    ],
)
def test_an_event_lies_within_the_service(time: str, code: list[str]) -> None:
    """R15: from the launch to the end of the last day."""
    _, problems = read(time=time)
    assert [f"{problem.code} at {problem.path}" for problem in problems] == code


def test_a_meter_without_its_prerequisite_is_not_open() -> None:
    """R3, and the message names what is missing."""
    _, (problem,) = read(type="mass_sms")
    assert (problem.code, problem.path) == ("not_ordered", "type")
    assert "email_sms_automation" in problem.message


# Quantities


def test_an_amount_is_required() -> None:
    """Contract, section 1: exactly one of quantity, delta and text."""
    assert data() == ["missing_quantity at data"]
    assert data(quantity=None) == ["missing_quantity at data"]


def test_two_amounts_are_one_too_many() -> None:
    """Contract, section 1."""
    assert data(quantity=1, delta=1) == ["ambiguous_quantity at data"]


@pytest.mark.parametrize(
    ("meter", "field"),
    [("sms", "delta"), ("sms", "text"), ("queues", "quantity"), ("queues", "text")],
)
def test_each_kind_of_meter_has_its_own_field(meter: str, field: str) -> None:
    """Contract, section 1: quantity for flows, delta for stocks, text for speech alone."""
    assert rejected(type=meter, data={field: "1"}) == [f"wrong_quantity_field at data.{field}"]


@pytest.mark.parametrize("written", ["1.0", "1.5", "1e3", "1E3", "0.1"])
def test_a_json_number_with_a_fraction_or_an_exponent_is_inexact(written: str) -> None:
    """Contract, section 1: it has passed through a binary fraction."""
    assert data(quantity=orjson.loads(written)) == ["inexact_quantity at data.quantity"]
    assert data(quantity=json.loads(written)) == ["inexact_quantity at data.quantity"]


def test_an_exponent_in_a_string_is_inexact_too() -> None:
    """Contract, section 1: numbers are written out."""
    assert data(quantity="1e3") == ["inexact_quantity at data.quantity"]


@pytest.mark.parametrize("value", ["many", "", "1,5", "+1", " 1", "0x10", True, [], {}])
def test_what_is_no_number(value: object) -> None:
    """Contract, section 1."""
    assert data(quantity=value) == ["invalid_quantity at data.quantity"]


@pytest.mark.parametrize(
    ("quantity", "code"),
    [
        (0, "zero_quantity"),
        ("0", "zero_quantity"),
        (-1, "negative_quantity"),
        (MAX_QUANTITY + 1, "quantity_too_large"),
        (10**30, "quantity_too_large"),
        ("0.5", "fractional_quantity"),
    ],
)
def test_a_number_that_does_not_fit_the_meter(quantity: object, code: str) -> None:
    """Contract, section 1: flows are positive, messages whole."""
    assert data(quantity=quantity) == [f"{code} at data.quantity"]


def test_a_delta_of_zero_changes_nothing() -> None:
    """Contract, section 1: signed, not 0."""
    assert rejected(type="queues", data={"delta": 0}) == ["zero_quantity at data.delta"]


def test_hours_have_at_most_six_decimals() -> None:
    """FA(3) allows six digits of a quantity."""
    assert accepted(type="training_hours", data={"quantity": "0.000001"}).quantity
    assert rejected(type="training_hours", data={"quantity": "0.0000001"}) == [
        "fractional_quantity at data.quantity"
    ]


def test_a_text_is_text() -> None:
    """R81."""
    assert rejected(type="tts_characters", data={"text": 42}) == ["invalid_field at data.text"]


# Attributes


@pytest.mark.parametrize("user", [7, "x" * 257, "anna\n"])
def test_a_user_is_short_text(user: object) -> None:
    """R25: the key of a counter."""
    assert data(quantity=1, user=user) == ["invalid_field at data.user"]


def test_attributes_take_little_room() -> None:
    """An event is no place for documents."""
    assert data(quantity=1, note="x" * MAX_ATTRIBUTES) == ["attributes_too_large at data"]


def test_attributes_that_json_cannot_hold_are_a_problem() -> None:
    """A number of 31 digits, and a list inside three hundred others."""
    deep: list[Any] = []
    for _ in range(300):
        deep = [deep]
    assert data(quantity=1, cost=10**30) == ["invalid_field at data"]
    assert data(quantity=1, tree=deep) == ["invalid_field at data"]


def test_every_mistake_of_the_data_is_found_at_once() -> None:
    """Users get all of their mistakes."""
    assert data(quantity=0, user=7) == [
        "zero_quantity at data.quantity",
        "invalid_field at data.user",
    ]
