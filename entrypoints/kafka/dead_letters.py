"""Dead letters: what cannot be recorded is kept in a topic of its own, with the reason.

Key and value are as they came; of an array only the element that was rejected, if it can be written
alone. Headers say why, and where it came from first, however often it has been read again since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import orjson
from kafka import KafkaProducer
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import MessageSizeTooLargeError
from kafka.producer.future import FutureRecordMetadata

from entrypoints.kafka.records import UNREADABLE, Lines, Place
from metering.decode import Rejected
from metering.problems import problem_json

OURS = "licznik-"
"""What the names of our headers begin with; those of the record are kept beside them."""
ORIGIN = tuple(OURS + name for name in ("topic", "partition", "offset", "index"))
ATTEMPT = f"{OURS}attempt"
SHORT = {*ORIGIN, ATTEMPT, *(OURS + name for name in ("code", "path", "message"))}
"""The headers that are kept in any case."""
LONGEST_MESSAGE = 500
MOST_PROBLEMS = 20
MOST_DIGITS = 9

Header = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A rejected event on its way to the topic of dead letters."""

    topic: str
    key: bytes | None
    value: bytes
    headers: tuple[Header, ...]

    def without_value(self) -> DeadLetter:
        """What a topic takes that does not take the whole: why, its place, its size."""
        size = (f"{OURS}value-bytes", str(len(self.value)).encode())
        short = [(name, own) for name, own in self.headers if name in SHORT]
        return replace(self, key=None, value=b"", headers=(*short, size))


def dead_letters(
    records: Sequence[ConsumerRecord],
    lines: Lines,
    rejected: Iterable[Rejected],
    topic_of: Callable[[str], str],
) -> Iterator[DeadLetter]:
    """The dead letters of the rejected lines of a batch."""
    for one in rejected:
        place = lines.place(one.line)
        record = records[place.record]
        alone = place.index is not None and one.text != UNREADABLE
        value = one.text.encode() if alone else record.value
        topic = topic_of(record.topic)
        origin = _origin(record, place, is_letter=topic == record.topic)
        headers = (*_foreign(record), *origin, *_reason(one), _attempt(record))
        yield DeadLetter(topic, record.key, value, headers)


def _foreign(record: ConsumerRecord) -> Iterator[Header]:
    return ((name, own or b"") for name, own in record.headers if not name.startswith(OURS))


def _origin(record: ConsumerRecord, place: Place, *, is_letter: bool) -> list[Header]:
    """Where an event was first read; a dead letter that is read again says so itself."""
    known = [(name, own) for name, own in record.headers if name in ORIGIN and own]
    if is_letter and known:
        return known
    given = zip(ORIGIN, (record.topic, record.partition, record.offset, place.index), strict=True)
    return [(name, str(own).encode()) for name, own in given if own is not None]


def _reason(rejected: Rejected) -> Iterator[Header]:
    """The first problem in plain headers, to filter by; all of them as JSON."""
    problems = [
        {**problem_json(own), "message": own.message[:LONGEST_MESSAGE]}
        for own in rejected.problems[:MOST_PROBLEMS]
    ]
    for name, text in problems[0].items():
        yield OURS + name, text.encode()
    yield f"{OURS}problems", orjson.dumps(problems)


def _attempt(record: ConsumerRecord) -> Header:
    """How often it was rejected, this time included."""
    before = dict(record.headers).get(ATTEMPT) or b""
    count = int(before) if before.isdigit() and len(before) <= MOST_DIGITS else 0
    return ATTEMPT, str(count + 1).encode()


class DeadLetterBox:
    """Writes dead letters; when `send` returns, the brokers have them."""

    def __init__(self, producer: KafkaProducer) -> None:
        self._producer = producer

    def send(self, letters: Sequence[DeadLetter]) -> None:
        """Writes letters; raises the KafkaError of one that could not be written.

        One that is larger than its topic takes is written without its value: the headers say where
        that is to be found.
        """
        sent = [self._send(letter) for letter in letters]
        # Each is waited for alone: `flush` of this library fails where a batch had to be split.
        for letter, future in zip(letters, sent, strict=True):
            try:
                future.get()
            except MessageSizeTooLargeError:
                self._send(letter.without_value()).get()

    def _send(self, letter: DeadLetter) -> FutureRecordMetadata:
        return self._producer.send(letter.topic, letter.value, letter.key, list(letter.headers))
