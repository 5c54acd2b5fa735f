"""How the consumer reaches Kafka: its settings, TLS and passwords, and what is in hand."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from kafka import TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from entrypoints.kafka import batches
from entrypoints.kafka.batches import Batch
from entrypoints.kafka.hands import Hands
from entrypoints.kafka.metrics import Metrics
from entrypoints.kafka.patience import GivenUp
from entrypoints.kafka.recording import Recorded
from entrypoints.kafka.watching import Watch
from entrypoints.kafka_settings import KafkaSettings, read_kafka_settings
from tests.broker import PASSWORD, USER, Broker
from tests.builders import order
from tests.consuming import NOON, consume_once, counts
from tests.mail_server import authority
from tests.running import Outcome, codes, console, is_answered, licznik, place, used

# Settings


def read(**given: str) -> KafkaSettings:
    """Settings that are right."""
    settings, problems = read_kafka_settings(
        {f"LICZNIK_KAFKA_{name}": own for name, own in given.items()}
    )
    assert problems == []
    return settings


def test_what_is_not_set_has_a_default() -> None:
    """But for the brokers: nobody guesses where they are."""
    own = read(SERVERS="kafka-1:9092, kafka-2:9092,[::1]:9092")
    assert own.servers == ("kafka-1:9092", "kafka-2:9092", "[::1]:9092")
    assert (own.topics, own.group, own.protocol) == (("usage",), "licznik", "PLAINTEXT")


def test_each_topic_has_its_dead_letters() -> None:
    """Those of dead letters are the same again; a setting names one topic for all."""
    own = read()
    assert own.dead_letters_of("usage") == "usage.dead"
    assert own.dead_letters_of("usage.dead") == "usage.dead"
    assert read(DEAD_LETTERS="bin").dead_letters_of("usage") == "bin"


def test_a_password_is_not_shown() -> None:
    """Not in a traceback, not in a log."""
    own = read(PROTOCOL="SASL_SSL", USER=USER, PASSWORD=PASSWORD)
    assert PASSWORD not in repr(own)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("SERVERS", {"SERVERS": "kafka"}),
        ("SERVERS", {"SERVERS": "kafka:9092 other:9092"}),
        ("TOPICS", {"TOPICS": "usage,żaba"}),
        ("DEAD_LETTERS", {"DEAD_LETTERS": "a b"}),
        ("PROTOCOL", {"PROTOCOL": "TLS"}),
        ("MECHANISM", {"MECHANISM": "GSSAPI"}),
        ("USER", {"PROTOCOL": "SASL_SSL", "USER": "licznik"}),
        ("USER", {"USER": "licznik", "PASSWORD": PASSWORD}),
        ("USER", {"PROTOCOL": "SASL_PLAINTEXT", "USER": "licznik", "PASSWORD": PASSWORD}),
        ("CA", {"CA": "/nowhere"}),
        ("KEY", {"KEY": __file__}),
    ],
)
def test_what_is_wrong_is_said(name: str, given: dict[str, str]) -> None:
    """The setting is named, and a password never repeated."""
    _, problems = read_kafka_settings({f"LICZNIK_KAFKA_{key}": own for key, own in given.items()})
    assert [own.path for own in problems] == [f"LICZNIK_KAFKA_{name}"]
    assert PASSWORD not in str(problems)


def test_brokers_must_be_set(database: str) -> None:
    """A sentence and status 2."""
    outcome = licznik(database, "usage", "consume")
    assert is_answered(outcome)
    assert codes(outcome) == ["missing_setting"]


@pytest.mark.parametrize("topics", ["żaba", ","])
def test_a_topic_must_be_one(database: str, topics: str) -> None:
    """A sentence and status 2."""
    settings = {"LICZNIK_KAFKA_SERVERS": "localhost:1"}
    outcome = licznik(database, "usage", "consume", "--topics", topics, **settings)
    assert is_answered(outcome)
    assert codes(outcome) == ["invalid_topic"]


# Connections


@pytest.fixture
def topic(database: str, broker: Broker) -> str:
    """A topic with an event in it."""
    place(database, order())
    name = broker.topic()
    broker.send(name, used("sms", 1, NOON, "1"))
    return name


def secured(broker: Broker, protocol: str, **more: str) -> dict[str, str]:
    """Settings for one of the broker's guarded addresses."""
    assert broker.trust is not None
    server = {"SSL": broker.tls, "SASL_SSL": broker.sasl}[protocol]
    return {"SERVERS": server, "PROTOCOL": protocol, "CA": str(broker.trust.file), **more}


@pytest.fixture
def certificate(broker: Broker, tmp_path: Path) -> dict[str, str]:
    """A certificate that the broker trusts, and its key."""
    assert broker.trust is not None
    return write_certificate(broker.trust.ca, tmp_path)


