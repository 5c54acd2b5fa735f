"""How fast events come in from Kafka, beside a loop that polls the same topic and drops records."""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic

from entrypoints.bench.broker import broker
from entrypoints.bench.by_hand import stopwatch
from entrypoints.bench.workbench import DENSE_ORDERS, ROUNDS, Workbench
from entrypoints.kafka.connecting import connection, reading
from entrypoints.kafka.logs import logging_as_json
from entrypoints.kafka.running import consume, recording
from entrypoints.kafka_settings import KafkaSettings

TOPIC = "licznik-bench"
PARTITIONS = 4
MOST_RECORDS = 1_000_000
PRODUCING = {"linger_ms": 50, "batch_size": 256 * 1024}
ORDER = re.compile(rb'"subject":"([^"]+)"')


def measure(bench: Workbench) -> tuple[float, float]:
    """Records a second, ours and dropped; the best of some rounds."""
    file, ours, dropped = bench.file(DENSE_ORDERS), [0.0], [0.0]
    with broker(bench.settings.kafka, bench.folder) as found, logging_as_json():
        settings = replace(found, topics=(TOPIC,), dead_letters=None)
        bench.say("producing records")
        records = _produce(settings, file)
        for number in range(1, ROUNDS + 1):
            bench.say(f"consuming, round {number} of {ROUNDS}")
            dropped.append(_dropped(replace(settings, group=f"{TOPIC}-bare-{number}"), records))
            ours.append(_consumed(bench, replace(settings, group=f"{TOPIC}-{number}"), records))
    return max(ours), max(dropped)


def _produce(settings: KafkaSettings, file: Path) -> int:
    """Produces the events of a file, one a record, keyed by their orders; says how many."""
    with ExitStack() as stack:
        admin = KafkaAdminClient(**connection(settings))
        stack.callback(admin.close)
        names = (TOPIC, settings.dead_letters_of(TOPIC))
        admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in names])
        producer = KafkaProducer(**connection(settings), **PRODUCING)
        stack.callback(producer.close)
        lines = file.read_bytes().splitlines()[:MOST_RECORDS]
        for line in lines:
            match = ORDER.search(line)
            producer.send(TOPIC, line, key=match[1] if match else None)
        producer.flush()
    return len(lines)


def _dropped(settings: KafkaSettings, records: int) -> float:
    """Records a second of a loop that does nothing with them."""
    with stopwatch() as seconds, reading(settings) as consumer:
        consumer.subscribe(settings.topics)
        read = 0
        while read < records:
            read += sum(map(len, consumer.poll(1_000).values()))
    return records / seconds()


def _consumed(bench: Workbench, settings: KafkaSettings, records: int) -> float:
    """Records a second until all of them are recorded and committed."""
    with bench.session("kafka", DENSE_ORDERS) as session:
        with recording(session.settings) as take, stopwatch() as seconds:
            done = consume(take, settings, lambda: False, True, None)
        if done["accepted"] != records:
            raise AssertionError(done)
    return records / seconds()
