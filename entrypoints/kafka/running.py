"""Puts the consumer together, and runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager

from kafka import KafkaConsumer, TopicPartition

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
from entrypoints.recorder import Batch, RecorderProcess, RemoteRecorder
from entrypoints.settings import Settings
from metering.intake import Taken
from metering.problems import Problem, ProblemsFound

Take = Callable[[bytes], Taken]
"""Records lines of JSON, one event each, numbered from 0."""


@contextmanager
def recording(settings: Settings) -> Iterator[Take]:
    """The process that records what is consumed; it is started again if it dies."""
    with (
        closing(RecorderProcess(settings)) as process,
        closing(RemoteRecorder(process.address, process.ensure)) as remote,
    ):
        remote.wait()  # a batch that waited for it would hold up a group that deals out anew

        def take(raw: bytes) -> Taken:
            taken = remote.take(Batch(raw))
            assert isinstance(taken, Taken), "no line of it was doubtful"
            return taken

        yield take


def consume(
    take: Take,
    settings: KafkaSettings,
    stopping: Callable[[], bool],
    once: bool,
    metrics_port: int | None,
) -> dict[str, int]:
    """Consumes until told to stop, or to the end of what is there; says what was done."""
    metrics = Metrics()
    watch = Watch(metrics)
    with (
        served(metrics, metrics_port),
        writing(settings) as producer,
        reading(settings) as consumer,
    ):
        for topic in settings.topics:
            check_topic(producer, settings.dead_letters_of(topic))
        recorder = Recorder(take, DeadLetterBox(producer), settings.dead_letters_of)
        partitions = _known(consumer, settings.topics)
        ends = _ends(consumer, partitions) if once else None
        log.info("started", topics=settings.topics, group=settings.group)
        Consumption(consumer, Hands(recorder, watch), watch).run(settings.topics, stopping, ends)
    log.info("stopped", **counts(watch.sums))
    return counts(watch.sums)


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
