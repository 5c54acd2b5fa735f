"""Invoices, corrections and notes on pages: the same figures as the commands, and nobody else's."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest

from tests.builders import Plain
from tests.running import change, rows, value
from tests.web.documented import SERVED, cells, links, main_text, number_of, shown, told
from tests.web.portal import Portal

OWN = ("customer", "acme")
DOCUMENTS = "Documents, the newest first"


def listed(portal: Portal, query: str = "", role: str = "customer") -> dict[str, list[str]]:
    """The rows of the list by their numbers."""
    answer = portal.visit(role).get(f"/invoices{query}")
    assert answer.status_code == 200, answer.text
    return {row[0].split()[0]: row for row in cells(answer.text, DOCUMENTS)}


def by_command(portal: Portal, *words: str) -> dict[str, Plain]:
    """What the command lists, by number."""
    found = shown(portal.database, "invoices", "list", *words)["invoices"]
    return {own["number"]: own for own in found if own["status"] == "issued"}


def page_of(portal: Portal, number: str, role: str = "customer") -> str:
    """The page of a document."""
    answer = portal.visit(role).get(f"/invoices/{number}")
    assert answer.status_code == 200, answer.text
    return answer.text


def kind_of(portal: Portal, kind: str) -> str:
    """The number of the only document of a kind."""
    number: str = value(portal.database, "SELECT number FROM invoice WHERE kind = %s", kind)
    return number


# The list


def test_the_list_says_what_the_command_says(papers: Portal) -> None:
    """Gross and what is to be paid of every invoice."""
    own = {n: one for n, one in by_command(papers).items() if one["account"] == "acme"}
    found = listed(papers)
    notes = {kind_of(papers, "note")}
    assert set(found) - notes == set(own)
    for number, one in own.items():
        assert found[number][2] == told(one["gross"]), number
        if one["kind"] == "invoice":
            assert found[number][3] == told(one["open"]), number


def test_the_sums_are_those_of_the_invoices(papers: Portal) -> None:
    """What is to be paid in all, and what was invoiced with corrections."""
    own = [one for one in by_command(papers).values() if one["account"] == "acme"]
    text = main_text(papers.visit(*OWN).get("/invoices").text)
    is_open = sum(Decimal(one["open"]) for one in own if one["kind"] == "invoice")
    assert told(str(is_open)) in text
    assert told(str(sum(Decimal(one["gross"]) for one in own))) in text


def test_a_customer_sees_the_own_account_alone(papers: Portal) -> None:
    """Finance sees all, or those of an account."""
    everything = {n for (n,) in rows(papers.database, "SELECT number FROM invoice")}
    assert set(listed(papers, role="finance")) == everything
    betas = set(listed(papers, "?account=beta", "finance"))
    assert betas
    assert betas == everything - set(listed(papers))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?period=2025-11", ("--period", "2025-11")),
        (f"?order={SERVED}", ("--order", SERVED)),
        (f"?period=2025-12&order={SERVED}&standing=", ("--period", "2025-12", "--order", SERVED)),
    ],
)
def test_the_list_can_be_limited(papers: Portal, query: str, words: tuple[str, ...]) -> None:
    """To a month, to an order."""
    wanted = {n for n, one in by_command(papers, *words).items() if one["account"] == "acme"}
    assert set(listed(papers, query)) - {kind_of(papers, "note")} == wanted


def test_the_list_can_be_limited_by_payment(papers: Portal) -> None:
    """What is not paid is not among what is paid; corrections and notes are in neither."""
    unpaid, paid = listed(papers, "?standing=unpaid"), papers.visit(*OWN)
    assert number_of(papers.database, "acme-main") in unpaid
    assert kind_of(papers, "correction") not in unpaid
    assert "There is no such document yet." in paid.get("/invoices?standing=paid").text


def test_an_overdue_invoice_is_marked(server_day: Portal) -> None:
    """With the days since its due day."""
    row = listed(server_day, "?standing=overdue")[number_of(server_day.database, "acme-main")]
    assert "overdue" in row[4]
    assert "days" in row[4]


@pytest.fixture
def server_day(papers: Portal) -> Portal:
    """The first invoice was due 40 days ago."""
    change(
        papers.database,
        "UPDATE invoice SET due_on = current_date - 40 WHERE number = %s",
        number_of(papers.database, "acme-main"),
    )
    return papers


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?period=2025-13", 422),
        ("?period=2199-01", 422),
        ("?page=2", 404),
        ("?page=0", 422),
        ("?order=beta-main", 404),
        ("?order=nobody", 404),
        ("?account=beta", 404),
    ],
)
def test_what_cannot_be_listed_is_told(papers: Portal, query: str, status: int) -> None:
    """An impossible month, a page beyond the last one, somebody else's order."""
    assert papers.visit(*OWN).get(f"/invoices{query}").status_code == status


