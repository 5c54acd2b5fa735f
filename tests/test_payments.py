"""`licznik payments` and `receivables`: what came in counts once, and pays no more than is due."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from invoices.payments.desk import PaymentDesk
from metering.problems import ProblemsFound
from tests.builders import ACCOUNT, Plain, order
from tests.running import (
    MIGRATED,
    Outcome,
    Server,
    change,
    codes,
    contents,
    decision_store,
    differences,
    ended,
    is_answered,
    licznik,
    place,
    rows,
    started,
    value,
)

OTHER = {**ACCOUNT, "id": "beta", "name": "Beta S.A.", "tax_id": "1234563218"}
GROSS = "4182.00"
"""20 licences at 150.00, the SLA fee of 400.00, and VAT."""

DAY = "2025-11-10"


@pytest.fixture(scope="module")
def billed(server: Server) -> Iterator[str]:
    """The name of a database with three invoices of Acme and one of Beta, each of GROSS."""
    with server.database(MIGRATED) as url:
        orders = [order(id=name, sla="progres") for name in ("a-1", "a-2", "a-3")]
        place(
            url,
            *orders,
            order(id="b-1", account="beta", sla="progres"),
            accounts=(ACCOUNT, OTHER),
        )
        assert licznik(url, "invoices", "run", "--period", "2025-10").status == 0
        yield url.rpartition("?")[0].rpartition("/")[2]


@pytest.fixture
def books(server: Server, billed: str) -> Iterator[str]:
    """A copy of that database."""
    with server.database(billed) as url:
        yield url


def number(url: str, own: str = "a-1") -> str:
    """The number of an order's invoice."""
    found: str = value(url, "SELECT number FROM invoice WHERE order_id = %s", own)
    return found


def paid(url: str, own: str = "a-1") -> str:
    """What an order's invoice has paid."""
    return f"{value(url, 'SELECT paid FROM invoice WHERE order_id = %s', own):.2f}"


def payments(url: str, *words: str, status: int = 0) -> Any:
    """What a command on payments printed for programs."""
    outcome = licznik(url, "payments", *words, "--json")
    assert outcome.status == status, outcome.err
    return outcome.data


def record(url: str, amount: str = GROSS, own: str = "a-1", *options: str) -> Plain:
    """A payment recorded by hand."""
    made: Plain = payments(url, "record", number(url, own), amount, "--on", DAY, *options)
    return made


def refused(url: str, *words: str) -> list[str]:
    """The codes of the problems of a command; nothing has changed."""
    before = contents(url)
    outcome = licznik(url, "payments", *words)
    assert is_answered(outcome)
    assert contents(url) == before
    return codes(outcome)


HEADER = "date;amount;currency;title;payer;tax_id;reference\n"


