"""`licznik verify`: what is stored is what the events say, and one changed byte is found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.builders import FROM_PURCHASE, order, pack
from tests.running import (
    MIGRATED,
    Server,
    change,
    contents,
    differences,
    held,
    is_answered,
    licznik,
    place,
    record,
    rows,
    used,
    value,
    verified,
)

NOON = "2025-10-05T12:00:00+02:00"
NOVEMBER = "2025-11-05T12:00:00+01:00"


@pytest.fixture(scope="module")
def billed(server: Server) -> Iterator[str]:
    """The name of a database with two orders, their usage, and four invoices with late usage."""
    with server.database(MIGRATED) as url:
        own = order(packs=[pack("pack_sms_5000", "2025-10-05 13:00")], policies=FROM_PURCHASE)
        place(url, own, order(id="acme-two"))
        record(
            url,
            used("sms", 5, NOON, "1"),
            used("sms", 6_000, "2025-10-05T14:00:00+02:00", "2"),
            used("api_calls", 900_000, NOON, "3", user="anna@acme.pl"),
            held("records", 2_000_000, NOON, "4", order="acme-two"),
        )
        invoice_run(url, "2025-10")
        record(url, used("sms", 7, NOON, "late"), used("sms", 1, NOVEMBER, "1"))
        invoice_run(url, "2025-11")
        yield url.rpartition("?")[0].rpartition("/")[2]


def invoice_run(url: str, period: str) -> None:
    """Issues the invoices of a period."""
    assert licznik(url, "invoices", "run", "--period", period).status == 0


@pytest.fixture
def copy(server: Server, billed: str) -> Iterator[str]:
    """A copy of that database, to do harm to."""
    with server.database(billed) as url:
        yield url


def test_what_nobody_touched_is_clean(copy: str) -> None:
    """Contract, section 3."""
    outcome = licznik(copy, "verify", "--json")
    assert (outcome.status, outcome.data["differences"]) == (0, [])
    assert (outcome.data["balances"], outcome.data["invoices"]) == (5, 4)


def test_an_empty_database_is_clean(database: str) -> None:
    """There is nothing to differ."""
    assert licznik(database, "verify").status == 0


def test_verification_changes_nothing(copy: str) -> None:
    """It only looks."""
    before = contents(copy)
    verified(copy)
    assert contents(copy) == before


HARM = {
    "a balance": (
        "UPDATE usage_balance SET used = used + 1 WHERE meter = 'sms' AND day = '2025-10-05'",
        "balance of 2025-10-05: acme-main, sms",
    ),
    "a balance's count of entries": (
        "UPDATE usage_balance SET entries = entries + 1 WHERE meter = 'records'",
        "balance of 2025-10-05: acme-two, records",
    ),
    "a peak": (
        "UPDATE usage_balance SET peak = peak - 1 WHERE meter = 'records'",
        "balance of 2025-10-05: acme-two, records",
    ),
    "when a peak was": (
        "UPDATE usage_balance SET peak_at = peak_at + interval '1 microsecond'"
        " WHERE meter = 'records'",
        "balance of 2025-10-05: acme-two, records",
    ),
    "a balance that is gone": (
        "DELETE FROM usage_balance WHERE meter = 'api_calls'",
        "balance of 2025-10-05: acme-main, api_calls",
    ),
    "a balance of a day without usage": (
        "INSERT INTO usage_balance SELECT order_id, '2025-10-07', meter, used, entries, peak,"
        " peak_at, first_at, last_at FROM usage_balance WHERE meter = 'records'",
        "balances of 2025-10-07",
    ),
    "a user's balance": (
        "UPDATE usage_user_balance SET used = used - 1",
        "balance of user: acme-main, 2025-10-01, api_calls, 1",
    ),
    "a user's balance that is gone": (
        "DELETE FROM usage_user_balance",
        "balance of user: acme-main, 2025-10-01, api_calls, 1",
    ),
    "an invoice's gross": (
        "UPDATE invoice SET gross = gross + 1 WHERE number LIKE '%000001'",
        "000001.gross",
    ),
    "an invoice's net, by a tenth of a grosz": (
        "UPDATE invoice SET net = net + 0.001 WHERE number LIKE '%000001'",
        "000001.net",
    ),
    "an invoice's due account": (
        "UPDATE invoice SET account_id = 'other' WHERE number LIKE '%000002'",
        "000002.account_id",
    ),
    "an invoice's count of entries": (
        "UPDATE invoice SET entries = entries + 1 WHERE number LIKE '%000001'",
        "000001.entries",
    ),
    "an invoice that is a draft again": (
        "UPDATE invoice SET status = 'draft' WHERE number LIKE '%000003'",
        "000003",
    ),
    "an invoice's number": (
        "UPDATE invoice SET number = number || '9' WHERE number LIKE '%000004'",
        "000004.number",
    ),
    "an invoice that is gone": (
        "DELETE FROM invoice WHERE number LIKE '%000002'",
        "000002",
    ),
    "the last invoice, gone": (
        "DELETE FROM invoice WHERE number LIKE '%000004'",
        "000004",
    ),
    "a series' last number": (
        "UPDATE invoice_series SET last = last + 1",
        "numbers of series",
    ),
    "a series that is gone": ("DELETE FROM invoice_series", "numbers of series"),
    "an order's terms": (
        "UPDATE customer_order SET terms = jsonb_set(terms, '{currency}', '\"EUR\"')"
        " WHERE id = 'acme-two'",
        "order acme-two",
    ),
    "an order's version": (
        "UPDATE customer_order SET version = 9 WHERE id = 'acme-two'",
        "order acme-two",
    ),
    "an order's account": (
        "UPDATE customer_order SET account_id = 'other' WHERE id = 'acme-two'",
        "order acme-two",
    ),
    "an order as it was placed": (
        "UPDATE customer_order SET placed = jsonb_set(placed, '{currency}', '\"EUR\"')"
        " WHERE id = 'acme-two'",
        "order acme-two",
    ),
    "an order that is gone": (
        "DELETE FROM customer_order WHERE id = 'acme-two'",
        "order acme-two",
    ),
    "an account's details": (
        "UPDATE account SET details = jsonb_set(details, '{name}', '\"Other\"')",
        "account acme",
    ),
    "an account that is gone": ("DELETE FROM account", "account acme"),
    "a page that is gone": (
        "DELETE FROM usage_events WHERE originator_id LIKE '2025-11%'",
        "2025-11-05",
    ),
    "an order's first event, gone": (
        "DELETE FROM decisions_events WHERE originator_id = 'order/acme-two'",
        "order acme-two",
    ),
    "an invoice's events, gone": (
        "DELETE FROM decisions_events WHERE originator_id = 'invoice/acme-two/2025-10'",
        "invoice",
    ),
}


@pytest.mark.parametrize("harm", HARM)
def test_one_changed_row_is_found_and_named(copy: str, harm: str) -> None:
    """Exit status 1, and the place."""
    statement, place_named = HARM[harm]
    assert change(copy, statement) > 0
    outcome = licznik(copy, "verify", "--json")
    assert outcome.status == 1
    assert any(place_named in one["where"] for one in outcome.data["differences"])


EVENTS = ("usage_events", "decisions_events")


def harm_byte(url: str, table: str, event: str, position: int) -> None:
    """Changes one bit of an event's state."""
    changed = change(
        url,
        f"UPDATE {table} SET state = set_byte(state, %s, get_byte(state, %s) # 1)"
        " WHERE originator_id = %s AND originator_version = 1",
        position,
        position,
        event,
    )
    assert changed == 1


