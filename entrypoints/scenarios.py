"""Scenario files: read with their catalog and usage files, ready to be billed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from billing.catalog.edition import Catalog
from billing.catalog.loading import load_catalog
from billing.plain_yaml import PlainYaml, read_yaml
from billing.scenario import (
    Orders,
    Scenario,
    ScenarioForm,
    UsageFilesForm,
    read_orders,
    read_scenario_form,
    read_usage,
)
from entrypoints.usage_files import Chunk, read_chunks
from metering.decode import decode_lines, exact_quantity
from metering.events import UsageEvent
from metering.problems import Problem, ProblemsFound
from metering.routes import Routes


def read_scenario(path: Path, shipped_catalog: Path) -> Scenario:
    """Reads a scenario; raises ProblemsFound with every problem, its line named."""
    document = read_yaml(path.read_text(encoding="utf-8"))
    try:
        return build_scenario(document.value, path.parent, shipped_catalog)
    except ProblemsFound as found:
        raise ProblemsFound(_located(document, problem) for problem in found.problems) from found


def _located(document: PlainYaml, problem: Problem) -> Problem:
    return document.located(problem) if problem.path else problem


def build_scenario(value: Any, folder: Path, shipped_catalog: Path) -> Scenario:
    """A scenario of plain data; its files are found from ``folder``."""
    form = read_scenario_form(value)
    catalog = _catalog(form, folder, shipped_catalog)
    orders = read_orders(form.accounts, form.orders, catalog)
    if isinstance(form.usage, UsageFilesForm):
        events = read_usage_files([folder / name for name in form.usage.files], orders)
    else:
        events = read_usage(form.usage, orders)
    return Scenario(catalog, orders, events)


def _catalog(form: ScenarioForm, folder: Path, shipped: Path) -> Catalog:
    path = folder / form.catalog if form.catalog else shipped
    if not path.is_file():
        message = f"there is no catalog {path}"
        raise ProblemsFound([Problem("file_not_found", "catalog", message)])
    return load_catalog(path.read_text(encoding="utf-8"))


def read_usage_files(paths: list[Path], orders: Orders) -> dict[str, list[UsageEvent]]:
    """The events of usage files, each once; raises ProblemsFound with every bad line."""
    missing = [
        Problem("file_not_found", f"usage.files[{i}]", f"there is no file {path}")
        for i, path in enumerate(paths)
        if not path.is_file()
    ]
    if missing:
        raise ProblemsFound(missing)
    events: dict[tuple[Any, ...], UsageEvent] = {}
    problems: list[Problem] = []
    for i, path in enumerate(paths):
        for line, found in _lines(path, orders.routes):
            where = f"usage.files[{i}]:{line}"
            if isinstance(found, Problem):
                problems.append(found.under(where))
            elif events.setdefault(found.identity, found) != found:
                message = "another event of this source and id has other content"
                problems.append(Problem("id_conflict", f"{where}.id", message))
    if problems:
        raise ProblemsFound(problems)
    return _by_order(events.values())


def _by_order(events: Iterable[UsageEvent]) -> dict[str, list[UsageEvent]]:
    result: dict[str, list[UsageEvent]] = {}
    for event in events:
        result.setdefault(event.order, []).append(event)
    return result


def _lines(path: Path, routes: Routes) -> Iterable[tuple[int, UsageEvent | Problem]]:
    chunks, _ = read_chunks(path)
    for chunk in chunks:
        yield from _chunk_events(chunk, routes)


def _chunk_events(chunk: Chunk, routes: Routes) -> Iterable[tuple[int, UsageEvent | Problem]]:
    decoded = decode_lines(chunk.numbers, chunk.lines, lambda _: routes)
    for rejected in decoded.rejected:
        for problem in rejected.problems:
            yield rejected.line, problem
    for row in decoded.entries.iter_rows(named=True):
        yield row["line"], _event(row, routes)


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
