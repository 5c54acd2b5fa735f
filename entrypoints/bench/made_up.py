"""Made-up orders and usage: events of one shape for every measure, the same on every machine.

Three of four events are text messages, as the platform sends them, the others calls of users.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from metering.calendar import Period, start_of
from metering.entries import ENTRIES

PERIOD = Period(2025, 10)
DAY = date(2025, 10, 5)
NOW = datetime(2025, 11, 3, 9, tzinfo=UTC)
"""When the bench takes place, whenever it runs: the month is over."""

CHUNK = 250_000
EVENTS_OF_A_USER = 5
MOST_USERS = 25
MICROSECONDS_OF_A_DAY = 24 * 3600 * 1_000_000

ACCOUNT = {
    "id": "bench",
    "name": "Bench Sp. z o.o.",
    "country": "PL",
    "tax_id": "5260001246",
    "address": ["ul. Prosta 1", "00-001 Warszawa"],
}


def order(number: int) -> dict[str, Any]:
    """An order as a file of orders has it."""
    return {
        "id": f"order-{number}",
        "account": ACCOUNT["id"],
        "edition": "welyo-2025-06-25",
        "package": "pro",
        "licences": 20,
        "launch_date": PERIOD.first_day,
        "prices": {"licence": "150.00", "overage": {"api_calls": "0.002", "sms": "0.09"}},
    }


def write_events(path: Path, events: int, orders: int) -> Path:
    """Writes the events of a day as NDJSON, their ids UUIDs, in the order of their times."""
    users = min(MOST_USERS, max(1, events // orders // EVENTS_OF_A_USER))
    chance = np.random.default_rng(seed=events)
    times = np.sort(chance.integers(0, MICROSECONDS_OF_A_DAY, events)) // 1000 * 1000
    with path.open("wb") as file:
        for first in range(0, events, CHUNK):
            frame = _drawn(chance, start_of(DAY), times[first : first + CHUNK], orders, users)
            lines = frame.select(_line())
            file.write(lines.write_csv(include_header=False, quote_style="never").encode())
    return path


def month_of_entries(
    batches: int, events: int, orders: int, period: Period = PERIOD
) -> Iterator[pl.DataFrame]:
    """Batches of so many events each, all over the month, as the decoder gives them."""
    chance = np.random.default_rng(seed=events)
    whole = period.days * MICROSECONDS_OF_A_DAY
    for _ in range(batches):
        times = chance.integers(0, whole, events)
        frame = _drawn(chance, period.start, times, orders, MOST_USERS)
        yield frame.select(
            "order",
            "source",
            "id",
            "at",
            "quantity",
            line=pl.int_range(pl.len()),
            meter=pl.when("is_call").then(pl.lit("api_calls")).otherwise(pl.lit("sms")),
            user=pl.when("is_call").then("user").otherwise(pl.lit("")),
            attributes=pl.lit(""),
        ).select(pl.col(name).cast(dtype) for name, dtype in ENTRIES.items())


def _drawn(
    chance: np.random.Generator, start: datetime, times: np.ndarray, orders: int, users: int
) -> pl.DataFrame:
    """What events are made of, one for each time since the start."""
    ranges = {
        "node": (1, 9),
        "order": (0, orders),
        "is_call": (0, 4),
        "quantity": (1, 60),
        "user": (0, users),
        "to": (10**8, 10**9),
    }
    drawn = {name: chance.integers(*own, len(times)) for name, own in ranges.items()}
    frame = pl.DataFrame({**drawn, "id": _uuids(chance.bytes(16 * len(times))), "at": times})
    order = pl.format("order-{}", "order")
    return frame.with_columns(
        source=pl.format("/platform/node-{}", "node"),
        order=order,
        at=pl.lit(start) + pl.col("at").cast(pl.Duration("us")),
        is_call=pl.col("is_call") == 0,
        user=pl.format("agent{}@{}.pl", "user", order),
        to=pl.format("+48{}", "to"),
    )


def _uuids(digits: bytes) -> pl.Series:
    rows = np.frombuffer(digits, np.uint8).reshape(-1, 16)
    text = pl.Series(rows).cast(pl.List(pl.UInt8)).cast(pl.Binary).bin.encode("hex")
    ends = ((0, 8), (8, 4), (12, 4), (16, 4), (20, 12))
    parts = [text.str.slice(start, length).alias(f"{start}") for start, length in ends]
    return pl.DataFrame(parts).select(pl.concat_str(pl.all(), separator="-")).to_series()


def _line() -> pl.Expr:
    """An event as a line of JSON."""
    at = pl.col("at").dt.convert_time_zone("Europe/Warsaw").dt.strftime("%Y-%m-%dT%H:%M:%S%.3f%:z")
    written = [
        pl.format(f"{{{{{ENVELOPE},{data}}}}}", "id", "source", "order", at, *values)
        for data, values in (CALL, MESSAGE)
    ]
    return pl.when("is_call").then(written[0]).otherwise(written[1])


ENVELOPE = '"specversion":"1.0","id":"{}","source":"{}","subject":"{}","time":"{}"'
CALL = ('"type":"api_calls","data":{{"quantity":{},"user":"{}"}}', ("quantity", "user"))
MESSAGE = (
    '"type":"sms","data":{{"quantity":1,"to":"{}","direction":"out","status":"delivered"}}',
    ("to",),
)
