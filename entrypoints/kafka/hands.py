"""What the consumer has in hand: a batch that is being recorded, and one that fills meanwhile."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from entrypoints.kafka.batches import Batch, Offsets, Polled
from entrypoints.kafka.patience import GivenUp
from entrypoints.kafka.recording import Recorded, Recorder
from entrypoints.kafka.watching import Watch


@dataclass(frozen=True, slots=True)
class Recording:
    """A batch in the hands of the recorder."""

    batch: Batch
    future: Future[Recorded]
    begun: float


class Hands:
    """Two batches at most, so that memory is bounded: polling waits when both are full.

    The recorder works in a thread of its own, for the libraries that do its work let others run.
    """

    def __init__(self, recorder: Recorder, watch: Watch) -> None:
        self._recorder = recorder
        self._watch = watch
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="recording")
        self._filling = Batch()
        self._recording: Recording | None = None

    @property
    def are_full(self) -> bool:
        """Whether nothing more can be taken in."""
        return self._filling.is_full

    def patience(self, longest: float) -> float:
        """The seconds that may be spent waiting for records."""
        if not self._filling.records or self._recording is not None:
            return longest
        return min(longest, self._filling.seconds_left(time.monotonic()))

    def take(self, polled: Polled) -> None:
        """Takes in polled records."""
        self._filling.add(polled, time.monotonic())

    def hand_over(self, *, at_once: bool = False) -> None:
        """Gives the batch that is due to the recorder, if that is free."""
        due = at_once or self._filling.is_due(time.monotonic())
        if self._recording is None and due and self._filling.records:
            batch, self._filling = self._filling, Batch()
            future = self._pool.submit(self._recorder.record, batch)
            self._recording = Recording(batch, future, time.monotonic())

    def wait(self, seconds: float | None) -> bool:
        """Waits for the recorder; says whether it is done."""
        if self._recording is None:
            return True
        return bool(wait([self._recording.future], seconds).done)

    def recorded(self) -> Offsets:
        """The offsets of the batch that has been recorded since, to be committed now."""
        own = self._recording
        if own is None or not own.future.done():
            return {}
        self._recording = None
        try:
            outcome = own.future.result()
        except GivenUp:
            return {}
        self._watch.count(outcome, time.monotonic() - own.begun)
        return own.batch.offsets

    def drop(self) -> Offsets:
        """Forgets what has not been recorded; says where it begins, to be read again from there.

        A batch that the recorder has not ended yet is left to whoever reads it next: it may be
        recorded all the same, but its offsets will not be committed.
        """
        first = dict(self._filling.first)
        self._filling = Batch()
        if self._recording is not None:
            first |= self._recording.batch.first
            self._recording.batch.offsets.clear()
        self._hurry()
        return first

    def finish(self) -> Offsets:
        """Records what is in hand, with one try each; says the offsets to be committed.

        What fails comes again, and what follows it must not be committed before.
        """
        offsets: Offsets = {}
        while True:
            self._hurry()
            self.wait(None)
            if isinstance(self.fault, GivenUp):
                return offsets
            offsets |= self.recorded()
            if not self._filling.records:
                return offsets
            self.hand_over(at_once=True)

    @property
    def fault(self) -> BaseException | None:
        """With what the recorder has ended, if not well."""
        own = self._recording
        return own.future.exception() if own is not None and own.future.done() else None

    def close(self) -> None:
        """Ends the recorder's thread."""
        self._pool.shutdown()

    def _hurry(self) -> None:
        """What fails from now on is not tried again."""
        if self._recording is not None:
            self._recording.batch.last_try.set()
