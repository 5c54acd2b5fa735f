"""`licznik usage consume`: usage from Kafka, through crashes, rebalances and a database away."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import orjson
import psycopg
import pytest

from tests.broker import Broker
from tests.builders import Plain, addon, order, pack
from tests.running import (
    Outcome,
    Server,
    balances,
    change,
    codes,
    contents,
    differences,
    empty,
    ended,
    is_answered,
    licznik,
    place,
    repeats,
    started,
    used,
    user_balances,
    value,
    write_ndjson,
)
from tests.test_usage_import import month, plain_sums, stored_sums

NOON = "2025-10-05T12:00:00+02:00"
PHONE = "+48600100200"


@pytest.fixture
def ordered(database: str) -> str:
    """A database with two orders, one of them with training and speech."""
    place_both(database)
    return database


def place_both(url: str) -> None:
    whole = order(addons=[addon("tts")], packs=[pack("pack_training_oneoff_5h")])
    place(url, whole, order(id="acme-two"))


def consume_once(url: str, broker: Broker, topic: str, *words: str, **more: str) -> Outcome:
    """What consuming all there is ended with."""
    settings = broker.settings(topic, **more)
    return licznik(url, "usage", "consume", "--once", "--json", *words, **settings)


def counts(outcome: Outcome) -> tuple[int, int, int]:
    """How many events were accepted, duplicates and rejected."""
    return outcome.data["accepted"], outcome.data["duplicates"], outcome.data["rejected"]


SMALL_BATCHES = "from entrypoints.kafka import batches; batches.MOST_RECORDS = 100\n"


@contextmanager
def consumer(
    url: str, broker: Broker, topic: str, *words: object, settings: str = "", **more: str
) -> Iterator[subprocess.Popen[str]]:
    """A consumer in a process of its own."""
    given = broker.settings(topic, **more)
    command = ("usage", "consume", "--json", *words)
    process = started(url, *command, settings=settings, **given)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def stop(process: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> Outcome:
    """What it ended with when asked to."""
    process.send_signal(number)
    return ended(process)


def eventually(holds: Callable[[], bool], seconds: int = 60) -> None:
    """Waits until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def entries(url: str) -> int:
    """How many events are recorded."""
    return sum(count for _, count in balances(url).values())


def headers(record: Any) -> dict[str, str]:
    """What a dead letter says of itself."""
    return {name.removeprefix("licznik-"): own.decode() for name, own in record.headers}


# What is recorded


def test_a_topic_makes_the_same_ledgers_as_a_file(ordered: str, broker: Broker, tmp_path) -> None:
    """One decoder and one intake stand behind both."""
    events = [*month(), *month()[:20]]
    licznik(ordered, "usage", "import", write_ndjson(tmp_path / "usage.ndjson", events))
    by_file = balances(ordered), user_balances(ordered), repeats(ordered)
    empty(ordered)
    place_both(ordered)
    topic = broker.topic(3)
    broker.send(topic, *events[:100], partition=0)
    broker.send(topic, *events[100:], partition=2)
    assert counts(consume_once(ordered, broker, topic)) == (300, 20, 0)
    assert (balances(ordered), user_balances(ordered), repeats(ordered)) == by_file
    assert differences(ordered) == []
    assert broker.committed(topic, topic) == 320


def test_a_topic_consumed_again_changes_nothing(ordered: str, broker: Broker) -> None:
    """By another group, from its beginning; by the same group, from where it was."""
    topic = broker.topic()
    broker.send(topic, *month(50))
    consume_once(ordered, broker, topic)
    before = contents(ordered, "usage_repeat")
    assert counts(consume_once(ordered, broker, topic)) == (0, 0, 0)
    assert counts(consume_once(ordered, broker, topic, GROUP=f"{topic}-two")) == (0, 50, 0)
    assert contents(ordered, "usage_repeat") == before


def test_a_record_may_hold_many_events(ordered: str, broker: Broker) -> None:
    """A JSON array; its good events are kept, the bad ones stand alone with their places."""
    topic = broker.topic()
    bad = used("sms", 0, NOON, "bad", to=PHONE)
    good = [used("sms", n, NOON, f"{n}") for n in (1, 2, 3)]
    broker.send(topic, good[0], [good[1], bad, 7, good[2]], [])
    assert counts(consume_once(ordered, broker, topic)) == (3, 0, 2)
    zero, number = broker.records(f"{topic}.dead")
    assert (orjson.loads(zero.value), headers(zero)["index"]) == (bad, "1")
    assert headers(zero)["code"] == "zero_quantity"
    assert (number.value, headers(number)["index"]) == (b"7", "2")
    assert headers(number)["code"] == "not_an_event"
    assert headers(number)["offset"] == "1"


def test_a_tombstone_is_no_event(ordered: str, broker: Broker) -> None:
    """A record without a value is skipped, and counted."""
    topic = broker.topic()
    broker.send(topic, None, used("sms", 1, NOON, "1"), None)
    outcome = consume_once(ordered, broker, topic)
    assert counts(outcome) == (1, 0, 0)
    assert (outcome.data["records"], outcome.data["tombstones"]) == (3, 2)
    assert broker.committed(topic, topic) == 3


