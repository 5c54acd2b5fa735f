"""Commits of offsets: one under way at a time, what comes meanwhile goes with the next."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaError, RetriableError

from entrypoints.kafka.batches import Offsets
from entrypoints.kafka.logs import log
from entrypoints.kafka.watching import Watch

ANSWER_MS = 10_000


class Commits:
    """The offsets that are to be committed; ``reached`` is how far each partition is recorded.

    A commit may fail: partitions were dealt out anew, the brokers are away. That is no harm: what
    is not committed is read again, and the sheets know its events.
    """

    def __init__(self, consumer: KafkaConsumer, watch: Watch) -> None:
        self.reached: Offsets = {}
        self._consumer = consumer
        self._watch = watch
        self._wanted: Offsets = {}
        self._under_way: object | None = None

    def want(self, offsets: Offsets) -> None:
        """Adds offsets to be committed."""
        self._wanted.update(offsets)
        self.reached.update(offsets)

    def send(self) -> None:
        """Commits what is wanted, without waiting, unless another commit is under way."""
        if self._wanted and self._under_way is None:
            self._commit_async()

    async def hand_back(self) -> None:
        """Commits what is wanted, and forgets the partitions: they are no longer ours."""
        if self._wanted:
            with suppress(KafkaError):  # it is counted where the answer comes in
                await self._commit_async()
        self.forget()

    def forget(self) -> None:
        """The partitions are no longer ours: a commit that failed is not tried again."""
        self._under_way = None
        self._wanted.clear()

    def keep(self, assigned: set[TopicPartition]) -> None:
        """These partitions are ours now; of others we no longer know how far they are."""
        self.reached = {key: own for key, own in self.reached.items() if key in assigned}

    def finish(self) -> None:
        """Commits what is wanted, and waits for it."""
        offsets = self._taken()
        if offsets:
            error = None
            try:
                self._consumer.commit(offsets, timeout_ms=ANSWER_MS)
            except KafkaError as raised:
                error = raised
            self._count(error)

    def _commit_async(self) -> Any:
        own = self._under_way = object()
        return self._consumer.commit_async(self._taken(), partial(self._answered, own))

    def _taken(self) -> dict[TopicPartition, OffsetAndMetadata]:
        offsets, self._wanted = self._wanted, {}
        return {key: OffsetAndMetadata(own) for key, own in offsets.items()}

    def _answered(
        self, commit: object, offsets: Mapping[TopicPartition, OffsetAndMetadata], answer: Any
    ) -> None:
        """Is called by a later poll."""
        error = answer if isinstance(answer, Exception) else None
        self._count(error)
        if commit is self._under_way:
            self._under_way = None
            if isinstance(error, RetriableError):
                before = {key: own.offset for key, own in offsets.items()}
                self._wanted = {**before, **self._wanted}

    def _count(self, error: Exception | None) -> None:
        self._watch.count_commit(succeeded=error is None)
        if error is not None:
            log.warning("commit_failed", fault=type(error).__qualname__)
