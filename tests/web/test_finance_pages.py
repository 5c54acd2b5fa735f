"""The console for finance: its figures are those of the command line, its words are kept."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

import pytest

from entrypoints.web.finance.columns import DOCUMENTS, PAYMENTS
from invoices.ledger import DOCUMENT_COLUMNS, PAYMENT_COLUMNS
from tests.recorded_words import did, reported, time, times
from tests.running import Server, licznik, record, rows, used, value
from tests.web.finance import MONTH, hidden, number_of, ready, say_word, word
from tests.web.portal import Portal, running_portal

BOARD = f"/finance/months/{MONTH}"
OCTOBER = "2025-10-20T12:00:00+02:00"
NOVEMBER = "2025-11-05T12:00:00+01:00"
PAGES = [
    BOARD,
    f"{BOARD}/drafts",
    f"{BOARD}/drafts/beta-main",
    f"{BOARD}/issue?part=whole",
    f"{BOARD}/issue?part=notes",
    f"{BOARD}/report.pdf",
    f"{BOARD}/draft.pdf?order=beta-main",
    f"{BOARD}/documents.csv",
    f"{BOARD}/payments.csv",
    "/finance/claims",
    "/finance/claims/acme-main/2025-11",
    "/finance/incidents",
    "/finance/incidents/INC-1",
    "/finance/notes",
    "/finance/receivables",
    "/finance/payments?show=all",
    "/finance/search?q=acme",
    "/finance/exports",
]


@pytest.fixture(scope="module")
def office(server: Server, template: str) -> Iterator[Portal]:
    """The pages with drafts of November, an incident and a claim."""
    with server.database(template) as url:
        record(url, used("sms", 9000, NOVEMBER, "november", order="beta-main"))
        reported(url)
        down = times(time("2025-11-10 10:00", "2025-11-10 16:00"))
        did(url, "incidents", "down", "INC-1", *down)
        filed = ("--period", MONTH, "--on", "2025-12-02", "--by", "Anna")
        for order in ("acme-main", "beta-main"):
            did(url, "claims", "file", order, *filed)
        with running_portal(url) as own:
            ready(own)
            yield own


def test_the_drafts_are_two_clicks_away(office: Portal) -> None:
    """After signing in as finance."""
    finance = office.visit("finance")
    home = finance.get(finance.get(finance.get("/").headers["location"]).headers["location"])
    assert 'href="/finance/drafts"' in home.text
    onwards = finance.get("/finance/drafts").headers["location"]
    assert finance.get(onwards).status_code == 200


@pytest.mark.parametrize("role", ["customer", "sales", "platform"])
def test_they_are_for_finance_alone(office: Portal, role: str) -> None:
    """Others are told so, and nobody who is not signed in sees anything."""
    assert {office.visit(role).get(path).status_code for path in PAGES} == {403}
    assert office.visit().get(BOARD).status_code == 303


def test_looking_issues_nothing(office: Portal) -> None:
    """Every page can be asked for; nothing is kept by that."""
    events = "SELECT count(*) FROM decisions_events"
    before = value(office.database, events)
    assert [office.visit("finance").get(path).status_code for path in PAGES] == [200] * len(PAGES)
    assert value(office.database, events) == before


def test_nothing_is_done_without_the_token_of_a_form(office: Portal) -> None:
    """Another site cannot send our forms."""
    finance = office.visit("finance")
    said = word(finance, "whole")
    finance.form_token = "another"
    number = number_of(office.database, "acme-main")
    assert say_word(finance, said).status_code == 403
    assert finance.post(f"{BOARD}/run", part="checks").status_code == 403
    correct = f"/finance/invoices/{number}/correct"
    assert finance.post(correct, cause="annulment", mark="x").status_code == 403
    assert value(office.database, "SELECT count(*) FROM month_run") == 0


def test_the_month_is_typed_before_anything_is_issued(office: Portal) -> None:
    """Else the page says what is missing, beside the field."""
    finance = office.visit("finance")
    path = f"{BOARD}/issue"
    answer = finance.post(path, **{**word(finance, "invoices"), "month": "2025-10"})
    assert (answer.status_code, 'aria-invalid="true"' in answer.text) == (422, True)
    assert finance.post(f"{BOARD}/run", part="invoices").status_code == 422
    assert value(office.database, "SELECT count(*) FROM month_run") == 0


def test_drafts_are_those_of_the_command_line(office: Portal) -> None:
    """Each net sum stands on the page."""
    run = licznik(office.database, "invoices", "run", "--period", MONTH, "--dry-run", "--json")
    page = office.visit("finance").get(f"{BOARD}/drafts").text
    drafts = {own["order"]: own["net"] for own in run.data["drafts"]}
    assert drafts == {"acme-main": "3449.00", "beta-main": "1560.00"}
    assert all(f"{own[:1]},{own[1:]}\xa0PLN" in page for own in drafts.values())
    assert "more usage" in page
    assert "far from the month before" in page


def test_a_checked_draft_that_changes_is_unchecked(office: Portal) -> None:
    """A check is about what was seen; one of another content is not kept."""
    finance, path = office.visit("finance"), f"{BOARD}/drafts/beta-main"
    (seen,) = (own for own in finance.get(path).text.split('"') if own.endswith(":beta-main"))
    finance.post(f"{BOARD}/check", draft=seen, back="beta-main")
    assert "Jan Testowy (finance.staff@example.com)" in finance.get(path).text
    record(office.database, used("sms", 1, NOVEMBER, "one more", order="beta-main"))
    assert "changed since it was checked" in finance.get(path).text
    finance.post(f"{BOARD}/check", draft=seen, back="beta-main")
    assert "A draft has changed since you saw it" in finance.get(path).text
    assert value(office.database, "SELECT count(*) FROM draft_check") == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/finance/months/2199-01", 404),
        ("/finance/months/2025-13", 404),
        (f"{BOARD}?page=2", 404),
        (f"{BOARD}/drafts/nobody", 404),
        ("/finance/months/2025-10/drafts/acme-main", 410),
        (f"{BOARD}/report.doc", 404),
        ("/finance/invoices/FV/1999/1/correct", 404),
        ("/finance/incidents/INC-9", 404),
        ("/finance/claims/acme-main/2025-10", 404),
        ("/finance/receivables?on=2199-01-01", 422),
        ("/finance/receivables?on=soon", 422),
    ],
)
def test_what_is_not_there_says_so(office: Portal, path: str, status: int) -> None:
    """A page with the right status, never a fault."""
    assert office.visit("finance").get(path).status_code == status


def test_an_amount_is_found_however_it_is_written(office: Portal) -> None:
    """So are a number, a tax number and a name, in small letters too."""
    finance, number = office.visit("finance"), number_of(office.database, "acme-main")
    gross = value(office.database, "SELECT gross FROM invoice WHERE number = %s", number)
    polish = f"{gross:,.2f}".replace(",", " ").replace(".", ",")
    for text in (f"{gross:.2f}", polish, number.lower(), "526-000-12-46", "PL5260001246", "ACME s"):
        found = finance.client.get("/finance/search", params={"q": text})
        assert f'href="/invoices/{number}"' in found.text, text
    assert "Nothing fits." in finance.get("/finance/search?q=%25").text


def test_the_correction_that_is_issued_is_the_one_that_was_shown(office: Portal) -> None:
    """By a second step; once usage has moved on, the first look is worth nothing."""
    finance, number = office.visit("finance"), number_of(office.database, "beta-main")
    path = f"/finance/invoices/{number}/correct"
    record(office.database, used("sms", 300, OCTOBER, "late", order="beta-main"))
    early = hidden(finance.get(f"{path}?cause=usage").text, "mark")
    record(office.database, used("sms", 40, OCTOBER, "later", order="beta-main"))
    seen = hidden(finance.get(f"{path}?cause=usage").text, "mark")
    draft = licznik(office.database, "invoices", "correct", number, "--dry-run", "--json").data
    stale = finance.post(path, cause="usage", **early)
    assert (stale.status_code, "Look at it again" in stale.text) == (422, True)
    answer = finance.post(path, cause="usage", **seen)
    corrected = answer.headers["location"].removeprefix("/invoices/")
    issued = licznik(office.database, "invoices", "show", corrected, "--json").data
    given = ("number", "status", "issued_on", "due_on")
    assert {key: one for key, one in issued.items() if key not in given} == draft
    again = finance.get(f"{path}?cause=usage")
    assert (again.status_code, "nothing of it has changed" in again.text) == (422, True)
    by, shown = "Jan Testowy (finance.staff@example.com)", f"/invoices/{corrected}"
    assert by in finance.get(shown).text
    assert by not in office.visit("customer", "beta").get(shown).text


@pytest.mark.parametrize("reason", ["%01", "x" * 257])
def test_a_reason_that_no_invoice_can_state_is_refused(office: Portal, reason: str) -> None:
    """A file of XML has no control characters, and a field of it has an end."""
    path = f"/finance/invoices/{number_of(office.database, 'acme-main')}/correct"
    found = office.visit("finance").get(f"{path}?cause=annulment&reason=a{reason}")
    assert (found.status_code, "This cannot be read" in found.text) == (422, True)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/finance/invoices/FV/1999/1/correct", "Nie ma faktury o tym numerze."),
        ("/finance/incidents/INC-9", "Nie ma takiej awarii."),
        ("/finance/claims/acme-main/2025-10", "Nie ma takiej reklamacji."),
        ("/finance/receivables?account=nobody", "Nie ma takiego konta."),
    ],
)
def test_what_is_not_there_says_so_in_polish(office: Portal, path: str, said: str) -> None:
    """And names no command."""
    page = office.visit("finance", language="pl").get(path).text
    assert (said in page, "licznik " in page) == (True, False)


def test_a_claim_is_decided_with_the_figures_shown(office: Portal) -> None:
    """Confirmed if it comes to what was shown; refused with words for the customer."""
    finance = office.visit("finance")
    one = "/finance/claims/acme-main/2025-11"
    page = finance.get(one).text
    assert "30 December 2025" in page
    assert finance.post(f"{one}/confirm", shown="something else").status_code == 422
    assert finance.post(f"{one}/confirm", **hidden(page)).status_code == 303
    other = "/finance/claims/beta-main/2025-11"
    assert finance.post(f"{other}/refuse", reason=" ").status_code == 422
    assert finance.post(f"{other}/refuse", reason="Nothing was down.").status_code == 303
    found = rows(office.database, "SELECT status, details->>'decided_by' FROM claim ORDER BY id")
    by = "Jan Testowy"
    assert found == [("confirmed", by), ("refused", by)]


def test_an_incident_is_qualified_and_repaired_by_a_person(office: Portal) -> None:
    """The table proposes; times are those of Warsaw."""
    finance, path = office.visit("finance"), "/finance/incidents/INC-1"
    late = finance.post(f"{path}/qualify", priority="high", told="2199-01-01T10:00")
    assert (late.status_code, "still to come" in late.text) == (422, True)
    assert finance.post(f"{path}/qualify", priority="high", told="soon").status_code == 422
    finance.post(f"{path}/qualify", priority="high", told="2025-11-10T17:00")
    finance.post(f"{path}/repair", how="proper_operation", at="2025-11-10T19:30")
    own = json.loads(licznik(office.database, "incidents", "show", "INC-1", "--json").out)
    assert (own["status"], own["qualification"]["priority"]) == ("repaired", "high")
    assert own["repair"]["at"].startswith("2025-11-10T19:30:00")


def test_receivables_are_those_of_the_command_line(office: Portal) -> None:
    """Every open amount."""
    page = office.visit("finance").get("/finance/receivables").text
    told = licznik(office.database, "receivables", "--invoices", "--json").data
    shown = [f"{with_thousands(own['open'])}\xa0PLN" for own in told["invoices"]]
    assert shown
    assert all(one in page for one in shown)


def with_thousands(amount: str) -> str:
    """An amount with a comma between thousands."""
    whole, _, cents = amount.partition(".")
    return f"{int(whole):,}.{cents}"


BANK = "date;amount;currency;title;payer;tax id\n2026-01-05;100,00;PLN;{};=HYPERLINK(1);\n"


def send_file(office: Portal, number: str, do: str) -> int:
    """Sends a bank's file with one transfer for an invoice."""
    visit = office.visit("finance")
    answer = visit.client.post(
        "/finance/payments/import",
        data={"form_token": visit.form_token, "do": do},
        files={"file": ("bank.csv", BANK.format(number).encode())},
    )
    return answer.status_code


