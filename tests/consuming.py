"""Consumers of Kafka for the tests: one that reads what is there, others that run on."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from signal import SIGTERM, Signals
from typing import Any

from tests.broker import Broker
from tests.builders import addon, order, pack
from tests.running import Outcome, balances, ended, licznik, place, started

NOON = "2025-10-05T12:00:00+02:00"
PHONE = "+48600100200"

SHORT_SESSION = """
from entrypoints.kafka import connecting
connecting.READING |= {"session_timeout_ms": 4_000, "heartbeat_interval_ms": 500}
"""
"""The group soon notices that a member was killed."""
SMALL_BATCHES = f"""
{SHORT_SESSION}
from entrypoints.kafka import batches
batches.MOST_RECORDS = connecting.READING["max_poll_records"] = 100
"""
SLOW_BATCHES = "from entrypoints.kafka import batches; batches.LONGEST_SECONDS = 20"
IMPATIENT = f"""
{SMALL_BATCHES}
from entrypoints.kafka import patience
connecting.READING |= {{"max_poll_interval_ms": 5_000, "session_timeout_ms": 20_000}}
patience.LONGEST_SECONDS = 1
"""
"""The group soon throws out who does not poll; a database that is away is soon asked again."""

WATCHFUL = 'connecting.READING["metadata_max_age_ms"] = 1_000'
"""What is new of a topic is soon found."""


def place_both(url: str) -> None:
    """Places two orders, one of them with training and speech."""
    whole = order(addons=[addon("tts")], packs=[pack("pack_training_oneoff_5h")])
    place(url, whole, order(id="acme-two"))


def consume_once(url: str, broker: Broker, topic: str, *words: str, **more: str) -> Outcome:
    """What consuming all there is ended with."""
    settings = broker.settings(topic, **more)
    return licznik(url, "usage", "consume", "--once", "--json", *words, **settings)


@contextmanager
def consumer(
    url: str, broker: Broker, topic: str, *words: object, settings: str = "", **more: str
) -> Iterator[subprocess.Popen[str]]:
    """A consumer in a process of its own."""
    given = broker.settings(topic, **more)
    command = ("usage", "consume", "--json", *words)
    process = started(url, *command, settings=settings, **given)
    try:
        yield process
    except BaseException as error:
        process.kill()
        error.add_note(f"The consumer said:\n{process.communicate()[1]}")
        raise
    finally:
        process.kill()
        process.communicate()


def stop(process: subprocess.Popen[str], number: Signals = SIGTERM) -> Outcome:
    """What it ended with when asked to."""
    process.send_signal(number)
    return ended(process)


def line_with(process: subprocess.Popen[str], sign: str) -> str:
    """The first line with a sign in it that a process says."""
    assert process.stderr is not None
    return next(line for line in iter(process.stderr.readline, "") if sign in line)


def counts(outcome: Outcome) -> tuple[int, int, int]:
    """How many events were accepted, duplicates and rejected."""
    return outcome.data["accepted"], outcome.data["duplicates"], outcome.data["rejected"]


def entries(url: str) -> int:
    """How many events are recorded."""
    return sum(count for _, count in balances(url).values())


def headers(record: Any) -> dict[str, str]:
    """What a dead letter says of itself."""
    return {name.removeprefix("licznik-"): own.decode() for name, own in record.headers}
