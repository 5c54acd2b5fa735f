"""`licznik bench`: how fast the engine is, beside what this machine can do at all."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from entrypoints.cli.output import AsJson, say, table
from entrypoints.settings import read_settings
from metering.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from entrypoints.bench.measures import Measure, Measured

EVENTS = 1_000_000


def bench_command(
    what: Annotated[list[str] | None, typer.Argument(help="Only these measures.")] = None,
    events: Annotated[int, typer.Option(min=1_000, help="Over so many events.")] = EVENTS,
    as_json: AsJson = False,
) -> None:
    """Measure the engine together with the limits of this machine, on databases of its own.

    It takes some minutes. With --json each measure is one line, as soon as it is done.
    """
    from entrypoints.bench.measures import measured  # it opens sessions of this very package
    from entrypoints.bench.workbench import Workbench

    chosen = _chosen(what or [])
    with tempfile.TemporaryDirectory(prefix="licznik-bench-") as folder:
        bench = Workbench(read_settings(), Path(folder), events, say)
        try:
            found = [_shown(one, as_json=as_json) for one in measured(bench, chosen)]
        finally:
            bench.close()
    if not as_json:
        _show(found, events)


def _chosen(names: Iterable[str]) -> list[Measure]:
    """The measures of some names, all of them where none is named."""
    from entrypoints.bench.measures import MEASURES

    wanted = list(names) or [measure.what for measure in MEASURES]
    known = {measure.what for measure in MEASURES}
    problems = [
        Problem("unknown_measure", name, f"measures are {', '.join(m.what for m in MEASURES)}")
        for name in wanted
        if name not in known
    ]
    if problems:
        raise ProblemsFound(problems)
    return [measure for measure in MEASURES if measure.what in wanted]


def _shown(found: Measured, *, as_json: bool) -> Measured:
    if as_json:
        typer.echo(orjson.dumps(found.as_json()).decode())
    return found


def _show(found: Iterable[Measured], events: int) -> None:
    rows = [
        (
            one.measure.what,
            f"{one.ours:,.1f}",
            f"{one.limit:,.1f}",
            one.measure.unit,
            f"{one.ratio:.2f}",
            f"{'≥' if one.measure.at_least else '≤'} {one.measure.reach}",
            "yes" if one.reached else "no",
        )
        for one in found
    ]
    columns = ("measure", ">ours", ">limit", "unit", ">ratio", ">to reach", "reached")
    table(f"Measured over {events:,} events", columns, rows)
