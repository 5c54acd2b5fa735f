"""Corrections among other documents: late usage, credits and work are on invoices exactly once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from invoices.finding import invoices_of
from invoices.issuing import InvoiceRun
from invoices.notes import NoteRun
from metering.calendar import Period
from tests.builders import ACCOUNT, Plain, catalog, local, order, scenario
from tests.recorded_words import record_all
from tests.running import change as change_rows
from tests.running import (
    decision_store,
    differences,
    ended,
    licznik,
    place,
    record,
    rows,
    started,
    usage_store,
    used,
    value,
)
from tests.sla_words import MAIN, claim, incident, ordered
from tests.test_correct import amounts, codes, correct, rename
from tests.test_invoice_run import meanwhile, numbers, run

SEPTEMBER, OCTOBER, NOVEMBER, DECEMBER = "2025-09", "2025-10", "2025-11", "2025-12"
NEW_YEAR = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)
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


def test_a_credit_that_comes_after_the_last_invoice_is_given_as_far_as_there_is_room(
    database: str,
) -> None:
    """The last month has one day of 193.55; the rest of 300.00 is given back on November's."""
    place(database, ordered("progres", end_date="2025-12-01"))
    november = issue(database, NOVEMBER)
    december = issue(database, DECEMBER)
    record_all(database, scenario([], incidents=[FAILURE], claims=[claim()]))
    assert due(database) == [(december, "-193.55")]
    assert done(database, december, "credit")["net"] == "-193.55"
    assert due(database) == [(november, "-106.45")]
    assert codes(correct(database, december, "--because", "credit")) == ["no_room"]
    assert done(database, november, "credit")["net"] == "-106.45"
    assert codes(correct(database, november, "--because", "credit")) == ["nothing_to_correct"]
    assert due(database) == []
    assert given_back(database) == -300
    assert value(database, "SELECT min(owed) FROM invoice") == 0
    assert differences(database) == []


def due(url: str) -> list[tuple[str, str]]:
    """Number and net difference of each correction that is due."""
    found = licznik(url, "invoices", "corrections", "--json").data["corrections"]
    return [(one["number"], one["difference"]["net"]) for one in found]


def test_the_credit_of_an_order_that_goes_on_waits_for_its_next_invoice(database: str) -> None:
    failed(database)
    number = issue(database, NOVEMBER)
    assert codes(correct(database, number, "--because", "credit")) == ["not_ended"]
    issue(database, DECEMBER)
    assert given_back(database) == -300


def test_what_is_decided_after_its_invoices_is_on_the_next_one(database: str) -> None:
    """The claim for November, and work done in it, after December's invoice: on January's."""
    own = ordered("progres")
    place(database, own)
    issue(database, NOVEMBER, DECEMBER)
    done_work = {"order": MAIN, "hours": "2.5", "accepted": "2025-11-21", "performed": "2025-11-24"}
    parts = {"incidents": [FAILURE], "claims": [claim()], "service_work": [done_work]}
    record_all(database, scenario([own], **parts))
    number = issue(database, "2026-01")
    assert lines(database, number, "sla_credit", "service_work") == [
        ("service_work", "2.5", "875.00"),
        ("sla_credit", "-1", "-300.00"),
    ]
    anew(database, "2026-01")
    anew(database, NOVEMBER)
    assert given_back(database) == -300
    assert charged(database, "service_work") == 875
    assert differences(database) == []


def test_a_fee_corrected_upwards_raises_its_credit(database: str) -> None:
    """5 % of 7000.00: 50.00 more than was given of 6000.00."""
    failed(database)
    number = issue(database, NOVEMBER, DECEMBER)
    assert licznik(database, *LICENCE, "7000.00").status == 0
    done(database, standing(database, NOVEMBER), "price")
    number = issue(database, "2026-01")
    assert lines(database, number, "sla_credit") == [("sla_credit", "-1", "-50.00")]
    assert differences(database) == []


LICENCE = ("orders", "change", "price", MAIN, "licence.pro")


def test_no_penalty_is_stated_while_an_annulled_invoice_waits_for_its_new_one(
    database: str,
) -> None:
    """Its base would be nothing."""
    late_repair = {**FAILURE, "repaired": local("2025-11-14 12:00")}
    own = ordered("progres")
    place(database, own)
    record_all(database, scenario([own], incidents=[late_repair]))
    issue(database, NOVEMBER)
    done(database, standing(database, NOVEMBER), "annulment")
    assert notes(database) == ([], [MAIN])
    issue(database, NOVEMBER)
    issued, waiting = notes(database)
    assert (len(issued), waiting) == (1, [])
    assert notes(database) == ([], [])
    assert differences(database) == []


