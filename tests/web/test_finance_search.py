"""What finance looks for: one field for numbers, tax numbers, amounts and names."""

from __future__ import annotations

from decimal import Decimal

import pytest

from entrypoints.web.finance.searching import find, read_wanted
from tests.builders import order
from tests.running import decision_store, place


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1741.79", "1741.79"),
        ("1 741,79", "1741.79"),
        ("1\N{NO-BREAK SPACE}741,79 zł", "1741.79"),
        ("1,741.79", "1741.79"),
        ("1.741,79", "1741.79"),
        ("1 741", "1741"),
        ("-12,30", "-12.30"),
        ("\N{MINUS SIGN}12,30", "-12.30"),
        ("1,741", None),
        ("1741.791", None),
        ("1e3", None),
        ("NaN", None),
    ],
)
def test_an_amount_is_read_as_people_write_it(text: str, amount: str | None) -> None:
    """What could be two amounts is none."""
    assert read_wanted(text).amount == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    ("text", "tax_id"),
    [
        ("526-000-12-46", "5260001246"),
        ("PL 5260001246", "5260001246"),
        ("de 136 695 976", "DE136695976"),
        ("Focus Telecom", None),
        ("1741.79", None),
    ],
)
def test_a_tax_number_is_read_with_and_without_its_signs(text: str, tax_id: str | None) -> None:
    """That of another country of the Union, too."""
    assert read_wanted(text).tax_id == tax_id


def test_a_hit_leads_to_its_page_whatever_it_is_called(database: str) -> None:
    """A name of an order may have signs that mean something in an address."""
    place(database, order(id="acme 50% #1?"))
    with decision_store(database) as decisions:
        (own,) = find(decisions, read_wanted("50% #1"))
    assert own.path == "/orders/acme%2050%25%20%231%3F"