def test_a_wrong_month_is_kept_beside_its_problem(papers: Portal) -> None:
    """What was typed stays in the field."""
    text = papers.visit(*OWN).get("/invoices?period=2025-13").text
    assert 'value="2025-13"' in text
    assert "Write the month as in 2025-10." in text


# One document


def test_an_invoice_shows_its_lines_and_sums(papers: Portal) -> None:
    """As the command shows them."""
    number = number_of(papers.database, "acme-main")
    own = shown(papers.database, "invoices", "show", number)
    page = page_of(papers, number)
    lines = cells(page, "Lines")
    assert [row[0] for row in lines] == [line["name"]["en"] for line in own["lines"]]
    assert [row[4].replace(",", "") for row in lines] == [line["net"] for line in own["lines"]]
    total = cells(page, "VAT by rate")[-1]
    assert [cell.replace(",", "") for cell in total[1:]] == [own["net"], own["vat"], own["gross"]]


def test_each_line_leads_down(papers: Portal) -> None:
    """To the page that explains it."""
    number = number_of(papers.database, "acme-main")
    lines = shown(papers.database, "invoices", "show", number)["lines"]
    found = [own for own in links(page_of(papers, number)) if "/lines/" in own]
    assert found == [f"/invoices/{number}/lines/{n}" for n, _ in enumerate(lines, 1)]


def test_usage_is_shown_as_it_is_covered(papers: Portal) -> None:
    """The ledgers of the invoice, figure by figure."""
    number = number_of(papers.database, "acme-main")
    own = shown(papers.database, "invoices", "show", number)["ledgers"]
    found = cells(page_of(papers, number), "Usage of the period")
    names = ("used", "included", "from_packs", "overage", "refused")
    assert [[c.replace(",", "") for c in row[2:]] for row in found] == [
        [one[name] for name in names] for one in own
    ]


def test_what_is_to_be_paid_is_reckoned(papers: Portal) -> None:
    """Gross, with the correction, less the payment."""
    number = number_of(papers.database, "acme-main")
    own = by_command(papers)[number]
    found = cells(page_of(papers, number), "How the amount to be paid comes about")
    amounts = [Decimal(row[2].split()[0].replace(",", "")) for row in found]
    assert sum(amounts[:-1]) == amounts[-1] == Decimal(own["open"])
    assert [row[0] for row in found] == [
        "Gross amount of the invoice",
        "Corrective invoice",
        "Paid",
        "To be paid",
    ]


def test_a_deduction_leads_to_its_note(papers: Portal) -> None:
    """The invoice of December takes the penalty of November off."""
    page = page_of(papers, number_of(papers.database, SERVED, period="2025-12-01"))
    note = kind_of(papers, "note")
    (row,) = [own for own in cells(page, "How the amount to be paid comes about") if note in own[1]]
    assert row[2] == told("-240.00")
    assert f"/invoices/{note}" in links(page)


