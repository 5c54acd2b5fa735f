"""The JSON Schema that is shipped beside the catalog, for editors."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from billing.catalog.loading import catalog_schema
from billing.plain_yaml import read_yaml
from entrypoints.settings import ROOT

SCHEMA: dict[str, Any] = json.loads((ROOT / "pricing_catalog.schema.json").read_text())


def shipped() -> Any:
    """The shipped catalog as plain JSON data."""
    document = read_yaml((ROOT / "pricing_catalog.yaml").read_text(encoding="utf-8")).value
    return json.loads(json.dumps(document, default=lambda value: str(Decimal(value))))


def test_the_shipped_schema_is_fresh() -> None:
    """Renew it with `licznik catalog schema > pricing_catalog.schema.json`."""
    assert json.loads(json.dumps(catalog_schema())) == SCHEMA


def test_the_shipped_catalog_fits_the_schema() -> None:
    jsonschema.validate(shipped(), SCHEMA)


def test_an_editor_sees_a_misspelt_key() -> None:
    catalog = shipped()
    catalog["editions"][0]["inforce"] = "2025-03-01"
    with pytest.raises(jsonschema.ValidationError, match="inforce"):
        jsonschema.validate(catalog, SCHEMA)


def test_the_catalog_names_its_schema() -> None:
    first = Path(ROOT / "pricing_catalog.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert "pricing_catalog.schema.json" in first
