"""What stands of recorded entries, where some were taken back by counter-entries.

The entries of an identity alternate: an event, the counter-entry that takes it back, perhaps one in
its place, and so on. A counter-entry has the content of its entry, with the quantity negated.
"""

from __future__ import annotations

import polars as pl

from metering.sheets import CONTENT, IDENTITY

IN_SHEET = ["sheet", *IDENTITY]
IS_COUNTER = pl.col("amends") < 0


def standing(entries: pl.DataFrame, *apart: str) -> pl.DataFrame:
    """Leaves away each counter-entry together with the entry that it takes back.

    The entries of an identity stand in the order in which they were recorded. Those that differ in
    a column of ``apart`` are looked at apart: a counter-entry without its entry is kept.
    """
    if not entries.select(IS_COUNTER.any()).item():
        return entries
    key = [*IN_SHEET, *apart]
    taken_back = (pl.col("amends").shift(-1).over(key) < 0).fill_null(value=False) & ~IS_COUNTER
    takes_back = IS_COUNTER & (pl.col("amends").shift(1).over(key) >= 0).fill_null(value=False)
    return entries.filter(~taken_back & ~takes_back)


def broken(entries: pl.DataFrame) -> dict[str, int]:
    """What whole sheets hold that cannot be: how many of each kind, and none where all is well."""
    several = entries.filter(pl.struct(IN_SHEET).is_duplicated() | (pl.col("amends") != 0))
    before = {name: pl.col(name).shift(1).over(IN_SHEET) for name in (*CONTENT, "amends")}
    is_first, after_counter = before["amends"].is_null(), before["amends"] < 0
    same = (before[name] == pl.col(name) for name in CONTENT if name != "quantity")
    opposite = before["quantity"] == -pl.col("quantity")
    takes_back = pl.all_horizontal(~is_first, ~after_counter, opposite, *same)
    is_event, is_put_in = pl.col("amends") == 0, pl.col("amends") > 0
    found = {
        "events twice": is_event & ~is_first,
        "counter-entries without their entry": IS_COUNTER & ~takes_back.fill_null(value=False),
        "entries put beside one that stands": is_put_in & ~is_first & ~after_counter,
    }
    counts = several.select(own.sum().alias(what) for what, own in found.items())
    return {what: count for what, count in counts.row(0, named=True).items() if count}
