"""The table of measures: what is measured, in what unit, and what ratio is to be reached."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from entrypoints.bench import (
    backtest,
    balance_read_p99,
    bytes_at_rest,
    decisions,
    http_batches,
    import_dense,
    import_sparse,
    invoice_run_growth,
    kafka,
)
from entrypoints.bench.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure. ``reach`` is the ratio of ours to the limit that is at least, or at most, due.

    ``run`` returns what we reach, and the limit that is measured beside it in the same run.
    """

    what: str
    unit: str
    run: Callable[[Workbench], tuple[float, float]]
    reach: float
    at_least: bool = False


MEASURES = (
    Measure("import_dense", "events/s", import_dense.measure, 2.5, at_least=True),
    Measure("bytes_at_rest", "bytes/event", bytes_at_rest.measure, 0.2),
    Measure("import_sparse", "events/s", import_sparse.measure, 0.7, at_least=True),
    Measure("kafka", "records/s", kafka.measure, 0.7, at_least=True),
    Measure("http_batches", "events/s", http_batches.measure, 0.25, at_least=True),
    Measure("decisions", "decisions/s", decisions.measure, 0.5, at_least=True),
    Measure("invoice_run_growth", "s", invoice_run_growth.measure, 1.2),
    Measure("balance_read_p99", "ms", balance_read_p99.measure, 1.0),
    Measure("backtest", "s", backtest.measure, 0.8),
)
"""In the order in which they are shown; a new measure is a module and a row here."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a measure found."""

    measure: Measure
    ours: float
    limit: float

    @property
    def ratio(self) -> float:
        """Ours to the limit."""
        return self.ours / self.limit

    @property
    def reached(self) -> bool:
        """Whether the ratio is as it must be."""
        most = self.measure.reach
        return self.ratio >= most if self.measure.at_least else self.ratio <= most

    def as_json(self) -> dict[str, str | float]:
        """What was found, for programs."""
        numbers = {"ours": self.ours, "limit": self.limit, "ratio": self.ratio}
        rounded = {name: round(number, 3) for name, number in numbers.items()}
        return {"what": self.measure.what, **rounded, "unit": self.measure.unit}


def measured(bench: Workbench, measures: Iterable[Measure]) -> Iterator[Measured]:
    """Runs some measures, one after the other."""
    for measure in measures:
        bench.say(f"{measure.what}:")
        yield Measured(measure, *measure.run(bench))
