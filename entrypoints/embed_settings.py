"""How pages are embedded in other panels: LICZNIK_EMBED_ and what belongs to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from metering.problems import Problem

DEFAULT_MINUTES, MOST_MINUTES = 15, 24 * 60
SHORTEST_KEY = 32
_ORIGIN = re.compile(
    r"https://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?"
    r"|http://(localhost|127\.0\.0\.1)(:[0-9]{1,5})?"
)
"""What a browser sends as the origin of a page: https, or this machine for trials."""


@dataclass(frozen=True, slots=True)
class EmbedSettings:
    """A link to an embedded page lives ``minutes``; ``origins`` are the sites that may show it.

    ``key`` signs the links; without one the database keeps one that was made at random.
    """

    minutes: int = DEFAULT_MINUTES
    origins: tuple[str, ...] = ()
    key: bytes | None = field(default=None, repr=False)


NO_EMBEDDING = EmbedSettings()


def read_embed_settings(environment: Mapping[str, str]) -> tuple[EmbedSettings, list[Problem]]:
    """The settings and every problem of them.

    LICZNIK_EMBED_MINUTES: how long a link to an embedded page lives (default 15, at most a day).
    LICZNIK_EMBED_ORIGINS: the sites that may show it, such as https://panel.example.com, with
    commas between (default: none).
    LICZNIK_SECRET_KEY: signs these links; 32 signs at least. A new key ends every link.
    """
    minutes = environment.get("LICZNIK_EMBED_MINUTES") or str(DEFAULT_MINUTES)
    asked = environment.get("LICZNIK_EMBED_ORIGINS", "").split(",")
    origins = tuple(own.strip().rstrip("/") for own in asked if own.strip())
    key = environment.get("LICZNIK_SECRET_KEY", "")
    wrong = {
        "LICZNIK_EMBED_MINUTES": _wrong_minutes(minutes),
        "LICZNIK_EMBED_ORIGINS": _wrong_origins(origins),
        "LICZNIK_SECRET_KEY": _wrong_key(key),
    }
    problems = [Problem("invalid_setting", name, own) for name, own in wrong.items() if own]
    if problems:
        return NO_EMBEDDING, problems
    return EmbedSettings(int(minutes), origins, key.encode() or None), []


def _wrong_minutes(text: str) -> str | None:
    if text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MOST_MINUTES:
        return None
    return f"{text!r} is not a number of minutes from 1 to {MOST_MINUTES}"


def _wrong_origins(origins: tuple[str, ...]) -> str | None:
    wrong = [own for own in origins if not _ORIGIN.fullmatch(own)]
    return f"{', '.join(wrong)}: write https://name, nothing after it" if wrong else None


def _wrong_key(key: str) -> str | None:
    """A sentence that never repeats the key."""
    return f"use {SHORTEST_KEY} signs at least" if key and len(key) < SHORTEST_KEY else None
