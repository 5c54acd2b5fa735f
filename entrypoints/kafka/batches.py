"""A batch: the records that are recorded together, and the offsets that are committed then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from threading import Event

from kafka import TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

MOST_RECORDS = 50_000
"""A page of the store is the better filled, the more events a batch has."""
MOST_BYTES = 32 * 1024 * 1024
LONGEST_SECONDS = 0.4
"""So long a record waits for others at most."""

_SIZE = attrgetter("serialized_value_size")

Offsets = dict[TopicPartition, int]
Polled = Mapping[TopicPartition, list[ConsumerRecord]]


@dataclass(slots=True)
class Batch:
    """Records in hand; of each partition the ``first`` offset, and the one to go on with.

    ``last_try`` is set when what fails now need not be tried again: the records come again, to us
    or to another consumer.
    """

    records: list[ConsumerRecord] = field(default_factory=list)
    first: Offsets = field(default_factory=dict)
    offsets: Offsets = field(default_factory=dict)
    size: int = 0
    begun: float = 0
    last_try: Event = field(default_factory=Event)

    def add(self, polled: Polled, now: float) -> None:
        """Takes polled records in; nothing here may cost much, for it is done for each of them."""
        if polled and not self.records:
            self.begun = now
        for partition, records in polled.items():
            self.records += records
            self.size += sum(map(_SIZE, records))
            self.first.setdefault(partition, records[0].offset)
            self.offsets[partition] = records[-1].offset + 1

    @property
    def is_full(self) -> bool:
        """Whether it should take in no further records."""
        return len(self.records) >= MOST_RECORDS or self.size >= MOST_BYTES

    def seconds_left(self, now: float) -> float:
        """How long it may still wait for further records."""
        return max(0.0, self.begun + LONGEST_SECONDS - now)

    def is_due(self, now: float) -> bool:
        """Whether it should be recorded now."""
        return bool(self.records) and (self.is_full or self.seconds_left(now) == 0)