def statement(folder: Path, *lines: str, name: str = "bank.csv") -> Path:
    """A bank's file."""
    file = folder / name
    file.write_text(HEADER + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return file


def bank(url: str, file: Path, *options: str, status: int = 0) -> Any:
    """What an import did."""
    return payments(url, "import", str(file), *options, status=status)


def line(title: str = "", amount: str = GROSS, tax_id: str = "", ref: str = "") -> str:
    """A line of a bank's file."""
    return f"{DAY};{amount};PLN;{title};Acme;{tax_id};{ref}"


# By hand


def test_a_payment_pays_its_invoice(books: str) -> None:
    made = record(books)
    assert (made["amount"], made["left"], made["payer"]) == (GROSS, "0.00", ACCOUNT["name"])
    assert made["allocations"] == [{"number": number(books), "amount": GROSS, "found_by": "hand"}]
    assert paid(books) == GROSS
    assert differences(books) == []


def test_what_is_more_than_due_stays_on_the_payment(books: str) -> None:
    made = record(books, "5000,00")
    assert (made["allocated"], made["left"]) == (GROSS, "818.00")
    assert paid(books) == GROSS


def test_the_rest_of_a_payment_goes_to_another_invoice(books: str) -> None:
    own = record(books, "5000.00")["id"]
    made = payments(books, "match", own, number(books, "a-2"))
    assert (made["left"], paid(books, "a-2")) == ("0.00", "818.00")
    assert differences(books) == []


def test_a_part_of_a_payment_can_be_matched(books: str) -> None:
    own = record(books, "5000.00")["id"]
    assert (
        payments(books, "match", own, number(books, "a-2"), "--amount", "8,00")["left"] == "810.00"
    )
    assert payments(books, "match", own, number(books, "a-2"))["left"] == "0.00"
    assert paid(books, "a-2") == "818.00"
    assert differences(books) == []


def test_an_allocation_can_be_taken_back(books: str) -> None:
    own = record(books)["id"]
    made = payments(books, "release", own, number(books))
    assert (made["left"], made["allocations"], paid(books)) == (GROSS, [], "0.00")
    payments(books, "match", own, number(books, "a-3"))
    assert (paid(books), paid(books, "a-3")) == ("0.00", GROSS)
    assert differences(books) == []


def test_a_mistake_is_voided_and_kept(books: str) -> None:
    own = record(books)["id"]
    payments(books, "release", own, number(books))
    made = payments(books, "void", own, "--why", "typed twice")
    assert (made["status"], made["left"]) == ("voided", "0.00")
    assert payments(books, "list", "--unmatched")["payments"] == []
    assert [one["id"] for one in payments(books, "list")["payments"]] == [own]
    assert differences(books) == []


def test_the_same_payment_is_recorded_again_only_if_it_came_again(books: str) -> None:
    record(books, "10.00")
    again = ("record", number(books), "10.00", "--on", DAY)
    assert refused(books, *again) == ["payment_exists"]
    record(books, "10.00", "a-1", "--again")
    assert paid(books) == "20.00"


def test_another_payer_is_named(books: str) -> None:
    made = record(books, GROSS, "a-1", "--payer", "Factor Sp. z o.o.", "--title", "cesja")
    assert (made["payer"], made["payer_tax_id"], made["title"]) == (
        "Factor Sp. z o.o.",
        "",
        "cesja",
    )


def test_what_cannot_be_done_is_refused(books: str) -> None:
    """Each with its reason, and nothing changes."""
    own = record(books, "5000.00")["id"]
    first, second = number(books), number(books, "a-2")
    assert refused(books, "match", own, first) == ["nothing_due"]
    assert refused(books, "match", own, second, "--amount", "818.01") == ["too_much"]
    assert refused(books, "match", own, second, "--amount", "0") == ["nothing_paid"]
    assert refused(books, "release", own, second) == ["not_allocated"]
    assert refused(books, "void", own, "--why", "x") == ["still_allocated"]
    assert refused(books, "match", "none", first) == ["unknown_payment"]
    assert refused(books, "match", own, "FV/1") == ["unknown_invoice"]
    assert refused(books, "record", first, "5", "--on", "2199-01-01") == ["in_future"]
    assert refused(books, "record", first, "0", "--on", DAY) == ["nothing_paid"]


def test_a_void_payment_is_dead(books: str) -> None:
    own = record(books)["id"]
    payments(books, "release", own, number(books))
    assert refused(books, "void", own, "--why", " ") == ["no_reason"]
    payments(books, "void", own, "--why", "not ours")
    assert refused(books, "void", own, "--why", "again") == ["already_void"]
    assert refused(books, "match", own, number(books)) == ["already_void", "nothing_left"]


@pytest.mark.parametrize("amount", ["abc", "1,234", "5 PLN", "1e3"])
def test_an_amount_that_is_none_is_a_mistake_of_typing(books: str, amount: str) -> None:
    assert is_answered(licznik(books, "payments", "record", "FV", amount, "--on", DAY))


def test_a_payment_in_another_currency_waits(books: str) -> None:
    change(books, "UPDATE invoice SET currency = 'EUR' WHERE order_id = 'a-2'")
    own = record(books, "5000.00")["id"]
    assert refused(books, "match", own, number(books, "a-2")) == ["other_currency"]


# From a bank's file


def test_a_file_is_matched_by_number_then_by_payer_and_amount(books: str, tmp_path: Path) -> None:
    file = statement(
        tmp_path,
        line(f"zapłata {number(books).lower()}", "1000,00"),
        line("abonament", GROSS, "123-456-32-18"),
        line("prowizja", "-5,00"),
        line("nie wiadomo co", "7,00"),
    )
    made = bank(books, file)
    counts = ("recorded", "already_recorded", "matched", "for_a_person", "outgoing", "rejected")
    assert [made[name] for name in counts] == [3, 0, 2, 1, 1, 0]
    assert made["allocated"] == {"PLN": "5182.00"}
    ways = [[part["found_by"] for part in one["allocations"]] for one in made["payments"]]
    assert ways == [["number"], ["amount_and_tax_id"], []]
    assert (paid(books), paid(books, "b-1")) == ("1000.00", GROSS)
    assert differences(books) == []


def test_a_file_imported_twice_changes_nothing(books: str, tmp_path: Path) -> None:
    file = statement(tmp_path, line(number(books)), line("x", "1"), line("x", "1"), line(ref="R1"))
    assert bank(books, file)["recorded"] == 4
    before = contents(books)
    again = bank(books, file)
    assert (again["recorded"], again["already_recorded"]) == (0, 4)
    assert contents(books) == before


def test_overlapping_files_double_nothing(books: str, tmp_path: Path) -> None:
    """Two equal transfers of a day are two, in each file that has them both."""
    twice = [line("x", "1"), line("x", "1")]
    bank(books, statement(tmp_path, line("y", "2"), *twice))
    made = bank(books, statement(tmp_path, *twice, line("z", "3"), name="later.csv"))
    assert (made["recorded"], made["already_recorded"]) == (1, 3 - 1)
    assert value(books, "SELECT sum(amount) FROM payment") == Decimal(7)


def test_equal_payments_without_references_are_shown(books: str, tmp_path: Path) -> None:
    """Two exports of two halves of a day may each have one of two equal transfers."""
    first = bank(books, statement(tmp_path, line("x", "1"), line("z", "3", ref="R1")))
    again = statement(tmp_path, line("y", "2"), line("x", "1"), line("z", "3", ref="R1"))
    made = bank(books, again)
    recorded_at = value(books, "SELECT recorded_at FROM payment WHERE title = 'x'")
    own = first["payments"][0]["id"]
    assert first["known_by_content"] == []
    (known,) = made["known_by_content"]
    assert (known["line"], known["payment"]) == (3, own)
    assert datetime.fromisoformat(known["recorded_at"]) == recorded_at
    outcome = licznik(books, "payments", "import", again)
    assert own in outcome.out
    assert "`licznik payments record NUMBER AMOUNT --on DAY --again`" in outcome.err


def test_what_goes_out_is_listed(books: str, tmp_path: Path) -> None:
    """A returned payment is work for a person; many lines are for a program."""
    few = statement(tmp_path, line("zwrot", "-5,00"))
    assert bank(books, few)["outgoing_lines"] == [
        {"line": 2, "amount": "-5.00", "currency": "PLN", "title": "zwrot"}
    ]
    assert "zwrot" in licznik(books, "payments", "import", few).out
    many = statement(tmp_path, *[line("zwrot", "-5,00")] * 21)
    assert len(bank(books, many)["outgoing_lines"]) == 21
    outcome = licznik(books, "payments", "import", many)
    assert ("zwrot" in outcome.out, "21 lines are outgoing" in outcome.err) == (False, True)


def test_a_file_without_a_currency_pays_nothing(books: str, tmp_path: Path) -> None:
    """Until the user says which it is in."""
    file = tmp_path / "bank.csv"
    file.write_text(f"date;amount;title\n{DAY};1000,00;{number(books)}\n", encoding="utf-8")
    assert refused(books, "import", str(file)) == ["missing_currency"]
    assert "add --currency PLN" in licznik(books, "payments", "import", file).err
    assert is_answered(licznik(books, "payments", "import", file, "--currency", "XYZ"))
    assert bank(books, file, "--currency", "EUR")["payments"][0]["reason"] == "other_currency"
    assert bank(books, file, "--currency", "PLN")["allocated"] == {"PLN": "1000.00"}


def test_a_reference_stands_for_one_payment(books: str, tmp_path: Path) -> None:
    """Something else under the same reference is not lost in silence."""
    own = statement(
        tmp_path, line("a", "1", ref="R1"), line("a", "1", ref="R1"), line("a", "2", ref="R1")
    )
    outcome = licznik(books, "payments", "import", own)
    assert (outcome.status, codes(outcome)) == (2, ["reference_conflict"])
    assert "lines[4].reference" in outcome.err
    assert value(books, "SELECT count(*) FROM payment") == 1


def test_equal_payments_without_a_true_reference_are_two(books: str, tmp_path: Path) -> None:
    bank(books, statement(tmp_path, line("a", "1", ref="NONREF"), line("b", "1", ref="NONREF")))
    assert value(books, "SELECT count(*) FROM payment") == 2


def test_two_payments_of_a_file_see_each_other(books: str, tmp_path: Path) -> None:
    """The second one finds the invoice paid."""
    made = bank(
        books, statement(tmp_path, line(number(books)), line(number(books) + " raz jeszcze"))
    )
    assert [one["reason"] for one in made["payments"]] == [None, "already_paid"]
    assert paid(books) == GROSS


def test_a_dry_run_says_the_same_and_keeps_nothing(books: str, tmp_path: Path) -> None:
    lines = [line(number(books), "30", ref=str(n)) for n in range(500)]
    file = statement(tmp_path, *lines)
    before = contents(books)
    tried = bank(books, file, "--dry-run")
    assert contents(books) == before
    assert {**bank(books, file), "dry_run": True} == tried
    assert paid(books) == GROSS


def test_bad_lines_are_named_and_the_good_ones_kept(books: str, tmp_path: Path) -> None:
    """And the mended file is imported as a whole."""
    bad = line(number(books)).replace(DAY, "2025-02-31")
    made = bank(books, statement(tmp_path, bad, line("x", "1")), status=2)
    assert [(one["path"], one["code"]) for one in made["problems"]] == [
        ("lines[2].date", "not_a_day")
    ]
    assert (made["recorded"], made["rejected"]) == (1, 1)
    made = bank(books, statement(tmp_path, line(number(books)), line("x", "1")))
    assert (made["recorded"], made["already_recorded"]) == (1, 1)


def test_a_payment_of_tomorrow_is_no_payment(books: str, tmp_path: Path) -> None:
    own = statement(tmp_path, line("x", "1").replace(DAY, "2190-01-01"))
    assert [one["code"] for one in bank(books, own, status=2)["problems"]] == ["in_future"]
    assert value(books, "SELECT count(*) FROM payment") == 0


def test_people_see_what_is_left_for_them(books: str, tmp_path: Path) -> None:
    outcome = licznik(books, "payments", "import", statement(tmp_path, line("co to", "9,50")))
    assert outcome.status == 0
    assert "For a person" in outcome.out
    assert "9.50" in outcome.out
    assert "no invoice number in the title" in outcome.out.replace("\n", " ")


def test_a_payment_that_came_before_its_invoice_is_proposed_later(
    books: str, tmp_path: Path
) -> None:
    """The list says what fits by now; a person decides."""
    coming = "FV/" + number(books).split("/")[1] + "/000005"
    own = bank(books, statement(tmp_path, line(coming)))["payments"][0]
    assert own["reason"] == "unknown_number"
    assert licznik(books, "invoices", "run", "--period", "2025-11").status == 0
    (listed,) = payments(books, "list", "--unmatched")["payments"]
    assert (listed["id"], listed["fits"]) == (own["id"], [coming])


@pytest.mark.parametrize("raw", [b"", b"a;b\n", "date;amount\n".encode("utf-16")])
def test_a_file_that_is_no_statement_is_refused(books: str, tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "x.csv").write_bytes(raw)
    assert refused(books, "import", str(tmp_path / "x.csv"))
    assert is_answered(licznik(books, "payments", "import", tmp_path / "missing.csv"))


# Many at once


NOW = datetime(2025, 12, 1, tzinfo=UTC)


def test_many_at_once_never_pay_more_than_is_due(books: str) -> None:
    """Eight desks put eight payments, more together than is due, to one invoice."""
    own = number(books)

    def pay(amount: int) -> None:
        with decision_store(books) as decisions:
            desk = PaymentDesk(decisions, NOW)
            for _ in range(5):
                desk.record(own, Decimal(amount), NOW.date(), again=True)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(pay, range(111, 119)))
    made = payments(books, "list")["payments"]
    assert len(made) == 40
    assert sum(Decimal(one["allocated"]) for one in made) == Decimal(GROSS)
    assert paid(books) == GROSS
    assert differences(books) == []


