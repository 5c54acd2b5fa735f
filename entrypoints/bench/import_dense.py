"""How fast a day of a few large orders comes in, beside the same by hand."""

from __future__ import annotations

from entrypoints.bench.workbench import Workbench


def measure(bench: Workbench) -> tuple[float, float]:
    """Events a second, ours and by hand."""
    return bench.dense.ours.per_second, bench.dense.by_hand.per_second
