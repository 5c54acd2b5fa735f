"""Drafts beside the month before: what differs, why, and what a person should look at."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from invoices.closing.differences import Comparison, compare_months, spikes
from invoices.closing.fingerprints import fingerprint, together
from tests.builders import Plain


def line(kind: str, quantity: str, price: str, net: str, **given: Any) -> Plain:
    """A line of a document."""
    own = {"item": kind, "name": {"pl": kind, "en": kind}, "unit": "piece", "days": None}
    numbers = {"quantity": quantity, "unit_price": price, "net": net, "proration": None}
    return {"kind": kind, **own, **numbers, **given}


def month(*lines: Plain) -> Plain:
    """A document with some lines."""
    net = sum((Decimal(own["net"]) for own in lines), Decimal(0))
    return {"lines": list(lines), "net": f"{net:.2f}"}


FEE = line("subscription", "20", "150.00", "3000.00")
FEWER = line("subscription", "10", "150.00", "1500.00")
DEARER = line("subscription", "20", "160.00", "3200.00")
SHARE = {"days": 17, "of": 31}
PRORATED = line("subscription", "10.967742", "150.00", "1645.16", proration=SHARE)
SMS = line("overage", "1200", "0.09", "108.00", item="sms")
MORE_SMS = line("overage", "2000", "0.09", "180.00", item="sms")
MORE_DEARER_SMS = line("overage", "2000", "0.10", "200.00", item="sms")
LATE = line("adjustment", "10", "0.09", "0.90", days={"from": "2025-10-01", "to": "2025-10-31"})
CREDIT = line("sla_credit", "-1", "150.00", "-150.00")


def reasons(before: Plain | None, now: Plain | None) -> tuple[str, ...]:
    """Why the only line of two documents differs."""
    return compare(before, now).lines[0].reasons


def compare(before: Plain | None, now: Plain | None) -> Comparison:
    """Two documents of one line each."""
    return compare_months(before and month(before), now and month(now))


@pytest.mark.parametrize(
    ("before", "now", "why"),
    [
        (FEE, FEE, ()),
        (FEE, FEWER, ("order",)),
        (FEE, DEARER, ("price",)),
        (PRORATED, FEE, ("proration",)),
        (None, FEE, ("order",)),
        (SMS, MORE_SMS, ("more_usage",)),
        (MORE_SMS, SMS, ("less_usage",)),
        (SMS, MORE_DEARER_SMS, ("price", "more_usage")),
        (None, SMS, ("more_usage",)),
        (SMS, None, ("less_usage",)),
        (None, LATE, ("late_usage",)),
        (None, CREDIT, ("credit",)),
    ],
)
def test_a_line_says_why_it_differs(
    before: Plain | None, now: Plain | None, why: tuple[str, ...]
) -> None:
    assert reasons(before, now) == why


def test_another_price_of_some_of_the_units_is_a_reason() -> None:
    """1200 messages at 0.09 and 100 dearer ones: as many as before, for 1.00 more."""
    dear, dearer = line("overage", "100", "0.10", "10.00"), line("overage", "100", "0.11", "11.00")
    cheap = line("overage", "1200", "0.09", "108.00")
    (own,) = compare_months(month(cheap, dear), month(cheap, dearer)).lines
    assert (own.difference, own.reasons) == (Decimal(1), ("price",))


def test_lines_add_up_to_the_difference_of_the_documents() -> None:
    """What is gone counts too."""
    found = compare_months(month(FEE, SMS), month(DEARER, CREDIT))
    assert [own.difference for own in found.lines] == [Decimal(200), Decimal(-150), Decimal(-108)]
    assert found.difference == sum(own.difference for own in found.lines) == Decimal(-58)
    assert found.reasons == ("price", "credit", "less_usage")


def test_lines_of_one_item_are_one_row() -> None:
    """Ten licences for half a month and ten for the whole of it."""
    found = compare_months(None, month(FEWER, PRORATED))
    (own,) = found.lines
    assert own.now is not None
    assert (own.now.net, own.now.unit_price) == (Decimal("3145.16"), Decimal(150))


@pytest.mark.parametrize(
    ("net", "earlier", "found"),
    [
        ("1000.00", ["1000.00"], ()),
        ("1500.00", ["1000.00"], ()),
        ("1500.01", ["1000.00"], ("month_before",)),
        ("499.99", ["1000.00"], ("month_before",)),
        ("300.00", ["200.00"], ()),
        ("300.01", ["200.00"], ("month_before",)),
        ("200.00", ["0"], ("month_before",)),
        ("5000.00", [], ()),
        ("1000.00", ["1000.00", "100.00", "100.00", "100.00"], ("median",)),
        ("1000.00", ["1000.00", "100.00"], ()),
        ("1000.00", ["1000.00", *["100.00"] * 3, *["900.00"] * 2, *["1.00"] * 9], ("median",)),
    ],
)
def test_a_spike_is_away_by_more_than_half_and_more_than_a_hundred(
    net: str, earlier: list[str], found: tuple[str, ...]
) -> None:
    """From the month before, or from the median of the last six."""
    assert spikes(Decimal(net), map(Decimal, earlier)) == found


def test_a_mark_is_of_the_content_alone() -> None:
    one, other = {"net": "1.00", "vat": "0.23"}, {"vat": "0.23", "net": "1.00"}
    assert fingerprint(one) == fingerprint(other) != fingerprint({**one, "net": "1.01"})


def test_a_mark_of_many_knows_whose_each_is() -> None:
    assert together({"a": "1", "b": "2"}) == together({"b": "2", "a": "1"})
    assert together({"a": "1", "b": "2"}) != together({"a": "2", "b": "1"})
