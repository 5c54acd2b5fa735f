"""Logs: one JSON object a line on standard error.

A line never holds a key, a value or a part of an event: they carry telephone numbers and names.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import structlog

PROCESSORS = (
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)

log = structlog.get_logger("licznik.kafka")


@contextmanager
def logging_as_json() -> Iterator[None]:
    """Writes the logs of this process, the warnings of libraries included."""
    structlog.configure(
        processors=[*PROCESSORS, structlog.processors.JSONRenderer(_json)],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(_Json())
    # On a busy machine it takes waiting for the processor for work that takes long, all the time.
    logging.getLogger("kafka.net.selector").setLevel(logging.ERROR)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)


def _json(event: dict[str, Any], default: Callable[[Any], Any]) -> str:
    return orjson.dumps(event, default=default).decode()


class _Json(logging.Formatter):
    """Lines of libraries in the same form."""

    def format(self, record: logging.LogRecord) -> str:
        event: dict[str, Any] = {"event": record.getMessage(), "logger": record.name}
        for processor in PROCESSORS:
            processor(None, record.levelname.lower(), event)
        return _json(event, str)