def notes(url: str) -> tuple[list[str], list[str]]:
    """The notes of November that a run issues, and the orders that are not invoiced."""
    with decision_store(url) as decisions:
        now = datetime(2026, 2, 1, tzinfo=UTC)
        outcome = NoteRun(decisions, catalog(), Period.parse(NOVEMBER), now).issue()
    return outcome.issued, outcome.not_invoiced


# Buyers, currencies, parts of months


def test_what_was_corrected_of_the_buyer_stays_corrected(database: str, tmp_path: Path) -> None:
    """The usage of an invoice is corrected after its buyer's name."""
    place(database, order())
    record(database, calls(900_000, "1"))
    number = issue(database, OCTOBER)
    rename(database, tmp_path, name="Acme S.A.")
    done(database, number, "buyer")
    record(database, calls(10_000, "2"))
    corrected = done(database, number, "usage")
    assert (corrected["buyer"]["name"], corrected["buyer_before"]) == ("Acme S.A.", None)
    assert codes(correct(database, number, "--because", "buyer")) == ["nothing_to_correct"]
    assert differences(database) == []


def test_the_price_of_a_part_of_a_month_is_corrected(database: str) -> None:
    """17 of 31 days: 20 x 150.00 are 1645.16, 20 x 140.00 are 1535.48."""
    place(database, order(launch_date="2025-10-15"))
    number = issue(database, OCTOBER)
    change = licznik(database, "orders", "change", "price", MAIN, "licence.pro", "140.00")
    assert change.status == 0, change.err
    assert done(database, number, "price")["net"] == "-109.68"
    assert differences(database) == []


@pytest.mark.parametrize(
    ("buyer", "vat"),
    [
        ({"country": "DE", "tax_id": "DE136695976"}, "0.00"),
        ({"country": "US", "tax_id": "12-3456789"}, "0.00"),
        ({"country": "PL", "tax_id": None}, "-46.00"),
    ],
)
def test_buyers_abroad_and_consumers_are_corrected(database: str, buyer: Plain, vat: str) -> None:
    place(database, order(), accounts=[{**ACCOUNT, **buyer}])
    number = issue(database, OCTOBER)
    price = ("orders", "change", "price", MAIN, "licence.pro", "140.00")
    assert licznik(database, *price).status == 0
    corrected = done(database, number, "price")
    assert (corrected["net"], corrected["vat"]) == ("-200.00", vat)
    done(database, number, "annulment")
    assert value(database, "SELECT sum(gross) FROM invoice") == 0
    assert differences(database) == []


def test_the_vat_in_zloty_of_an_invoice_and_its_corrections_adds_up(
    database: str, tmp_path: Path
) -> None:
    """Each difference is that of two amounts rounded once, at the rate of the original."""
    place(database, order(currency="EUR"))
    record(database, calls(900_000, "1"))
    assert run(database, OCTOBER).data["problems"][0]["code"] == "missing_exchange_rate"
    keep_rate(database, tmp_path, "4.2537")
    number = issue(database, OCTOBER)
    found = [shown(database, number)]
    for turn in range(3):
        record(database, calls(3_333, f"late-{turn}"))
        found.append(done(database, number, "usage"))
    whole = sum(Decimal(own["vat"]) for own in found)
    zloty = sum(Decimal(own["exchange"]["vat"]["23"]) for own in found)
    assert zloty == (whole * Decimal("4.2537")).quantize(Decimal("0.01"), ROUND_HALF_UP)
    found.append(done(database, number, "annulment"))
    assert sum(Decimal(own["exchange"]["vat"]["23"]) for own in found) == 0
    assert differences(database) == []


def keep_rate(url: str, folder: Path, rate: str) -> None:
    """The rate of the last working day before the end of October."""
    table = f"""[{{"table": "A", "no": "210/A/NBP/2025", "effectiveDate": "2025-10-30",
        "rates": [{{"currency": "euro", "code": "EUR", "mid": {rate}}}]}}]"""
    path = folder / "rates.json"
    path.write_text(table, encoding="utf-8")
    assert licznik(url, "rates", "import", str(path)).status == 0


@pytest.mark.parametrize("name", ["acme/main/1", "acme 2025-10", "Żółć/2025-10", "a'b%c"])
def test_orders_of_any_name_are_corrected(database: str, name: str) -> None:
    place(database, order(id=name), order(id=f"{name}/2025-10"))
    assert run(database, OCTOBER).data["issued"] == 2
    query = "SELECT number FROM invoice WHERE order_id = %s AND kind = 'invoice' AND NOT annulled"
    for _ in range(2):
        done(database, value(database, query, name), "annulment")
        assert run(database, OCTOBER).data["issued"] == 1
    assert value(database, "SELECT count(*) FROM invoice") == 6
    assert differences(database) == []


# Statements


def statement(url: str, period: str) -> Plain:
    """The statement of a month."""
    outcome = licznik(url, "statement", MAIN, "--period", period, "--format", "json")
    found: Plain = outcome.data
    return found


