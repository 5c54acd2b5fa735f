"""The pages of usage: what they say is what the statement says, and who may see them.

The portal's October 2025 is invoiced; what is used besides is of the last weeks, seen from today.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest

from entrypoints.cli.session import clock
from invoices.language import language
from metering.calendar import Period, local_day
from tests.builders import ACCOUNT, order
from tests.running import held, licznik, place, record, used
from tests.web.portal import Portal, Visit

ORDER = "/orders/acme-main"
EN = language("en")
TODAY = local_day(clock())
YESTERDAY = TODAY - timedelta(days=1)
THIS_MONTH, NEXT_MONTH = Period.of(TODAY), Period.of(TODAY).next()
OF_YESTERDAY = Period.of(YESTERDAY)


@pytest.fixture(scope="module", autouse=True)
def lively(portal: Portal) -> None:
    """60 SMS on yesterday, 20 of them sent again, 2 voided; 7 a day for the five weeks before."""
    url = portal.database
    days = [YESTERDAY - timedelta(days=n) for n in range(1, 36)]
    weeks = [used("sms", 7, f"{day}T09:00:00+01:00", f"w-{day}") for day in days]
    singles = [
        used("sms", 1, f"{YESTERDAY}T10:{n:02}:00+01:00", f"y-{n}", to="+48600100200")
        for n in range(60)
    ]
    record(url, *weeks, *singles)
    record(url, *singles[:20])
    for n in range(2):
        void(url, f"y-{n}")
    place(url, order(id="beta/2", account="beta", licences=3), accounts=[ACCOUNT, BETA])


BETA = {**ACCOUNT, "id": "beta", "name": "Beta Sp. z o.o.", "tax_id": "5252248481"}


def void(url: str, event_id: str) -> None:
    """A test message that was sent by mistake."""
    own = ("--order", "acme-main", "--source", "/platform/node-3", "--id", event_id)
    why = ("--day", YESTERDAY, "--by", "Ewa Nowak", "--reason", f"a test <b>{event_id}</b>")
    done = licznik(url, "usage", "void", *own, *why)
    assert done.status == 0, done.err


@pytest.fixture
def acme(portal: Portal) -> Visit:
    """A customer of acme, in English."""
    return portal.visit("customer")


def shown(visit: Visit, path: str) -> str:
    """The text of a page, its markup away and its spaces alike."""
    answer = visit.get(path)
    assert answer.status_code == 200, answer.text
    return text(answer.text)


def text(html: str) -> str:
    """What a reader reads."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).replace("\xa0", " ").split())


def statement(portal: Portal, period: Period | str, own: str = "acme-main") -> Any:
    """The statement of the command line, for programs."""
    done = licznik(portal.database, "statement", own, "--period", period, "--json")
    assert done.status == 0, done.err
    return done.data


def line(portal: Portal, place_: int, own: str = "acme-main") -> str:
    """The address of a line of October's invoice."""
    (number,) = statement(portal, "2025-10", own)["invoices"]
    return f"/invoices/{number}/lines/{place_}"


def money(amount: str) -> str:
    """An amount as an English page has it."""
    return EN.money(Decimal(amount), "PLN").replace("\xa0", " ")


def status(visit: Visit, path: str) -> int:
    """How a page is answered."""
    return visit.get(path).status_code


def all_in(wanted: Iterable[str], page: str) -> None:
    """Fails with what a page does not say."""
    assert [one for one in wanted if one not in page] == []


# What an order costs


def test_an_invoiced_month_says_what_its_invoice_says(portal: Portal, acme: Visit) -> None:
    """Every line, every sum, the number."""
    page, cost = shown(acme, f"{ORDER}?period=2025-10"), statement(portal, "2025-10")["cost"]
    all_in([cost["number"], *(money(cost[name]) for name in ("net", "vat", "gross"))], page)
    all_in((one["name"]["en"] for one in cost["lines"]), page)
    all_in((EN.amount(Decimal(one["net"])) for one in cost["lines"]), page)


def test_a_running_month_says_what_its_statement_says(portal: Portal, acme: Visit) -> None:
    """So far; the same sums as the draft."""
    page, cost = shown(acme, ORDER), statement(portal, THIS_MONTH)["cost"]
    assert "So far" in page
    all_in((money(cost[name]) for name in ("net", "vat", "gross")), page)
    assert "This month will come to" in page


@pytest.mark.parametrize("period", ["2025-10", str(OF_YESTERDAY)])
def test_limits_are_those_of_the_statement(portal: Portal, acme: Visit, period: str) -> None:
    """How much is used and left of each meter."""
    page = shown(acme, f"{ORDER}?period={period}")
    rows = [row for row in statement(portal, period)["meters"] if row["fill"] is not None]
    assert rows
    all_in((EN.percent(Decimal(row["fill"])) for row in rows), page)
    all_in((row["name"]["en"] for row in rows), page)


def test_what_happens_beyond_is_said(acme: Visit) -> None:
    """Charged, charged up to a cap, or stopped."""
    page = shown(acme, f"{ORDER}?period=2025-10")
    beyond = ["0.09 PLN for each", "up to 200 beyond; then it stops", "stops: nothing beyond"]
    all_in([*beyond, "lapse: they are not carried over"], page)


