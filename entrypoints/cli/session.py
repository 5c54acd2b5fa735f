"""Everything a command works with, opened together and closed together."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import Engine

from billing.catalog.edition import Catalog
from billing.catalog.loading import load_catalog
from billing.decisions import Decisions
from entrypoints.database import connected
from entrypoints.settings import CLOCK, Settings, read_settings
from entrypoints.texts import read_text
from metering.store import UsageStore, library_settings


@dataclass(frozen=True, slots=True)
class Session:
    """The catalog and the stores of one command."""

    settings: Settings
    catalog: Catalog
    engine: Engine
    decisions: Decisions
    usage: UsageStore


@contextmanager
def open_session(settings: Settings | None = None) -> Iterator[Session]:
    """Opens the catalog and the database; raises ProblemsFound where either is not right."""
    settings = settings or read_settings()
    catalog = read_catalog(settings.catalog)
    with connected(settings) as (url, engine):
        library = library_settings(url)
        with Decisions(env=library) as decisions, UsageStore(env=library) as usage:
            yield Session(settings, catalog, engine, decisions, usage)


def read_catalog(path: Path) -> Catalog:
    """The catalog of a file."""
    return load_catalog(read_text(path))


def caller() -> str:
    """Who runs a command, as the system knows them; in a container users may have no names."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def clock() -> datetime:
    """The one place that reads the clock; that of a demonstration is another one."""
    return datetime.now(UTC) + _difference()


def is_demonstration() -> bool:
    """Whether the clock is that of a demonstration."""
    return bool(os.environ.get(CLOCK))


@cache
def _difference() -> timedelta:
    """What `entrypoints.demo.portal` has set for this process and those that it starts."""
    return timedelta(seconds=int(os.environ.get(CLOCK) or 0))
