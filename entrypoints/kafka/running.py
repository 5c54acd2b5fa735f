"""Puts the consumer together, and runs it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from kafka import KafkaConsumer, TopicPartition

from billing.orders.live import LiveRoutes
from entrypoints.cli.session import Session
from entrypoints.kafka.batches import Offsets
from entrypoints.kafka.connecting import check_topic, reading, writing
from entrypoints.kafka.consuming import Consumption
from entrypoints.kafka.dead_letters import DeadLetterBox
from entrypoints.kafka.hands import Hands
from entrypoints.kafka.logs import log
from entrypoints.kafka.metrics import Metrics, served
from entrypoints.kafka.recording import Recorder
from entrypoints.kafka.watching import Watch, counts
from entrypoints.kafka_settings import KafkaSettings
from metering.intake import Intake
from metering.problems import Problem, ProblemsFound
from metering.store import Store

POOL_SECONDS = 5.0
TURN_SECONDS = 0.001


def consume(
    session: Session,
    settings: KafkaSettings,
    now: Callable[[], datetime],
    stopping: Callable[[], bool],
    once: bool,
    metrics_port: int | None,
) -> dict[str, int]:
    """Consumes until told to stop, or to the end of what is there; says what was done."""
    metrics = Metrics()
    watch = Watch(metrics)
    with (
        _short_turns(),
        served(metrics, metrics_port),
        writing(settings) as producer,
        reading(settings) as consumer,
    ):
        for topic in settings.topics:
            check_topic(producer, settings.dead_letters_of(topic))
        _ask_again_soon(session.usage, session.decisions)
        intake = Intake(session.usage, session.catalog.meters)
        routes = LiveRoutes(session.decisions, session.catalog)
        box = DeadLetterBox(producer)
        recorder = Recorder(intake, routes.find, now, box, settings.dead_letters_of)
        partitions = _known(consumer, settings.topics)
        ends = _ends(consumer, partitions) if once else None
        log.info("started", topics=settings.topics, group=settings.group)
        Consumption(consumer, Hands(recorder, watch), watch).run(settings.topics, stopping, ends)
    log.info("stopped", **counts(watch.sums))
    return counts(watch.sums)


@contextmanager
def _short_turns() -> Iterator[None]:
    """Lets the recorder have the interpreter sooner.

    It asks for it some hundred times a batch, between two calls of its libraries, and each time
    waits for the poll loop to end its turn.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _ask_again_soon(*stores: Store) -> None:
    """A pool asks ever more seldom for a database that is away; here `patiently` waits instead."""
    for store in stores:
        store.datastore.pool.timeout = POOL_SECONDS
        store.datastore.pool.reconnect_timeout = 0


def _known(consumer: KafkaConsumer, topics: Iterable[str]) -> list[TopicPartition]:
    """The partitions of some topics. A topic may come into being later, but that is said."""
    partitions = []
    for topic in topics:
        numbers = consumer.partitions_for_topic(topic)
        if not numbers:
            log.warning("no_such_topic", topic=topic)
        partitions += [TopicPartition(topic, number) for number in numbers]
    return partitions


def _ends(consumer: KafkaConsumer, partitions: list[TopicPartition]) -> Offsets:
    """Where some partitions end now; raises ProblemsFound if there are none."""
    if not partitions:
        message = "there is no such topic, so there is nothing to read"
        raise ProblemsFound([Problem("unknown_topic", "topics", message)])
    ends: Offsets = consumer.end_offsets(partitions)
    return ends
