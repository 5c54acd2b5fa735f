"""The fee of an export that staff made after closure: a line of an invoice, once (R126)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from invoices.billing_data.published import published
from invoices.billing_data.requests import record_request
from metering.problems import ProblemsFound
from tests.builders import Plain, order
from tests.running import Outcome, decision_store, licznik, place, verified

CLOSED = date(2025, 10, 31)
NOW = datetime(2025, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def closed(database: str) -> str:
    """The address of a database with an account whose two orders have ended."""
    first = order(id="acme-first", end_date="2025-10-15")
    last = order(end_date="2025-10-31")
    place(database, first, last)
    assert run(database, "2025-10").status == 0
    return database


def run(url: str, period: str) -> Outcome:
    """Invoices a month."""
    return licznik(url, "invoices", "run", "--period", period, "--json")


def ask(url: str, **given: Any) -> None:
    """Records a request of 20 November with a fee."""
    form: Plain = {
        "account": "acme",
        "person": "Anna Kowalska",
        "capacity": "administrator",
        "asked_on": "2025-11-20",
        "checked": "by telephone",
        "fee": "120.50",
        "currency": "PLN",
        "fee_reason": "an hour of work",
        **given,
    }
    with decision_store(url) as decisions:
        record_request(decisions, form, CLOSED, "jan", NOW, NOW.date(), published())


def lines(url: str, period: str) -> list[tuple[str, str, str]]:
    """The order, the kind and the net amount of each line of a month's invoices."""
    found = licznik(url, "invoices", "list", "--period", period, "--json").data
    shown = [
        licznik(url, "invoices", "show", own["number"], "--json").data for own in found["invoices"]
    ]
    return [(own["order"], line["kind"], line["net"]) for own in shown for line in own["lines"]]


def test_the_fee_stands_on_an_invoice_of_the_order_that_ended_last(closed: str) -> None:
    """For the month in which the export was asked for, with VAT, and it can be made again."""
    ask(closed)
    assert run(closed, "2025-11").status == 0
    assert lines(closed, "2025-11") == [("acme-main", "export_fee", "120.50")]
    assert verified(closed).differences == []


def test_a_fee_is_invoiced_once(closed: str) -> None:
    """Neither a second run nor the next month charges it again."""
    ask(closed)
    for period in ("2025-11", "2025-11", "2025-12"):
        assert run(closed, period).status == 0
    assert len(lines(closed, "2025-11")) == 1
    assert lines(closed, "2025-12") == []


def test_a_form_that_is_sent_twice_charges_one_fee(closed: str) -> None:
    """Another one of the same day is charged beside it."""
    for fee in ("120.50", "120.50", "80.00"):
        ask(closed, fee=fee)
    assert run(closed, "2025-11").status == 0
    assert sorted(net for *_, net in fees(closed, "2025-11")) == ["120.50", "80.00"]


def fees(url: str, period: str) -> list[tuple[str, str, str]]:
    """The lines with fees among those of a month's invoices."""
    return [own for own in lines(url, period) if own[1] == "export_fee"]


def come_back(url: str) -> None:
    """The customer orders again, from December on."""
    place(url, order(id="acme-again", launch_date="2025-12-01"))


def test_a_customer_who_comes_back_does_not_pay_it_again(closed: str) -> None:
    """November's invoice of the old order has charged it: December's of the new one does not."""
    ask(closed)
    assert run(closed, "2025-11").status == 0
    come_back(closed)
    assert run(closed, "2025-12").status == 0
    assert (len(fees(closed, "2025-11")), fees(closed, "2025-12")) == (1, [])


def test_a_fee_that_nobody_has_invoiced_follows_the_customer(closed: str) -> None:
    """It is charged once, by the order that goes on."""
    ask(closed)
    come_back(closed)
    for period in ("2025-11", "2025-12", "2026-01"):
        assert run(closed, period).status == 0
    assert fees(closed, "2025-12") == [("acme-again", "export_fee", "120.50")]
    assert fees(closed, "2025-11") == fees(closed, "2026-01") == []
    assert verified(closed).differences == []


def test_an_export_without_a_fee_is_no_invoice(closed: str) -> None:
    """Most are made for nothing."""
    ask(closed, fee=None, currency=None, fee_reason=None)
    assert run(closed, "2025-11").status == 0
    assert lines(closed, "2025-11") == []


def test_a_fee_that_comes_after_its_month_stands_on_the_next_one(closed: str) -> None:
    """November was invoiced before somebody wrote the request down."""
    assert run(closed, "2025-11").status == 0
    ask(closed)
    assert run(closed, "2025-12").status == 0
    assert lines(closed, "2025-12") == [("acme-main", "export_fee", "120.50")]


def test_a_fee_is_explained_and_named_in_both_languages(closed: str) -> None:
    """An invoice without usage has its days, its XML and its explanation all the same."""
    ask(closed)
    run(closed, "2025-11")
    found = licznik(closed, "invoices", "list", "--period", "2025-11", "--json").data
    (own,) = found["invoices"]
    explained = licznik(closed, "invoices", "explain", own["number"], "--json")
    assert explained.status == 0, explained.err
    shown = licznik(closed, "invoices", "show", own["number"], "--json").data
    (line,) = shown["lines"]
    assert line["name"] == {"pl": "Eksport danych na żądanie", "en": "Export of data on request"}
    assert shown["days"] == {"from": "2025-11-01", "to": "2025-11-30"}
    assert Decimal(shown["gross"]) == Decimal("148.22")


def test_a_fee_is_in_a_currency_that_the_account_pays_in(closed: str) -> None:
    """Else no invoice could bear it."""
    with pytest.raises(ProblemsFound) as found:
        ask(closed, currency="EUR")
    assert [(own.code, own.path) for own in found.value.problems] == [("invalid_value", "currency")]
