"""From the text of a catalog file to the catalog, or to every problem it has."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from billing.catalog.assemble import assemble
from billing.catalog.document import CatalogForm
from billing.catalog.edition import Catalog
from billing.catalog.references import check_references
from billing.forms import read_form
from billing.plain_yaml import read_yaml
from metering.problems import ProblemsFound


@lru_cache(maxsize=4)
def load_catalog(text: str) -> Catalog:
    """Reads a catalog; raises ProblemsFound with the line, code and path of each problem.

    A catalog is a value of its text, so the last ones are kept: what recurs reads it each time.
    """
    document = read_yaml(text)
    form, problems = read_form(CatalogForm, document.value)
    if form is not None:
        problems = check_references(form)
    if form is None or problems:
        raise ProblemsFound(document.located(problem) for problem in dict.fromkeys(problems))
    return assemble(form)


def catalog_schema() -> dict[str, Any]:
    """The JSON Schema that lets editors check and complete a catalog file."""
    schema = CatalogForm.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
