"""Recording a batch: its events go to the store, what is rejected to the dead letters.

When both are durable the batch is recorded, and its offsets may be committed. What is away
meanwhile is waited for. A batch that comes again changes nothing: the sheets know its events.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg
from eventsourcing.persistence import PersistenceError
from kafka.errors import RetriableError

from entrypoints.kafka.batches import Batch
from entrypoints.kafka.dead_letters import DeadLetterBox, dead_letters
from entrypoints.kafka.patience import patiently
from entrypoints.kafka.records import lines_of
from entrypoints.recorder import RecorderAway
from metering.intake import Contention, Taken

DATABASE_FAULTS = (PersistenceError, psycopg.Error, Contention, RecorderAway)
KAFKA_FAULTS = (RetriableError,)


@dataclass(slots=True)
class Recorded:
    """What became of some records, tombstones among them, and of the events in them.

    ``codes`` counts the first problem of each rejected event.
    """

    records: int = 0
    tombstones: int = 0
    accepted: int = 0
    duplicates: int = 0
    codes: Counter[str] = field(default_factory=Counter)

    @property
    def rejected(self) -> int:
        """How many events are dead letters now."""
        return self.codes.total()

    def __iadd__(self, other: Recorded) -> Recorded:
        self.records += other.records
        self.tombstones += other.tombstones
        self.accepted += other.accepted
        self.duplicates += other.duplicates
        self.codes += other.codes
        return self


class Recorder:
    """Records batches, one at a time."""

    def __init__(
        self,
        take: Callable[[bytes], Taken],
        box: DeadLetterBox,
        topic_of: Callable[[str], str],
    ) -> None:
        self._take = take
        self._box = box
        self._topic_of = topic_of

    def record(self, batch: Batch) -> Recorded:
        """Records a batch; raises GivenUp where that is to be left to the next who reads it."""
        records = [record for record in batch.records if record.value is not None]
        lines, last_try = lines_of([record.value for record in records]), batch.last_try
        taken = patiently("database", lambda: self._take(lines.raw), DATABASE_FAULTS, last_try)
        letters = [*dead_letters(records, lines, taken.rejected, self._topic_of)]
        patiently("dead letters", lambda: self._box.send(letters), KAFKA_FAULTS, last_try)
        tombstones = len(batch.records) - len(records)
        codes = Counter(one.problems[0].code for one in taken.rejected)
        return Recorded(len(batch.records), tombstones, taken.accepted, taken.duplicates, codes)