def test_many_at_once_never_spend_a_payment_twice(books: str) -> None:
    """Three invoices want the same rest."""
    with decision_store(books) as decisions:
        payment = PaymentDesk(decisions, NOW).record(
            number(books, "b-1"), Decimal(5000), NOW.date()
        )

    def match(own: str) -> bool:
        with decision_store(books) as decisions:
            try:
                PaymentDesk(decisions, NOW).match(payment.id, number(books, own), Decimal(500))
            except ProblemsFound:
                return False
            return True

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(match, ("a-1", "a-2", "a-3"))) == [False, False, True]
    assert differences(books) == []


def test_one_file_imported_by_two_processes_counts_once(books: str, tmp_path: Path) -> None:
    own = number(books)
    file = statement(tmp_path, *(line(f"{own} {n}", "20") for n in range(600)))
    both = [started(books, "payments", "import", str(file), "--json") for _ in range(2)]
    made = [ended(process) for process in both]
    assert [one.status for one in made] == [0, 0]
    assert sum(one.data["recorded"] for one in made) == 600
    assert (paid(books), value(books, "SELECT count(*) FROM payment")) == (GROSS, 600)
    assert differences(books) == []


def test_an_import_that_was_killed_is_started_again(books: str, tmp_path: Path) -> None:
    own = number(books)
    file = statement(tmp_path, *(line(f"{own} {n}", "1") for n in range(3000)))
    process = started(books, "payments", "import", str(file))
    while not (done := value(books, "SELECT count(*) FROM payment")):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert done < 3000
    assert differences(books) == []
    again = bank(books, file)
    assert again["already_recorded"] >= done
    assert again["recorded"] + again["already_recorded"] == 3000
    assert paid(books) == "3000.00"
    assert differences(books) == []


