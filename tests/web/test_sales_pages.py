"""The pages of sales: models, what they answer, offers, links, other prices on past months."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest
import yaml
from pypdfium2 import PdfDocument

from billing.modelling import simulate
from entrypoints.cli.session import clock
from entrypoints.sales.shares import share_offer, shared_offer
from entrypoints.scenarios import build_scenario
from metering.calendar import local_day
from tests.builders import CATALOG_FILE
from tests.running import decision_store, rows
from tests.web.portal import Portal, Visit

PROSPECT = {
    "name": "Nowa Sp. z o.o.",
    "first": "2026-12",
    "months": "2",
    "sessions": "4",
    "sms": "3 000",
    "mass_emails": "8000",
    "api_calls": "100000",
    "growth": "10",
    "sla": "progres",
    "whole": "yes",
}
PRO = "welyo-2025-06-25:pro"
MONTHS = {"from": "2025-10", "to": "2025-10"}


@pytest.fixture(scope="module")
def sales(portal: Portal) -> Visit:
    """Somebody from sales."""
    return portal.visit("sales")


@pytest.fixture(scope="module")
def model(sales: Visit) -> str:
    """The address of a saved model."""
    return saved(sales)


@pytest.fixture(scope="module")
def offer(sales: Visit, model: str) -> str:
    """The address of an offer made of it, in Polish."""
    return offered(sales, model)


def saved(sales: Visit, **given: str) -> str:
    """Saves a model and gives its address."""
    answer = sales.post("/sales/models", **PROSPECT | given)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def offered(sales: Visit, model: str, **given: str) -> str:
    """Issues an offer of a model and gives its address."""
    until = str(local_day(clock()) + timedelta(days=30))
    fields = {"plan": PRO, "language": "pl", "valid_until": until, **given}
    answer = sales.post(f"{model}/offers", **fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def text_of(pdf: bytes) -> str:
    """All the text of a PDF, on one line, as small letters."""
    document = PdfDocument(pdf)
    pages = [document[i].get_textpage().get_text_range() for i in range(len(document))]
    return re.sub(r"\s+", " ", " ".join(pages)).lower()


def test_the_cheapest_plan_is_two_clicks_from_the_beginning(sales: Visit, model: str) -> None:
    """Home leads to the models, a model to its answer."""
    assert sales.get("/").headers["location"] == "/sales"
    assert f'href="{model}"' in sales.get("/sales").text
    assert "The cheapest plan" in sales.get(model).text


@pytest.mark.parametrize("role", ["customer", "platform"])
@pytest.mark.parametrize("path", ["/sales", "/sales/models/new", "/sales/backtest"])
def test_sales_is_not_for_other_roles(portal: Portal, role: str, path: str) -> None:
    """Customers least of all."""
    assert portal.visit(role).get(path).status_code == 403


def test_finance_reads_and_does_not_make(portal: Portal, model: str) -> None:
    """It sees models and their answer, and no form."""
    finance = portal.visit("finance")
    assert "Make an offer" not in finance.get(model).text
    assert finance.get("/sales/models/new").status_code == 403
    assert finance.post("/sales/models", **PROSPECT).status_code == 403


def test_nobody_sees_models_without_signing_in(portal: Portal, model: str, offer: str) -> None:
    """Nor offers, nor their files."""
    for path in (model, offer, f"{offer}/pdf", "/sales/backtest.csv"):
        assert portal.visit().get(path).headers["location"].startswith("/signin")


def test_mistakes_are_told_beside_their_fields(sales: Visit) -> None:
    """All at once, and what was typed is still there."""
    answer = sales.post("/sales/models", **PROSPECT | {"sms": "5,000", "growth": "99", "name": ""})
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 3
    assert 'value="5,000"' in answer.text
    assert "Give a number from -50 to 50." in answer.text


def test_mistakes_are_told_in_polish(portal: Portal) -> None:
    """Where the page is."""
    answer = portal.visit("sales", language="pl").post("/sales/models", **PROSPECT | {"sms": "x"})
    assert "To nie jest liczba" in answer.text


def test_a_model_is_never_changed(sales: Visit) -> None:
    """A change is a new version; the old one is there as it was."""
    model = saved(sales)
    assert sales.post(model, sms="9000").status_code == 303
    newest, first = sales.get(model).text, sales.get(f"{model}?version=1").text
    assert 'name="sms" type="text" value="9000"' in newest
    assert 'name="sms" type="text" value="3 000"' in first
    assert 'name="mass_emails" type="text" value="8000"' in newest


def test_a_figure_changed_on_an_old_version_leaves_its_others_as_they_were(sales: Visit) -> None:
    """The second version mails ten times as much; who changes the first one's SMS sees its own."""
    model = saved(sales)
    sales.post(model, mass_emails="80000")
    assert sales.post(model, sms="9000", version="1", newest="2").status_code == 303
    page = sales.get(model).text
    assert "version 3" in page
    assert 'name="mass_emails" type="text" value="8000"' in page


