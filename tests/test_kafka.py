"""`licznik usage consume`: what is recorded of a topic, and what becomes of the rest."""

from __future__ import annotations

import random
import time
from pathlib import Path
from urllib.request import urlopen

import orjson
import pytest

from tests.broker import Broker, free_ports
from tests.builders import order
from tests.consuming import (
    IMPATIENT,
    NOON,
    PHONE,
    consume_once,
    consumer,
    counts,
    entries,
    headers,
    line_with,
    place_both,
    stop,
)
from tests.running import (
    Server,
    away,
    balances,
    codes,
    contents,
    differences,
    empty,
    is_answered,
    licznik,
    place,
    repeats,
    used,
    user_balances,
    write_ndjson,
)
from tests.test_usage_import import month, plain_sums, stored_sums
from tests.waiting import eventually


@pytest.fixture
def ordered(database: str) -> str:
    """A database with two orders, one of them with training and speech."""
    place_both(database)
    return database


# What is recorded


def test_a_topic_makes_the_same_ledgers_as_a_file(
    ordered: str, broker: Broker, tmp_path: Path
) -> None:
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
    events = [orjson.dumps(one, option=orjson.OPT_INDENT_2) for one in month(400)]
    broker.send(topic, *events, b"{\n}", partition=0)
    assert counts(consume_once(ordered, broker, topic)) == (400, 0, 1)
    assert stored_sums(ordered) == plain_sums(month(400))
    (letter,) = broker.records(f"{topic}.dead")
    assert (letter.value, headers(letter)["offset"]) == (b"{\n}", "400")


@pytest.mark.parametrize("compression", ["gzip", "lz4", "snappy", "zstd"])
def test_a_producer_may_compress(ordered: str, broker: Broker, compression: str) -> None:
    """In each of the ways that Kafka knows."""
    topic = broker.topic()
    with broker.producer(compression_type=compression) as producer:
        for one in month(50):
            producer.send(topic, orjson.dumps(one))
    assert counts(consume_once(ordered, broker, topic)) == (50, 0, 0)


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
    orjson.dumps(used("sms", 1, NOON, "a b")).replace(b" b", b"\nb"): "broken_line",
    b"null": "not_an_event",
    b'"text"': "not_an_event",
    b"{}": "unsupported_specversion",
    b"[" * 5_000 + b"]" * 5_000: "broken_line",
    b"[" * 900 + b"]" * 900: "broken_line",
    orjson.dumps(used("sms", 1, NOON, "1", order="acme-none")): "unknown_order",
    orjson.dumps(used("sms", 1, NOON, "1", order="acme\0main")): "invalid_field",
    orjson.dumps(used("sms", 1, "2025-09-30T12:00:00+02:00", "1")): "before_launch",
    orjson.dumps(used("sms", "1" * 100_000, NOON, "1")): "invalid_quantity",
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
    assert [own.value for own in letters] == list(POISON)
    assert {own.key for own in letters} == {b"1"}
    said = [headers(own) for own in letters]
    assert {(own["topic"], own["partition"], own["attempt"]) for own in said} == {(topic, "1", "1")}
    assert [own["offset"] for own in said] == [str(2 * n + 1) for n in range(len(POISON))]
    assert orjson.loads(said[8]["problems"])[0]["code"] == "unsupported_specversion"
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


@pytest.mark.parametrize("trace", [b"", random.Random(2).randbytes(5_000)])
def test_a_letter_that_is_too_large_says_where_it_is(
    ordered: str, broker: Broker, trace: bytes
) -> None:
    """The topic of dead letters may take less than the topic of usage, of values and headers."""
    topic = broker.topic()
    small = broker.topic(settings={"max.message.bytes": "2000"})
    noise = random.Random(1).randbytes(5_000)
    with broker.producer() as producer:
        producer.send(topic, noise, headers=[("trace", trace)])
    broker.send(topic, b"no JSON")
    outcome = consume_once(ordered, broker, topic, DEAD_LETTERS=small)
    assert counts(outcome) == (0, 0, 2)
    large, other = sorted(broker.records(small), key=lambda own: headers(own)["offset"])
    assert (headers(large)["code"], headers(large)["offset"]) == ("broken_line", "0")
    if broker.checks_sizes:
        assert (large.value, headers(large)["value-bytes"]) == (b"", "5000")
    else:
        assert large.value == noise
    assert other.value == b"no JSON"
    assert broker.committed(topic, topic) == 2


def test_nobody_but_us_says_where_a_record_came_from(ordered: str, broker: Broker) -> None:
    """Headers like ours are believed of dead letters alone."""
    topic = broker.topic()
    forged = [("licznik-topic", b"elsewhere"), ("licznik-offset", b"7")]
    with broker.producer() as producer:
        producer.send(topic, b"no JSON", headers=forged)
    consume_once(ordered, broker, topic)
    (letter,) = broker.records(f"{topic}.dead")
    assert (headers(letter)["topic"], headers(letter)["offset"]) == (topic, "0")


