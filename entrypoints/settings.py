"""Settings, from environment variables that begin with LICZNIK_."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: the shipped catalog, the migrations and the documents stand in it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """``database_url`` names a PostgreSQL server; without it the embedded one runs in ``data``."""

    data: Path
    catalog: Path
    database_url: str | None = None


def read_settings() -> Settings:
    """The settings of this process.

    LICZNIK_DATA: where the embedded database keeps its data (default .licznik, here).
    LICZNIK_CATALOG: the price catalog (default: the shipped one).
    LICZNIK_DATABASE_URL: another PostgreSQL, as postgresql://user:password@host:port/name.
    """
    return Settings(
        data=Path(os.environ.get("LICZNIK_DATA", ".licznik")),
        catalog=Path(os.environ.get("LICZNIK_CATALOG", ROOT / "pricing_catalog.yaml")),
        database_url=os.environ.get("LICZNIK_DATABASE_URL") or None,
    )