def test_a_statement_shows_the_invoice_that_stands(database: str) -> None:
    """Not the one that it took the place of; between the two there is none."""
    place(database, order())
    first = issue(database, OCTOBER)
    assert statement(database, OCTOBER)["cost"]["number"] == first
    done(database, first, "annulment")
    assert statement(database, OCTOBER)["cost"].get("number") is None
    assert statement(database, OCTOBER)["cost"]["net"] == "3000.00"
    second = issue(database, OCTOBER)
    assert statement(database, OCTOBER)["cost"]["number"] == second


def test_a_statement_of_a_month_that_is_not_invoiced_has_its_credit(database: str) -> None:
    failed(database)
    issue(database, NOVEMBER)
    before = statement(database, DECEMBER)["cost"]
    issue(database, DECEMBER)
    after = statement(database, DECEMBER)["cost"]
    assert before["net"] == after["net"] == "5700.00"


# Numbers


def test_a_refused_draft_takes_no_number(database: str) -> None:
    """The middle one of three buyers has a tax number with a wrong check digit."""
    buyers = [{**ACCOUNT, "id": f"buyer-{n}", "tax_id": None} for n in range(3)]
    orders = [order(id=f"order-{n}", account=f"buyer-{n}") for n in range(3)]
    place(database, *orders, accounts=buyers)
    wrong = "UPDATE account SET details = jsonb_set(details, '{tax_id}', %s) WHERE id = 'buyer-1'"
    assert change_rows(database, wrong, '"5260001247"') == 1
    outcome = run(database, OCTOBER).data
    assert (outcome["issued"], outcome["problems"][0]["code"]) == (2, "invalid_tax_id")
    assert numbers(database) == [1, 2]
    assert change_rows(database, wrong, "null") == 1
    assert run(database, OCTOBER).data["issued"] == 1
    assert numbers(database) == [1, 2, 3]
    assert differences(database) == []


def test_a_new_year_begins_in_warsaw(database: str) -> None:
    """At 23:30 in UTC it has begun: each year has a series of its own."""
    place(database, order(), order(id="other"))
    for now, period in ((NEW_YEAR - timedelta(hours=1), OCTOBER), (NEW_YEAR, NOVEMBER)):
        with decision_store(database) as decisions, usage_store(database) as stored:
            run_then = InvoiceRun(decisions, stored, catalog(), Period.parse(period), now)
            list(run_then.issue(run_then.orders()))
    found = rows(database, "SELECT number FROM invoice ORDER BY number")
    assert [number for (number,) in found] == [
        "FV/2025/000001",
        "FV/2025/000002",
        "FV/2026/000001",
        "FV/2026/000002",
    ]
    assert differences(database) == []


# At once


def test_of_two_who_correct_at_once_one_is_told_to_look_again(database: str) -> None:
    """Two processes state the difference once."""
    place(database, order())
    record(database, calls(900_000, "1"))
    number = issue(database, OCTOBER)
    record(database, calls(10_000, "2"))
    command = ("invoices", "correct", number, "--json")
    outcomes = [ended(one) for one in [started(database, *command) for _ in range(2)]]
    assert sorted(one.status for one in outcomes) == [0, 2]
    (told,) = (code for one in outcomes if one.status for code in codes(one))
    assert told in ("changed_meanwhile", "nothing_to_correct")
    assert value(database, "SELECT count(*) FROM invoice WHERE kind = 'correction'") == 1
    assert differences(database) == []


def test_corrections_of_several_invoices_at_once_take_one_number_each(database: str) -> None:
    orders = [order(id=f"order-{n}") for n in range(3)]
    place(database, *orders)
    run(database, OCTOBER)
    found = rows(database, "SELECT number FROM invoice")
    command = ("invoices", "correct", "--because", "annulment", "--json")
    outcomes = [ended(one) for one in [started(database, *command, *own) for own in found]]
    assert [one.status for one in outcomes] == [0, 0, 0]
    assert numbers(database) == [1, 1, 2, 2, 3, 3]
    assert differences(database) == []


@pytest.mark.parametrize("because", ["usage", "annulment"])
def test_a_correction_while_the_next_invoice_is_drafted(
    database: str, monkeypatch: pytest.MonkeyPatch, because: str
) -> None:
    """The run has seen late usage of October that the correction charges first."""
    place(database, order())
    record(database, calls(900_000, "1"))
    number = issue(database, OCTOBER)
    whole = usage(database)
    record(database, calls(10_000, "2"))
    meanwhile(monkeypatch, lambda: done(database, number, because))
    november = issue(database, NOVEMBER)
    assert lines(database, november, "adjustment") == []
    issue(database, OCTOBER)
    assert usage(database) == whole + 20
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
