"""Rolls what was decided into pages: decisions become entries like any other usage.

A decision counts as pending until its page is written; the page, the balances and the end of being
pending are one transaction, so nothing is counted twice or not at all at any moment. Of units that
were held for a time, the taking and the giving back become entries once both are known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from urllib.parse import quote

import polars as pl

from metering import limit_queries
from metering.asks import Consumed, Reservation
from metering.deciding import Limits
from metering.decode import Decoded
from metering.entries import ENTRIES
from metering.events import OWN_SOURCE
from metering.forgetting import forget
from metering.intake import Contention, Intake
from metering.limit_rows import consumed, json, reservation
from metering.meters import Meter
from metering.store import SaveConflict, Statement

CONSUMED = f"{OWN_SOURCE}consumed"
COMMITTED = f"{OWN_SOURCE}committed"
TAKEN = f"{OWN_SOURCE}taken"
RETURNED = f"{OWN_SOURCE}returned"
"""The sources of entries that decisions make; no event from outside may use them."""

MOST = 20_000
"""So many are moved at once."""
ATTEMPTS = 20
"""So often others may be first with some of the same ones, each time a different part of them."""


Row = tuple[str, str, str, str, datetime, Decimal, str]
"""An entry: order, source, id, meter, time, quantity, user."""


@dataclass(frozen=True, slots=True)
class _Decided:
    """What no page holds yet: units used, and reservations that are over."""

    used: list[Consumed]
    ended: list[Reservation]

    @property
    def count(self) -> int:
        """How much it is."""
        return len(self.used) + len(self.ended)

    @property
    def maybe_more(self) -> bool:
        """Whether there may be more than was looked up at once."""
        return MOST in (len(self.used), len(self.ended))


@dataclass(frozen=True)
class Roller:
    """Moves the decisions of a store into its pages."""

    limits: Limits
    intake: Intake

    def roll(self, now: datetime, order: str | None = None) -> int:
        """Moves everything decided so far, of one order or of all; returns how much that was.

        What is decided meanwhile may be moved too, but is not waited for: where decisions go on
        there would be no end. What is of meters that only a newer catalog knows stays.
        """
        self.limits.expire(now, order)
        rolled = 0
        while (moved := self._roll(now, order)).maybe_more:
            rolled += moved.count
        return rolled + moved.count

    def waits(self, order: str) -> bool:
        """Whether something was decided for an order that no page holds yet."""
        return bool(self.limits.store.rows(limit_queries.PENDING, order))

    def forget(self, now: datetime) -> int:
        """Forgets what was decided, and moved, long ago; returns how much that was."""
        return forget(self.limits.store, now)

    def _roll(self, now: datetime, order: str | None) -> _Decided:
        """Moves what there is, as far as it is moved at once."""
        for _ in range(ATTEMPTS):
            found = self._decided(order)
            entries = [*map(_entry, found.used), *self._held(found.ended)]
            statements = list(_marks(found.used, found.ended))
            try:
                if entries:
                    self.intake.take(Decoded(self._frame(entries)), now, statements)
                else:
                    self.limits.store.run(*statements)
            except SaveConflict:
                continue  # somebody else rolled some of them just now: the rest is looked up again
            return found
        raise Contention("others roll the same decisions all the time")

    def _decided(self, order: str | None) -> _Decided:
        asked = {"order": order, "meters": list(self.limits.meters), "most": MOST}
        rows = self.limits.store.rows
        return _Decided(
            [consumed(row) for row in rows(limit_queries.TO_ROLL, **asked)],
            [reservation(row) for row in rows(limit_queries.ENDED_TO_ROLL, **asked)],
        )

    def _held(self, ended: Iterable[Reservation]) -> Iterator[Row]:
        """The history of what was held and given back; what was committed has its own entries."""
        for own in ended:
            units, ended_at = own.quantity - own.committed, own.ended_at
            if units and ended_at and self.limits.meters[own.meter].held:
                yield own.order, TAKEN, own.id, own.meter, own.made_at, units, own.user
                yield own.order, RETURNED, own.id, own.meter, ended_at, -units, own.user

    def _frame(self, entries: Iterable[Row]) -> pl.DataFrame:
        """Entries as a batch for intake, quantities in whole parts of their smallest unit."""
        meters = self.limits.meters
        rows = [
            (line, order, source, key, meter, at, _scaled(quantity, meters[meter]), user, "")
            for line, (order, source, key, meter, at, quantity, user) in enumerate(entries)
        ]
        return pl.DataFrame(rows, schema=ENTRIES, orient="row")


def _scaled(quantity: Decimal, meter: Meter) -> int:
    return int(quantity.scaleb(meter.decimals))


def _entry(own: Consumed) -> Row:
    """A decision as an entry; a part is known by its reservation and its own id."""
    source, key = CONSUMED, own.id
    if own.reservation:
        source, key = COMMITTED, f"{quote(own.reservation, safe='')}/{own.id}"
    return own.order, source, key, own.meter, own.at, own.quantity, own.user


def _marks(used: list[Consumed], ended: list[Reservation]) -> Iterator[Statement]:
    """What ends being pending; whoever decides for these orders waits until it is done."""
    orders = sorted({own.order for own in used} | {own.order for own in ended})
    if orders:
        yield Statement(limit_queries.LOCK_ORDERS, [orders])
    if used:
        keys = [list(column) for column in zip(*(_key(own) for own in used), strict=True)]
        yield Statement(limit_queries.MARK_ROLLED, keys, changes=len(used))
        yield Statement(limit_queries.MOVE_HOLDS, [json(_moves(used))])
    if ended:
        ids = [own.id for own in ended]
        yield Statement(limit_queries.MARK_ENDED_ROLLED, [ids], changes=len(ended))


def _key(own: Consumed) -> tuple[str, str, str]:
    return own.order, own.reservation, own.id


def _moves(used: Iterable[Consumed]) -> Iterator[dict[str, object]]:
    sums: defaultdict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for own in used:
        sums[own.order, own.meter, own.bucket] += own.quantity
    for (order, meter, bucket), units in sums.items():
        row: dict[str, object] = {"order_id": order, "meter": meter, "bucket": bucket}
        yield {**row, "pending": -units, "reserved": Decimal(0)}
