"""Scenario files: read with their catalog and usage files, ready to be billed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from billing.catalog.edition import Catalog
from billing.catalog.loading import load_catalog
from billing.forms import read_form
from billing.plain_yaml import PlainYaml, read_yaml
from billing.scenario import Orders, Scenario, ScenarioShape, each_once, read_scenario
from entrypoints.texts import read_text
from entrypoints.usage_files import Chunk, read_chunks
from metering.decode import decode, exact_quantity
from metering.events import UsageEvent
from metering.problems import Problem, ProblemsFound
from metering.routes import Routes

Found = tuple[str, UsageEvent | None, list[Problem]]


def load_scenario(path: Path, shipped_catalog: Path) -> Scenario:
    """Reads a scenario; raises ProblemsFound with every problem, its line named."""
    document = read_yaml(read_text(path))
    try:
        return build_scenario(document.value, path.parent, shipped_catalog)
    except ProblemsFound as found:
        raise ProblemsFound(_located(document, problem) for problem in found.problems) from found


def _located(document: PlainYaml, problem: Problem) -> Problem:
    return document.located(problem) if problem.path else problem


def build_scenario(value: Any, folder: Path, shipped_catalog: Path) -> Scenario:
    """A scenario of plain data; its files are found from ``folder``."""
    shape, problems = read_form(ScenarioShape, value)
    if shape is None:
        raise ProblemsFound(problems)
    catalog = _catalog(shape, folder, shipped_catalog)

    def read_files(
        names: tuple[str, ...], orders: Orders
    ) -> tuple[list[UsageEvent], list[Problem]]:
        return read_usage_files([folder / name for name in names], orders)

    return read_scenario(shape, catalog, read_files)


def _catalog(shape: ScenarioShape, folder: Path, shipped: Path) -> Catalog:
    path = folder / shape.catalog if shape.catalog else shipped
    if not path.is_file():
        message = f"there is no catalog {path}"
        raise ProblemsFound([Problem("file_not_found", "catalog", message)])
    return load_catalog(read_text(path))


def read_usage_files(paths: list[Path], orders: Orders) -> tuple[list[UsageEvent], list[Problem]]:
    """The events of usage files, each once, and the problems of every bad line."""
    missing = [
        Problem("file_not_found", f"usage.files[{i}]", f"there is no file {path}")
        for i, path in enumerate(paths)
        if not path.is_file()
    ]
    readable = [(i, path) for i, path in enumerate(paths) if path.is_file()]
    events, problems = each_once(
        found for i, path in readable for found in _lines(i, path, orders.routes)
    )
    return events, [*missing, *problems]


def _lines(index: int, path: Path, routes: Routes) -> Iterable[Found]:
    where = f"usage.files[{index}]"
    try:
        chunks, _ = read_chunks(path)
        for chunk in chunks:
            for line, event, problems in _chunk_events(chunk, routes):
                yield f"{where}:{line}", event, problems
    except ProblemsFound as found:
        yield "", None, [replace(problem, path=where) for problem in found.problems]


def _chunk_events(
    chunk: Chunk, routes: Routes
) -> Iterable[tuple[int, UsageEvent | None, list[Problem]]]:
    decoded = decode(chunk.lines, lambda _: routes)
    for rejected in decoded.rejected:
        yield rejected.line, None, list(rejected.problems)
    for row in decoded.entries.sort("line").iter_rows(named=True):
        yield row["line"], _event(row, routes), []


def _event(row: Mapping[str, Any], routes: Routes) -> UsageEvent:
    meter = routes[row["order"]].meters[row["meter"]].meter
    return UsageEvent(
        order=row["order"],
        meter=row["meter"],
        source=row["source"],
        id=row["id"],
        occurred_at=row["at"],
        quantity=exact_quantity(row["quantity"], meter.decimals),
        user=row["user"],
        attributes=row["attributes"],
    )
