"""Limits over HTTP: the platform asks, and a yes is durable; a no says what there still is."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.builders import ACCOUNT, event, order
from tests.running import differences, move_to_unknown_edition, place, value
from tests.serving import Service, problem, rejected, service

BETA = {**ACCOUNT, "id": "beta", "name": "Beta Sp. z o.o."}


@pytest.fixture(scope="module")
def office(shared_database: str) -> Iterator[Service]:
    """A service of two processes with an order for each test, and one of another customer."""
    own = [order(id=f"acme-{n}", licences=2) for n in range(12)]
    place(shared_database, *own, order(id="beta-main", account="beta"), accounts=(ACCOUNT, BETA))
    with service(shared_database, "--workers", 2) as running:
        yield running


def post(own: Service, path: str, body: Any, role: str = "platform") -> httpx.Response:
    return own.call("POST", path, role, json=body)


def consume(own: Service, order_id: str, meter: str, **body: Any) -> httpx.Response:
    return post(own, f"/v1/orders/{order_id}/meters/{meter}/consume", body)


def reserve(own: Service, order_id: str, meter: str, **body: Any) -> httpx.Response:
    return post(own, f"/v1/orders/{order_id}/meters/{meter}/reservations", body)


def balance(own: Service, order_id: str, meter: str) -> dict[str, Any]:
    meters = own.get(f"/v1/orders/{order_id}/balances").json()["meters"]
    found: dict[str, Any] = next(one for one in meters if one["meter"] == meter)
    return found


def test_what_is_granted_is_recorded_and_what_is_refused_is_not(office: Service) -> None:
    yes = consume(office, "acme-0", "queues", id="a", quantity=14)
    assert (yes.status_code, yes.json()["remaining"]) == (200, "1")
    no = consume(office, "acme-0", "queues", id="b", quantity=2)
    assert problem(no) == (409, "limit_reached")
    assert no.json()["remaining"] == "1"
    told = balance(office, "acme-0", "queues")
    assert (told["used"], told["limit"], told["remaining"]) == ("14", "15", "1")


def test_a_recorded_id_gives_the_same_answer_and_a_refused_one_is_decided_afresh(
    office: Service,
) -> None:
    first = consume(office, "acme-1", "queues", id="a", quantity=10)
    assert consume(office, "acme-1", "queues", id="a", quantity=10).json() == first.json()
    assert consume(office, "acme-1", "queues", id="b", quantity=6).status_code == 409
    office.send(
        {
            "specversion": "1.0",
            "id": "gone",
            "source": "/platform",
            "type": "queues",
            "subject": "acme-1",
            "time": first.json()["time"],
            "data": {"delta": -5},
        }
    )
    assert consume(office, "acme-1", "queues", id="b", quantity=6).status_code == 200


def test_a_lease_is_used_in_parts_and_given_back(office: Service) -> None:
    made = reserve(office, "acme-2", "queues", id="lease", quantity=10, ttl_seconds=600)
    assert (made.status_code, made.json()["remaining"]) == (201, "5")
    part = post(office, "/v1/reservations/lease/commit", {"id": "one", "quantity": 4})
    assert (part.status_code, part.json()["remaining"]) == (200, "6")
    beyond = post(office, "/v1/reservations/lease/commit", {"id": "two", "quantity": 7})
    assert problem(beyond) == (409, "beyond_reservation")
    told = balance(office, "acme-2", "queues")
    assert (told["used"], told["held"], told["remaining"]) == ("4", "6", "5")
    (kept,) = office.get("/v1/orders/acme-2/reservations").json()["reservations"]
    assert (kept["id"], kept["left"], kept["state"]) == ("lease", "6", "open")
    assert office.call("DELETE", "/v1/reservations/lease", "platform").status_code == 200
    assert office.call("DELETE", "/v1/reservations/lease", "platform").status_code == 200
    assert balance(office, "acme-2", "queues")["remaining"] == "11"


def test_users_sign_in_once_and_no_more_than_there_are_licences(office: Service) -> None:
    assert reserve(office, "acme-3", "sessions", id="desk", user="anna@acme.pl").status_code == 201
    again = reserve(office, "acme-3", "sessions", id="home", user="anna@acme.pl")
    assert problem(again) == (409, "already_signed_in")
    assert reserve(office, "acme-3", "sessions", id="jan", user="jan@acme.pl").status_code == 201
    late = reserve(office, "acme-3", "sessions", id="ewa", user="ewa@acme.pl")
    assert problem(late) == (409, "limit_reached")
    beat = post(office, "/v1/reservations/desk/renew", {"ttl_seconds": 300})
    assert beat.status_code == 200
    assert office.call("DELETE", "/v1/reservations/desk", "platform").status_code == 200
    assert reserve(office, "acme-3", "sessions", id="ewa", user="ewa@acme.pl").status_code == 201


WRONG = [
    ({}, ["missing_field id", "missing_quantity quantity"]),
    ({"id": "a", "quantity": 1.5}, ["inexact_quantity quantity"]),
    ({"id": "a", "quantity": 0}, ["zero_quantity quantity"]),
    ({"id": "a", "quantity": -1}, ["negative_quantity quantity"]),
    ({"id": "a", "quantity": True}, ["invalid_quantity quantity"]),
    ({"id": "a", "quantity": 10**40}, ["inexact_quantity quantity"]),
    ({"id": "a\u0000", "quantity": 1}, ["invalid_field id"]),
    ({"id": "a" * 257, "quantity": 1}, ["invalid_field id"]),
    ({"id": "😀" * 193, "quantity": 1}, ["invalid_field id"]),
    ({"id": "a", "quantity": 1, "time": "2025-10-05"}, ["invalid_time time"]),
    ({"id": "a", "quantity": 1, "tmie": 1}, ["unknown_field tmie"]),
]


@pytest.mark.parametrize(("body", "told"), WRONG)
def test_every_mistake_of_a_request_is_told(
    office: Service, body: dict[str, Any], told: list[str]
) -> None:
    answer = consume(office, "acme-4", "queues", **body)
    assert answer.status_code == 422
    found = answer.json()["problems"]
    assert [f"{one['code']} {one['path']}" for one in found] == told


def test_the_longest_ids_are_taken_like_any_other(office: Service) -> None:
    key, lease, part = long_name(256), long_name(192), long_name(192)
    place(office.database, order(id=key))
    path = quote(key, safe="")
    assert consume(office, path, "queues", id=part, quantity=1).status_code == 200
    assert reserve(office, path, "queues", id=lease, quantity=1).status_code == 201
    commit = f"/v1/reservations/{quote(lease, safe='')}/commit"
    assert post(office, commit, {"id": part, "quantity": 1}).status_code == 200
    assert balance(office, path, "queues")["used"] == "2"


def long_name(characters: int) -> str:
    """A name of so many characters of four bytes, which no compression makes shorter."""
    chance = random.Random(characters)
    return "".join(chr(chance.randrange(0x10000, 0x10FFFF)) for _ in range(characters))


@pytest.mark.parametrize("key", ["node-3/17", "/", "a/renew", "a//b"])
def test_a_reservation_is_given_back_whatever_its_id(office: Service, key: str) -> None:
    made = reserve(office, "acme-8", "queues", id=key, quantity=3, ttl_seconds=600)
    assert made.status_code == 201
    path = f"/v1/reservations/{quote(key, safe='')}"
    assert post(office, f"{path}/renew", {}).status_code == 200
    assert post(office, f"{path}/commit", {"id": "p/1", "quantity": 1}).status_code == 200
    freed = office.call("DELETE", path, "platform")
    assert (freed.status_code, freed.json()["state"]) == (200, "ended")


def test_an_order_is_found_whatever_its_id(office: Service) -> None:
    key = "acme/2025/statement"
    place(office.database, order(id=key))
    path = quote(key, safe="")
    assert consume(office, path, "queues", id="a", quantity=1).status_code == 200
    assert reserve(office, path, "queues", id="acme/2025/r", quantity=1).status_code == 201
    told = office.get(f"/v1/orders/{path}/reservations").json()["reservations"]
    assert [own["order"] for own in told] == [key]
    for rest in ("/balances", "/statement", "/ceilings"):
        assert office.get(f"/v1/orders/{path}{rest}").json()["order"] == key
    assert office.get("/v1/orders/acme%2F2025").status_code == 404


def test_reservations_are_listed_some_at_a_time(office: Service) -> None:
    names = [f"lease-{n}" for n in range(5)]
    for name in names:
        reserve(office, "acme-10", "queues", id=name, quantity=1, ttl_seconds=600)
    first, second, last = (
        office.get(f"/v1/orders/acme-10/reservations?limit=2&after={after}").json()
        for after in ("a", "lease-1", "lease-3")
    )
    told = [*first["reservations"], *second["reservations"], *last["reservations"]]
    assert [own["id"] for own in told] == names
    assert (first["next"], second["next"], last["next"]) == ("lease-1", "lease-3", None)


def test_what_is_not_there_is_not_found(office: Service) -> None:
    assert problem(consume(office, "nobody", "queues", id="a", quantity=1)) == (
        404,
        "unknown_order",
    )
    assert problem(consume(office, "acme-4", "trains", id="a", quantity=1)) == (
        404,
        "unknown_meter",
    )
    unknown = post(office, "/v1/reservations/none/renew", {})
    assert problem(unknown) == (404, "unknown_reservation")
    closed = consume(office, "acme-4", "mass_emails", id="a", quantity=1)
    assert problem(closed) == (422, "not_ordered")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"id": NaN}', b"[" * 5000, b'"text"'])
def test_a_body_that_cannot_be_read_is_refused(office: Service, body: bytes) -> None:
    path = "/v1/orders/acme-4/meters/queues/consume"
    answer = office.call("POST", path, "platform", content=body)
    assert answer.status_code == 400


@pytest.mark.parametrize("role", ["finance", "customer", "sales"])
def test_only_the_platform_decides(office: Service, role: str) -> None:
    account = "acme" if role == "customer" else None
    path = "/v1/orders/acme-4/meters/queues/consume"
    answer = office.call("POST", path, role, account, json={"id": "x", "quantity": 1})
    assert problem(answer) == (403, "forbidden")


def test_many_callers_in_two_processes_never_overshoot(office: Service) -> None:
    def ask(number: int) -> int:
        return consume(office, "acme-5", "queues", id=f"q{number}", quantity=1).status_code

    with ThreadPoolExecutor(16) as callers:
        answers = list(callers.map(ask, range(120)))
    assert (answers.count(200), answers.count(409)) == (15, 105)
    assert balance(office, "acme-5", "queues")["used"] == "15"
    assert (
        value(office.database, "SELECT count(*) FROM usage_decision WHERE order_id = 'acme-5'")
        == 15
    )
    assert differences(office.database) == []


def test_the_platform_can_ask_for_the_ceilings_of_an_order(office: Service) -> None:
    told = office.get("/v1/orders/acme-6/ceilings").json()["ceilings"]
    assert (told["chats_per_agent"], told["reminders_per_event"]) == (6, 20)


def test_a_customer_sees_the_ceilings_of_its_own_orders_alone(office: Service) -> None:
    own = office.get("/v1/orders/acme-6/ceilings", "customer", "acme")
    assert own.status_code == 200
    other = office.get("/v1/orders/beta-main/ceilings", "customer", "acme")
    assert problem(other) == (404, "unknown_order")


def test_decisions_are_counted(office: Service) -> None:
    consume(office, "acme-7", "queues", id="a", quantity=1)
    told = office.client.get("/metrics").text
    assert 'licznik_decisions_total{kind="consume",result="granted"}' in told
    assert "licznik_decision_seconds_bucket" in told


def test_an_order_of_an_edition_that_is_not_loaded_is_to_come_again(office: Service) -> None:
    """Whoever placed it had a newer catalog; all others go on as ever."""
    assert consume(office, "acme-9", "queues", id="a", quantity=1).status_code == 200
    move_to_unknown_edition(office.database, "acme-9")
    no = consume(office, "acme-9", "queues", id="b", quantity=1)
    assert problem(no) == (409, "edition_not_loaded")
    for rest in ("/balances", "/statement", "/ceilings"):
        assert problem(office.get(f"/v1/orders/acme-9{rest}")) == (409, "edition_not_loaded")
    sent = office.send(event(id="c", subject="acme-9"), event(id="d", subject="acme-10"))
    assert (sent["accepted"], rejected(sent)) == (1, [(0, "edition_not_loaded", "")])