def test_a_correction_shows_before_and_after(papers: Portal) -> None:
    """And leads to the invoice that it corrects, which leads back."""
    first, number = number_of(papers.database, "acme-main"), kind_of(papers, "correction")
    page = page_of(papers, number)
    own = shown(papers.database, "invoices", "show", number)
    differences = [row[-2] for row in cells(page, "Corrected lines") if row[-6] == "difference"]
    assert sum(Decimal(one) for one in differences) == Decimal(own["net"])
    assert f"/invoices/{first}" in links(page)
    assert f"/invoices/{number}" in links(page_of(papers, first))


def test_a_note_is_shown_as_a_note(papers: Portal) -> None:
    """Its incidents, rate and cap; nothing of VAT."""
    number = kind_of(papers, "note")
    own = shown(papers.database, "notes", "show", number)
    page = page_of(papers, number)
    (row, total) = cells(page, "Penalties")
    assert (row[0], row[-1], total[-1]) == ("F3", own["lines"][0]["net"], own["gross"])
    assert told(own["cap"]) in main_text(page)
    assert "VAT by rate" not in page


@pytest.mark.parametrize("role", ["finance", "admin"])
def test_those_who_bill_see_every_document(papers: Portal, role: str) -> None:
    """Of every customer."""
    page_of(papers, number_of(papers.database, "beta-main"), role)


@pytest.mark.parametrize("what", ["", "/pdf", "/xml"])
def test_a_foreign_document_is_as_unknown_as_none(papers: Portal, what: str) -> None:
    """The answers differ in the number of the request alone."""
    visit = papers.visit("customer", "beta")
    foreign = visit.get(f"/invoices/{number_of(papers.database, 'acme-main')}{what}")
    unknown = visit.get(f"/invoices/FV/2025/999999{what}")
    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert stripped(foreign) == stripped(unknown)


def stripped(answer: object) -> list[str]:
    """An answer without what names the request or repeats its address."""
    text = str(getattr(answer, "text", ""))
    return [line for line in text.splitlines() if "<code>" not in line and "/language/" not in line]


def test_a_document_is_not_found_by_its_key(papers: Portal) -> None:
    """A draft has no number, so it is not shown either."""
    assert papers.visit("finance").get("/invoices/invoice/acme-main/2025-10").status_code == 404


# Files


def test_the_pdf_is_the_kept_one(papers: Portal) -> None:
    """Byte for byte, to be stored under a plain name."""
    number = number_of(papers.database, "acme-main")
    answer = papers.visit(*OWN).get(f"/invoices/{number}/pdf?language=pl")
    assert answer.content == kept(papers, number, "pdf")
    assert_file(answer.headers, number, "pdf")


def test_the_xml_is_the_kept_one(papers: Portal) -> None:
    """Byte for byte, too."""
    number = number_of(papers.database, "acme-main")
    answer = papers.visit(*OWN).get(f"/invoices/{number}/xml")
    assert answer.content == kept(papers, number, "xml")
    assert_file(answer.headers, number, "xml")


def kept(portal: Portal, number: str, kind: str) -> bytes:
    """The bytes of a file as they are kept."""
    query = """
        SELECT f.content FROM invoice_file f JOIN invoice i ON i.id = f.invoice_id
        WHERE i.number = %s AND f.kind = %s
    """
    return bytes(value(portal.database, query, number, kind))


def assert_file(headers: Mapping[str, str], number: str, kind: str) -> None:
    """A file is stored, not shown, and not guessed at."""
    name = f"{number.replace('/', '-')}.{kind}"
    assert headers["content-disposition"] == f'attachment; filename="{name}"'
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-type"] == f"application/{kind}"


def test_a_pdf_that_was_not_made_is_not_there(papers: Portal) -> None:
    """The page offers those alone that were."""
    number = number_of(papers.database, "acme-main")
    assert papers.visit(*OWN).get(f"/invoices/{number}/pdf?language=en").status_code == 404
    assert f"/invoices/{number}/pdf?language=en" not in links(page_of(papers, number))
