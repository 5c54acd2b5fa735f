"""What may be done to an order, and what the changed order costs (R16-R19)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from billing.entitlements import allowance, contract
from billing.money import amount_text, plain
from billing.orders import changes
from billing.orders.terms import AddonLine, OrderTerms
from billing.rating.rate import rate_period
from metering.calendar import Period
from metering.usage import PeriodUsage
from tests.builders import addon, catalog, checked, order, pack

SHIFT_DAYS = 14
MIDDLE = date(2025, 10, 15)


def terms_of(package: str = "pro", **given: object) -> OrderTerms:
    """An order as a value."""
    return checked(order(package, **given)).terms["acme-main"]


def lines(terms: OrderTerms, period: str = "2025-10") -> list[tuple[str, str, str]]:
    """What an order is charged in a period without usage: item, quantity, net."""
    governed = contract(terms, catalog(), Period.parse(period), modelling=True)
    assert governed is not None
    charges = rate_period(governed, PeriodUsage()).charges
    return [(one.item, plain(one.quantity), amount_text(one.net)) for one in charges]


def api_limit(terms: OrderTerms, period: str) -> Decimal:
    """The free API calls of a user."""
    governed = contract(terms, catalog(), Period.parse(period))
    assert governed is not None
    return allowance(governed, governed.edition.meters["api_calls"])


@pytest.mark.parametrize(
    ("to", "codes"),
    [
        (date(2025, 7, 15), []),
        (date(2025, 7, 16), ["shift_too_late"]),
        (date(2025, 6, 26), []),
    ],
)
def test_a_launch_may_move_by_at_most_14_days(to: date, codes: list[str]) -> None:
    """R16: agreed for 2025-07-01; earlier without a bound."""
    own = terms_of(launch_date="2025-07-01")
    assert [p.code for p in changes.shift_problems(own, to, SHIFT_DAYS)] == codes


def test_two_shifts_do_not_add_up() -> None:
    """R16: always counted from the date in the order in force."""
    shifted = changes.with_launch(terms_of(launch_date="2025-07-01"), date(2025, 7, 11))
    assert changes.shift_problems(shifted, date(2025, 7, 15), SHIFT_DAYS) == []
    assert changes.shift_problems(shifted, date(2025, 7, 16), SHIFT_DAYS) != []


def test_the_catalog_says_by_how_many_days() -> None:
    """R16."""
    assert catalog().sla_rules.shift_days == SHIFT_DAYS


@pytest.mark.parametrize(
    ("asked", "starts"),
    [(date(2025, 7, 10), date(2025, 7, 10)), (date(2025, 8, 1), date(2025, 7, 15))],
)
def test_service_starts_on_day_14_at_the_latest(asked: date, starts: date) -> None:
    """R18: without an order update."""
    assert changes.latest_start(terms_of(launch_date="2025-07-01"), asked, SHIFT_DAYS) == starts


def test_more_licences_from_the_middle_of_a_month() -> None:
    """R15: 20 for 14 days and 30 for 17 days of October."""
    assert lines(changes.with_licences(terms_of(), "pro", 30, MIDDLE)) == [
        ("licence", "9.032258", "1354.84"),
        ("licence", "16.451613", "2467.74"),
    ]


def test_without_proration_the_last_number_of_licences_stands_for_the_month() -> None:
    """R15: policy `proration: none`."""
    own = terms_of(policies={"proration": "none"})
    assert lines(changes.with_licences(own, "pro", 30, MIDDLE)) == [("licence", "30", "4500.00")]


def test_a_number_of_licences_changed_on_its_first_day_was_never_in_force() -> None:
    """R15: nothing of the line is left."""
    own = changes.with_licences(terms_of(), "pro", 30, date(2025, 10, 1))
    assert lines(own) == [("licence", "30", "4500.00")]


def test_the_licences_of_one_package_do_not_touch_another_package() -> None:
    """R19: an order may hold several packages."""
    both = changes.with_package(terms_of(), "enterprise", 1, MIDDLE)
    more = changes.with_licences(both, "enterprise", 2, date(2025, 11, 1))
    assert [(item, quantity) for item, quantity, _ in lines(more, "2025-11")] == [
        ("licence", "20"),
        ("licence", "2"),
    ]


def test_a_further_package_has_a_launch_of_its_own() -> None:
    """R19: charged by its days, at the edition's price where the order has none."""
    both = changes.with_package(terms_of(), "enterprise", 31, MIDDLE)
    assert lines(both) == [("licence", "20", "3000.00"), ("licence", "17", "4233.00")]


def test_limits_of_two_packages_are_the_highest_and_not_the_sum() -> None:
    """R19: limits are those of the platform."""
    both = changes.with_package(terms_of(), "enterprise", 1, date(2025, 11, 15))
    assert api_limit(both, "2025-10") == 100000
    assert api_limit(both, "2025-11") == 150000


def test_another_level_from_the_middle_of_a_month() -> None:
    """R40: 14 days of Progres at 400.00, 17 of Premium at 600.00."""
    own = changes.with_sla(terms_of(sla="progres"), "premium", MIDDLE, Decimal("600.00"))
    assert lines(own)[1:] == [("sla", "0.451613", "180.65"), ("sla", "0.548387", "329.03")]


def test_a_level_changed_twice_is_charged_once_for_each_day() -> None:
    """R40: the second change does not lengthen the first level again."""
    once = changes.with_sla(terms_of(sla="progres"), "premium", MIDDLE, None)
    twice = changes.with_sla(once, "progres_plus", date(2025, 11, 1), None)
    assert [quantity for _, quantity, _ in lines(twice)[1:]] == ["0.451613", "0.548387"]
    assert [quantity for _, quantity, _ in lines(twice, "2025-11")[1:]] == ["1"]


def test_an_add_on_agreed_later_brings_its_price() -> None:
    """R4: prices are those of the order."""
    own = changes.with_addon(terms_of(), AddonLine(start=MIDDLE, item="calendar"), Decimal("31.00"))
    assert lines(own)[1:] == [("calendar", "0.548387", "17.00")]


def test_an_add_on_ended_is_charged_to_its_last_day() -> None:
    """R15: the day is inclusive."""
    own = terms_of(addons=[addon("calendar")])
    assert lines(changes.without(own, "calendar", MIDDLE))[1:] == [
        ("calendar", "0.483871", "47.90")
    ]


def test_a_recurring_pack_ended_does_not_come_again() -> None:
    """R57: it is charged in the period it is ended in."""
    own = terms_of(packs=[pack("pack_sms_2000", recurring=True)])
    ended = changes.without(own, "pack_sms_2000", MIDDLE)
    assert lines(ended)[1:] == [("pack_sms_2000", "1", "350.00")]
    assert lines(ended, "2025-11")[1:] == []


def test_what_is_not_in_the_order_cannot_end() -> None:
    """R4: the day lies before the item, or there is no such item."""
    own = terms_of(addons=[addon("calendar", start="2025-10-10")])
    assert changes.end_problems(own, "calendar", MIDDLE) == []
    (early,) = changes.end_problems(own, "calendar", date(2025, 10, 9))
    (absent,) = changes.end_problems(own, "chat", MIDDLE)
    assert (early.code, absent.code) == ("not_ordered", "not_ordered")


def test_a_closed_order_is_charged_to_its_last_day() -> None:
    """R15."""
    assert lines(changes.closed(terms_of(), date(2025, 10, 17))) == [
        ("licence", "10.967742", "1645.16")
    ]
