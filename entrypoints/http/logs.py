"""Logs: one JSON object a line on standard error.

A line never holds a key, a path as it was called, a parameter or anything of a body: these can
carry telephone numbers, names and texts. Of an error it says the kind and the places in the code,
not the message, which may quote such data.
"""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any

import orjson
import structlog

PROCESSORS = (
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
LAST_FRAMES = 12

log = structlog.get_logger("licznik.http")


def log_as_json() -> None:
    """Sets up the logs of this process, those of libraries included."""
    structlog.configure(
        processors=[*PROCESSORS, structlog.processors.JSONRenderer(orjson.dumps)],
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


class _Json(logging.Formatter):
    """Lines of libraries in the same form."""

    def format(self, record: logging.LogRecord) -> str:
        event: dict[str, Any] = {"event": record.getMessage(), "logger": record.name}
        if record.exc_info and record.exc_info[1]:
            event.update(described(record.exc_info[1]))
        for processor in PROCESSORS:
            processor(None, record.levelname.lower(), event)
        return orjson.dumps(event, default=str).decode()


def described(error: BaseException) -> dict[str, Any]:
    """What a log line says of an error: its kind, and where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)[-LAST_FRAMES:]
    return {
        "error": type(error).__qualname__,
        "raised": [f"{own.filename}:{own.lineno} {own.name}" for own in frames],
    }
