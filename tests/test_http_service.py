"""The service as those see it who run it: health, logs, metrics, faults, starting and stopping."""

from __future__ import annotations

import re
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import orjson
import psutil
import psycopg
import pytest
from sqlalchemy import make_url

from entrypoints.http.bodies import BATCH, LINES
from entrypoints.http.server import HEALTH_SECONDS
from tests.builders import order
from tests.running import (
    Server,
    change,
    codes,
    differences,
    is_answered,
    licznik,
    place,
    used,
    value,
)
from tests.serving import Service, counts, problem, received, service, sms
from tests.waiting import eventually

PHONE, USER, KEPT_BACK = "+48600100200", "anna@acme.pl", "a text nobody may read"


@pytest.fixture(scope="module")
def steady(shared_database: str) -> Iterator[Service]:
    """A service with one order, for cases that leave it as it is."""
    place(shared_database, order())
    with service(shared_database) as own:
        yield own


@pytest.fixture
def licensed(database: str) -> Iterator[Service]:
    """A service with one order, for cases that break something."""
    place(database, order())
    with service(database) as own:
        yield own


def metric(own: Service, name: str) -> int:
    """The value of a metric."""
    written = own.client.get("/metrics").text
    found = re.findall(rf"^{re.escape(name)} ([0-9.]+)$", written, re.MULTILINE)
    return round(sum(map(float, found)))


def test_the_log_tells_of_requests_and_not_of_people(steady: Service) -> None:
    """One line each, with the request's id; nothing that was sent, no key, no path as called."""
    body = orjson.dumps(
        [
            used("sms", 1, "2025-10-05T10:00:00+02:00", "s-1", to=PHONE, user=USER),
            {**sms("s-2"), "subject": KEPT_BACK},
        ]
    )
    headers = {"X-Request-Id": "import-7", "Content-Type": BATCH}
    answer = steady.call("POST", "/v1/events?token=secret", content=body, headers=headers)
    assert answer.headers["x-request-id"] == "import-7"
    steady.get(f"/v1/orders/{KEPT_BACK}")
    steady.get(f"/{PHONE}")
    eventually(lambda: len(steady.lines("request")) == 3)
    first, second, third = steady.lines("request")
    assert (first["method"], first["route"], first["status"]) == ("POST", "/v1/events", 202)
    assert first["request_id"] == "import-7"
    assert first["key"] == steady.key("admin").split("_")[1]
    assert first["counts"] == {"accepted": 1, "duplicate": 0, "rejected": 1}
    assert (second["route"], second["code"]) == ("/v1/orders/{order}", "unknown_order")
    assert (third["route"], third["status"]) == ("-", 404)
    written = steady.log.read_text(encoding="utf-8")
    secret = steady.key("admin").split("_", 2)[2]
    for hidden in (PHONE, PHONE[1:], USER, KEPT_BACK, secret, "token"):
        assert hidden not in written


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\tb", "é"])
def test_a_request_id_that_is_not_plain_is_replaced(steady: Service, given: str) -> None:
    """By one of ours."""
    headers = {b"X-Request-Id": given.encode()}
    answer = steady.client.get("/healthz", headers=headers)
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


def test_what_there_is_not_is_said_as_problem_details(steady: Service) -> None:
    """Paths and methods."""
    assert problem(steady.get("/v1/nothing")) == (404, "unknown_path")
    answer = steady.call("DELETE", "/v1/orders")
    assert problem(answer) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET"


def test_a_fault_of_ours_says_nothing_of_what_it_was(licensed: Service) -> None:
    """The answer has the request's id; under it the log has the kind and the place."""
    change(licensed.database, "ALTER TABLE customer_order RENAME COLUMN terms TO conditions")
    answer = licensed.get("/v1/orders")
    assert problem(answer) == (500, "internal_error")
    assert "terms" not in answer.text
    eventually(lambda: licensed.lines("request"))
    (line,) = licensed.lines("request")
    assert line["level"] == "error"
    assert line["error"] == "ProgrammingError"
    assert any("list_orders" in place for place in line["raised"])
    assert line["request_id"] == answer.headers["x-request-id"]
    assert "conditions" not in licensed.log.read_text(encoding="utf-8")