def test_a_bank_file_is_looked_at_and_then_recorded(office: Portal) -> None:
    """A look keeps nothing. In the export no payer becomes a formula."""
    number = number_of(office.database, "acme-main")
    count = "SELECT count(*) FROM payment WHERE source = 'file'"
    assert (send_file(office, number, "look"), value(office.database, count)) == (200, 0)
    assert (send_file(office, number, "record"), value(office.database, count)) == (303, 1)
    text = office.visit("finance").get("/finance/months/2026-01/payments.csv").text
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["payer"], row["document"], row["allocated"]) == ("'=HYPERLINK(1)", number, "100.00")


def test_a_payment_that_waits_is_booked_by_a_person(office: Portal) -> None:
    """Never more than is left or due; taken back in the same way."""
    number = number_of(office.database, "beta-main")
    gross = value(office.database, "SELECT owed FROM invoice WHERE number = %s", number)
    words = ("--on", "2026-02-01", "--payer", "Beta", "--title", "for services")
    licznik(office.database, "payments", "record", number, gross + 50, *words)
    payment = value(office.database, "SELECT id FROM payment WHERE payer = 'Beta'")
    finance, path = office.visit("finance"), f"/finance/payments/{payment}"
    other = number_of(office.database, "acme-main")
    much = finance.post(f"{path}/match", number=other, amount="50.01", left="50.00")
    assert (much.status_code, "That is more than is left" in much.text) == (422, True)
    assert 'value="50.01"' in much.text
    part = {"number": other, "amount": "20,00", "left": "50.00"}
    clicks = [finance.post(f"{path}/match", **part).status_code for _ in range(2)]
    assert clicks == [303, 422]  # the second click books nothing
    allocated = "SELECT allocated FROM payment WHERE id = %s"
    assert value(office.database, allocated, payment) == gross + 20
    rest = {"number": other, "amount": "", "left": "30.00"}
    assert finance.post(f"{path}/match", **rest).status_code == 303
    assert value(office.database, allocated, payment) == gross + 50
    assert finance.post(f"{path}/release", number=other).status_code == 303


