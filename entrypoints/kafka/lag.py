"""How many records of the topics of usage wait to be recorded."""

from __future__ import annotations

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from entrypoints.kafka.connecting import connection
from entrypoints.kafka.watching import committed
from entrypoints.kafka_settings import KafkaSettings
from metering.problems import Problem, ProblemsFound

ANSWER_MS = 10_000


def lag_of(settings: KafkaSettings) -> int:
    """The records that the group has not committed, of all partitions; raises ProblemsFound.

    It only looks: it joins no group and takes no partition from anybody.
    """
    try:
        consumer = KafkaConsumer(**connection(settings), group_id=settings.group)
    except KafkaError as error:
        raise ProblemsFound([_away(settings, error)]) from error
    try:
        partitions = [
            TopicPartition(topic, number)
            for topic in settings.topics
            for number in consumer.partitions_for_topic(topic) or ()
        ]
        ends = consumer.end_offsets(partitions, timeout_ms=ANSWER_MS) if partitions else {}
        return sum(end - committed(consumer, own) for own, end in ends.items())
    except KafkaError as error:
        raise ProblemsFound([_away(settings, error)]) from error
    finally:
        consumer.close()


def _away(settings: KafkaSettings, error: KafkaError) -> Problem:
    message = f"Kafka does not answer at {', '.join(settings.servers)}: {error}"
    return Problem("kafka_away", "LICZNIK_KAFKA_SERVERS", message)
