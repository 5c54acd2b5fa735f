"""When a period can be billed: it is over, and late usage has had its time to come in."""

from __future__ import annotations

from datetime import datetime, timedelta

from entrypoints.settings import Settings, read_settings
from metering.calendar import Period
from metering.problems import Problem, ProblemsFound


def closes_at(period: Period, settings: Settings) -> datetime:
    """When late usage of a period has had its time to come in."""
    return period.end + timedelta(days=settings.grace_days)


def check_closed(period: Period, now: datetime) -> None:
    """Raises ProblemsFound while a period is not over and past its grace time."""
    closes = closes_at(period, read_settings())
    if now < closes:
        message = (
            f"period {period} closes on {closes:%Y-%m-%d}, when late usage has come in; "
            "until then look at it with --dry-run"
        )
        raise ProblemsFound([Problem("period_not_closed", "period", message)])
