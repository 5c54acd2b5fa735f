"""`licznik catalog`: what can be ordered."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from billing.catalog.document import PACKAGES
from billing.catalog.edition import Catalog, Edition
from billing.catalog.loading import catalog_schema
from entrypoints.cli.output import AsJson, print_json, say, table
from entrypoints.cli.session import read_catalog
from entrypoints.settings import read_settings
from metering.problems import Problem, ProblemsFound

app = typer.Typer(help="The price catalog.", no_args_is_help=True)

CatalogFile = Annotated[Path | None, typer.Argument(help="A catalog file; default: the shipped.")]


@app.command("check")
def check(file: CatalogFile = None, as_json: AsJson = False) -> None:
    """Check a catalog file: every problem with its line, code and path."""
    catalog = _read(file)
    counts = {key: len(edition.items) for key, edition in catalog.editions.items()}
    if as_json:
        print_json({"editions": counts, "problems": []})
    else:
        shown = ", ".join(f"{key} with {items} items" for key, items in counts.items())
        say(f"The catalog is valid: {shown}.")


@app.command("show")
def show(
    edition: Annotated[str | None, typer.Option(help="Only this edition.")] = None,
    file: CatalogFile = None,
    as_json: AsJson = False,
) -> None:
    """Show what each edition has in each package."""
    catalog = _read(file)
    if edition is not None and edition not in catalog.editions:
        known = ", ".join(catalog.editions)
        message = f"there is no edition {edition}; the catalog has {known}"
        raise ProblemsFound([Problem("unknown_edition", "edition", message)])
    chosen = [own for key, own in catalog.editions.items() if edition in (None, key)]
    if as_json:
        print_json({"editions": [edition_json(own) for own in chosen]})
        return
    for own in chosen:
        _show(own)


@app.command("schema")
def schema() -> None:
    """Print the JSON Schema of catalog files, for editors."""
    print_json(catalog_schema())


def _read(file: Path | None) -> Catalog:
    return read_catalog(file or read_settings().catalog)


def edition_json(edition: Edition) -> dict[str, Any]:
    """An edition's rows, cells as the specification prints them (contract, section 3)."""
    return {
        "id": edition.id,
        "in_force": str(edition.in_force),
        "items": [
            {
                "item": item.key,
                "kind": item.kind.value,
                "unit": item.unit,
                "name": {"pl": item.name.pl, "en": item.name.en},
                "packages": {package: item.cells[package] for package in PACKAGES},
            }
            for item in edition.items.values()
        ],
    }


def _show(edition: Edition) -> None:
    title = f"{edition.service.en}, edition {edition.id}"
    columns = ("item", "name", "kind", "unit", *(edition.packages[p].en for p in PACKAGES))
    rows = (
        (item.key, item.name.en, item.kind.value, item.unit, *(item.cells[p] for p in PACKAGES))
        for item in edition.items.values()
    )
    table(title, columns, rows)
