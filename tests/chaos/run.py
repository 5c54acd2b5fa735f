"""Load, and a kill every second or so; then a count. `python -m tests.chaos.run SEED...`."""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from billing.settling import settle
from entrypoints.keys import Role
from metering.entries import unpacked_id
from metering.pages import unpack_pages
from metering.store import UsageStore
from tests.broker import Broker, running_broker
from tests.builders import catalog, order
from tests.chaos.load import CAP, ORDERS, Asker, Poster, Producer
from tests.chaos.world import World, world
from tests.running import RECEIVED, balances, differences, licznik, place, usage_store, value
from tests.waiting import eventually

SECONDS = 15.0
POSTERS, ASKERS = 3, 3


def chaos(broker: Broker, seed: int, seconds: float = SECONDS) -> Counter[str]:
    """One world under load and kills; says how often whom. Fails where anything is lost."""
    topic = broker.topic(partitions=4)
    with world(broker, topic) as own:
        place(own.url, *(order(id=key) for key in ORDERS))
        key = licznik(own.url, "keys", "add", "--role", Role.PLATFORM, "--json").data["key"]
        own.start()
        stop = Event()
        posters = [Poster(own, key, random.Random(f"{seed}p{n}"), stop) for n in range(POSTERS)]
        askers = [Asker(own, key, random.Random(f"{seed}a{n}"), stop) for n in range(ASKERS)]
        producer = Producer(broker.address, topic, random.Random(f"{seed}k"), stop)
        runs = [own.run for own in posters] + [own.run for own in askers] + [producer.run]
        with ThreadPoolExecutor(len(runs)) as threads:
            loads = [threads.submit(run) for run in runs]
            try:
                killed = kill(own, random.Random(seed), seconds)
            except BaseException:
                own.over.set()
                raise
            finally:
                stop.set()
            for load in loads:
                load.result(60)
        drained = len(producer.sent)
        eventually(
            lambda: own.tend() and broker.committed(topic, topic) >= drained, "the end of the topic"
        )
        own.stop()
        sent = producer.sent.union(*(one.sent for one in posters))
        count(own, sent, sum(one.granted for one in askers))
    killed.update(posted=len(sent) - drained, produced=drained)
    return killed


def kill(own: World, chance: random.Random, seconds: float) -> Counter[str]:
    """Kills one after another at random."""
    victims = {
        "service": own.kill_service,
        "a process of the service": lambda: own.kill_child(own.service, chance),
        "a process of a consumer": lambda: own.kill_child(own.consumers[0], chance),
        "consumer": own.kill_consumer,
        "database": own.kill_database,
    }
    killed: Counter[str] = Counter()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(chance.uniform(0.3, 2.5))
        name = chance.choice(sorted(victims))
        victims[name]()
        killed[name] += 1
        own.tend()
    eventually(lambda: own.tend() and own.is_healthy(), "the service after the last kill")
    return killed


def count(own: World, sent: set[tuple[str, str]], granted: int) -> None:
    """Everything acknowledged is there, once; no limit was overshot."""
    with usage_store(own.url) as store:
        settle(store, catalog(), RECEIVED)
        found = recorded(store)
    assert found == Counter(sent), f"{len(sent - set(found))} lost, {len(found)} found"
    level = sum(used for (_, _, meter), (used, _) in balances(own.url).items() if meter != "sms")
    assert level == granted <= CAP
    kept = "SELECT coalesce(sum(pending) + sum(reserved), 0) FROM usage_hold"
    assert value(own.url, kept) == 0
    assert differences(own.url) == []


def recorded(store: UsageStore) -> Counter[tuple[str, str]]:
    """How often each message is in the pages."""
    sheets = [
        row["sheet"]
        for row in store.rows("SELECT DISTINCT originator_id AS sheet FROM usage_events")
    ]
    entries = unpack_pages(store.pages(sheets)).with_columns(unpacked_id())
    pairs = entries.filter(entries["meter"] == "sms").select("order", "id")
    return Counter(pairs.iter_rows())


def main() -> None:
    """Runs the seeds that are given, or ten at random."""
    seeds = [int(word) for word in sys.argv[1:]] or random.sample(range(10**6), 10)
    with running_broker() as broker:
        for seed in seeds:
            sys.stdout.write(f"seed {seed}: ")
            sys.stdout.flush()
            killed = chaos(broker, seed, SECONDS)
            sys.stdout.write(", ".join(f"{n} {what}" for what, n in killed.items()) + "\n")


if __name__ == "__main__":
    main()
