"""Whoever reads is content with one connection, so no crowd of readers waits for itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from invoices.statements.balances import read_balances
from invoices.statements.report import read_report
from metering.calendar import Period
from metering.store import UsageStore, library_settings
from tests.builders import AUTOMATION, FROM_PURCHASE, catalog, order, pack
from tests.running import RECEIVED, decision_store, licznik, place, record, used

OCTOBER = Period.parse("2025-10")
AT = "2025-10-14T12:00:00+02:00"
ONE = {"POSTGRES_MAX_OVERFLOW": "0"}


@pytest.fixture
def lone(database: str) -> Iterator[UsageStore]:
    """A store of one connection, with campaigns that draw from a pack by their time."""
    packs = [pack("pack_sms_100000", recurring=True)]
    policies = {**FROM_PURCHASE, "late_usage": "adjustment"}
    place(database, order(addons=AUTOMATION, packs=packs, policies=policies))
    record(database, *(used("mass_sms", 1, AT, f"e{n}") for n in range(3)))
    with UsageStore(env={**library_settings(database), **ONE}) as store:
        yield store


def test_balances_are_read_on_one_connection(lone: UsageStore) -> None:
    rows = read_balances(lone, catalog(), "acme-main", OCTOBER, RECEIVED)
    assert next(row["used"] for row in rows if row["meter"] == "mass_sms") == "3"


def test_a_statement_with_late_entries_is_read_on_one_connection(
    lone: UsageStore, database: str
) -> None:
    issued = licznik(database, "invoices", "run", "--period", "2025-10")
    assert issued.status in (0, 2), issued.err
    record(database, used("mass_sms", 1, AT, "late"))
    with decision_store(database) as decisions:
        report = read_report(decisions, lone, catalog(), "acme-main", OCTOBER, RECEIVED)
    assert report.late_entries == 1