def test_an_event_may_be_written_on_many_lines(ordered: str, broker: Broker) -> None:
    """Blanks between its parts say nothing."""
    topic = broker.topic()
    events = [used("sms", 1, NOON, f"{n}") for n in range(20)]
    broker.send(topic, *(b"\n" + orjson.dumps(e, option=orjson.OPT_INDENT_2) for e in events))
    assert counts(consume_once(ordered, broker, topic)) == (20, 0, 0)


def test_a_transaction_that_was_aborted_has_used_nothing(ordered: str, broker: Broker) -> None:
    """Its records stand in the topic, and are passed over."""
    topic = broker.topic()
    with broker.producer(transactional_id=topic) as producer:
        producer.init_transactions()
        for n, end in enumerate([producer.abort_transaction, producer.commit_transaction]):
            producer.begin_transaction()
            producer.send(topic, orjson.dumps(used("sms", 1, NOON, f"{n}")))
            end()
    assert counts(consume_once(ordered, broker, topic)) == (1, 0, 0)


# Dead letters


POISON = {
    b"no JSON": "broken_line",
    b"": "broken_line",
    b"\xff\xfe": "broken_line",
    b'{"id": 1': "broken_line",
    b"[1, 2": "broken_line",
    b"null": "not_an_event",
    b'"text"': "not_an_event",
    b"{}": "unsupported_specversion",
    b"[" * 5_000 + b"]" * 5_000: "broken_line",
    b"[" * 900 + b"]" * 900: "broken_line",
    orjson.dumps(used("sms", 1, NOON, "1", order="acme-none")): "unknown_order",
    orjson.dumps(used("sms", 1, "2025-09-30T12:00:00+02:00", "1")): "before_launch",
    orjson.dumps(used("sms", "1" * 100_000, NOON, "1")): "quantity_too_large",
}


def test_poison_stands_in_a_topic_of_its_own(ordered: str, broker: Broker) -> None:
    """As it came, with the reason and where it came from; the good ones are recorded."""
    topic = broker.topic(2)
    for poison in POISON:
        broker.send(topic, used("sms", 1, NOON, f"{hash(poison)}", to=PHONE), poison, partition=1)
    outcome = consume_once(ordered, broker, topic)
    assert (outcome.status, counts(outcome)) == (2, (len(POISON), 0, len(POISON)))
    letters = broker.records(f"{topic}.dead")
    assert [headers(own)["code"] for own in letters] == list(POISON.values())
    assert [own.value for own in letters[:-4]] == list(POISON)[:-4]
    assert {own.key for own in letters} == {b"k"}
    said = [headers(own) for own in letters]
    assert {(own["topic"], own["partition"], own["attempt"]) for own in said} == {(topic, "1", "1")}
    assert [own["offset"] for own in said] == [str(2 * n + 1) for n in range(len(POISON))]
    assert orjson.loads(said[7]["problems"])[0]["code"] == "unsupported_specversion"
    assert PHONE not in outcome.err
    assert "acme" not in outcome.err


def test_dead_letters_are_read_again_when_their_reason_is_gone(
    ordered: str, broker: Broker
) -> None:
    """Those that are still rejected go back to the others, until the next time."""
    topic = broker.topic()
    early = used("sms", 5, NOON, "early", order="acme-late")
    broker.send(topic, early, [early | {"id": "second"}, 7])
    assert counts(consume_once(ordered, broker, topic)) == (0, 0, 3)
    place(ordered, order(id="acme-late"))
    again = ("--topics", f"{topic}.dead")
    assert counts(consume_once(ordered, broker, topic, *again)) == (2, 0, 1)
    assert counts(consume_once(ordered, broker, topic, *again)) == (0, 0, 1)
    assert differences(ordered) == []
    letters = broker.records(f"{topic}.dead")
    assert [own.value for own in letters[2:]] == [b"7"] * 3
    origins = [tuple(headers(own)[key] for key in ORIGIN) for own in letters[2:]]
    assert origins == [(topic, "0", "1", "1", attempt) for attempt in "123"]


ORIGIN = ("topic", "partition", "offset", "index", "attempt")


def test_reading_dead_letters_for_ever_is_refused(ordered: str, broker: Broker) -> None:
    """What is rejected again would be read again at once, without end."""
    for settings in ({"TOPICS": "usage.dead"}, {"TOPICS": "a,b", "DEAD_LETTERS": "b"}):
        given = broker.settings("usage", **settings)
        outcome = licznik(ordered, "usage", "consume", **given)
        assert is_answered(outcome)
        assert codes(outcome) == ["endless_dead_letters"]


def test_a_letter_that_is_too_large_says_where_it_is(ordered: str, broker: Broker) -> None:
    """The topic of dead letters may take less than the topic of usage."""
    topic = broker.topic()
    small = broker.topic(**{"max.message.bytes": "2000"})
    noise = random.Random(1).randbytes(5_000)
    broker.send(topic, noise, b"no JSON")
    outcome = consume_once(ordered, broker, topic, DEAD_LETTERS=small)
    assert counts(outcome) == (0, 0, 2)
    large, other = sorted(broker.records(small), key=lambda own: own.value)
    assert (large.value, headers(large)["value-bytes"], headers(large)["offset"]) == (b"", "5000", "0")
    assert other.value == b"no JSON"
    assert broker.committed(topic, topic) == 2


