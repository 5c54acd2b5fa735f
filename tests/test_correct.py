"""`licznik invoices correct`: documents of their own, the original as it was (art. 106j)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from tests.amending import void
from tests.builders import ACCOUNT, Plain, order
from tests.running import (
    Outcome,
    console,
    differences,
    licznik,
    place,
    record,
    rows,
    used,
    value,
    write_yaml,
)
from tests.test_invoice_run import invoice, run

NOON = "2025-10-05T12:00:00+02:00"
FIRST = "FV/2026/000001"
LATER = {"policies": {"late_usage": "correction"}}


def calls(count: int, event_id: str) -> Plain:
    """So many API calls of October."""
    return used("api_calls", count, NOON, event_id)


def invoiced(url: str, count: int = 900_000, **given: Any) -> str:
    """An order with usage, invoiced; the number of its invoice."""
    place(url, order(**{**LATER, **given}))
    record(url, calls(count, "1"))
    assert run(url).status == 0
    number: str = invoice(url)["number"]
    return number


def correct(url: str, number: str, *options: str) -> Outcome:
    """What a correction of an invoice ended with."""
    return licznik(url, "invoices", "correct", number, "--json", *options)


def codes(outcome: Outcome) -> list[str]:
    """The problems that a correction was refused for."""
    assert outcome.status == 2
    return [problem["code"] for problem in outcome.data["problems"]]


def row(url: str, number: str, *columns: str) -> tuple[Any, ...]:
    """Some columns of a document's row."""
    (found,) = rows(url, f"SELECT {', '.join(columns)} FROM invoice WHERE number = %s", number)
    return found


def amounts(document: Plain) -> tuple[str, str, str]:
    return document["net"], document["vat"], document["gross"]


def test_more_usage_is_charged_by_a_correction(database: str) -> None:
    """10,000 more calls at 0.002 are 20.00 net, whatever the original said."""
    number = invoiced(database)
    before = invoice(database)
    record(database, calls(10_000, "2"))
    corrected = correct(database, number).data
    assert corrected["number"] == f"KOR/{corrected['issued_on'][:4]}/000001"
    assert amounts(corrected) == ("20.00", "4.60", "24.60")
    assert [(one["item"], one["quantity"], one["net"]) for one in corrected["lines"]] == [
        ("api_calls", "10000", "20.00")
    ]
    assert corrected["corrects"]["number"] == number
    assert licznik(database, "invoices", "show", number, "--json").data == before
    assert differences(database) == []


def test_less_usage_is_given_back(database: str) -> None:
    """All calls are voided: the correction takes the overage back, and so much less is owed."""
    number = invoiced(database)
    before = invoice(database)
    void(database, "1")
    corrected = correct(database, number).data
    owed, gross = row(database, number, "owed", "gross")
    assert Decimal(corrected["gross"]) < 0
    assert owed == gross + Decimal(corrected["gross"])
    assert Decimal(before["net"]) + Decimal(corrected["net"]) == Decimal("3000.00")
    assert differences(database) == []


def test_a_second_correction_starts_where_the_first_ended(database: str) -> None:
    """Its rows before are those after the first; so each difference is stated once."""
    number = invoiced(database)
    record(database, calls(10_000, "2"))
    correct(database, number)
    record(database, calls(10_000, "3"))
    corrected = correct(database, number, "--form", "before-after").data
    assert amounts(corrected) == ("20.00", "4.60", "24.60")
    (before,), (after,) = corrected["lines_before"], corrected["lines_after"]
    assert int(after["quantity"]) - int(before["quantity"]) == 10_000
    assert corrected["corrects"]["number"] == number
    assert codes(correct(database, number)) == ["nothing_to_correct"]
    assert differences(database) == []


def test_a_price_agreed_later_changes_its_lines(database: str) -> None:
    """20 licences at 140.00 and not 150.00: the old row is taken back, the new one put."""
    number = invoiced(database, 1)
    change = licznik(database, "orders", "change", "price", "acme-main", "licence.pro", "140.00")
    assert change.status == 0, change.err
    corrected = correct(database, number, "--because", "price", "--effect", "2").data
    assert [(one["unit_price"], one["net"]) for one in corrected["lines"]] == [
        ("150.00", "-3000.00"),
        ("140.00", "2800.00"),
    ]
    assert amounts(corrected) == ("-200.00", "-46.00", "-246.00")
    assert differences(database) == []


