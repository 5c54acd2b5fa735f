"""Keys and roles: who may call what, and whose things a customer sees."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest

from entrypoints.http.bodies import BATCH
from entrypoints.http.keyring import REMEMBERED_SECONDS
from tests.builders import ACCOUNT, order, scenario
from tests.running import (
    codes,
    is_answered,
    licznik,
    place,
    record,
    rows,
    used,
)
from tests.serving import Service, new_key, problem, service

BETA = {**ACCOUNT, "id": "beta", "name": "Beta Sp. z o.o."}
ISSUED = "FV/2025/000001"


@pytest.fixture(scope="module")
def office(shared_database: str) -> Iterator[Service]:
    """A service with an order of each of two customers, and their invoices."""
    url = shared_database
    beta = order(id="beta-main", account="beta")
    place(url, order(), beta, accounts=(ACCOUNT, BETA))
    record(url, used("sms", 7, "2025-10-05T10:00:00+02:00", "s-1"))
    assert licznik(url, "invoices", "run", "--period", "2025-10").status == 0
    with service(url) as own:
        yield own


CALLS = {
    "send events": ("POST", "/v1/events", "platform admin"),
    "send events as OpenMeter's clients do": ("POST", "/api/v1/events", "platform admin"),
    "list orders": ("GET", "/v1/orders", "platform finance customer sales admin"),
    "show an order": ("GET", "/v1/orders/acme-main", "platform finance customer sales admin"),
    "balances": (
        "GET",
        "/v1/orders/acme-main/balances?period=2025-10",
        "platform finance customer sales admin",
    ),
    "statement": (
        "GET",
        "/v1/orders/acme-main/statement?period=2025-10",
        "finance customer admin",
    ),
    "list invoices": ("GET", "/v1/invoices", "finance customer admin"),
    "simulate": ("POST", "/v1/simulations", "platform finance sales admin"),
}
ROLES = ("platform", "finance", "customer", "sales", "admin")


@pytest.mark.parametrize("call", CALLS)
def test_a_table_says_which_role_may_call_what(office: Service, call: str) -> None:
    """Every other role gets 403, and without a key nobody gets in."""
    method, path, roles = CALLS[call]
    given = {"json": scenario([order()])} if "simulations" in path else {"content": b"[]"}
    headers = {"Content-Type": "application/json" if "json" in given else BATCH}
    for role in ROLES:
        account = "acme" if role == "customer" else None
        answer = office.call(method, path, role, account, headers=headers, **given)
        if role in roles.split():
            assert answer.is_success, (role, answer.text)
        else:
            assert problem(answer) == (403, "forbidden"), role
    assert problem(office.client.request(method, path)) == (401, "unauthorized")


WRONG = [
    "",
    "Bearer",
    "Bearer x",
    "Bearer lk_000000000000_" + "A" * 43,
    "Bearer lk_" + "é".encode().decode("latin-1") * 12,
    "Basic YTpi",
]


@pytest.mark.parametrize("header", WRONG)
def test_without_a_valid_key_nobody_gets_in(office: Service, header: str) -> None:
    """Whatever stands in its place."""
    answer = office.client.get("/v1/orders", headers={b"Authorization": header.encode("latin-1")})
    assert problem(answer) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_the_secret_of_a_key_counts_to_its_last_sign(office: Service) -> None:
    """Another secret under the same id does not open."""
    key = new_key(office.database, "admin")
    for wrong in (key[:-1] + ("A" if key[-1] != "A" else "B"), key[:-1], key + "A", key.upper()):
        headers = {"Authorization": f"Bearer {wrong}"}
        assert office.client.get("/v1/orders", headers=headers).status_code == 401
    assert office.client.get("/v1/orders", headers={"Authorization": f"Bearer {key}"}).is_success


def test_a_revoked_key_stops_within_seconds(office: Service) -> None:
    """Though it was used a moment before."""
    key = new_key(office.database, "admin")
    headers = {"Authorization": f"Bearer {key}"}
    assert office.client.get("/v1/orders", headers=headers).is_success
    assert licznik(office.database, "keys", "revoke", key.split("_")[1]).status == 0
    time.sleep(REMEMBERED_SECONDS)
    assert office.client.get("/v1/orders", headers=headers).status_code == 401


def test_these_calls_are_open(office: Service) -> None:
    """Whoever watches over the service, or wants to know its calls, needs no key."""
    for path in ("/healthz", "/metrics", "/openapi.json"):
        assert office.client.get(path).is_success


FOREIGN = [
    ("/v1/orders/beta-main", "/v1/orders/gamma-main"),
    ("/v1/orders/beta-main/balances", "/v1/orders/gamma-main/balances"),
    ("/v1/orders/beta-main/statement", "/v1/orders/gamma-main/statement"),
    ("/v1/invoices?order=beta-main", "/v1/invoices?order=gamma-main"),
    ("/v1/invoices?account=beta", "/v1/invoices?account=gamma"),
    ("/v1/orders?account=beta", "/v1/orders?account=gamma"),
]


@pytest.mark.parametrize(("foreign", "missing"), FOREIGN)
def test_another_customers_things_do_not_exist(office: Service, foreign: str, missing: str) -> None:
    """The answer is the one of a thing that there is not, but for its name."""
    answers = [office.get(path, "customer", "acme") for path in (foreign, missing)]
    assert problem(answers[0]) == problem(answers[1])
    assert answers[0].status_code == 404
    said = [answer.json()["detail"] for answer in answers]
    assert said[0].replace("beta", "gamma") == said[1]


def test_another_customers_invoice_does_not_exist(office: Service) -> None:
    """Neither the document nor the PDF."""
    listed = office.get("/v1/invoices").json()["invoices"]
    numbers = {one["account"]: one["number"] for one in listed}
    for path in (f"/v1/invoices/{numbers['beta']}", f"/v1/invoices/{numbers['beta']}/pdf"):
        assert problem(office.get(path, "customer", "acme")) == (404, "unknown_invoice")
    assert office.get(f"/v1/invoices/{numbers['acme']}", "customer", "acme").is_success


def test_a_customer_lists_what_is_its_own(office: Service) -> None:
    """Orders and invoices."""
    orders = office.get("/v1/orders", "customer", "acme").json()["orders"]
    invoices = office.get("/v1/invoices", "customer", "acme").json()["invoices"]
    assert [one["order"] for one in orders] == ["acme-main"]
    assert [one["account"] for one in invoices] == ["acme"]
    assert len(office.get("/v1/orders", "finance").json()["orders"]) == 2


def test_a_key_is_shown_once_and_kept_as_a_hash(database: str) -> None:
    """No table has it, nor any part of its secret."""
    made = licznik(database, "keys", "add", "--role", "sales", "--name", "Anna's laptop")
    assert re.fullmatch(r"lk_[0-9a-f]{12}_[A-Za-z0-9_-]{43}\n", made.out)
    key_id, secret = made.out.strip().split("_", 2)[1:]
    (kept,) = rows(database, "SELECT * FROM api_key")
    assert secret not in str(kept)
    assert secret.encode() not in kept
    (listed,) = licznik(database, "keys", "list", "--json").data["keys"]
    assert (listed["id"], listed["role"], listed["name"]) == (key_id, "sales", "Anna's laptop")
    assert "sales" in licznik(database, "keys", "list").out


def test_a_customers_key_is_for_one_account(database: str) -> None:
    """Which exists; other keys are for none."""
    for words, code in [
        (("--role", "customer"), "missing_account"),
        (("--role", "customer", "--account", "nobody"), "unknown_account"),
        (("--role", "finance", "--account", "acme"), "account_not_wanted"),
    ]:
        outcome = licznik(database, "keys", "add", *words)
        assert is_answered(outcome)
        assert codes(outcome) == [code]
    assert is_answered(licznik(database, "keys", "add", "--role", "emperor"))


def test_a_revoked_key_keeps_the_time_of_its_end(database: str) -> None:
    """A second revocation changes nothing, and an unknown key is a problem."""
    key_id = new_key(database, "admin").split("_")[1]
    assert licznik(database, "keys", "revoke", key_id).status == 0
    (first,) = rows(database, "SELECT revoked_at FROM api_key")
    assert licznik(database, "keys", "revoke", key_id).status == 0
    assert rows(database, "SELECT revoked_at FROM api_key") == [first]
    assert codes(licznik(database, "keys", "revoke", "nokey")) == ["unknown_key"]