def test_a_topic_for_dead_letters_is_needed(ordered: str, broker: Broker) -> None:
    """It is said before anything is read."""
    topic = broker.topic()
    outcome = consume_once(ordered, broker, topic, DEAD_LETTERS="nowhere")
    assert outcome.status == 2
    assert [own["code"] for own in outcome.data["problems"]] == ["unusable_topic"]


# Crashes


CRASH_BEFORE_THE_COMMIT = """
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
    accepted, duplicates, rejected = counts(consume_once(ordered, broker, topic))
    assert accepted > 0, "it was killed before its end"
    assert rejected == 0
    assert stored_sums(ordered) == plain_sums(events)
    assert differences(ordered) == []


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


SLOW_BATCHES = "from entrypoints.kafka import batches; batches.LONGEST_SECONDS = 20\n"


def line_with(process: subprocess.Popen[str], sign: str) -> str:
    """The first line with a sign in it that a process says."""
    assert process.stderr is not None
    return next(line for line in iter(process.stderr.readline, "") if sign in line)


# Several consumers


@pytest.mark.parametrize("settings", [SMALL_BATCHES, "from entrypoints.kafka import batches; batches.LONGEST_SECONDS = 2\n"])
def test_consumers_that_come_and_go_share_the_work(
    ordered: str, broker: Broker, settings: str
) -> None:
    """Partitions change hands while events come in: none is lost, and none is even read twice."""
    events = month(4_000)
    topic = broker.topic(4)

    def send() -> None:
        for start in range(0, len(events), 200):
            broker.send(topic, *events[start : start + 200])
            time.sleep(0.1)

    sending = Thread(target=send)
    with consumer(ordered, broker, topic, settings=settings) as first:
        line_with(first, '"assigned"')
        sending.start()
        with consumer(ordered, broker, topic, settings=settings) as second:
            line_with(second, '"assigned"')
            eventually(lambda: entries(ordered) > 1_500)
            second_outcome = stop(second)
            sending.join()
            eventually(lambda: entries(ordered) == len(events))
            outcomes = [stop(first), second_outcome]
    assert [own.status for own in outcomes] == [0, 0]
    accepted, duplicates, rejected = zip(*map(counts, outcomes), strict=True)
    assert min(accepted) > 0
    assert (sum(accepted), sum(duplicates), sum(rejected)) == (4_000, 0, 0)
    assert stored_sums(ordered) == plain_sums(events)
    assert differences(ordered) == []
    assert broker.committed(topic, topic) == 4_000


# A database that is away


@contextmanager
def away(server: Server, url: str) -> Iterator[None]:
    """The database lets nobody in, and those who are in are thrown out."""
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    server.run("ALTER DATABASE {} ALLOW_CONNECTIONS false", name)
    change(server.address, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", name)
    try:
        yield
    finally:
        server.run("ALTER DATABASE {} ALLOW_CONNECTIONS true", name)


IMPATIENT = f"""
{SMALL_BATCHES}
from entrypoints.kafka import connecting, patience
connecting.READING |= {{"max_poll_interval_ms": 3_000, "max_poll_records": 50}}
patience.LONGEST_SECONDS = 1
"""
"""Groups that throw a member out soon; a database that is soon asked again."""


def test_a_database_that_is_away_is_waited_for(
    ordered: str, server: Server, broker: Broker
) -> None:
    """Nothing is lost, and the group does not lose the consumer meanwhile."""
    events = month(1_000)
    topic = broker.topic(2)
    with consumer(ordered, broker, topic, settings=IMPATIENT) as process:
        line_with(process, '"assigned"')
        with away(server, ordered):
            broker.send(topic, *events)
            time.sleep(8)
            assert broker.committed(topic, topic) == 0
        eventually(lambda: entries(ordered) == 1_000)
        outcome = stop(process)
    assert (outcome.status, counts(outcome)) == (0, (1_000, 0, 0))
    assert '"waiting"' in outcome.err
    assert '"lost"' not in outcome.err
    assert outcome.err.count('"revoked"') == 1, "only in the end"
    assert stored_sums(ordered) == plain_sums(events)
    assert differences(ordered) == []


def test_a_consumer_stops_though_the_database_is_away(
    ordered: str, server: Server, broker: Broker
) -> None:
    """What could not be recorded is not committed: it comes again."""
    topic = broker.topic()
    with consumer(ordered, broker, topic, settings=IMPATIENT) as process:
        line_with(process, '"assigned"')
        with away(server, ordered):
            broker.send(topic, *month(500))
            line_with(process, '"waiting"')
            outcome = stop(process)
    assert (outcome.status, counts(outcome)) == (0, (0, 0, 0))
    assert broker.committed(topic, topic) == 0
    assert counts(consume_once(ordered, broker, topic)) == (500, 0, 0)


# Orders that change, and what people see
