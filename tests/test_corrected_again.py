"""Corrections among other documents: late usage, credits and work are on invoices exactly once."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from invoices.finding import invoices_of
from tests.builders import Plain, local, order, scenario
from tests.recorded_words import record_all
from tests.running import (
    decision_store,
    differences,
    licznik,
    place,
    record,
    rows,
    used,
    value,
)
from tests.sla_words import MAIN, claim, incident, ordered
from tests.test_correct import amounts, codes, correct
from tests.test_invoice_run import run

SEPTEMBER, OCTOBER, NOVEMBER, DECEMBER = "2025-09", "2025-10", "2025-11", "2025-12"
FAILURE = incident(
    "F1",
    reported="2025-11-10 16:35",
    qualified="2025-11-10 17:00",
    repaired="2025-11-10 19:15",
    down=[("2025-11-10 16:30", "2025-11-10 19:15")],
)
"""99.0954 % on level Progres: 5 % of the fees of November."""


def calls(count: int, event_id: str, period: str = OCTOBER) -> Plain:
    """So many API calls in the middle of a month, all of one user."""
    return used("api_calls", count, local(f"{period}-15 12:00"), event_id)


def standing(url: str, period: str) -> str:
    """The number of the invoice of a period that was not annulled."""
    query = """
        SELECT number FROM invoice
        WHERE order_id = %s AND period = %s AND kind = 'invoice' AND NOT annulled
    """
    return str(value(url, query, MAIN, f"{period}-01"))


def done(url: str, number: str, because: str, *options: str) -> Plain:
    """The correction of an invoice that was issued."""
    outcome = correct(url, number, "--because", because, *options)
    assert outcome.status == 0, outcome.out + outcome.err
    document: Plain = outcome.data
    return document


def anew(url: str, period: str) -> str:
    """An invoice is annulled, and issued anew by the next run of its period."""
    done(url, standing(url, period), "annulment")
    return issue(url, period)


def issue(url: str, *periods: str) -> str:
    """Runs periods; the number of the last one's invoice."""
    for period in periods:
        assert run(url, period).status == 0
    return standing(url, periods[-1])


def shown(url: str, number: str) -> Plain:
    """An invoice as it was issued."""
    document: Plain = licznik(url, "invoices", "show", number, "--json").data
    return document


def lines(url: str, number: str, *kinds: str) -> list[tuple[str, str, str]]:
    """Kind, quantity and net of an invoice's lines of some kinds."""
    found = shown(url, number)["lines"]
    return [(one["kind"], one["quantity"], one["net"]) for one in found if one["kind"] in kinds]


def charged(url: str, *kinds: str) -> Decimal:
    """What all documents together charge for some kinds of lines, net."""
    with decision_store(url) as decisions:
        issued = invoices_of(decisions, MAIN)
    return net(line for own in issued for line in own.document["lines"] if line["kind"] in kinds)


def net(found: Iterable[Any]) -> Decimal:
    """The net sum of lines."""
    return sum((Decimal(one["net"]) for one in found), Decimal(0))


def usage(url: str) -> Decimal:
    """What all documents together charge for usage."""
    return charged(url, "overage", "adjustment")


def late(url: str, **given: Any) -> Decimal:
    """October is invoiced, then 10,000 more calls of it on November's invoice; their sum."""
    place(url, order(**given))
    record(url, calls(900_000, "1"))
    issue(url, OCTOBER)
    record(url, calls(10_000, "2"))
    number = issue(url, NOVEMBER)
    assert lines(url, number, "adjustment") == [("adjustment", "10000", "20.00")]
    return usage(url)


# Late usage


def test_an_invoice_issued_anew_bills_the_late_usage_of_the_one_it_replaces(
    database: str,
) -> None:
    """The annulment gave the adjustment back: it is charged again, once."""
    whole = late(database)
    number = anew(database, NOVEMBER)
    assert lines(database, number, "adjustment") == [("adjustment", "10000", "20.00")]
    assert usage(database) == whole
    issue(database, DECEMBER)
    assert usage(database) == whole
    assert differences(database) == []


