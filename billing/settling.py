"""Brings what was decided into the pages before somebody reads them."""

from __future__ import annotations

from datetime import datetime

from billing.catalog.edition import Catalog
from billing.limits import OrderContracts
from metering.deciding import Limits
from metering.intake import Intake
from metering.rolling import Roller
from metering.store import UsageStore


def limits_of(usage: UsageStore, catalog: Catalog) -> Limits:
    """The limits of every order. One thread at a time may use them."""
    return Limits(usage, catalog.meters, OrderContracts(usage, catalog))


def roller_of(usage: UsageStore, catalog: Catalog) -> Roller:
    """What rolls decisions. One thread at a time may use it."""
    return Roller(limits_of(usage, catalog), Intake(usage, catalog.meters))


def settle(usage: UsageStore, catalog: Catalog, now: datetime, order: str | None = None) -> int:
    """Rolls every decision so far, of one order or of all; returns how much that was."""
    return roller_of(usage, catalog).roll(now, order)
