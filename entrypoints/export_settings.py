"""Exports of billing data: the settings that begin with LICZNIK_EXPORT_."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from metering.problems import Problem

MEBIBYTE = 1024 * 1024
RANGES = {"FILE_MIB": (1, 1024), "KEPT_DAYS": (1, 90)}


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """A file has at most ``file_mib`` mebibytes, and can be had for ``kept_days`` days."""

    file_mib: int = 50
    kept_days: int = 7

    @property
    def most_bytes(self) -> int:
        """How long a file may be."""
        return self.file_mib * MEBIBYTE


DEFAULTS = ExportSettings()


def read_export_settings(environment: Mapping[str, str]) -> tuple[ExportSettings, list[Problem]]:
    """The settings and every problem of them.

    LICZNIK_EXPORT_FILE_MIB: the largest file in mebibytes; more goes into several (default 50).
    LICZNIK_EXPORT_KEPT_DAYS: for how many days a file can be had (default 7).
    """
    given = {name: environment.get(f"LICZNIK_EXPORT_{name}") or "" for name in RANGES}
    problems = [
        Problem("invalid_setting", f"LICZNIK_EXPORT_{name}", _sentence(given[name], *RANGES[name]))
        for name in RANGES
        if not _fits(given[name], *RANGES[name])
    ]
    if problems:
        return DEFAULTS, problems
    own = {name.lower(): int(text) for name, text in given.items() if text}
    return ExportSettings(**own), []


def _fits(text: str, least: int, most: int) -> bool:
    is_whole = text.isascii() and text.isdecimal()
    return not text or (is_whole and least <= int(text[:9]) <= most)


def _sentence(text: str, least: int, most: int) -> str:
    return f"{text!r} is not a whole number from {least} to {most}"
