"""What people see of a consumer: metrics, lines of the log, sums in the end."""

from __future__ import annotations

import time
from collections.abc import Mapping

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from entrypoints.kafka.logs import log
from entrypoints.kafka.metrics import Metrics
from entrypoints.kafka.recording import Recorded

LAG_SECONDS, LINE_SECONDS = 5.0, 30.0
ANSWER_MS = 1_000


class Watch:
    """Counts what is done, and says so now and then."""

    def __init__(self, metrics: Metrics) -> None:
        self.sums = Recorded()
        self._metrics = metrics
        self._said = Recorded()
        self._next_lag = self._next_line = 0.0
        self._lag = 0

    def count(self, recorded: Recorded, seconds: float) -> None:
        """Counts a batch that was recorded."""
        self._metrics.count(recorded, seconds)
        self.sums += recorded

    def count_commit(self, *, succeeded: bool) -> None:
        """Counts a commit of offsets."""
        self._metrics.count_commit(succeeded=succeeded)

    def look(self, consumer: KafkaConsumer, reached: Mapping[TopicPartition, int]) -> None:
        """Measures the lag, and writes a line, when it is time for either."""
        now = time.monotonic()
        if now >= self._next_lag:
            self._next_lag = now + LAG_SECONDS
            self._measure(consumer, reached)
        if now >= self._next_line:
            self._next_line = now + LINE_SECONDS
            log.info("consuming", **counts(self.sums), lag=self._lag)

    def _measure(self, consumer: KafkaConsumer, reached: Mapping[TopicPartition, int]) -> None:
        """How many records of each partition wait, those in hand included."""
        held = consumer.assignment()
        try:
            ends = consumer.end_offsets(held, timeout_ms=ANSWER_MS) if held else {}
            lags = {
                own: end - (reached[own] if own in reached else committed(consumer, own))
                for own, end in ends.items()
            }
        except KafkaError:
            return  # the brokers are away: the last numbers stand
        self._metrics.set_lag(lags)
        self._lag = sum(lags.values())


def committed(consumer: KafkaConsumer, partition: TopicPartition) -> int:
    """How far a partition was recorded before it was ours; to its beginning, if never."""
    offset = consumer.committed(partition, timeout_ms=ANSWER_MS)
    beginning = consumer.beginning_offsets([partition], timeout_ms=ANSWER_MS)[partition]
    return max(int(offset or 0), int(beginning))


def counts(sums: Recorded) -> dict[str, int]:
    """Sums for a line of the log, or for programs."""
    return {
        "records": sums.records,
        "tombstones": sums.tombstones,
        "accepted": sums.accepted,
        "duplicates": sums.duplicates,
        "rejected": sums.rejected,
    }