def test_who_has_not_seen_the_newest_version_is_told(portal: Portal, sales: Visit) -> None:
    """Two change the first version: the second of them hears of it, and may send it again."""
    model = saved(sales)
    sales.post(model, sms="9000", version="1", newest="1")
    polish = portal.visit("sales", language="pl")
    late = polish.post(model, sms="7000", version="1", newest="1")
    assert late.status_code == 422
    assert "Ktoś inny zmienił w tym czasie ten model." in late.text
    assert 'name="newest" value="2"' in late.text
    assert polish.post(model, sms="7000", version="1", newest="2").status_code == 303


@pytest.mark.parametrize("number", ["9" * 5000, "\N{ARABIC-INDIC DIGIT ONE}", "-1", "x"])
def test_a_number_that_is_none_is_no_fault_of_ours(sales: Visit, model: str, number: str) -> None:
    """Whatever stands in a hidden field, or in one to be filled in."""
    offer = sales.post(f"{model}/offers", version=number, plan=PRO, valid_until="soon")
    assert offer.status_code == 422
    assert sales.post(f"{offered(sales, model)}/shares", days=number).status_code == 422


def test_an_unknown_model_or_version_is_a_page_that_says_so(sales: Visit, model: str) -> None:
    """Not a traceback."""
    unknown = ("/sales/models/nothing", f"{model}?version=99", f"{model}/break-even?of=nothing")
    for path in (*unknown, "/sales/models/%00", "/sales/offers/%00", "/sales/models/new?order=%00"):
        assert sales.get(path).status_code == 404
    assert sales.get(f"{model}?version=0").status_code == 422


def test_the_page_shows_what_simulate_bills(sales: Visit, model: str, tmp_path: Path) -> None:
    """The scenario that the page offers, billed: the same net and gross, to the grosz."""
    page = sales.get(model).text.replace("\xa0", " ")
    value = yaml.safe_load(sales.get(f"{model}/scenario.yaml").text)
    result = simulate(build_scenario(value, tmp_path, CATALOG_FILE))
    assert result.problems == ()
    assert not any(own.refused for own in result.ledgers)
    net = sum((own.net.amount for own in result.invoices), Decimal(0))
    gross = sum((own.gross.amount for own in result.invoices), Decimal(0))
    assert f"PLN{net:,.2f}".replace("PLN", "") in page
    assert f"{gross:,.2f}" in page


@pytest.mark.parametrize("package", ["standard", "pro", "enterprise"])
def test_every_column_is_what_simulate_bills(
    sales: Visit, model: str, tmp_path: Path, package: str
) -> None:
    """Not the cheapest one alone."""
    plan = f"welyo-2025-06-25:{package}"
    value = yaml.safe_load(sales.get(f"{model}/scenario.yaml?plan={plan}").text)
    invoices = simulate(build_scenario(value, tmp_path, CATALOG_FILE)).invoices
    net = sum((own.net.amount for own in invoices), Decimal(0))
    assert f"{net:,.2f}" in sales.get(model).text