# Verification

HARM = {
    "what an invoice has paid": ("UPDATE invoice SET paid = paid + 0.01", ".paid"),
    "an allocation": ("UPDATE payment_allocation SET amount = amount - 1", "payment"),
    "how an invoice was found": ("UPDATE payment_allocation SET found_by = 'number'", "found_by"),
    "an allocation that is gone": ("DELETE FROM payment_allocation", "payment"),
    "a payment's amount": ("UPDATE payment SET amount = amount + 1", ".amount"),
    "a payment's day": ("UPDATE payment SET paid_on = paid_on + 1", ".paid_on"),
    "a payment's state": ("UPDATE payment SET status = 'voided'", ".status"),
    "a payment that is gone": ("DELETE FROM payment", "payment"),
    "a payment's events, gone": (
        "DELETE FROM decisions_events WHERE originator_id LIKE 'payment/%'",
        "payment",
    ),
    "a payment's first event, gone": (
        "DELETE FROM decisions_events"
        " WHERE originator_id LIKE 'payment/%' AND originator_version = 1",
        "payment",
    ),
    "a payment's byte": (
        "UPDATE decisions_events SET state = set_byte(state, 30, get_byte(state, 30) # 1)"
        " WHERE originator_id LIKE 'payment/%'",
        "payment",
    ),
}


