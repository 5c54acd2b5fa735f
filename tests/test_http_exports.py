"""Billing data over HTTP: a customer takes its own, streamed, while its account is open."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta

import jsonschema
import pytest

from entrypoints.cli.session import clock
from invoices.billing_data.schema import json_schema
from metering.calendar import local_day
from tests.builders import ACCOUNT, order
from tests.running import place, record, used
from tests.serving import Service, problem, service

TODAY = local_day(clock())
DAYS = [TODAY - timedelta(days=n) for n in (400, 366, 365, 40, 1)]
SINCE, SPAN = str(DAYS[2]), f"from={DAYS[2]}&to={TODAY}"
FOUR_ENTRIES = f"/v1/orders/acme-main/export?{SPAN}"
BETA = {**ACCOUNT, "id": "beta", "tax_id": "5252248481"}


@pytest.fixture(scope="module")
def office(shared_database: str) -> Iterator[Service]:
    """An open account and a closed one, with an event on each of some days."""
    launched = {"launch_date": "2025-07-01"}
    closed = order(id="beta-main", account="beta", end_date=str(DAYS[3]), **launched)
    place(shared_database, order(**launched), closed, accounts=(ACCOUNT, BETA))
    events = [used("sms", 1, f"{day}T12:00:00+00:00", f"e-{day}", to="600100200") for day in DAYS]
    record(shared_database, *events)
    with service(shared_database) as own:
        yield own


def test_a_customer_takes_its_own_as_csv(office: Service) -> None:
    """The day 365 days ago is in it; the file's name is harmless; the register is named."""
    answer = office.get(f"{FOUR_ENTRIES}&format=csv", "customer", "acme")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    entries = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [own["id"] for own in entries] == [f"e-{day}" for day in DAYS[2:]]
    assert {own["to"] for own in entries} == {"+48600100200"}
    assert answer.headers["content-disposition"].endswith(f'main_{SINCE}_{TODAY}.csv"')
    assert "/register" in answer.headers["link"]


def test_json_is_the_default_and_fits_its_schema(office: Service) -> None:
    """R132: the way of programs."""
    answer = office.get(FOUR_ENTRIES, "finance")
    jsonschema.validate(answer.json(), json_schema())
    assert len(answer.json()["entries"]) == 3


@pytest.mark.parametrize(("form", "begins"), [("xlsx", b"PK"), ("pdf", b"%PDF")])
def test_files_for_people_come_too(office: Service, form: str, begins: bytes) -> None:
    """A workbook, a PDF."""
    answer = office.get(f"{FOUR_ENTRIES}&format={form}", "admin")
    assert answer.status_code == 200
    assert answer.content.startswith(begins)


def test_the_day_before_is_too_old(office: Service) -> None:
    """R123: 366 days."""
    answer = office.get(f"/v1/orders/acme-main/export?from={DAYS[1]}&to={TODAY}", "admin")
    assert problem(answer) == (422, "too_old")


def test_tomorrow_is_still_to_come(office: Service) -> None:
    """As is the end of time."""
    for day in (TODAY + timedelta(days=1), "2199-12-31"):
        answer = office.get(f"/v1/orders/acme-main/export?from={SINCE}&to={day}", "admin")
        assert problem(answer) == (422, "in_the_future")


def test_anothers_order_does_not_exist(office: Service) -> None:
    """No more than one that nobody has."""
    for own in ("acme-main", "nobody"):
        answer = office.get(f"/v1/orders/{own}/export?{SPAN}", "customer", "beta")
        assert problem(answer) == (404, "unknown_order")


@pytest.mark.parametrize("role", ["platform", "sales"])
def test_who_neither_bills_nor_is_billed_has_none(office: Service, role: str) -> None:
    """Telephone numbers are personal data."""
    assert problem(office.get(FOUR_ENTRIES, role)) == (403, "forbidden")


@pytest.mark.parametrize(("role", "account"), [("customer", "beta"), ("finance", None)])
def test_after_closure_nobody_has_it_this_way(
    office: Service, role: str, account: str | None
) -> None:
    """R125: an employee makes it at the request of an entitled person, on the pages."""
    answer = office.get(f"/v1/orders/beta-main/export?{SPAN}", role, account)
    assert problem(answer) == (403, "account_closed")