def test_a_package_that_cannot_do_it_says_why(sales: Visit) -> None:
    """Chat cannot be had on UC."""
    page = sales.get(saved(sales, wanted="chat")).text
    assert "Chat: cannot be had in this package" in page
    assert "not possible" in page


def test_an_edition_without_a_wanted_service_is_not_possible(sales: Visit) -> None:
    """Kanri is described in the newest specification alone: the older one's packages cannot."""
    page = sales.get(saved(sales, wanted="kanri_integration")).text
    assert page.count("not possible") == 4
    assert "The cheapest plan" in page


def test_indicative_prices_are_marked(sales: Visit, model: str) -> None:
    """They are no offer by themselves."""
    assert 'title="indicative price"' in sales.get(model).text


def test_break_even_says_where_another_package_wins(sales: Visit, model: str) -> None:
    """With the chart, and the table of its values."""
    page = sales.get(f"{model}/break-even?of=sms").text
    assert "data:image/svg+xml" in page
    assert "is the cheapest, below that" in page or "stays the cheapest" in page


def test_exposure_has_every_level(sales: Visit, model: str) -> None:
    """With the credit of eight hours."""
    page = sales.get(f"{model}/exposure").text
    for level in ("SLA Standard", "SLA Progres", "SLA Progres+", "SLA Premium"):
        assert level in page


def test_a_form_can_begin_with_what_a_customer_used(sales: Visit) -> None:
    """Sums and licences of acme's October; no user's name in it."""
    page = sales.get("/sales/models/new?order=acme-main&months=1").text
    assert 'name="sms" type="text" value="7055"' in page
    assert 'name="api_calls" type="text" value="120000"' in page
    assert "anna@acme.example" not in page
    assert sales.get("/sales/models/new?order=nothing").status_code == 404


