"""Settings, from environment variables that begin with LICZNIK_."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from metering.problems import Problem, ProblemsFound

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: the shipped catalog, the migrations and the documents stand in it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """``database_url`` names a PostgreSQL server; without it the embedded one runs in ``data``.

    A period closes ``grace_days`` after its end, when usage that was under way has come in.
    """

    data: Path
    catalog: Path
    database_url: str | None = None
    grace_days: int = 2


def read_settings() -> Settings:
    """The settings of this process.

    LICZNIK_DATA: where the embedded database keeps its data (default .licznik, here).
    LICZNIK_CATALOG: the price catalog (default: the shipped one).
    LICZNIK_DATABASE_URL: another PostgreSQL, as postgresql://user:password@host:port/name.
    LICZNIK_GRACE_DAYS: days after a period's end in which its usage still comes in (default 2).
    """
    grace, url = os.environ.get("LICZNIK_GRACE_DAYS", "2"), os.environ.get("LICZNIK_DATABASE_URL")
    problems = []
    if not grace.isdecimal():
        message = f"{grace!r} is not a number of days"
        problems.append(Problem("invalid_setting", "LICZNIK_GRACE_DAYS", message))
    if url and not url.startswith(("postgresql://", "postgres://")):
        message = "write postgresql://user:password@host:port/name"
        problems.append(Problem("invalid_setting", "LICZNIK_DATABASE_URL", message))
    if problems:
        raise ProblemsFound(problems)
    return Settings(
        data=Path(os.environ.get("LICZNIK_DATA", ".licznik")),
        catalog=Path(os.environ.get("LICZNIK_CATALOG", ROOT / "pricing_catalog.yaml")),
        database_url=url or None,
        grace_days=int(grace),
    )