def test_a_fault_of_the_database_acknowledges_nothing(licensed: Service, server: Server) -> None:
    """503, with a time to try again; then the same events come in once."""
    body = orjson.dumps([sms(f"s-{n}") for n in range(10)])
    assert counts(licensed.send(sms("first"))) == (1, 0, 0)
    close(server, licensed.database)
    answer = licensed.post(body, BATCH)
    assert problem(answer) == (503, "database_unavailable")
    assert answer.headers["retry-after"] == "1"
    assert problem(licensed.client.get("/healthz")) == (503, "database_unavailable")
    reopen(server, licensed.database)
    eventually(lambda: licensed.post(body, BATCH).status_code == 202)
    assert value(licensed.database, "SELECT used FROM usage_balance") == 11
    assert differences(licensed.database) == []


def close(server: Server, database: str) -> None:
    """Ends every connection of a database, and lets no new one in."""
    name = make_url(database).database or ""
    server.run("ALTER DATABASE {} ALLOW_CONNECTIONS false", name)
    change(
        server.address,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
        name,
    )


def reopen(server: Server, database: str) -> None:
    """Lets connections in again."""
    server.run("ALTER DATABASE {} ALLOW_CONNECTIONS true", make_url(database).database or "")


def test_when_too_much_waits_the_caller_is_to_try_again(database: str) -> None:
    """Nothing of what is refused so is recorded; all else is, when the database goes on."""
    place(database, order())
    large = b" " * 80_000
    with service(database, LICZNIK_HTTP_BODY_LIMIT="100000") as own:
        assert counts(own.send(sms("first"))) == (1, 0, 0)
        bodies = [large + orjson.dumps([sms(f"s-{n}")]) for n in range(20)]
        with ThreadPoolExecutor(20) as pool, psycopg.connect(database) as other:
            other.execute("LOCK TABLE usage_events")
            waiting = [pool.submit(own.post, body, BATCH) for body in bodies]
            eventually(lambda: any(one.done() for one in waiting))
            other.rollback()
            answers = [one.result() for one in waiting]
        refused = [one for one in answers if one.status_code == 503]
        assert {problem(one) for one in refused} == {(503, "too_busy")}
        assert {one.headers["retry-after"] for one in refused} == {"1"}
        assert sum(counts(received(one))[0] for one in answers if one not in refused) == 20 - len(
            refused
        )
    assert value(database, "SELECT used FROM usage_balance") == 21 - len(refused)


def test_a_caller_that_hangs_up_is_no_fault_of_ours(steady: Service) -> None:
    """The log has it as a request that was given up."""
    head = (
        f"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: {LINES}\r\n"
        f"Authorization: Bearer {steady.key('platform')}\r\nContent-Length: 1000\r\n\r\n"
    )
    host, port = steady.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as own:
        own.sendall(head.encode() + b"{")
    eventually(lambda: any(line["status"] == 499 for line in steady.lines("request")))
    assert {line["level"] for line in steady.lines("request")} == {"info"}


def test_health_tells_of_a_schema_that_is_not_current(licensed: Service) -> None:
    """Nothing else would."""
    assert licensed.client.get("/healthz").json() == {"status": "ok"}
    change(licensed.database, "UPDATE alembic_version SET version_num = '0001'")
    assert problem(licensed.client.get("/healthz")) == (503, "schema_not_current")


