"""What a prospect says of itself: people, calls, messages, data held, growth and seasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from metering.calendar import Period

GB = Decimal(10) ** 9
MB = Decimal(10) ** 6


class Nature(StrEnum):
    """How an amount goes on from the first month."""

    MONTHLY = "monthly"
    """So many units used in a month: they grow, and follow the seasons."""
    HELD = "held"
    """So many units held at a time: they grow, and do not follow the seasons."""
    FIXED = "fixed"
    """So many units held at a time, the same in every month: they are set up by people."""


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount that a prospect is asked for; ``scale`` is the meter's units in one of it."""

    meter: str
    nature: Nature
    scale: Decimal = Decimal(1)


FIGURES = (
    Figure("sms", Nature.MONTHLY),
    Figure("mass_sms", Nature.MONTHLY),
    Figure("mass_emails", Nature.MONTHLY),
    Figure("api_calls", Nature.MONTHLY),
    Figure("tts_characters", Nature.MONTHLY),
    Figure("hlr_lookups", Nature.MONTHLY),
    Figure("surveys", Nature.MONTHLY),
    Figure("rule_launches", Nature.MONTHLY),
    Figure("training_hours", Nature.MONTHLY),
    Figure("records", Nature.HELD),
    Figure("tickets", Nature.HELD),
    Figure("disk_bytes", Nature.HELD, GB),
    Figure("queues", Nature.FIXED),
    Figure("email_accounts", Nature.FIXED),
    Figure("caller_channels", Nature.FIXED),
)
"""Every amount by meter; what is not said of is nothing."""

FIGURE_OF: Mapping[str, Figure] = {figure.meter: figure for figure in FIGURES}


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls of a working day in the first month, and what they leave behind.

    After ``surveyed`` per cent of them a survey is launched (R71). Each leaves a recording of
    ``recording_mb`` megabytes on the disk, kept for ``kept_months`` months, this one among them
    (R44).
    """

    per_day: int = 0
    surveyed: Decimal = Decimal(0)
    recording_mb: Decimal = Decimal(0)
    kept_months: int = 0


@dataclass(frozen=True, slots=True)
class Prospect:
    """A prospect, from its ``first`` month on for so many ``months``.

    ``sessions`` is the most people at work at a time: so many licences they need (R23). ``users``
    is how many named users share the calls of the API (R46). ``amounts`` are those of the first
    month by meter, in the meter's units. ``growth`` is in per cent a month, ``seasons`` a factor by
    calendar month (1 where it says nothing). ``wanted`` are items that it must have whatever it
    uses, ``sla`` is the service level.
    """

    name: str
    first: Period
    months: int = 12
    sessions: int = 1
    users: int = 1
    calls: Calls = field(default_factory=Calls)
    amounts: Mapping[str, Decimal] = field(default_factory=dict)
    growth: Decimal = Decimal(0)
    seasons: Mapping[int, Decimal] = field(default_factory=dict)
    wanted: tuple[str, ...] = ()
    sla: str = "standard"
