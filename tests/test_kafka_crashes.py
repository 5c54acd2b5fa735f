"""`licznik usage consume` through crashes, rebalances and a database that is away."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from contextlib import ExitStack
from functools import partial
from threading import Thread

import psutil
import pytest

from tests.broker import Broker
from tests.builders import Plain
from tests.consuming import (
    IMPATIENT,
    SHORT_SESSION,
    SLOW_BATCHES,
    SMALL_BATCHES,
    WATCHFUL,
    consume_once,
    consumer,
    counts,
    entries,
    line_with,
    place_both,
    stop,
)
from tests.running import Server, away, contents, differences
from tests.test_usage_import import month, plain_sums, stored_sums
from tests.waiting import eventually


@pytest.fixture
def ordered(database: str) -> str:
    """A database with two orders, one of them with training and speech."""
    place_both(database)
    return database


# Crashes


CRASH_BEFORE_THE_COMMIT = f"""
{SHORT_SESSION}
import os
from entrypoints.kafka.commits import Commits
Commits.want = lambda *given: os._exit(9) if given[1] else None
"""


def test_a_crash_before_the_offsets_are_committed_doubles_nothing(
    ordered: str, broker: Broker
) -> None:
    """What was recorded comes again; its dead letters were written before, too."""
    topic = broker.topic()
    broker.send(topic, *month(100), b"no JSON")
    with consumer(ordered, broker, topic, settings=CRASH_BEFORE_THE_COMMIT) as process:
        assert process.wait(60) == 9
    before = contents(ordered, "usage_repeat")
    assert entries(ordered) == 100
    assert len(broker.records(f"{topic}.dead")) == 1
    assert broker.committed(topic, topic) == 0
    assert counts(consume_once(ordered, broker, topic)) == (0, 100, 1)
    assert contents(ordered, "usage_repeat") == before


@pytest.mark.parametrize("seed", range(3))
def test_a_consumer_that_is_killed_loses_and_doubles_nothing(
    ordered: str, broker: Broker, seed: int
) -> None:
    """Decision 3: a crash at any point, while events come in."""
    events = month(3_000, seed)
    topic = broker.topic(3)
    sending = Thread(target=broker.send, args=(topic, *events))
    sending.start()
    with consumer(ordered, broker, topic, settings=SMALL_BATCHES) as process:
        eventually(lambda: entries(ordered) >= random.Random(seed).randint(1, 1_500))
        process.kill()
        process.wait()
    sending.join()
    assert differences(ordered) == []
    accepted, _, rejected = counts(consume_once(ordered, broker, topic))
    assert accepted > 0, "it was killed before its end"
    assert rejected == 0
    assert stored_sums(ordered) == plain_sums(events)
    assert differences(ordered) == []


def test_the_process_that_records_is_started_again(ordered: str, broker: Broker) -> None:
    """What it had in hand is recorded by the next one."""
    events, topic = month(3_000), broker.topic(2)
    with consumer(ordered, broker, topic, settings=SMALL_BATCHES) as process:
        line_with(process, '"assigned"')
        for start in range(0, len(events), 1_000):
            broker.send(topic, *events[start : start + 1_000])
            eventually(partial(has_more, ordered, start))
            for child in psutil.Process(process.pid).children():
                child.kill()
        eventually(lambda: entries(ordered) == len(events))
        outcome = stop(process)
    assert outcome.status == 0
    assert stored_sums(ordered) == plain_sums(events)
    assert differences(ordered) == []


def has_more(url: str, count: int) -> bool:
    """Whether more than so many events are recorded."""
    return entries(url) > count


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_told(ordered: str, broker: Broker, number: signal.Signals) -> None:
    """What is in hand is recorded and committed, and the group is left."""
    topic = broker.topic()
    with consumer(ordered, broker, topic, settings=SLOW_BATCHES) as process:
        line_with(process, '"assigned"')
        broker.send(topic, *month(50))
        time.sleep(1)  # the records are in hand, and wait for others
        assert entries(ordered) == 0
        outcome = stop(process, number)
    assert (outcome.status, counts(outcome)) == (0, (50, 0, 0))
    assert entries(ordered) == 50
    assert broker.committed(topic, topic) == 50
    with broker.admin() as admin:
        assert admin.describe_groups([topic])[topic]["members"] == []


# Several consumers


@pytest.mark.parametrize("seconds", ["0.2", "2"])
def test_consumers_that_come_and_go_share_the_work(
    ordered: str, broker: Broker, seconds: str
) -> None:
    """Partitions change hands while events come in: none is lost, and none is even read twice."""
    events, topic = month(4_000), broker.topic(4)
    settings = f"{SMALL_BATCHES}batches.LONGEST_SECONDS = {seconds}"
    with ExitStack() as stack:

        def another() -> subprocess.Popen[str]:
            process = stack.enter_context(consumer(ordered, broker, topic, settings=settings))
            line_with(process, f'"partitions":["{topic}')
            return process

        first, second = another(), another()
        sending = Thread(target=send_slowly, args=(broker, topic, events))
        sending.start()
        eventually(lambda: entries(ordered) > 800)
        outcomes = [stop(second)]
        third = another()
        sending.join()
        eventually(lambda: entries(ordered) == len(events))
        outcomes += [stop(first), stop(third)]
    assert [own.status for own in outcomes] == [0, 0, 0]
    accepted, duplicates, rejected = zip(*map(counts, outcomes), strict=True)
    assert min(accepted[:2]) > 0
    assert (sum(accepted), sum(duplicates), sum(rejected)) == (4_000, 0, 0)
    assert stored_sums(ordered) == plain_sums(events)
    assert differences(ordered) == []
    assert broker.committed(topic, topic) == 4_000


def send_slowly(broker: Broker, topic: str, events: list[Plain]) -> None:
    """Produces events for some seconds."""
    for start in range(0, len(events), 100):
        broker.send(topic, *events[start : start + 100])
        time.sleep(0.1)


# A database that is away


def test_a_database_that_is_away_is_waited_for(
    ordered: str, server: Server, broker: Broker
) -> None:
    """Nothing is lost, and the group does not lose the consumer meanwhile."""
    events = month(1_000)
    topic = broker.topic(2)
    with consumer(ordered, broker, topic, settings=IMPATIENT) as process:
        line_with(process, '"assigned"')
        broker.send(topic, *events[:100])
        eventually(lambda: broker.committed(topic, topic) == 100)
        with away(server, ordered):
            broker.send(topic, *events[100:])
            time.sleep(8)
            assert broker.committed(topic, topic) == 100
        eventually(lambda: entries(ordered) == 1_000)
        outcome = stop(process)
    assert (outcome.status, counts(outcome)) == (0, (1_000, 0, 0))
    assert '"lost"' not in outcome.err
    meanwhile = outcome.err.split('"waiting"', 1)[1]
    assert meanwhile.count('"revoked"') == 1, "only in the end"
    assert stored_sums(ordered) == plain_sums(events)
    assert differences(ordered) == []


def test_partitions_are_added_while_the_database_is_away(
    ordered: str, server: Server, broker: Broker
) -> None:
    """What is in hand outlasts the poll in which the group is joined anew."""
    events = month(1_000)
    topic = broker.topic()
    with consumer(ordered, broker, topic, settings=IMPATIENT + WATCHFUL) as process:
        line_with(process, '"assigned"')
        with away(server, ordered):
            broker.send(topic, *events[:500])
            with broker.admin() as admin:
                admin.create_partitions({topic: 2})
            line_with(process, '"revoked"')
        broker.send(topic, *events[500:], partition=1)
        eventually(lambda: entries(ordered) == 1_000)
        assert stop(process).status == 0
    assert stored_sums(ordered) == plain_sums(events)
    assert differences(ordered) == []


def test_a_consumer_stops_though_the_database_is_away(
    ordered: str, server: Server, broker: Broker
) -> None:
    """What could not be recorded is not committed: it comes again."""
    topic = broker.topic()
    with consumer(ordered, broker, topic, settings=IMPATIENT) as process:
        events = month(500)
        line_with(process, '"assigned"')
        broker.send(topic, *events[:100])
        eventually(lambda: broker.committed(topic, topic) == 100)
        with away(server, ordered):
            broker.send(topic, *events[100:])
            line_with(process, '"waiting"')
            outcome = stop(process)
    assert (outcome.status, counts(outcome)) == (0, (100, 0, 0))
    assert broker.committed(topic, topic) == 100
    assert counts(consume_once(ordered, broker, topic)) == (400, 0, 0)