def test_several_workers_are_one_service(database: str) -> None:
    """Their metrics add up, and each event counts once whoever takes it."""
    place(database, order())
    with service(database, "--workers", "2") as own:
        bodies = [orjson.dumps(sms(f"s-{n // 2}")) for n in range(80)]
        own.key("platform")
        with ThreadPoolExecutor(16) as pool:
            answers = [*pool.map(lambda body: received(own.post(body, LINES)), bodies)]
        assert sum(one["accepted"] for one in answers) == 40
        assert sum(one["duplicates"] for one in answers) == 40
        assert metric(own, 'licznik_events_total{result="accepted"}') == 40
        assert metric(own, 'licznik_events_total{result="duplicate"}') == 40
        requests = 'licznik_requests_total{method="POST",route="/v1/events",status="202"}'
        assert metric(own, requests) == 80
        seconds = 'licznik_request_seconds_count{route="/v1/events",status="202"}'
        assert metric(own, seconds) == 80
        assert metric(own, "licznik_waiting_requests") == 0
    assert differences(database) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_answers_what_it_has_taken_before_it_stops(
    licensed: Service, number: signal.Signals
) -> None:
    """And ends with exit status 0."""
    bodies = [
        b"\n".join(orjson.dumps(sms(f"{batch}-{n}")) for n in range(1000)) for batch in range(8)
    ]
    counts(licensed.send(sms("warm")))
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(licensed.post, body, LINES) for body in bodies]
        time.sleep(0.05)
        assert licensed.stop(number) == 0
    done = [one.result() for one in answers if one.exception() is None]
    recorded = 1000 * sum(one.status_code == 202 for one in done) + 1
    assert value(licensed.database, "SELECT used FROM usage_balance") >= recorded
    assert licensed.lines("stopped")


def test_a_worker_that_dies_is_replaced(licensed: Service) -> None:
    """By the supervisor, within seconds."""
    counts(licensed.send(sms("before")))
    for worker in workers(licensed):
        worker.kill()
    eventually(lambda: _answers(licensed))
    assert counts(licensed.send(sms("after"))) == (1, 0, 0)


def test_a_worker_that_dies_while_it_is_asked_is_replaced(licensed: Service) -> None:
    """At once, not when its answer is overdue."""
    counts(licensed.send(sms("before")))
    own = workers(licensed)
    for worker in own:
        worker.suspend()
    time.sleep(1)  # twice the time between two looks of the supervisor
    for worker in own:
        worker.kill()
    eventually(lambda: _answers(licensed), seconds=HEALTH_SECONDS / 2)
    assert counts(licensed.send(sms("after"))) == (1, 0, 0)


def test_the_process_that_records_is_replaced_unseen(licensed: Service) -> None:
    """Whoever brings usage meanwhile waits for the next one."""
    assert counts(licensed.send(sms("before"))) == (1, 0, 0)
    recorder = min(workers(licensed), key=psutil.Process.create_time)
    recorder.kill()
    assert counts(licensed.send(sms("before"), sms("after"))) == (1, 1, 0)


def test_no_worker_outlives_its_supervisor(licensed: Service) -> None:
    """Whatever has become of it."""
    counts(licensed.send(sms("before")))
    own = workers(licensed)
    licensed.process.kill()
    licensed.process.wait()
    gone, alive = psutil.wait_procs(own, timeout=30)
    assert (len(gone), alive) == (len(own), [])


def workers(own: Service) -> list[psutil.Process]:
    """The worker processes."""
    found = [
        child
        for child in psutil.Process(own.process.pid).children()
        if "spawn_main" in " ".join(child.cmdline())
    ]
    assert found
    return found


def _answers(own: Service) -> bool:
    try:
        return own.client.get("/healthz").is_success
    except httpx.TransportError:
        return False


def test_it_does_not_start_where_something_else_listens(database: str) -> None:
    """What is wrong is said at once."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        outcome = licznik(database, "serve", "--port", taken.getsockname()[1])
    assert is_answered(outcome)
    assert codes(outcome) == ["cannot_listen"]


def test_it_does_not_start_on_an_old_schema(empty_database: str) -> None:
    """Its owner brings it up to date."""
    assert codes(licznik(empty_database, "serve")) == ["schema_not_current"]


WRONG = {
    "LICZNIK_HTTP_PORT": "65536",
    "LICZNIK_HTTP_WORKERS": "0",
    "LICZNIK_HTTP_BODY_LIMIT": "16 MB",
    "LICZNIK_HTTP_BATCH_LIMIT": "-1",
}


def test_every_wrong_setting_is_told(database: str) -> None:
    """All at once."""
    outcome = licznik(database, "serve", **WRONG)
    assert is_answered(outcome)
    assert outcome.err.count("invalid_setting") == len(WRONG)
    assert all(name in outcome.err for name in WRONG)
