"""Webhooks that nobody answers: they cost their endpoint time, and nobody else."""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from entrypoints.cli import noticing
from entrypoints.cli.noticing import watch_and_send
from entrypoints.cli.session import open_session
from entrypoints.webhook_settings import WebhookSettings
from entrypoints.webhook_transport import WebhookTransport
from invoices.notices.sending import (
    DELIVERED,
    FAILED,
    LONGEST_POSTPONED,
    POSTPONED,
    WAITS,
    Answer,
    NoAnswer,
    Post,
    Sender,
)
from tests.builders import order
from tests.mail_server import eventually
from tests.noticing import (
    Receiver,
    answering,
    deliveries,
    listen,
    receiver,
    send,
    statuses,
)
from tests.running import (
    Server,
    away,
    change,
    decision_store,
    ended,
    licznik,
    place,
    rows,
    started,
    value,
)

NOW = datetime(2100, 1, 4, 12, tzinfo=UTC)
"""After whatever is due at the time of the test."""
SOON = NOW + WAITS[0]
PATIENCE = WebhookSettings(timeout=1, at_once=2)
"""Two notices at once, each for a second at most."""


@contextmanager
def hanging(count: int = 1) -> Iterator[list[Receiver]]:
    """Receivers that take a notice and do not answer."""
    over = threading.Event()
    with ExitStack() as stack:
        boxes = [stack.enter_context(receiver()) for _ in range(count)]
        for box in boxes:
            box.respond = lambda request: (over.wait(30), answering(204)(request))[1]
        try:
            yield boxes
        finally:
            over.set()


def invoice(url: str, orders: int, *to: Receiver) -> None:
    """Receivers listen, and then hear of so many invoices."""
    place(url, *(order(id=f"acme-{n}") for n in range(orders)))
    for box in to:
        listen(url, box)
    assert licznik(url, "invoices", "run", "--period", "2025-10").status == 0


def unanswered(*_: object) -> Answer:
    """As an endpoint that is away."""
    raise NoAnswer("away")


def test_an_endpoint_that_hangs_holds_up_no_marks(database: str) -> None:
    """A round ends soon, so that the next one looks for marks."""
    with hanging() as (box,):
        invoice(database, 8, box)
        begun = time.monotonic()
        assert send(database, settings=PATIENCE) == {FAILED: 1}
        assert time.monotonic() - begun < 3


def test_two_endpoints_that_hang_hold_up_no_third(database: str) -> None:
    """Whoever answers gets its notices at once."""
    with hanging(2) as boxes, receiver() as well:
        invoice(database, 6, *boxes, well)
        begun = time.monotonic()
        assert send(database, settings=PATIENCE) == {DELIVERED: 6, FAILED: 2}
    assert max(own.at for own in well.taken) - begun < 3


@pytest.fixture
def dead_addresses() -> Iterator[list[tuple[str, int]]]:
    """Addresses at which nobody takes a connection, and nobody refuses one."""
    with ExitStack() as stack:
        found = []
        for _ in range(3):
            full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
            for _ in range(2):  # what waits there leaves no room for another
                waiting = stack.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex(full.getsockname())
            found.append(full.getsockname())
        yield found


def resolving(patch: pytest.MonkeyPatch, *found: tuple[str, int], seconds: float = 0) -> None:
    """Every name has some addresses, which are found after a while."""
    whole = socket.getaddrinfo

    def getaddrinfo(host: str, *given: Any, **named: Any) -> Any:
        if not host.endswith(".example"):
            return whole(host, *given, **named)
        time.sleep(seconds)
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", own) for own in found]

    patch.setattr(socket, "getaddrinfo", getaddrinfo)