def test_what_is_left_stands_in_the_form_that_books_it(office: Portal) -> None:
    """So that a page that is old books nothing."""
    number = number_of(office.database, "beta-main")
    words = ("--on", "2026-02-02", "--payer", "Beta", "--title", "too much")
    licznik(office.database, "payments", "record", number, "99999.50", *words)
    query = "SELECT (amount - allocated)::text FROM payment WHERE title = 'too much'"
    page = office.visit("finance").get("/finance/payments").text
    assert f'name="left" value="{value(office.database, query)}"' in page


def test_the_ledger_has_every_document_with_its_vat(office: Portal) -> None:
    """A row for each rate; together they are what was issued."""
    text = office.visit("finance").get("/finance/months/2025-10/documents.csv").text
    found = [row["net"] for row in csv.DictReader(io.StringIO(text)) if row["kind"] == "invoice"]
    query = "SELECT net::text FROM invoice WHERE period = '2025-10-01' AND kind = 'invoice'"
    assert sorted(found) == sorted(net for (net,) in rows(office.database, query))


def test_every_column_of_the_ledger_is_explained() -> None:
    """In the order in which they stand in the files."""
    assert tuple(DOCUMENTS) == DOCUMENT_COLUMNS
    assert tuple(PAYMENTS) == PAYMENT_COLUMNS
