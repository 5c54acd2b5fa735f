"""Dead letters as people see them: the last of each topic, why they were rejected, what became of
them since; and one of them tried again.

A letter stays in its topic. Tried again it goes the way of usage that programs send, so that it
counts once however often it is tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError

from entrypoints.kafka.connecting import connection
from entrypoints.kafka.dead_letters import OURS
from entrypoints.kafka_settings import KafkaSettings
from metering.problems import Problem, ProblemsFound

MOST_OF_A_PARTITION = 50
"""The last so many letters of each partition are shown."""
ANSWER_MS = 5_000
LONGEST_SHOWN = 2_000


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter. ``value`` is the event or record as it came, None where it was too large."""

    topic: str
    partition: int
    offset: int
    at: datetime
    value: bytes | None
    code: str
    message: str
    origin: str
    attempt: int

    @property
    def id(self) -> str:
        """What names it in the log of what people did."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    @property
    def text(self) -> str:
        """Its beginning, readable."""
        return (self.value or b"").decode(errors="replace")[:LONGEST_SHOWN]

    @property
    def order(self) -> str:
        """The order that it names, if it can be read."""
        return self._named("subject")

    @property
    def meter(self) -> str:
        """The meter that it names, if it can be read."""
        return self._named("type")

    def _named(self, field: str) -> str:
        try:
            read = orjson.loads(self.value or b"")
        except orjson.JSONDecodeError:
            return ""
        own = read.get(field) if isinstance(read, dict) else None
        return own if isinstance(own, str) else ""


def topics_of(settings: KafkaSettings) -> list[str]:
    """The topics of dead letters."""
    return sorted({settings.dead_letters_of(topic) for topic in settings.topics})


def last_letters(settings: KafkaSettings) -> list[Letter]:
    """The last letters of every topic, the newest first; raises ProblemsFound."""
    try:
        with closing(_consumer(settings)) as consumer:
            found = [own for topic in topics_of(settings) for own in _last_of(consumer, topic)]
    except KafkaError as error:
        raise _away(settings, error) from error
    return sorted(found, key=lambda own: (own.at, own.partition, own.offset), reverse=True)


def letter_at(settings: KafkaSettings, topic: str, partition: int, offset: int) -> Letter | None:
    """One letter; None where there is none, or it was deleted since."""
    if topic not in topics_of(settings):
        return None
    place = TopicPartition(topic, partition)
    try:
        with closing(_consumer(settings)) as consumer:
            if partition not in (consumer.partitions_for_topic(topic) or ()):
                return None
            first, end = _bounds(consumer, place)
            if not first <= offset < end:
                return None
            return next(_read(consumer, place, offset, offset + 1), None)
    except KafkaError as error:
        raise _away(settings, error) from error


def _consumer(settings: KafkaSettings) -> KafkaConsumer:
    return KafkaConsumer(**connection(settings), group_id=None, enable_auto_commit=False)


def _last_of(consumer: KafkaConsumer, topic: str) -> Iterator[Letter]:
    for number in sorted(consumer.partitions_for_topic(topic) or ()):
        place = TopicPartition(topic, number)
        first, end = _bounds(consumer, place)
        yield from _read(consumer, place, max(first, end - MOST_OF_A_PARTITION), end)


def _bounds(consumer: KafkaConsumer, place: TopicPartition) -> tuple[int, int]:
    first = consumer.beginning_offsets([place], timeout_ms=ANSWER_MS)[place]
    return first, consumer.end_offsets([place], timeout_ms=ANSWER_MS)[place]


def _read(consumer: KafkaConsumer, place: TopicPartition, start: int, end: int) -> Iterator[Letter]:
    """The letters from one offset up to another; fewer where the broker does not give them."""
    consumer.assign([place])
    consumer.seek(place, start)
    while consumer.position(place) < end:
        records = consumer.poll(ANSWER_MS).get(place, [])
        if not records:
            return
        yield from (_letter(own) for own in _before(records, end))


def _before(records: Iterable[ConsumerRecord], end: int) -> Iterator[ConsumerRecord]:
    return (own for own in records if own.offset < end)


def _letter(record: ConsumerRecord) -> Letter:
    said = {
        name.removeprefix(OURS): (own or b"").decode(errors="replace")
        for name, own in record.headers
        if name.startswith(OURS)
    }
    places = (said.get(name, "") for name in ("topic", "partition", "offset", "index"))
    attempt = said.get("attempt", "")
    return Letter(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        at=datetime.fromtimestamp(record.timestamp // 1000, UTC),
        value=record.value or None,
        code=said.get("code", ""),
        message=said.get("message", ""),
        origin="/".join(place for place in places if place),
        attempt=int(attempt) if attempt.isdigit() else 1,
    )


def _away(settings: KafkaSettings, error: KafkaError) -> ProblemsFound:
    message = f"Kafka does not answer at {', '.join(settings.servers)}: {error}"
    return ProblemsFound([Problem("kafka_away", "LICZNIK_KAFKA_SERVERS", message)])
