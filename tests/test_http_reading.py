"""What the service gives out: the numbers of the command line, in the same words."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest

from metering.calendar import Period, local_day
from tests.builders import ACCOUNT, AUTOMATION, Plain, order, pack, scenario, use
from tests.running import licznik, place, record, used, write_yaml
from tests.serving import Service, problem, service

AT = "2025-10-05T10:00:00+02:00"
PHONE = "+48600100200"
YESTERDAY = datetime.now(UTC) - timedelta(days=1)
LAST = str(Period.of(local_day(YESTERDAY)))
"""A month whose entries are not too old to be shown, whenever the tests run."""


@pytest.fixture(scope="module")
def office(shared_database: str) -> Iterator[Service]:
    """A service with an order, its usage, and its invoice."""
    url = shared_database
    own = order(addons=AUTOMATION, packs=[pack("pack_sms_5000")])
    place(url, own, order(id="acme-other", launch_date="2025-11-01"))
    record(
        url,
        used("sms", 6200, AT, "s-1", to=PHONE),
        used("sms", 1, AT, "s-2"),
        used("sms", 1, YESTERDAY.isoformat(), "s-3", to=PHONE, operator="=1+1"),
        used("mass_emails", 900, AT, "e-1"),
    )
    assert licznik(url, "invoices", "run", "--period", "2025-10").status == 0
    assert licznik(url, "invoices", "pdf", "--period", "2025-10").status == 0
    with service(url) as running:
        yield running


def number(office: Service) -> str:
    """The number of the invoice."""
    (one,) = office.get("/v1/invoices?order=acme-main").json()["invoices"]
    return str(one["number"])


def test_balances_have_the_numbers_of_the_statement(office: Service) -> None:
    """Each meter's, as text; what has no bound is null."""
    answer = office.get("/v1/orders/acme-main/balances?period=2025-10").json()
    words = ("statement", "acme-main", "--period", "2025-10", "--json")
    told = {row["meter"]: row for row in licznik(office.database, *words).data["meters"]}
    assert (answer["order"], answer["period"]) == ("acme-main", "2025-10")
    assert [row["meter"] for row in answer["meters"]] == list(told)
    for row in answer["meters"]:
        assert (row.pop("held"), row.pop("meter_kind")) == ("0", told[row["meter"]]["kind"])
        assert row.pop("kind") == told[row["meter"]]["limit_kind"]
        assert row == {key: told[row["meter"]][key] for key in row}
    sms = next(row for row in answer["meters"] if row["meter"] == "sms")
    shown = ("used", "included", "from_packs", "overage", "refused", "limit", "remaining", "fill")
    assert [sms[key] for key in shown] == ["6201", "0", "5000", "1201", "0", None, "0", "124.02"]


def test_balances_without_a_month_are_those_of_the_current_one(office: Service) -> None:
    """Which has used nothing."""
    answer = office.get("/v1/orders/acme-other/balances").json()
    assert answer["period"] >= "2025-11"
    assert {row["used"] for row in answer["meters"]} == {"0"}


def test_an_order_that_was_not_in_service_has_no_balances(office: Service) -> None:
    """It was launched a month later."""
    answer = office.get("/v1/orders/acme-other/balances?period=2025-10")
    assert problem(answer) == (404, "not_in_service")


@pytest.mark.parametrize(
    "period", ["2025-13", "october", "2025-1", "1999-01", "2200-01", "٢٠٢٥-10"]
)
def test_a_month_is_written_as_one(office: Service, period: str) -> None:
    """Anything else is a wrong parameter, named."""
    answer = office.client.get(
        "/v1/orders/acme-main/balances",
        params={"period": period},
        headers={"Authorization": f"Bearer {office.key('admin')}"},
    )
    assert problem(answer) == (422, "invalid_parameter")
    assert [one["path"] for one in answer.json()["problems"]] == ["period"]


