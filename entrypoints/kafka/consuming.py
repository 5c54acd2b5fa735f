"""The consumer's loop: records are polled while those before them are being recorded.

Offsets are committed when their batch is recorded. So whatever happens, a record has been recorded
or comes again, and one that comes again changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.subscription_state import AsyncConsumerRebalanceListener
from kafka.errors import RetriableError

from entrypoints.kafka.batches import Offsets, Polled
from entrypoints.kafka.commits import Commits
from entrypoints.kafka.hands import Hands
from entrypoints.kafka.logs import log
from entrypoints.kafka.watching import Watch

IDLE_SECONDS = 0.2
"""So long a poll waits for records, and so soon a wish to stop is noticed."""
BEHIND_SECONDS = 1.0
"""So long polling waits for the recorder before the group hears of us again."""
REVOKED_SECONDS = 5.0
"""So long others wait for our batch when partitions are dealt out anew.

No heartbeat is sent meanwhile, so it must be well below the session's time-out."""


class Consumption:
    """Reads topics until it is told to stop; with ``ends``, until they are reached."""

    def __init__(self, consumer: KafkaConsumer, hands: Hands, watch: Watch) -> None:
        self._consumer = consumer
        self._hands = hands
        self._watch = watch
        self._commits = Commits(consumer, watch)

    def run(
        self, topics: Iterable[str], stopping: Callable[[], bool], ends: Offsets | None
    ) -> None:
        """Consumes; what is in hand in the end is recorded and committed."""
        listener = _Listener(self._consumer, self._hands, self._commits)
        self._consumer.subscribe(topics, listener=listener)
        try:
            while not stopping() and not self._has_reached(ends):
                self._turn()
            self._commits.want(self._hands.finish())
            self._commits.finish()
        finally:
            self._hands.drop()
            self._hands.close()

    def _turn(self) -> None:
        if self._hands.are_full:
            self._wait()
        else:
            self._hands.take(self._poll(self._hands.patience(IDLE_SECONDS)))
        self._commits.want(self._hands.recorded())
        self._commits.send()
        self._hands.hand_over()
        self._watch.look(self._consumer, self._commits.reached)

    def _wait(self) -> None:
        """Waits for the recorder; the group hears of us, but we ask for no more records."""
        if not self._hands.wait(BEHIND_SECONDS):
            self._consumer.pause(*self._consumer.assignment())
            self._hands.take(self._poll(0))
            self._consumer.resume(*self._consumer.paused())

    def _poll(self, seconds: float) -> Polled:
        try:
            polled: Polled = self._consumer.poll(int(seconds * 1000))
        except RetriableError as error:
            log.warning("waiting", what="kafka", fault=type(error).__qualname__)
            time.sleep(IDLE_SECONDS)
            return {}
        return polled

    def _has_reached(self, ends: Offsets | None) -> bool:
        """Whether everything that was to be read has been polled."""
        if ends is None:
            return False
        held = self._consumer.assignment()
        waiting = [own for own in held if (self._consumer.position(own) or 0) < ends.get(own, 0)]
        return not waiting if held else not ends


class _Listener(AsyncConsumerRebalanceListener):  # type: ignore[misc]  # it has no types
    """What happens when partitions are dealt out anew.

    It runs on the library's thread while `poll` waits for it, so it has the hands to itself. What
    is being recorded is finished and committed; what is not is dropped, for its new owner to read.
    The library lets partitions that stay with us go on where they were polled to, so they are set
    back to where the dropped records begin.
    """

    def __init__(self, consumer: KafkaConsumer, hands: Hands, commits: Commits) -> None:
        self._consumer = consumer
        self._hands = hands
        self._commits = commits
        self._dropped: Offsets = {}

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Finishes, while the others wait for us; but not for ever."""
        if self._hands.wait(REVOKED_SECONDS) and self._hands.fault is None:
            self._commits.want(self._hands.recorded())
        self._dropped = {**self._hands.drop(), **self._dropped}
        await self._commits.hand_back()
        # The library asks itself anew in each poll whether it has to join. When a topic has changed
        # it forgets that as soon as the partitions are dealt out, and a join that outlasts the poll
        # is never ended: nothing would be assigned any more. So it is told that it has to.
        self._consumer._coordinator.request_rejoin()  # there is no public way
        log.info("revoked", partitions=_names(revoked))

    async def on_partitions_lost(self, lost: set[TopicPartition]) -> None:
        """Others may have them already: nothing of them is ours to commit."""
        self._hands.drop()
        self._dropped.clear()
        self._commits.forget()
        self._commits.keep(set())
        log.warning("lost", partitions=_names(lost))

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Goes on where the last commit left a partition, or where we dropped it."""
        for partition in assigned & self._dropped.keys():
            self._consumer.seek(partition, self._dropped[partition])
        self._dropped.clear()
        self._commits.keep(assigned)
        log.info("assigned", partitions=_names(assigned))


def _names(partitions: Iterable[TopicPartition]) -> list[str]:
    return sorted(f"{own.topic}/{own.partition}" for own in partitions)