@pytest.mark.parametrize("harm", HARM)
def test_one_changed_row_is_found(books: str, harm: str) -> None:
    record(books)
    assert differences(books) == []
    statement_, place_named = HARM[harm]
    assert change(books, statement_) > 0
    outcome = licznik(books, "verify", "--json")
    assert (outcome.status, outcome.data["payments"]) in ((1, 1), (1, 0))
    assert any(place_named in one["where"] for one in outcome.data["differences"])


def test_a_release_of_what_was_never_allocated_is_found(books: str) -> None:
    """And the rest is verified all the same."""
    broken, sound = record(books)["id"], record(books, GROSS, "a-2")["id"]
    payments(books, "release", broken, number(books))
    own = f"payment/{broken}"
    change(
        books,
        "DELETE FROM decisions_events WHERE originator_id = %s AND originator_version = 2",
        own,
    )
    change(books, "UPDATE payment SET title = 'x' WHERE id = %s", sound)
    assert sorted(differences(books)) == sorted([f"payment {broken}", f"payment {sound}.title"])


def test_verification_counts_payments(books: str) -> None:
    record(books)
    said = licznik(books, "verify").err
    assert "4 invoices, 1 payments and 4 notices made again from the events: 0" in said


# What is due


def receivables(url: str, *words: str) -> Any:
    """What is due, for programs."""
    return licznik(url, "receivables", *words, "--json").data