def test_an_order_is_shown_in_brief(office: Service) -> None:
    """What it is of, without prices."""
    answer = office.get("/v1/orders/acme-main", "sales").json()
    assert answer["packages"] == [{"package": "pro", "licences": 20}]
    assert answer["addons"] == [{"item": "email_sms_automation", "quantity": 1, "until": None}]
    assert [one["item"] for one in answer["packs"]] == ["pack_sms_5000"]
    assert "150.00" not in json.dumps(answer)
    assert problem(office.get("/v1/orders/nobody")) == (404, "unknown_order")


def test_orders_come_in_pages(office: Service) -> None:
    """Each begins where the one before ended."""
    first = office.get("/v1/orders?limit=1").json()
    second = office.get(f"/v1/orders?limit=1&after={first['next']}").json()
    assert [one["order"] for one in first["orders"]] == ["acme-main"]
    assert [one["order"] for one in second["orders"]] == ["acme-other"]
    assert second["next"] is None


def statement(office: Service, form: str) -> bytes:
    """A statement in a format."""
    answer = office.get(f"/v1/orders/acme-main/statement?period={LAST}&format={form}")
    assert answer.is_success, answer.text
    assert f'filename="statement-{LAST}.{form}"' in answer.headers["content-disposition"]
    return answer.content


def test_a_statement_is_the_one_of_the_command_line(office: Service) -> None:
    """As JSON and CSV, to the byte."""
    words = ("statement", "acme-main", "--period", LAST, "--format")
    for form in ("json", "csv"):
        assert statement(office, form).decode() == licznik(office.database, *words, form).out
    assert "'=1+1" in statement(office, "csv").decode()


def test_a_statement_is_a_workbook_or_a_pdf(office: Service) -> None:
    """Which open."""
    book = openpyxl.load_workbook(io.BytesIO(statement(office, "xlsx")), read_only=True)
    assert len(book.sheetnames) == 3
    assert statement(office, "pdf").startswith(b"%PDF-1.7")


def test_other_formats_are_a_wrong_parameter(office: Service) -> None:
    """Those there are are named."""
    answer = office.get("/v1/orders/acme-main/statement?format=docx")
    assert problem(answer) == (422, "invalid_parameter")
    assert "'xlsx'" in answer.json()["detail"]


def test_an_invoice_is_found_by_its_number_slashes_and_all(office: Service) -> None:
    """As they are, or written as %2F."""
    own = number(office)
    shown = licznik(office.database, "invoices", "show", own, "--json").data
    for path in (own, own.replace("/", "%2F")):
        assert office.get(f"/v1/invoices/{path}").json() == shown
    assert problem(office.get("/v1/invoices/FV/1999/000001")) == (404, "unknown_invoice")


def test_an_invoices_pdf_is_given_out_as_it_was_kept(office: Service) -> None:
    """Its hash is its ETag."""
    answer = office.get(f"/v1/invoices/{number(office)}/pdf")
    assert answer.content.startswith(b"%PDF-1.7")
    assert answer.headers["content-type"] == "application/pdf"
    assert len(answer.headers["etag"]) == 64 + 2
    missing = office.get(f"/v1/invoices/{number(office)}/pdf?language=en")
    assert problem(missing) == (404, "not_rendered")


def test_invoices_are_listed_by_what_they_are_of(office: Service) -> None:
    """Month, order, account; in pages."""
    (one,) = office.get("/v1/invoices?period=2025-10&order=acme-main&account=acme").json()[
        "invoices"
    ]
    words = ("invoices", "list", "--json")
    assert [one] == licznik(office.database, *words).data["invoices"]
    assert office.get("/v1/invoices?period=2025-09").json() == {"invoices": [], "next": None}
    after = office.get(f"/v1/invoices?after={one['number']}").json()
    assert after == {"invoices": [], "next": None}
    assert problem(office.get("/v1/invoices?order=nobody")) == (404, "unknown_order")


SCENARIO = scenario([order()], [use("sms", 6200)])


