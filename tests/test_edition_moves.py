"""A running order moves to another edition or package (R7, R11, R15, R17)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from billing.entitlements import allowance, contract
from billing.money import amount_text, plain
from billing.orders import changes
from billing.orders.checks import check_order
from billing.orders.routes import route
from billing.orders.terms import OrderTerms
from billing.rating.rate import rate_period
from metering.calendar import Period, start_of
from metering.usage import PeriodUsage
from tests.builders import addon, catalog, checked, order

WELYO = "welyo-2025-06-25"
JULY = date(2025, 7, 1)


def fcc(package: str = "pro", **given: object) -> OrderTerms:
    """An order on the older edition, in service since May."""
    own = order(package, edition="fcc-2025-03-01", launch_date="2025-05-01", **given)
    return checked(own).terms["acme-main"]


def moved(terms: OrderTerms, start: date = JULY) -> OrderTerms:
    """The order, moved to the newer edition."""
    return changes.with_edition(terms, WELYO, start)


def codes(terms: OrderTerms) -> list[str]:
    """What is wrong with an order."""
    return [f"{p.code} at {p.path}" for p in check_order(terms, catalog())]


def record_limit(terms: OrderTerms, period: str) -> Decimal:
    """The free records of a period."""
    governed = contract(terms, catalog(), Period.parse(period))
    assert governed is not None
    return allowance(governed, governed.edition.meters["records"])


def test_a_running_order_stays_on_its_edition_until_it_is_moved() -> None:
    assert record_limit(fcc(), "2025-07") == 200_000


def test_a_move_changes_the_limits_from_its_period_on() -> None:
    """D4: 200,000 records on Pro under FCC, 500,000 under Welyo."""
    limits = [record_limit(moved(fcc()), period) for period in ("2025-06", "2025-07")]
    assert limits == [200_000, 500_000]


def test_a_move_takes_effect_at_the_start_of_a_period() -> None:
    assert codes(moved(fcc(), date(2025, 7, 10))) == ["not_a_period_start at edition"]


def test_nobody_moves_to_an_edition_before_it_is_in_force() -> None:
    assert codes(moved(fcc(), date(2025, 6, 1))) == ["edition_not_in_force at edition"]


def test_an_add_on_that_the_new_edition_does_not_sell_must_be_ended_first() -> None:
    """R11, D8: UC may buy Wallboard under FCC and not under Welyo."""
    own = fcc("uc", addons=[addon("wallboard_addon")])
    assert codes(moved(own)) == ["unknown_item at addons[0].item"]


def test_an_add_on_ended_before_the_move_stays_in_the_order() -> None:
    own = changes.without(
        fcc("uc", addons=[addon("wallboard_addon")]), "wallboard_addon", date(2025, 6, 30)
    )
    assert codes(moved(own)) == []


def test_usage_is_accepted_across_a_move() -> None:
    records = route(moved(fcc()), catalog()).meters["records"]
    assert all(records.is_open(start_of(date(2025, month, 1))) for month in (5, 6, 7, 8))


def licence_lines(terms: OrderTerms, period: str = "2025-07") -> list[tuple[str, str]]:
    """The licence charges of a period: quantity and net."""
    governed = contract(terms, catalog(), Period.parse(period), modelling=True)
    assert governed is not None
    charges = rate_period(governed, PeriodUsage()).charges
    return [(plain(c.quantity), amount_text(c.net)) for c in charges if c.item == "licence"]


def test_another_package_is_charged_by_its_days() -> None:
    """R15: 10 licences of Standard for 14 of 31 days at 100.00, then 10 of Pro for 17 at 150.00."""
    own = fcc("standard", licences=10, prices={"licence": "100.00"})
    changed = changes.with_only_package(own, "pro", 10, date(2025, 7, 15), Decimal("150.00"))
    assert licence_lines(changed) == [("4.516129", "451.61"), ("5.483871", "822.58")]


def test_without_proration_the_package_of_the_last_day_is_charged_whole() -> None:
    own = fcc("standard", licences=10, prices={"licence": "100.00"}, policies={"proration": "none"})
    changed = changes.with_only_package(own, "pro", 10, date(2025, 7, 15), Decimal("150.00"))
    assert licence_lines(changed) == [("10", "1500.00")]


def test_a_further_package_is_charged_beside_the_first() -> None:
    """R19: without proration too."""
    own = fcc("standard", licences=10, prices={"licence": "100.00"}, policies={"proration": "none"})
    both = changes.with_prices(
        changes.with_package(own, "pro", 5, JULY), "licence", {"pro": Decimal("150.00")}
    )
    assert licence_lines(both) == [("10", "1000.00"), ("5", "750.00")]


def test_new_terms_replace_the_old_ones_only_before_the_launch() -> None:
    """R17."""
    own = fcc()
    assert changes.update_problems(own, date(2025, 4, 30)) == []
    assert [p.code for p in changes.update_problems(own, date(2025, 5, 1))] == ["order_running"]
