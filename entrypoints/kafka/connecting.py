"""Connections to Kafka: what this engine asks of its consumer and its producer."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kafka import KafkaConsumer, KafkaProducer
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from kafka.errors import KafkaError

from entrypoints.kafka_settings import SASL_PLAINTEXT, SASL_TLS, TLS, KafkaSettings
from metering.problems import Problem, ProblemsFound

MEBIBYTE = 1024 * 1024
ANSWER_MS, CLOSING_MS = 10_000, 5_000

READING = {
    "enable_auto_commit": False,  # offsets are committed when their events are durable
    "auto_offset_reset": "earliest",  # whoever is new begins with the first event there is
    "isolation_level": "read_committed",  # a transaction that was aborted has used nothing
    # All partitions change hands at once: what is in hand then is read again from where it began.
    "partition_assignment_strategy": (RangePartitionAssignor, RoundRobinPartitionAssignor),
    "allow_auto_create_topics": False,  # how many partitions is not for a reader to decide
    "metadata_max_age_ms": 30_000,  # a topic that is created later is found soon
    "max_poll_interval_ms": 60_000,
    "session_timeout_ms": 10_000,  # so soon others go on with what a dead one read
    "heartbeat_interval_ms": 3_000,
    "max_poll_records": 2_000,
    "max_partition_fetch_bytes": 4 * MEBIBYTE,
    "fetch_max_bytes": 32 * MEBIBYTE,
    "metrics_enabled": False,  # ours are other ones, and cost less
}
WRITING = {
    "acks": "all",
    "enable_idempotence": False,  # with it, one record that is too large ends the producer
    "compression_type": "gzip",
    "linger_ms": 5,
    "max_block_ms": 5_000,  # a topic that is not there is waited for, but said to be missing soon
    "max_request_size": 1024 * MEBIBYTE,  # what brokers have given they decide on, not the client
    "metrics_enabled": False,
}


def connection(settings: KafkaSettings) -> dict[str, Any]:
    """How to reach the brokers, in the library's words."""
    options: dict[str, Any] = {
        "bootstrap_servers": list(settings.servers),
        "bootstrap_timeout_ms": ANSWER_MS,
        "client_id": settings.group,
        "security_protocol": settings.protocol,
    }
    if settings.protocol in (TLS, SASL_TLS):
        options["ssl_context"] = _trust(settings)
    if settings.protocol in (SASL_PLAINTEXT, SASL_TLS):
        options["sasl_mechanism"] = settings.mechanism
        options["sasl_plain_username"] = settings.user
        options["sasl_plain_password"] = settings.password
    return options


def _trust(settings: KafkaSettings) -> ssl.SSLContext:
    """Whom we trust, and who we are; host names are checked."""
    context = ssl.create_default_context()
    if settings.ca is not None:
        context.load_verify_locations(settings.ca)
    if settings.certificate is not None:
        context.load_cert_chain(settings.certificate, settings.key)
    return context


@contextmanager
def reading(settings: KafkaSettings) -> Iterator[KafkaConsumer]:
    """A consumer of a group, which is left in the end."""
    consumer = KafkaConsumer(**connection(settings), **READING, group_id=settings.group)
    try:
        yield consumer
    finally:
        consumer.close(timeout_ms=CLOSING_MS)


@contextmanager
def writing(settings: KafkaSettings) -> Iterator[KafkaProducer]:
    """A producer whose records are written when all replicas have them."""
    producer = KafkaProducer(**connection(settings), **WRITING)
    try:
        yield producer
    finally:
        producer.close(timeout=CLOSING_MS / 1000)


def check_topic(producer: KafkaProducer, topic: str) -> None:
    """Raises ProblemsFound where there is no such topic and none is made by asking for it."""
    try:
        producer.partitions_for(topic)
    except KafkaError as error:
        message = f"the topic {topic} for rejected events cannot be used: create it ({error})"
        raise ProblemsFound([Problem("unusable_topic", "dead_letters", message)]) from error
