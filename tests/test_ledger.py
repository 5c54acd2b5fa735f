"""Documents for the ledger of the bookkeepers: which month each belongs to."""

from __future__ import annotations

import csv
import io

from invoices.ledger import documents_csv
from metering.calendar import Period
from tests.running import decision_store, record
from tests.test_correct import calls, correct, invoiced


def numbers(url: str, period: Period) -> list[str]:
    """The documents of a month."""
    with decision_store(url) as decisions:
        text = documents_csv(decisions, period).decode()
    return [row["number"] for row in csv.DictReader(io.StringIO(text))]


def test_a_correction_is_of_the_month_in_which_it_was_issued(database: str) -> None:
    """The month that it corrects was booked without it."""
    number = invoiced(database)
    record(database, calls(10_000, "2"))
    corrected = correct(database, number).data
    assert numbers(database, Period(2025, 10)) == [number]
    assert numbers(database, Period.parse(corrected["issued_on"][:7])) == [corrected["number"]]