def test_a_topic_for_dead_letters_is_needed(ordered: str, broker: Broker) -> None:
    """It is said before anything is read."""
    topic = broker.topic()
    outcome = consume_once(ordered, broker, topic, DEAD_LETTERS="nowhere")
    assert outcome.status == 2
    assert [own["code"] for own in outcome.data["problems"]] == ["unusable_topic"]


# Topics, orders and what people see


def test_a_topic_may_come_into_being_later(ordered: str, broker: Broker) -> None:
    """A consumer that runs waits for it; one that reads what is there has nothing to read."""
    topic = broker.topic()
    again = consume_once(ordered, broker, f"{topic}.later", DEAD_LETTERS=f"{topic}.dead")
    assert (again.status, again.data["problems"][0]["code"]) == (2, "unknown_topic")
    given = {"TOPICS": f"{topic}.later", "DEAD_LETTERS": f"{topic}.dead"}
    with consumer(ordered, broker, topic, settings=LOOKS_OFTEN, **given) as process:
        line_with(process, '"no_such_topic"')
        broker.create(f"{topic}.later")
        broker.send(f"{topic}.later", *month(10))
        eventually(lambda: entries(ordered) == 10)
        assert counts(stop(process)) == (10, 0, 0)


LOOKS_OFTEN = """
from entrypoints.kafka import connecting
connecting.READING["metadata_max_age_ms"] = 1_000
"""


def test_an_order_that_is_placed_while_it_runs_is_known(ordered: str, broker: Broker) -> None:
    """A consumer runs for months: it looks orders up again and again."""
    topic = broker.topic()
    with consumer(ordered, broker, topic) as process:
        broker.send(topic, used("sms", 1, NOON, "early", order="acme-late"))
        eventually(lambda: len(broker.records(f"{topic}.dead")) == 1)
        place(ordered, order(id="acme-late"))
        time.sleep(3)
        broker.send(topic, used("sms", 1, NOON, "late", order="acme-late"))
        eventually(lambda: entries(ordered) == 1)
        assert counts(stop(process)) == (1, 0, 1)


def test_prometheus_is_told(ordered: str, server: Server, broker: Broker) -> None:
    """What was done, and how far behind the consumer is, above all when it cannot go on."""
    topic, (port,) = broker.topic(), free_ports(1)

    def metric(name: str) -> str:
        with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            lines = answer.read().decode().splitlines()
        return next((line.split()[-1] for line in lines if line.startswith(name + " ")), "")

    lag = f'licznik_kafka_lag{{partition="0",topic="{topic}"}}'
    broker.send(topic, None, used("sms", 1, NOON, "1"), b"no JSON", used("sms", 1, NOON, "1"))
    with consumer(ordered, broker, topic, "--metrics-port", port, settings=IMPATIENT) as process:
        line_with(process, '"assigned"')
        eventually(lambda: metric("licznik_kafka_records_total") == "4.0")
        eventually(lambda: float(metric(DONE) or 0) >= 1)
        assert metric('licznik_kafka_events_total{result="accepted"}') == "1.0"
        assert metric('licznik_kafka_events_total{result="duplicate"}') == "1.0"
        assert metric('licznik_kafka_events_total{result="rejected"}') == "1.0"
        assert metric('licznik_kafka_dead_letters_total{code="broken_line"}') == "1.0"
        assert metric("licznik_kafka_tombstones_total") == "1.0"
        with away(server, ordered):
            broker.send(topic, *month(500))
            eventually(lambda: metric(lag) == "500.0")
        eventually(lambda: metric(lag) == "0.0")
        assert stop(process).status == 0


DONE = 'licznik_kafka_commits_total{result="done"}'


def test_logs_are_lines_of_json(ordered: str, broker: Broker) -> None:
    """Each says what happened; none says anything of an event."""
    topic = broker.topic()
    broker.send(topic, used("sms", 1, NOON, "secret-id", to=PHONE), used("sms", 0, NOON, PHONE))
    with consumer(ordered, broker, topic) as process:
        eventually(lambda: broker.committed(topic, topic) == 2)
        outcome = stop(process)
    said = [orjson.loads(line)["event"] for line in outcome.err.splitlines()]
    assert [own for own in said if own in ("started", "assigned", "revoked", "stopped")][-2:] == [
        "revoked",
        "stopped",
    ]
    assert said[0] == "started"
    assert not any(secret in outcome.err for secret in (PHONE, "secret-id", "acme-main"))
