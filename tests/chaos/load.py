"""Clients that never give up: whatever they ask, they ask again until they are answered."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from threading import Event
from typing import Any
from uuid import UUID

import orjson
import urllib3
from kafka import KafkaProducer

from tests.builders import MORNING, Plain, event, local
from tests.chaos.world import World

ORDERS = ("acme-main", "acme-second", "acme-third")
CAP = 20 * 10**9
"""The bytes of disk space of package Pro."""
LEASE = 10**8
PATIENCE = 0.1
JSON, BATCH = "application/json", "application/cloudevents-batch+json"


@dataclass
class Client:
    """One caller of the service, with dice of its own."""

    world: World
    key: str
    chance: random.Random
    stop: Event

    def call(self, method: str, path: str, body: Any = None, kind: str = JSON) -> tuple[int, Any]:
        """The answer to a request, asked again until there is one that counts."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": kind}
        sent = None if body is None else orjson.dumps(body)
        while not self.world.over.is_set():
            try:
                answer = self.world.http.request(
                    method, self.world.address + path, body=sent, headers=headers
                )
            except urllib3.exceptions.HTTPError:
                time.sleep(PATIENCE)
                continue
            if answer.status < 500:
                return answer.status, answer.json()
            time.sleep(PATIENCE)
        raise AssertionError("nobody answered to the end")

    def new_id(self) -> str:
        return str(UUID(int=self.chance.getrandbits(128), version=4))


def sms(key: str, order: str) -> Plain:
    """One message that was sent."""
    return event(type="sms", id=key, subject=order, time=local(MORNING), data={"quantity": 1})


@dataclass
class Poster(Client):
    """Posts events, some of them again; ``sent`` are those that were acknowledged."""

    sent: set[tuple[str, str]] = field(default_factory=set)

    def run(self) -> None:
        while not self.stop.is_set():
            keys = [(self.chance.choice(ORDERS), self.new_id()) for _ in self._some(200)]
            known = list(self.sent)
            again = [self.chance.choice(known) for _ in self._some(20)] if known else []
            batch = [sms(key, order) for order, key in (*keys, *again)]
            status, answer = self.call("POST", "/v1/events", batch, BATCH)
            assert status == 202, answer
            assert answer["rejected"] == []
            self.sent |= set(keys)

    def _some(self, most: int) -> range:
        return range(self.chance.randint(1, most))


@dataclass
class Asker(Client):
    """Asks for disk space; ``granted`` is what it was given."""

    granted: int = 0

    def run(self) -> None:
        while not self.stop.is_set():
            self.consume()
            if self.chance.random() < 0.3:
                self.lease()

    def consume(self) -> None:
        units = self.chance.randint(1, CAP // 200)
        path = "/v1/orders/acme-main/meters/disk_bytes/consume"
        status, _ = self.call("POST", path, {"id": self.new_id(), "quantity": units})
        assert status in (200, 409)
        self.granted += units if status == 200 else 0

    def lease(self) -> None:
        """Keeps units, uses a part, gives back the rest."""
        key = self.new_id()
        path = "/v1/orders/acme-main/meters/disk_bytes/reservations"
        body = {"id": key, "quantity": LEASE, "ttl_seconds": 300}
        status, answer = self.call("POST", path, body)
        assert status in (201, 409), answer
        if status == 409:
            return
        part = self.chance.randint(1, LEASE)
        status, answer = self.call(
            "POST", f"/v1/reservations/{key}/commit", {"id": "part", "quantity": part}
        )
        assert status == 200, answer
        self.granted += part
        status, answer = self.call("DELETE", f"/v1/reservations/{key}")
        assert status == 200, answer


@dataclass
class Producer:
    """Produces events to Kafka; ``sent`` are those that the broker has acknowledged."""

    address: str
    topic: str
    chance: random.Random
    stop: Event
    sent: set[tuple[str, str]] = field(default_factory=set)

    def run(self) -> None:
        producer = KafkaProducer(bootstrap_servers=self.address, acks="all", linger_ms=5)
        try:
            while not self.stop.wait(0.05):
                keys = [
                    (self.chance.choice(ORDERS), str(UUID(int=self.chance.getrandbits(128))))
                    for _ in range(self.chance.randint(1, 100))
                ]
                waiting = [
                    producer.send(self.topic, orjson.dumps(sms(key, order)), key=order.encode())
                    for order, key in keys
                ]
                for one in waiting:
                    one.get(timeout=30)
                self.sent |= set(keys)
        finally:
            producer.close()
