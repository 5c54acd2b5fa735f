"""Many clients at once, and a server killed under them: every event counts exactly once."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx
import orjson
import psutil
import pytest

from entrypoints.http.bodies import BATCH, LINES
from tests.builders import Plain, order
from tests.running import balances, differences, place, value
from tests.serving import Service, received, service, sms
from tests.waiting import eventually

CLIENTS = 8
EVENTS = 3_000
DAYS = ("2025-10-05", "2025-10-06")


def events() -> list[Plain]:
    """The events of two orders on two days."""
    return [
        sms(
            f"e-{n}",
            subject=("acme-main", "acme-second")[n % 2],
            time=f"{DAYS[n // 2 % 2]}T{n % 24:02}:00:00+02:00",
        )
        for n in range(EVENTS)
    ]


def batches(seed: int, most: int = 400) -> list[list[Plain]]:
    """All events in an order of one client's own, divided into batches of all sizes."""
    chance = random.Random(seed)
    own = events()
    chance.shuffle(own)
    found = []
    while own:
        size = chance.randint(1, most)
        found.append(own[:size])
        own = own[size:]
    return found


def body(batch: Sequence[Plain], media: str) -> bytes:
    """A batch in a media type."""
    if media == LINES:
        return b"\n".join(map(orjson.dumps, batch))
    return orjson.dumps(batch)


def recorded_once(database: str) -> None:
    """Each event is there once, and everything can be computed again from the events."""
    counted = Counter[str]()
    for (subject, day, meter), (used, entries) in balances(database).items():
        assert meter == "sms"
        assert used == entries == EVENTS // 4, (subject, day)
        counted[subject] += entries
    assert sum(counted.values()) == EVENTS
    assert differences(database) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_overlapping_batches_of_many_clients(database: str, workers: int) -> None:
    """Every client sends every event; together they have each accepted once."""
    place(database, order(), order(id="acme-second"))
    with service(database, "--workers", workers) as own:
        own.key("platform")

        def send_all(client: int) -> Counter[str]:
            media, answers = (BATCH, LINES)[client % 2], Counter[str]()
            for batch in batches(client):
                answer = received(own.post(body(batch, media), media))
                assert answer["rejected"] == []
                answers.update(accepted=answer["accepted"], duplicates=answer["duplicates"])
            return answers

        with ThreadPoolExecutor(CLIENTS) as pool:
            total = sum(pool.map(send_all, range(CLIENTS)), Counter[str]())
    assert total == {"accepted": EVENTS, "duplicates": EVENTS * (CLIENTS - 1)}
    recorded_once(database)


def test_a_conflict_within_one_commit_is_one_callers_alone(database: str) -> None:
    """Of two events of one identity the first that is recorded counts; the other is rejected."""
    place(database, order())
    with service(database) as own:
        own.key("platform")

        def send(quantity: int) -> tuple[int, int]:
            one = sms("same", data={"quantity": quantity})
            answer = received(own.post(body([one], BATCH), BATCH))
            return answer["accepted"], len(answer["rejected"])

        with ThreadPoolExecutor(CLIENTS) as pool:
            answers = Counter(pool.map(send, range(1, CLIENTS + 1)))
    assert answers == {(1, 0): 1, (0, 1): CLIENTS - 1}


class Retrying:
    """A client that sends each batch until it is acknowledged, whatever happens."""

    def __init__(self, own: Service, number: int) -> None:
        self.acknowledged: list[Plain] = []
        self._own = own
        self._batches = batches(number, most=30)[number::CLIENTS]
        self.thread = threading.Thread(target=self._send_all)

    def _send_all(self) -> None:
        for batch in self._batches:
            while not self._sent(batch):
                time.sleep(0.05)
            self.acknowledged += batch

    def _sent(self, batch: list[Plain]) -> bool:
        try:
            return self._own.post(body(batch, BATCH), BATCH).status_code == 202
        except httpx.TransportError:
            return False


def test_a_server_killed_under_load_loses_and_doubles_nothing(database: str) -> None:
    """Clients try again; what was acknowledged before a kill is there after it."""
    place(database, order(), order(id="acme-second"))
    with service(database) as own:
        own.key("platform")
        clients = [Retrying(own, number) for number in range(CLIENTS)]
        for client in clients:
            client.thread.start()
        for _ in range(2):
            wait_for_more(database)
            assert any(client.thread.is_alive() for client in clients)
            kill_workers(own)
        for client in clients:
            client.thread.join()
        sent = {one["id"] for client in clients for one in client.acknowledged}
        again = received(own.post(body(events(), BATCH), BATCH))
    assert again == {"accepted": EVENTS - len(sent), "duplicates": len(sent), "rejected": []}
    recorded_once(database)


def wait_for_more(database: str) -> None:
    """Waits until something more is recorded."""
    count = "SELECT count(*) FROM usage_events"
    before = value(database, count)
    eventually(lambda: value(database, count) > before)


def kill_workers(own: Service) -> None:
    """Kills every worker process at once, as a lack of memory would."""
    for child in psutil.Process(own.process.pid).children():
        child.send_signal(signal.SIGKILL)