def test_a_name_that_is_not_found_in_time_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The deadline begins with the look-up of the name."""
    resolving(monkeypatch, ("127.0.0.1", 1), seconds=5)
    with pytest.raises(NoAnswer, match="within 1 seconds"):
        timed(WebhookTransport(PATIENCE), "http://slow.example/")


def test_many_dead_addresses_share_one_deadline(
    monkeypatch: pytest.MonkeyPatch, dead_addresses: list[tuple[str, int]]
) -> None:
    """They do not have one each."""
    resolving(monkeypatch, *dead_addresses)
    with pytest.raises(NoAnswer):
        timed(WebhookTransport(PATIENCE), "http://dead.example/")


def test_a_dead_address_leaves_time_for_the_next_one(
    monkeypatch: pytest.MonkeyPatch, dead_addresses: list[tuple[str, int]]
) -> None:
    """A host may be reachable by one of its addresses only."""
    with receiver() as box:
        port = int(box.url.split(":")[2].split("/")[0])
        resolving(monkeypatch, dead_addresses[0], ("127.0.0.1", port))
        assert timed(WebhookTransport(PATIENCE), "http://half.example/").status == 204


def timed(transport: WebhookTransport, url: str) -> Answer:
    """What is answered; it must not take much longer than the deadline of a second."""
    begun = time.monotonic()
    try:
        return transport.post(url, b"{}", {})
    finally:
        assert time.monotonic() - begun < 2


def test_what_waits_with_an_unanswered_notice_loses_no_attempt(database: str) -> None:
    """It is due again when that one is, and the log says why it was not sent."""
    with receiver() as box:
        invoice(database, 3, box)
        assert send(database, NOW, post=unanswered, settings=PATIENCE) == {FAILED: 1}
        assert statuses(database) == [(FAILED, 1), ("waiting", 0), ("waiting", 0)]
        assert value(database, "SELECT array_agg(DISTINCT next_at) FROM notice_delivery") == [SOON]
        assert [own["error"] for own in deliveries(database)] == [POSTPONED, POSTPONED, "away"]
        assert send(database, SOON, settings=PATIENCE) == {DELIVERED: 3}
    assert {own["error"] for own in deliveries(database)} == {None}


def test_a_probe_goes_ahead_of_what_waited(database: str) -> None:
    """One at a time is lost on an endpoint that is still away; all follow one that is answered."""
    flying: Counter[str] = Counter()

    def post(*_: object) -> Answer:
        flying["now"] += 1
        flying["most"] = max(flying["most"], flying["now"])
        time.sleep(0.1)
        flying["now"] -= 1
        flying["sent"] += 1
        return Answer(204) if flying["sent"] > 1 else unanswered()

    with receiver() as box:
        invoice(database, 9, box)
    many = WebhookSettings(at_once=8)
    send(database, NOW, post=unanswered, settings=many)
    assert send(database, SOON, post=post, settings=many) == {FAILED: 1}
    assert flying["most"] == 1
    later = NOW + timedelta(days=1)
    assert send(database, later, post=post, settings=many)[DELIVERED] == 9
    assert flying["most"] == 4


def test_new_notices_do_not_share_the_wait_of_a_day(database: str) -> None:
    """An endpoint that was away for days has a try every five minutes."""
    with receiver() as box:
        invoice(database, 2, box)
    first = value(database, "SELECT min(id) FROM notice_delivery")
    change(database, "UPDATE notice_delivery SET attempts = 8 WHERE id = %s", first)
    send(database, NOW, post=unanswered, settings=PATIENCE)
    due = [at for (at,) in rows(database, "SELECT next_at FROM notice_delivery ORDER BY id")]
    assert due == [NOW + WAITS[8], NOW + LONGEST_POSTPONED]


def test_a_round_sends_what_was_due_when_it_began(database: str) -> None:
    """What fails meanwhile is for the next one, however short its wait."""
    times = iter(NOW + timedelta(seconds=5 * n) for n in range(1000))
    posts: list[Post] = [unanswered, lambda *_: Answer(500)]
    with receiver() as box:
        invoice(database, 2, box)
    for attempts, post in enumerate(posts, 1):
        with_clock(database, times, post)
        assert max(own for _, own in statuses(database)) == attempts


def with_clock(url: str, times: Iterator[datetime], post: Post) -> None:
    """Sends what is due, with a clock that goes on."""
    with decision_store(url) as decisions:
        Sender(decisions, post, lambda: next(times), lambda: 0, 2).send()


def test_a_round_of_watching_ends_though_much_is_due(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slow endpoints are sent to in the next round again, after the marks."""
    monkeypatch.setattr(noticing, "LONGEST_SENDING", 0)
    with receiver() as box:
        invoice(database, 5, box)
        monkeypatch.setenv("LICZNIK_DATABASE_URL", database)
        with open_session() as session:
            assert watch_and_send(session, lambda: False) == ""
    assert statuses(database) == [("waiting", 0)] * 5


def test_watching_outlives_a_database_that_is_away(server: Server, database: str) -> None:
    """It says so, and sends when the database is back."""
    with receiver() as box:
        invoice(database, 1, box)
        process = started(database, "webhooks", "send", "--watch", LICZNIK_WEBHOOK_SECONDS="1")
        try:
            eventually(lambda: len(box.taken) == 1)
            with away(server, database):
                time.sleep(4)
            assert licznik(database, "webhooks", "redeliver", box.taken[0].id).status == 0
            eventually(lambda: len(box.taken) == 2)
            process.terminate()
            outcome = ended(process)
        finally:
            process.kill()
    assert outcome.status == 0
    assert "did not do as asked" in outcome.err