def rename(url: str, folder: Path, **given: object) -> None:
    """The account has other details by now."""
    own = {**ACCOUNT, **given}
    path = write_yaml(folder / "orders.yaml", {"accounts": [own], "orders": [order(id="other")]})
    assert licznik(url, "orders", "import", str(path)).status == 0


def test_a_buyer_with_another_address_is_corrected_with_no_amount(
    database: str, tmp_path: Path
) -> None:
    number = invoiced(database, 1)
    rename(database, tmp_path, name="Acme S.A.")
    corrected = correct(database, number, "--because", "buyer").data
    assert (corrected["buyer"]["name"], corrected["buyer_before"]["name"]) == (
        "Acme S.A.",
        "Acme Sp. z o.o.",
    )
    assert amounts(corrected) == ("0.00", "0.00", "0.00")
    assert differences(database) == []


def test_an_invoice_to_a_wrong_tax_number_is_annulled_and_issued_anew(
    database: str, tmp_path: Path
) -> None:
    """An issued invoice is never changed: it is corrected to zero, and another takes its place."""
    number = invoiced(database)
    rename(database, tmp_path, tax_id="7740001454")
    assert codes(correct(database, number, "--because", "buyer")) == ["other_buyer"]
    whole = invoice(database)
    corrected = correct(database, number, "--because", "annulment").data
    assert Decimal(corrected["gross"]) == -Decimal(whole["gross"])
    assert row(database, number, "owed", "annulled") == (0, True)
    assert run(database).data["issued"] == 2, "the other order's, and the one that takes its place"
    anew = value(
        database,
        "SELECT number FROM invoice WHERE order_id = 'acme-main' AND kind = 'invoice'"
        " AND NOT annulled",
    )
    shown = licznik(database, "invoices", "show", anew, "--json").data
    assert (shown["buyer"]["tax_id"], shown["gross"]) == ("7740001454", whole["gross"])
    assert codes(correct(database, number)) == ["annulled"]
    assert differences(database) == []


def test_a_correction_is_structured_like_an_invoice(database: str) -> None:
    number = invoiced(database)
    record(database, calls(10_000, "2"))
    corrected = correct(database, number).data["number"]
    content = value(
        database,
        "SELECT f.content FROM invoice_file f JOIN invoice i ON i.id = f.invoice_id"
        " WHERE i.number = %s AND f.kind = 'xml'",
        corrected,
    )
    space = {"f": "http://crd.gov.pl/wzor/2025/06/25/13775/"}
    root = etree.fromstring(bytes(content))
    assert root.findtext(".//f:RodzajFaktury", namespaces=space) == "KOR"
    assert root.findtext(".//f:NrFaKorygowanej", namespaces=space) == number
    assert root.findtext(".//f:P_15", namespaces=space) == "24.60"


def test_what_cannot_be_corrected(database: str) -> None:
    number = invoiced(database)
    assert codes(correct(database, "FV/2026/999999")) == ["unknown_invoice"]
    assert codes(correct(database, number)) == ["nothing_to_correct"]
    record(database, calls(10_000, "2"))
    corrected = correct(database, number).data["number"]
    assert codes(correct(database, corrected)) == ["not_an_invoice"]
    assert value(database, "SELECT count(*) FROM invoice") == 2


def test_a_dry_run_keeps_nothing(database: str) -> None:
    number = invoiced(database)
    record(database, calls(10_000, "2"))
    shown = console(database, "invoices", "correct", number, "--dry-run")
    assert "20.00" in shown.out
    assert value(database, "SELECT count(*) FROM invoice") == 1


def test_a_correction_that_was_issued_is_due_no_more(database: str) -> None:
    number = invoiced(database)
    record(database, calls(10_000, "2"))
    assert len(licznik(database, "invoices", "corrections", "--json").data["corrections"]) == 1
    correct(database, number)
    assert licznik(database, "invoices", "corrections", "--json").data["corrections"] == []


def test_structured_forms_are_written_as_they_are_kept(database: str, tmp_path: Path) -> None:
    number = invoiced(database)
    written = licznik(database, "invoices", "xml", number, "--out", str(tmp_path), "--json")
    (path,) = written.data["files"]
    kept = value(database, "SELECT content FROM invoice_file WHERE kind = 'xml'")
    assert Path(path).read_bytes() == bytes(kept)
