"""The ages of what is due: every grosz of it in one of them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.payments.receivables import (
    OpenInvoice,
    Unallocated,
    account_of,
    age,
    payment_status,
    receivables,
    totals,
)

DAY = date(2025, 12, 31)
AMOUNTS = st.integers(-(10**6), 10**6).map(lambda cents: Decimal(cents) / 100)
WHO = st.tuples(st.sampled_from(["acme", "beta"]), st.sampled_from(["PLN", "EUR"]))


@pytest.mark.parametrize(
    ("days", "bucket"),
    [
        (-1, "not_due"),
        (0, "not_due"),
        (1, "days_1_30"),
        (30, "days_1_30"),
        (31, "days_31_60"),
        (60, "days_31_60"),
        (61, "days_61_90"),
        (90, "days_61_90"),
        (91, "over_90"),
        (9_999, "over_90"),
    ],
)
def test_an_invoice_has_the_age_of_its_days_overdue(days: int, bucket: str) -> None:
    assert age(DAY - timedelta(days), DAY) == bucket


@pytest.mark.parametrize(
    ("gross", "paid", "late", "word"),
    [(10, 0, 0, "open"), (10, 4, 0, "part_paid"), (10, 10, 5, "paid"), (10, 4, 1, "overdue"),
     (-5, 0, 9, "paid"), (0, 0, 9, "paid")],
)  # fmt: skip
def test_an_invoice_is_paid_or_not_in_one_word(gross: int, paid: int, late: int, word: str) -> None:
    due_on = DAY - timedelta(late)
    assert payment_status(Decimal(gross), Decimal(paid), due_on, DAY) == word


def invoice(who: tuple[str, str], days: int, gross: Decimal, paid: Decimal) -> OpenInvoice:
    """An invoice that is so many days overdue."""
    account, currency = who
    due_on = DAY - timedelta(days)
    return OpenInvoice("N", "o", account, account, currency, due_on, due_on, gross, paid)


INVOICES = st.lists(st.builds(invoice, WHO, st.integers(-60, 400), AMOUNTS, AMOUNTS), max_size=20)
PAYMENTS = st.lists(
    st.builds(lambda who, left: Unallocated(who[0], who[0], who[1], abs(left)), WHO, AMOUNTS),
    max_size=10,
)


@given(INVOICES, PAYMENTS)
def test_the_ages_add_up_to_what_is_open(
    invoices: list[OpenInvoice], payments: list[Unallocated]
) -> None:
    found = receivables(invoices, payments, DAY)
    for own in found:
        who = (own.account, own.currency)
        is_own = [one.open for one in invoices if (one.account, one.currency) == who]
        left = [one.left for one in payments if (one.account, one.currency) == who]
        assert own.total == sum(is_own) - sum(left)
        assert min(*own.ages.values(), own.overpaid) >= 0
    whole = sum(one.open for one in invoices) - sum(one.left for one in payments)
    assert sum(own.total for own in totals(found)) == whole


def test_a_payment_belongs_to_whom_its_invoices_do() -> None:
    """Then to the tax id; where neither says it, nobody knows."""
    known = {"5260001246": "acme"}
    assert account_of(["beta"], "5260001246", known) == "beta"
    assert account_of(["beta", "acme"], "5260001246", known) is None
    assert account_of([], "5260001246", known) == "acme"
    assert account_of([], "", known) is None