def test_an_offer_is_kept_as_it_was_issued(portal: Portal, sales: Visit, offer: str) -> None:
    """The same bytes each time, with the hash of its event."""
    answer = sales.get(f"{offer}/pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content == sales.get(f"{offer}/pdf").content
    assert sha256(answer.content).hexdigest() in sales.get(offer).text


def test_offers_are_numbered_without_gaps(portal: Portal, sales: Visit, model: str) -> None:
    """One series a year, whatever they are made of."""
    for _ in range(2):
        offered(sales, model)
    numbers = [row[0] for row in rows(portal.database, "SELECT number FROM sales_offer ORDER BY 1")]
    year = local_day(clock()).year
    assert numbers == [f"OF/{year}/{n:06}" for n in range(1, len(numbers) + 1)]


def test_an_offer_speaks_polish(sales: Visit, offer: str) -> None:
    """Words, amounts, names of services."""
    text = text_of(sales.get(f"{offer}/pdf").content)
    for said in ("Oferta OF/", "Ważna do", "Nowa Sp. z o.o.", "licencja", "Pierwszy miesiąc"):
        assert said.lower() in text
    assert "676,00" in text  # 4 × 169.00


def test_an_offer_speaks_english(sales: Visit, model: str) -> None:
    """The same in the other language."""
    offer = offered(sales, model, language="en")
    text = text_of(sales.get(f"{offer}/pdf").content)
    for said in ("Offer OF/", "Valid until", "Nowa Sp. z o.o.", "licence", "The first month"):
        assert said.lower() in text
    assert "676.00" in text
    assert "oferta" not in text


def test_an_offer_is_what_simulate_bills(sales: Visit, model: str, tmp_path: Path) -> None:
    """Gross of the first month and net of all."""
    offer = offered(sales, model, language="en")
    value = yaml.safe_load(sales.get(f"{model}/scenario.yaml?plan={PRO}").text)
    first, second = simulate(build_scenario(value, tmp_path, CATALOG_FILE)).invoices
    text = text_of(sales.get(f"{offer}/pdf").content)
    assert f"{first.gross.amount:,.2f}" in text
    assert f"{first.net.amount + second.net.amount:,.2f}" in text


@pytest.mark.parametrize("until", ["2020-01-01", "2999-01-01", "soon", ""])
def test_an_offer_is_valid_for_a_year_at_most(sales: Visit, model: str, until: str) -> None:
    """And not until yesterday."""
    fields = {"plan": PRO, "language": "pl", "valid_until": until}
    answer = sales.post(f"{model}/offers", **fields)
    assert answer.status_code == 422
    assert "Choose a day from today to a year from now." in answer.text
    assert f'value="{until}"' in answer.text


def test_an_impossible_plan_is_not_offered(sales: Visit, model: str) -> None:
    """Nor one that nobody knows."""
    until = str(local_day(clock()))
    answer = sales.post(f"{model}/offers", plan="x:y", language="pl", valid_until=until)
    assert answer.status_code == 404


def shared(sales: Visit, offer: str, days: str = "7") -> str:
    """Shares an offer and gives the path of the link."""
    found = re.search(r"/shared/[\w-]{43}", sales.post(f"{offer}/shares", days=days).text)
    assert found is not None
    return found[0]


def test_a_link_shows_the_offer_and_nothing_else(portal: Portal, sales: Visit, offer: str) -> None:
    """To anybody; not the model, not a customer, not who issued it."""
    link = shared(sales, offer)
    page = portal.visit().get(link)
    assert page.status_code == 200
    assert "Nowa Sp. z o.o." in page.text
    for hidden in ("acme", "Jan Testowy", "/sales", "Acme"):
        assert hidden not in page.text
    file = portal.visit().get(f"{link}/pdf").content
    assert file == sales.get(f"{offer}/pdf").content


def test_a_link_that_was_ended_opens_nothing(portal: Portal, sales: Visit, offer: str) -> None:
    """At once, and for good."""
    link = shared(sales, offer)
    for share in re.findall(r"/sales/shares/\w+/end", sales.get(offer).text):
        assert sales.post(share).status_code == 303
    for path in (link, f"{link}/pdf"):
        assert portal.visit().get(path).status_code == 404


def test_an_unknown_link_and_an_ended_one_look_the_same(
    portal: Portal, sales: Visit, offer: str
) -> None:
    """Nobody learns which offers there were."""
    link = shared(sales, offer)
    for share in re.findall(r"/sales/shares/\w+/end", sales.get(offer).text):
        sales.post(share)
    ended, unknown = (portal.visit().get(path) for path in (link, "/shared/" + "x" * 43))
    hide = re.compile(r"[0-9a-f-]{20,}|/shared/[\w%-]+|%2Fshared[\w%-]+")
    assert hide.sub("", ended.text) == hide.sub("", unknown.text)


def test_a_link_expires(portal: Portal, offer: str) -> None:
    """A minute before it opens, a minute after it does not."""
    made = datetime(2026, 1, 1, tzinfo=UTC)
    ends = made + timedelta(days=7)
    with decision_store(portal.database) as decisions:
        own = offer.rpartition("/")[2]
        token = share_offer(decisions, own, 7, "Jan", made)
        minute = timedelta(minutes=1)
        assert shared_offer(decisions, token, ends - minute) == own
        assert shared_offer(decisions, token, ends) is None


def test_the_token_of_a_link_is_not_kept(portal: Portal, sales: Visit, offer: str) -> None:
    """Only its hash: who reads the database opens nothing."""
    token = shared(sales, offer).rpartition("/")[2]
    kept = rows(portal.database, "SELECT token_hash FROM offer_share")
    assert (sha256(token.encode()).digest(),) in [tuple(map(bytes, row)) for row in kept]
    assert all(token.encode() not in bytes(row[0]) for row in kept)


@pytest.mark.parametrize("days", ["0", "91", "-1", "x", ""])
def test_a_link_lives_for_a_quarter_at_most(sales: Visit, offer: str, days: str) -> None:
    """And a day at least."""
    answer = sales.post(f"{offer}/shares", days=days)
    assert answer.status_code == 422
    assert "Give 1 to 90 days." in answer.text


def test_forms_without_their_token_are_refused(portal: Portal, model: str, offer: str) -> None:
    """Another site cannot make an offer, or share one."""
    foreign = Visit(portal.visit("sales").client, "")
    for path in ("/sales/models", f"{model}/offers", f"{offer}/shares", model):
        assert foreign.post(path, **PROSPECT).status_code == 403


def query(**given: str) -> str:
    """A question to the back-test."""
    return "&".join(f"{name}={own}" for name, own in {**MONTHS, **given}.items())


def test_cheaper_messages_on_past_months(sales: Visit) -> None:
    """7,055 SMS of acme, 5,000 in a pack: 2,055 at 0.05 in place of 0.09 are 82.20 less; 250 of
    beta, 10.00 less.
    """
    page = sales.get(f"/sales/backtest?{query(**{'overage.sms': '0.05'})}").text
    for said in ("-92.20", "-82.20", "-10.00", "acme-main", "beta-main"):
        assert said in page.replace("\N{MINUS SIGN}", "-")


def test_what_it_was_is_what_was_invoiced(portal: Portal, sales: Visit) -> None:
    """The net amounts of the invoices of October, order by order."""
    content = sales.get(f"/sales/backtest.csv?{query(**{'overage.sms': '0.05'})}").text
    lines = [line.split(",") for line in content.splitlines()[1:]]
    before = {own[0]: own[4] for own in lines if own[3] == "all"}
    found = rows(portal.database, "SELECT order_id, net FROM invoice WHERE kind = 'invoice'")
    assert before == {order: f"{net:.2f}" for order, net in found}


def test_a_percentage_is_of_what_each_order_pays(sales: Visit) -> None:
    """A tenth more for licences: 25 × 150.00 make 375.00 more."""
    content = sales.get(f"/sales/backtest.csv?{query(**{'licence.pro': '%2B10%25'})}").text
    assert "acme-main,acme,PLN,all," in content
    assert content.count(",300.00\r\n") == 2
    assert content.count(",75.00\r\n") == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"overage.sms": "cheap"},
        {"overage.sms": "-101%25"},
        {"overage.sms": "0.123456789"},
        {"from": "2025-13"},
        {"from": "2025-11"},
        {"from": "2020-01"},
        {"edition": "gold"},
    ],
)
def test_an_impossible_trial_is_told(sales: Visit, wrong: dict[str, str]) -> None:
    """Beside its field; no file is made of it."""
    asked = query(**{"overage.sms": "0.05", **wrong})
    assert sales.get(f"/sales/backtest?{asked}").status_code == 422
    assert sales.get(f"/sales/backtest.csv?{asked}").status_code == 422


def test_the_back_test_names_no_caller(sales: Visit) -> None:
    """Sales sees sums, not whose calls they were."""
    page = sales.get(f"/sales/backtest?{query(**{'overage.api_calls': '0.01'})}").text
    assert "anna@" not in page


def test_every_page_of_sales_is_there_in_polish(portal: Portal, model: str, offer: str) -> None:
    """With Polish words in its head."""
    visit = portal.visit("sales", language="pl")
    said = {
        "/sales": "Modele dla przyszłych klientów",
        "/sales/models/new": "Nowy model",
        model: "Najtańszy plan",
        f"{model}/break-even": "Kiedy opłaca się inny pakiet",
        f"{model}/exposure": "Ile kosztowałyby awarie",
        offer: "Oferta",
        "/sales/backtest": "Inne ceny na minionych miesiącach",
    }
    for path, text in said.items():
        assert text in visit.get(path).text