def test_the_next_invoice_bills_the_late_usage_of_one_that_was_annulled(database: str) -> None:
    """Whichever is issued first bills it."""
    whole = late(database)
    done(database, standing(database, NOVEMBER), "annulment")
    number = issue(database, DECEMBER)
    assert lines(database, number, "adjustment") == [("adjustment", "10000", "20.00")]
    number = issue(database, NOVEMBER)
    assert lines(database, number, "adjustment") == []
    assert usage(database) == whole
    assert differences(database) == []


def test_an_invoice_issued_anew_does_not_bill_what_a_later_one_has_billed(database: str) -> None:
    """November's invoice has charged October's late usage: October's new one leaves it out."""
    whole = late(database)
    anew(database, OCTOBER)
    assert usage(database) == whole
    record(database, calls(10_000, "3"))
    issue(database, DECEMBER)
    assert usage(database) == whole + 20
    assert differences(database) == []


def test_an_annulled_period_is_not_billed_as_late_usage(database: str) -> None:
    """September has changed; October waits for its new invoice, which bills all of it."""
    place(database, order(launch_date="2025-09-01"))
    record(database, calls(900_000, "1", SEPTEMBER), calls(900_000, "2"))
    issue(database, SEPTEMBER, OCTOBER)
    whole = usage(database)
    done(database, standing(database, OCTOBER), "annulment")
    record(database, calls(10_000, "3", SEPTEMBER))
    number = issue(database, NOVEMBER)
    assert lines(database, number, "adjustment") == [("adjustment", "10000", "20.00")]
    issue(database, OCTOBER)
    assert usage(database) == whole + 20
    assert differences(database) == []


def test_a_corrected_price_leaves_out_what_a_later_invoice_has_billed(database: str) -> None:
    """The licences alone are cheaper: 20 at 140.00 and not 150.00."""
    whole = late(database)
    change = licznik(database, "orders", "change", "price", MAIN, "licence.pro", "140.00")
    assert change.status == 0, change.err
    corrected = done(database, standing(database, OCTOBER), "price")
    assert amounts(corrected) == ("-200.00", "-46.00", "-246.00")
    assert usage(database) == whole
    assert differences(database) == []


def test_usage_that_comes_after_a_corrected_price_costs_that_price(database: str) -> None:
    """Calls cost 0.003 by the correction: the next 10,000 are 30.00, and nothing is given back."""
    place(database, order())
    record(database, calls(900_000, "1"))
    issue(database, OCTOBER)
    price = ("orders", "change", "price", MAIN, "overage.api_calls", "0.003")
    assert licznik(database, *price).status == 0
    done(database, standing(database, OCTOBER), "price")
    whole = usage(database)
    record(database, calls(10_000, "2"))
    number = issue(database, NOVEMBER)
    assert lines(database, number, "adjustment") == [("adjustment", "10000", "30.00")]
    record(database, calls(10_000, "3"))
    corrected = done(database, standing(database, OCTOBER), "usage")
    assert [(one["unit_price"], one["net"]) for one in corrected["lines"]] == [("0.003", "30.00")]
    assert usage(database) == whole + 60
    assert differences(database) == []


def test_a_second_annulment_and_a_third_invoice(database: str) -> None:
    whole = late(database)
    for _ in range(2):
        anew(database, OCTOBER)
        anew(database, NOVEMBER)
    assert usage(database) == whole
    assert value(database, "SELECT sum(owed) FROM invoice") == value(
        database, "SELECT sum(gross) FROM invoice"
    )
    assert differences(database) == []


# Credits and work


def failed(url: str, *orders: Plain, **parts: Any) -> None:
    """The failure of November is recorded, and the claim for it confirmed."""
    own = orders or (ordered("progres"),)
    place(url, *own)
    record_all(url, scenario(own, incidents=[FAILURE], claims=[claim()], **parts))


def given_back(url: str) -> Decimal:
    return charged(url, "sla_credit")