def simulated(office: Service, value: Plain, **query: str) -> Plain:
    """The outcome of a scenario."""
    answer = office.call("POST", "/v1/simulations", "sales", json=value, params=query)
    assert answer.is_success, answer.text
    found: Plain = answer.json()
    return found


def test_a_simulation_is_the_one_of_the_command_line(office: Service, tmp_path: Path) -> None:
    """For all its months, or one."""
    file = write_yaml(tmp_path / "scenario.yaml", SCENARIO)
    assert simulated(office, SCENARIO) == licznik(None, "simulate", file, "--json").data
    words = ("simulate", file, "--json", "--period", "2025-12")
    assert simulated(office, SCENARIO, period="2025-12") == licznik(None, *words).data


def test_a_number_of_a_scenario_is_exact(office: Service) -> None:
    """0.1 is a tenth, not the nearest binary fraction."""
    priced = order(prices={"overage": {"sms": 0.1}})
    (invoice,) = simulated(office, scenario([priced], [use("sms", 3)]), period="2025-10")[
        "invoices"
    ]
    (line,) = [one for one in invoice["lines"] if one["item"] == "sms"]
    assert (line["unit_price"], line["net"]) == ("0.10", "0.30")


def test_a_scenario_names_no_files_and_no_catalog(office: Service) -> None:
    """A server reads no paths for a caller."""
    value = {**SCENARIO, "catalog": "/etc/passwd", "usage": {"files": ["/etc/shadow"]}}
    answer = office.call("POST", "/v1/simulations", json=value)
    assert problem(answer) == (422, "path_refused")
    assert [one["path"] for one in answer.json()["problems"]] == ["catalog", "usage.files"]


def test_every_problem_of_a_scenario_is_told(office: Service) -> None:
    """With its code and path, as on the command line."""
    value = scenario([order(licences="many"), order(id="x", package="gold")])
    answer = office.call("POST", "/v1/simulations", json=value)
    assert answer.status_code == 422
    paths = {one["path"] for one in answer.json()["problems"]}
    assert {"orders[0].licences", "orders[1].package"} <= paths


@pytest.mark.parametrize("key", [[], {}])
def test_an_order_whose_id_is_no_text_is_a_problem(office: Service, key: object) -> None:
    value = scenario([{**order(), "id": key}])
    answer = office.call("POST", "/v1/simulations", json=value)
    assert answer.status_code == 422
    assert "orders[0].id" in {one["path"] for one in answer.json()["problems"]}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "unreadable_body"),
        (b"[]", "wrong_shape"),
        (b'{"orders": NaN}', "unreadable_body"),
        (b'{"orders": "\\ud800"}', "unreadable_body"),
        (b'{"orders": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", "unreadable_body"),
        (b'{"orders": ' + b"[" * 100 + b"]" * 100 + b"}", "nested_too_deeply"),
        (b'{"orders": ' + b"9" * 5_000 + b"}", "unreadable_body"),
        (b'{"orders": ' + b"9" * 300 + b"}", "missing_field"),
    ],
)
def test_a_scenario_that_cannot_be_read_is_refused(office: Service, body: bytes, code: str) -> None:
    """Whatever it is."""
    answer = office.post(body, "application/json", "/v1/simulations")
    assert problem(answer)[1] == code
    assert answer.status_code in (400, 422)


def test_a_scenario_has_a_most(office: Service) -> None:
    """In bytes, and in months of orders."""
    large = {**SCENARIO, "usage": [], "accounts": [{**ACCOUNT, "name": "x" * 1_100_000}]}
    answer = office.call("POST", "/v1/simulations", json=large)
    assert problem(answer) == (413, "body_too_large")
    long = scenario([order(), order(id="x")], [use("sms", 1, "2099-12-01 10:00")])
    answer = office.call("POST", "/v1/simulations", json=long)
    assert problem(answer) == (422, "simulation_too_large")
