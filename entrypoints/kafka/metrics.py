"""What Prometheus is told of the consumer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from kafka import TopicPartition
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from entrypoints.kafka.recording import Recorded

SECONDS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)


class Metrics:
    """Counters of one consumer, in a registry of its own."""

    def __init__(self) -> None:
        own = self.registry = CollectorRegistry()
        self._records = Counter("licznik_kafka_records", "Records read.", registry=own)
        self._tombstones = Counter(
            "licznik_kafka_tombstones", "Records without a value, skipped.", registry=own
        )
        self._events = Counter(
            "licznik_kafka_events", "Events, by what became of them.", ["result"], registry=own
        )
        self._dead = Counter(
            "licznik_kafka_dead_letters", "Rejected events, by reason.", ["code"], registry=own
        )
        self._commits = Counter(
            "licznik_kafka_commits", "Commits of offsets.", ["result"], registry=own
        )
        self._seconds = Histogram(
            "licznik_kafka_batch_seconds", "Time to record a batch.", buckets=SECONDS, registry=own
        )
        self._lag = Gauge(
            "licznik_kafka_lag",
            "Records not yet recorded of the partitions held.",
            ["topic", "partition"],
            registry=own,
        )

    def count(self, recorded: Recorded, seconds: float) -> None:
        """Counts a batch that was recorded."""
        self._records.inc(recorded.records)
        self._tombstones.inc(recorded.tombstones)
        results = {
            "accepted": recorded.accepted,
            "duplicate": recorded.duplicates,
            "rejected": recorded.rejected,
        }
        for result, count in results.items():
            self._events.labels(result).inc(count)
        for code, count in recorded.codes.items():
            self._dead.labels(code).inc(count)
        self._seconds.observe(seconds)

    def count_commit(self, *, succeeded: bool) -> None:
        """Counts a commit of offsets."""
        self._commits.labels("done" if succeeded else "failed").inc()

    def set_lag(self, lags: Mapping[TopicPartition, int]) -> None:
        """How far behind each partition is; those of other consumers are theirs to tell."""
        self._lag.clear()
        for partition, lag in lags.items():
            self._lag.labels(partition.topic, partition.partition).set(lag)


@contextmanager
def served(metrics: Metrics, port: int | None) -> Iterator[None]:
    """Answers Prometheus on a port, if one is given."""
    if port is None:
        yield
        return
    server, thread = start_http_server(port, registry=metrics.registry)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
