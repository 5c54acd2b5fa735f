"""Trying again: what is away for a while is waited for, and nothing is lost meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import TypeVar

from entrypoints.kafka.logs import log

FIRST_SECONDS, LONGEST_SECONDS = 0.1, 10.0

T = TypeVar("T")
Faults = tuple[type[Exception], ...]


class GivenUp(Exception):
    """Something failed, and was not to be tried again."""


def patiently(what: str, work: Callable[[], T], faults: Faults, last_try: Event) -> T:
    """Does some work, again and again while it fails with a fault; raises GivenUp if told to.

    A log line says only the kind of a fault: its text may quote what is being recorded.
    """
    seconds = FIRST_SECONDS
    while True:
        try:
            return work()
        except faults as fault:
            log.warning("waiting", what=what, fault=type(fault).__qualname__, seconds=seconds)
            if last_try.wait(seconds):
                raise GivenUp(what) from fault
        seconds = min(2 * seconds, LONGEST_SECONDS)