def test_the_account_adds_up_its_orders(portal: Portal, acme: Visit) -> None:
    """One order: its sums are those of the account; its newest invoice is there."""
    cost = statement(portal, THIS_MONTH)["cost"]
    (number,) = statement(portal, "2025-10")["invoices"]
    all_in([money(cost["gross"]), "acme-main", number], shown(acme, "/accounts/acme"))


def test_an_account_with_orders_of_two_sizes(portal: Portal) -> None:
    """5 and 3 licences at 150.00: 1200.00 net, 1476.00 with VAT."""
    page = shown(portal.visit("customer", "beta"), "/accounts/beta")
    all_in([money("1476.00"), money("1200.00"), "beta-main", "beta/2"], page)


# Meters and days


def test_the_days_of_a_meter_are_those_of_the_statement(portal: Portal, acme: Visit) -> None:
    """Day by day, and the reckoning."""
    page = shown(acme, f"{ORDER}/meters/sms?period=2025-10")
    (row,) = (own for own in statement(portal, "2025-10")["meters"] if own["meter"] == "sms")
    days = [one for one in row["days"] if one["used"] != "0"]
    said = (f"{EN.day(date.fromisoformat(one['day']))} {one['used']}" for one in days)
    all_in([*said, "from packs 5,000", "= overage 2,055", f"= {money(row['cost'])} net"], page)


def test_calls_of_users(acme: Visit) -> None:
    """One user made 20,000 calls more than its share."""
    page = shown(acme, f"{ORDER}/meters/api_calls?period=2025-10")
    all_in(["anna@acme.example 120,000 20,000", "1 user, 100,000 free for each"], page)


def test_a_day_has_its_entries_page_by_page(acme: Visit) -> None:
    """58 of 60 stand: 50 and 8; beyond them there is nothing."""
    path = f"{ORDER}/meters/sms/days/{YESTERDAY}"
    first, second = shown(acme, path), shown(acme, f"{path}?page=2")
    all_in(["58 entries, page 1 of 2", "Used on the day: 58", "y-2 ", "+48600100200"], first)
    assert len(re.findall(r"\by-\d+\b", second.partition("Changed")[0])) == 8
    assert status(acme, f"{path}?page=3") == 404


def test_a_month_counts_the_entries_that_its_days_show(acme: Visit) -> None:
    """Of 60 entries two were voided: 58 in the month's table and on the day's page."""
    page = shown(acme, f"{ORDER}/meters/sms?period={OF_YESTERDAY}")
    assert f"{EN.day(YESTERDAY)} 58 58 20" in re.sub(r" – ", " ", page)


def test_a_day_of_a_stock_tells_from_where_to_where_its_entries_led(portal: Portal) -> None:
    """Three queues were there; on yesterday two were added and one taken away."""
    for name, delta, hour in (("q-a", 2, "10"), ("q-b", -1, "11")):
        record(portal.database, held("queues", delta, f"{YESTERDAY}T{hour}:00:00+01:00", name))
    page = shown(portal.visit("finance"), f"{ORDER}/meters/queues/days/{YESTERDAY}")
    all_in(["Highest level of the day: 5", "day began: 3; when it ended: 4", "2 entries"], page)


def test_a_day_tells_what_came_again(acme: Visit) -> None:
    """Events that were sent twice count once."""
    assert "20 events came again. Each counts once." in shown(
        acme, f"{ORDER}/meters/sms/days/{YESTERDAY}"
    )


def test_a_day_tells_what_was_changed_and_by_whom(acme: Visit) -> None:
    """Two entries were voided; the reason is shown as it was written."""
    page = shown(acme, f"{ORDER}/meters/sms/days/{YESTERDAY}")
    all_in(["1 entry voided", "Ewa Nowak", "a test <b>y-1</b>"], page)


def test_entries_of_more_than_a_year_ago_are_not_shown(acme: Visit) -> None:
    """R123: their day's sum is, and the page says why."""
    page = shown(acme, f"{ORDER}/meters/sms/days/2025-10-03")
    assert "Used on the day: 703" in page
    assert "365 days" in page
    assert "s-3" not in page


def test_a_meter_has_its_forecast_by_day(acme: Visit) -> None:
    """Five weeks are known; 7 a day were sent."""
    page = shown(acme, f"{ORDER}/meters/sms")
    all_in(["Expected by the end of the month", "By weekdays of the last weeks"], page)


# The way down from an invoice


def test_a_line_leads_to_its_ledger_and_days(portal: Portal, acme: Visit) -> None:
    """The overage of SMS: 7055 used, 5000 from the pack."""
    (place_,) = (
        n
        for n, one in enumerate(statement(portal, "2025-10")["cost"]["lines"], 1)
        if one["item"] == "sms"
    )
    path = line(portal, place_)
    all_in(["agrees", "7,055", "5,000", "2,055 × 0.09"], shown(acme, path))
    assert f"{ORDER}/meters/sms/days/2025-10-03" in acme.get(path).text


