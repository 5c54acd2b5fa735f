"""Rows of the tables on pages about users."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from entrypoints.people.attempts import LINK_ASKED, WRONG
from entrypoints.web.people.sentences import ASKED, METHODS, RESULTS, WHAT


def attempt_rows(found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Attempts to sign in, in words."""
    return [_attempt(own) for own in found]


def _attempt(own: Mapping[str, Any]) -> dict[str, Any]:
    was_asked = own["method"] == LINK_ASKED and own["result"] == WRONG
    result, colour = ASKED if was_asked else RESULTS[own["result"]]
    return {
        "at": own["at"],
        "address": own["address"],
        "method": METHODS[own["method"]],
        "result": result,
        "colour": colour,
    }


def change_rows(found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Changes of a user, in words."""
    return [{**own, "what": WHAT[own["what"]]} for own in found]