def write_certificate(ca: trustme.CA, folder: Path) -> dict[str, str]:
    own, files = ca.issue_cert("licznik"), (folder / "own.pem", folder / "own.key")
    own.cert_chain_pems[0].write_to_path(files[0])
    own.private_key_pem.write_to_path(files[1])
    return dict(zip(("CERTIFICATE", "KEY"), map(str, files), strict=True))


def test_it_shows_its_certificate(
    database: str, broker: Broker, topic: str, certificate: dict[str, str]
) -> None:
    """TLS, each side sure of the other."""
    outcome = consume_once(database, broker, topic, **secured(broker, "SSL", **certificate))
    assert counts(outcome) == (1, 0, 0)


def test_it_says_who_it_is(database: str, broker: Broker, topic: str) -> None:
    """A user and a password, inside TLS."""
    login = secured(broker, "SASL_SSL", USER=USER, PASSWORD=PASSWORD)
    assert counts(consume_once(database, broker, topic, **login)) == (1, 0, 0)


def refused(url: str, broker: Broker, topic: str, settings: dict[str, str]) -> Outcome:
    """What a connection that did not come about ended with: a sentence.

    In a process of its own: the library leaves the sockets of such a connection to the system.
    """
    outcome = console(url, "usage", "consume", "--once", **broker.settings(topic, **settings))
    assert (outcome.status, "licznik: Kafka" in outcome.err) == (1, True)
    assert "Traceback" not in outcome.err
    return outcome


def test_a_wrong_password_is_refused(database: str, broker: Broker, topic: str) -> None:
    """At once, and without the password in what is said."""
    login = secured(broker, "SASL_SSL", USER=USER, PASSWORD="wrong-one")
    assert "wrong-one" not in refused(database, broker, topic, login).err


def test_a_broker_that_nobody_vouches_for_is_not_believed(
    database: str, broker: Broker, topic: str, tmp_path: Path
) -> None:
    """Its certificate is from an authority that is not trusted here."""
    other = authority(tmp_path)
    settings = secured(broker, "SSL") | {"CA": str(other.file)}
    refused(database, broker, topic, settings)


# What is in hand


class HeldRecorder:
    """A recorder that waits for a word."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def record(self, batch: Batch) -> Recorded:
        """Records when told to; gives up if it may not wait."""
        while not self.go_on.wait(0.01):
            if batch.last_try.is_set():
                raise GivenUp
        return Recorded(len(batch.records))


@pytest.fixture
def held() -> Iterator[tuple[Hands, HeldRecorder]]:
    """Hands whose recorder waits for a word."""
    recorder = HeldRecorder()
    hands = Hands(recorder, Watch(Metrics()))  # type: ignore[arg-type]  # it stands for a Recorder
    yield hands, recorder
    hands.drop()
    hands.close()


PARTITION = TopicPartition("usage", 0)


def polled(start: int, end: int) -> dict[TopicPartition, list[Any]]:
    """Records as a poll gives them."""
    nothing = (None,) * 5
    return {
        PARTITION: [
            ConsumerRecord("usage", 0, 0, n, 0, 0, None, b"{}", *nothing[:3], 2, -1)
            for n in range(start, end)
        ]
    }


def test_two_batches_are_in_hand_at_most(
    held: tuple[Hands, HeldRecorder], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the recorder is behind, nothing more is taken in."""
    monkeypatch.setattr(batches, "MOST_RECORDS", 10)
    hands, recorder = held
    for start in (0, 10):
        assert not hands.are_full
        hands.take(polled(start, start + 10))
        hands.hand_over()
    assert hands.are_full
    recorder.go_on.set()
    assert hands.wait(10)
    assert hands.recorded() == {PARTITION: 10}
    hands.hand_over()
    assert not hands.are_full


def test_large_records_fill_a_batch_as_well(
    held: tuple[Hands, HeldRecorder], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory is bounded by bytes, not only by records."""
    monkeypatch.setattr(batches, "MOST_BYTES", 20)
    hands, _ = held
    hands.take(polled(0, 9))
    assert not hands.are_full
    hands.take(polled(9, 10))
    assert hands.are_full


def test_nothing_after_a_batch_that_failed_is_committed(
    held: tuple[Hands, HeldRecorder],
) -> None:
    """Else the offsets of the second would say that the first was recorded."""
    hands, recorder = held
    hands.take(polled(0, 5))
    hands.hand_over(at_once=True)
    hands.take(polled(5, 10))
    threading.Timer(0.5, recorder.go_on.set).start()
    assert hands.finish() == {}


def test_what_is_dropped_is_read_again_from_its_beginning(
    held: tuple[Hands, HeldRecorder],
) -> None:
    """From that of the batch that is being recorded, which will not be committed any more."""
    hands, recorder = held
    hands.take(polled(3, 5))
    hands.hand_over(at_once=True)
    recorder.go_on.set()
    hands.take(polled(5, 10))
    assert hands.drop() == {PARTITION: 3}
    assert hands.wait(10)
    assert hands.recorded() == {}