def test_every_line_of_an_invoice_can_be_opened(portal: Portal, acme: Visit) -> None:
    """And each agrees with what was recorded."""
    lines = statement(portal, "2025-10")["cost"]["lines"]
    for n in range(1, len(lines) + 1):
        assert "agrees" in shown(acme, line(portal, n))
    assert status(acme, line(portal, len(lines) + 1)) == 404


def test_usage_after_the_invoice_is_told_apart(portal: Portal) -> None:
    """400 messages came late: beta's next invoice will bill them."""
    late = used("sms", 400, "2025-10-20T12:00:00+02:00", "late", order="beta-main")
    record(portal.database, late)
    page = shown(portal.visit("finance"), "/orders/beta-main?period=2025-10")
    assert "1 entry came after the invoice." in page
    of_line = shown(portal.visit("finance"), line(portal, 2, "beta-main"))
    all_in(["Came after the invoice", "400", "on the next invoice"], of_line)


def test_a_line_of_a_correction_shows_before_and_after(portal: Portal) -> None:
    """500 messages were billed, 300 came late and are corrected."""
    url = portal.database
    own = order(id="delta", account="delta", policies={"late_usage": "correction"})
    place(url, own, accounts=[{**ACCOUNT, "id": "delta", "tax_id": "7010015768"}])
    record(url, used("sms", 500, "2025-10-20T12:00:00+02:00", "d-1", order="delta"))
    assert licznik(url, "invoices", "run", "--period", "2025-10").status == 0
    (number,) = statement(portal, "2025-10", "delta")["invoices"]
    record(url, used("sms", 300, "2025-10-21T12:00:00+02:00", "d-2", order="delta"))
    corrected = licznik(url, "invoices", "correct", number, "--json")
    assert corrected.status == 0, corrected.err
    page = shown(portal.visit("finance"), f"/invoices/{corrected.data['number']}/lines/1")
    all_in([f"As of {number}", "used 500", "used 800", money("27.00"), "21 October 2025"], page)


# Who sees what


def test_another_customers_things_do_not_exist(portal: Portal, acme: Visit) -> None:
    """A foreign order, account or invoice is answered like an unknown one."""
    foreign = ["/orders/beta-main", "/accounts/beta", line(portal, 1, "beta-main")]
    unknown = ["/orders/nobody", "/accounts/nobody", "/invoices/FV/2025/999999/lines/1"]
    for one, other in zip(foreign, unknown, strict=True):
        answers = [acme.get(path) for path in (one, other)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert len({heading(answer.text) for answer in answers}) == 1


def heading(html: str) -> str:
    """A page's heading."""
    (found,) = re.findall(r"<h1>(.*?)</h1>", html, re.DOTALL)
    return text(found)


PATHS = ["/accounts/acme", ORDER, f"{ORDER}/meters/sms", f"{ORDER}/meters/sms/days/{YESTERDAY}", ""]


@pytest.mark.parametrize("path", PATHS)
def test_roles(portal: Portal, path: str) -> None:
    """Finance and the administrator see customers' usage; sales and the platform do not."""
    path = path or line(portal, 1)
    seen = {role: status(portal.visit(role), path) for role in ("finance", "admin")}
    refused = {role: status(portal.visit(role), path) for role in ("sales", "platform")}
    assert (set(seen.values()), set(refused.values())) == ({200}, {403})
    assert status(portal.visit(), path) == 303


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (f"{ORDER}?period={NEXT_MONTH}", 404),
        (f"{ORDER}?period=2025-09", 404),
        (f"{ORDER}?period=soon", 422),
        (f"{ORDER}/meters/nothing", 404),
        (f"{ORDER}/meters/sms/days/{TODAY + timedelta(days=40)}", 404),
        (f"{ORDER}/meters/sms/days/0001-01-01", 404),
        (f"{ORDER}/meters/sms/days/yesterday", 422),
        (f"{ORDER}/meters/sms/days/{YESTERDAY}?page=0", 422),
    ],
)
def test_what_is_not_there(acme: Visit, path: str, wanted: int) -> None:
    """A page says so, with the right status."""
    assert status(acme, path) == wanted


def test_an_order_that_has_not_begun(portal: Portal) -> None:
    """Its page says so, and its account's page too."""
    launch = str(TODAY + timedelta(days=10))
    gamma = {**ACCOUNT, "id": "gamma", "tax_id": "7010015768"}
    place(portal.database, order(id="g", account="gamma", launch_date=launch), accounts=[gamma])
    visit = portal.visit("finance")
    assert visit.get("/orders/g").status_code == 404
    assert "not in service this month" in shown(visit, "/accounts/gamma")


def test_home_is_the_order_or_the_account(portal: Portal, acme: Visit) -> None:
    """Acme has one order, Beta two."""
    assert acme.get("/").headers["location"] == ORDER
    assert portal.visit("customer", "beta").get("/").headers["location"] == "/accounts/beta"


def test_an_id_may_have_a_slash(portal: Portal) -> None:
    assert "beta/2" in shown(portal.visit("customer", "beta"), "/orders/beta/2")
