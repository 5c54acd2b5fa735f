"""Offers: numbered without gaps, and what is kept of them is what was issued."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest

from billing.plans.cheapest import in_package
from billing.plans.values import Mix
from entrypoints.sales.example import keep_example
from entrypoints.sales.offers import Issue, Offer, issue_offer
from entrypoints.sales.planning import Asked, demand_of, order_of
from invoices.offers.document import offer_document
from tests.builders import catalog
from tests.running import change, decision_store, differences, licznik

NOW = datetime(2026, 1, 8, 12, tzinfo=UTC)


def offered(url: str) -> Offer:
    """Issues an offer of the demo's prospect."""
    with decision_store(url) as decisions:
        model = keep_example(decisions, catalog(), NOW)
        asked = Asked(model.id, model.version, model.prospect(catalog()), catalog())
        basis = asked.bases[0]
        mix = in_package(demand_of(asked.prospect, catalog()), basis, "standard")
        assert isinstance(mix, Mix)
        document = offer_document(asked.prospect, mix.priced, order_of(asked, mix), basis, "pl")
        wanted = Issue(model, document, date(2026, 2, 8), "Jan Testowy")
        return issue_offer(decisions, wanted, basis.own_edition.seller, NOW)


@pytest.fixture
def issued(database: str) -> str:
    """A database with an offer."""
    assert offered(database).number == "OF/2026/000001"
    return database


def test_two_who_issue_at_once_have_two_numbers(database: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(offered, [database, database]))
    assert sorted(own.number for own in found) == ["OF/2026/000001", "OF/2026/000002"]


def test_offers_are_compared_with_their_events(issued: str) -> None:
    """Their series is one of those without gaps."""
    outcome = licznik(issued, "verify", "--json")
    assert (outcome.status, outcome.data["differences"]) == (0, [])
    assert outcome.data["offers"] == 1


HARM = {
    "UPDATE sales_offer SET content = content || 'x'": "offer OF/2026/000001.content",
    "UPDATE sales_offer SET valid_until = '2027-01-01'": "offer OF/2026/000001.valid_until",
    "DELETE FROM sales_offer": "offer OF/2026/000001",
    "UPDATE invoice_series SET last = 2": "numbers of series OF/2026",
}


@pytest.mark.parametrize("harm", HARM)
def test_what_was_changed_of_an_offer_is_found(issued: str, harm: str) -> None:
    """One byte of its PDF is enough."""
    assert change(issued, harm) == 1
    assert differences(issued) == [HARM[harm]]
