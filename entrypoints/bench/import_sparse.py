"""How fast a day of very many small orders comes in, beside the same by hand."""

from __future__ import annotations

from entrypoints.bench.workbench import Workbench

EVENTS_OF_AN_ORDER = 10


def measure(bench: Workbench) -> tuple[float, float]:
    """Events a second, ours and by hand."""
    imported = bench.imported(max(1, bench.events // EVENTS_OF_AN_ORDER))
    return imported.ours.per_second, imported.by_hand.per_second