def test_an_annulled_credit_is_given_again_once(database: str) -> None:
    """5 % of 6000.00."""
    failed(database)
    issue(database, NOVEMBER, DECEMBER)
    number = anew(database, DECEMBER)
    assert lines(database, number, "sla_credit") == [("sla_credit", "-1", "-300.00")]
    assert given_back(database) == -300
    issue(database, "2026-01")
    assert given_back(database) == -300
    assert differences(database) == []


def test_a_credit_outlives_the_invoice_that_earned_it(database: str) -> None:
    """November is annulled and issued anew: its credit was given, and is not given again."""
    failed(database)
    issue(database, NOVEMBER, DECEMBER)
    anew(database, NOVEMBER)
    issue(database, "2026-01")
    assert given_back(database) == -300
    assert differences(database) == []


def test_work_of_an_annulled_invoice_is_charged_again_once(database: str) -> None:
    """2.5 h at 350.00."""
    done_work = {"order": MAIN, "hours": "2.5", "accepted": "2025-11-21", "performed": "2025-11-24"}
    failed(database, service_work=[done_work])
    issue(database, NOVEMBER)
    number = anew(database, NOVEMBER)
    assert lines(database, number, "service_work") == [("service_work", "2.5", "875.00")]
    issue(database, DECEMBER)
    assert charged(database, "service_work") == 875
    assert differences(database) == []


def test_usage_of_an_invoice_with_a_credit_is_corrected(database: str) -> None:
    """The credit stays as it was."""
    failed(database)
    record(database, calls(900_000, "1", DECEMBER))
    number = issue(database, NOVEMBER, DECEMBER)
    record(database, calls(10_000, "2", DECEMBER))
    assert amounts(done(database, number, "usage")) == ("20.00", "4.60", "24.60")
    assert given_back(database) == -300
    assert differences(database) == []


def test_the_credit_of_an_order_that_has_ended_is_a_correction(database: str) -> None:
    """No later invoice can give it back: it is given once."""
    failed(database, ordered("progres", end_date="2025-11-30"))
    number = issue(database, NOVEMBER)
    corrected = done(database, number, "credit")
    assert amounts(corrected) == ("-300.00", "-69.00", "-369.00")
    assert codes(correct(database, number, "--because", "credit")) == ["nothing_to_correct"]
    assert run(database, DECEMBER).data["issued"] == 0
    assert given_back(database) == -300
    assert differences(database) == []


def test_no_credit_brings_an_invoice_below_zero(database: str) -> None:
    """The last month has one day of 200.00: the credit of 300.00 is given on two invoices."""
    failed(database, ordered("progres", end_date="2025-12-01"))
    november, december = issue(database, NOVEMBER), ""
    december = issue(database, DECEMBER)
    first = net(shown(database, december)["lines"])
    assert first >= 0
    given = given_back(database)
    if given > -300:
        corrected = done(database, november, "credit")
        assert Decimal(corrected["net"]) == -300 - given
    assert given_back(database) == -300
    owed = rows(database, "SELECT min(owed) FROM invoice WHERE kind = 'invoice'")
    assert owed[0][0] >= 0
    assert differences(database) == []


# Payments


def test_an_invoice_that_was_paid_and_then_corrected_is_overpaid(database: str) -> None:
    """What was paid too much stands beside what is owed, and nothing is wrong with the books."""
    place(database, order())
    record(database, calls(900_000, "1"))
    number = issue(database, OCTOBER)
    gross = shown(database, number)["gross"]
    paid = licznik(database, "payments", "record", number, gross, "--on", "2026-11-20")
    assert paid.status == 0, paid.err
    price = ("orders", "change", "price", MAIN, "licence.pro", "140.00")
    assert licznik(database, *price).status == 0
    done(database, number, "price")
    (row,) = [one for one in listed(database) if one["number"] == number]
    assert (row["open"], row["payment_status"]) == ("-246.00", "paid")
    assert differences(database) == []
    receivables = licznik(database, "receivables", "--json").data["totals"]
    assert [one["total"] for one in receivables] == ["-246.00"]


def listed(url: str) -> list[Plain]:
    found: list[Plain] = licznik(url, "invoices", "list", "--json").data["invoices"]
    return found