def due_days_ago(url: str, days: int, *orders: str) -> None:
    """Moves the due day of some invoices before the 31st of December 2025."""
    change(
        url,
        "UPDATE invoice SET issued_on = '2025-01-01', due_on = '2025-12-31'::date - %s::int"
        " WHERE order_id = ANY(%s)",
        days,
        list(orders),
    )


def test_what_is_due_stands_by_its_age(books: str) -> None:
    due_days_ago(books, 0, "a-1")
    due_days_ago(books, 30, "a-2")
    due_days_ago(books, 91, "a-3")
    due_days_ago(books, 61, "b-1")
    record(books, "5000.00", "b-1")
    found = receivables(books, "--on", "2025-12-31")
    acme, beta = found["accounts"]
    ages = ("not_due", "days_1_30", "days_31_60", "days_61_90", "over_90", "overpaid", "total")
    assert [acme[age] for age in ages] == [GROSS, GROSS, "0.00", "0.00", GROSS, "0.00", "12546.00"]
    assert [beta[age] for age in ages] == ["0.00"] * 5 + ["818.00", "-818.00"]
    assert found["totals"][0]["total"] == "11728.00"


def test_a_day_in_the_past_is_shown_as_it_was(books: str) -> None:
    """A payment counts from the day it was paid on, an invoice from its issue."""
    due_days_ago(books, 10, "a-1")
    record(books, "182.00")
    assert (
        receivables(books, "--on", "2025-11-09", "--account", "acme")["totals"][0]["total"] == GROSS
    )
    assert receivables(books, "--on", DAY)["totals"][0]["total"] == "4000.00"
    assert receivables(books, "--on", "2024-12-31")["accounts"] == []


def test_each_open_invoice_is_listed(books: str) -> None:
    due_days_ago(books, 30, "a-1", "a-2", "a-3", "b-1")
    record(books, "182.00")
    record(books, GROSS, "a-2")
    found = receivables(books, "--on", "2025-12-31", "--invoices", "--account", "acme")["invoices"]
    assert [(one["order"], one["open"], one["overdue_days"], one["age"]) for one in found] == [
        ("a-1", "4000.00", 30, "days_1_30"),
        ("a-3", GROSS, 30, "days_1_30"),
    ]


def test_money_of_nobody_is_listed_too(books: str, tmp_path: Path) -> None:
    bank(books, statement(tmp_path, line("?", "5", "9999999999"), line("!", "7", "1234563218")))
    found = {one["account"]: one["overpaid"] for one in receivables(books)["accounts"]}
    assert found == {"acme": "0.00", "beta": "7.00", None: "5.00"}


def test_people_see_a_table_with_the_sum(books: str) -> None:
    outcome = licznik(books, "receivables", "--invoices")
    assert outcome.status == 0
    assert "16728.00" in outcome.out
    assert number(books) in outcome.out


def test_an_account_nobody_has_is_a_mistake(books: str) -> None:
    outcome = licznik(books, "receivables", "--account", "nobody")
    assert (is_answered(outcome), codes(outcome)) == (True, ["unknown_account"])


def listed(url: str) -> dict[str, tuple[str, str, str]]:
    """What the list of invoices says of each order."""
    found = licznik(url, "invoices", "list", "--json").data["invoices"]
    return {one["order"]: (one["payment_status"], one["paid"], one["open"]) for one in found}


def test_the_list_of_invoices_says_what_is_paid(books: str) -> None:
    due_days_ago(books, 30, "b-1")
    record(books)
    record(books, "82.00", "a-2")
    assert listed(books) == {
        "a-1": ("paid", GROSS, "0.00"),
        "a-2": ("part_paid", "82.00", "4100.00"),
        "a-3": ("open", "0.00", GROSS),
        "b-1": ("overdue", "0.00", GROSS),
    }


def shown(outcome: Outcome) -> str:
    """What people see."""
    return outcome.out


def test_the_list_of_payments_is_for_people_too(books: str) -> None:
    own = record(books, "5000.00")["id"]
    outcome = licznik(books, "payments", "list", "--unmatched")
    assert own in outcome.out
    assert "the invoice in the title is paid" in outcome.err
    assert rows(books, "SELECT id FROM payment") == [(own,)]
