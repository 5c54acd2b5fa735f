"""How much the events of a day take on the disk, with all balances and indexes."""

from __future__ import annotations

from entrypoints.bench.workbench import Workbench


def measure(bench: Workbench) -> tuple[float, float]:
    """Bytes an event, ours and by hand."""
    ours, hand = bench.dense.ours, bench.dense.by_hand
    return ours.bytes / ours.events, hand.bytes / hand.events