@pytest.mark.parametrize("table", EVENTS)
@pytest.mark.parametrize("place_in_state", ["first", "middle", "last"])
def test_one_changed_byte_of_an_event_is_found(copy: str, table: str, place_in_state: str) -> None:
    """A checksum stands over each state."""
    query = (
        f"SELECT originator_id, length(state) FROM {table} ORDER BY 1, originator_version LIMIT 3"
    )
    for event, length in rows(copy, query):
        position = {"first": 0, "middle": length // 2, "last": length - 1}[place_in_state]
        harm_byte(copy, table, event, position)
    outcome = licznik(copy, "verify", "--json")
    assert outcome.status == 1
    assert len(outcome.data["differences"]) >= 2


def test_an_unreadable_page_is_named_with_its_sheet(copy: str) -> None:
    """So that it can be looked for in a backup."""
    sheet = value(copy, "SELECT min(originator_id) FROM usage_events")
    harm_byte(copy, "usage_events", sheet, 30)
    assert f"sheet {sheet}" in differences(copy)


def test_an_unreadable_order_is_named(copy: str) -> None:
    """And so is what depends on it."""
    harm_byte(copy, "decisions_events", "order/acme-two", 30)
    assert "order acme-two" in differences(copy)


def test_an_unreadable_invoice_is_named(copy: str) -> None:
    """Its events are the proof of it."""
    harm_byte(copy, "decisions_events", "invoice/acme-two/2025-10", 30)
    assert any("invoice/acme-two/2025-10" in where for where in differences(copy))


def test_an_event_of_an_unknown_kind_is_named(copy: str) -> None:
    """A topic that leads nowhere."""
    change(copy, "UPDATE usage_events SET topic = 'metering.nowhere:Page'")
    assert licznik(copy, "verify").status == 1


def test_differences_are_shown_to_people(copy: str) -> None:
    """Where, what the events say, what is stored."""
    change(copy, "UPDATE usage_balance SET used = used + 1 WHERE meter = 'records'")
    outcome = licznik(copy, "verify")
    assert "1 differences" in outcome.err
    assert "acme-two, records" in outcome.out


def test_a_database_that_is_not_migrated_is_named(empty_database: str) -> None:
    """Its owner runs `licznik db upgrade`."""
    outcome = licznik(empty_database, "verify")
    assert is_answered(outcome)
    assert "licznik db upgrade" in outcome.err
