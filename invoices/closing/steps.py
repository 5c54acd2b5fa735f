"""The steps of a month's end, and how each of them ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

DONE, NOTHING, LOOK, STOPPED = "done", "nothing to do", "look at it", "stopped"

CHECKS = ("grace", "usage", "service levels", "drafts")
"""What must be in order before anything is issued."""
WHOLE = "whole"
PARTS: Mapping[str, tuple[str, ...]] = {
    WHOLE: (
        *CHECKS,
        *("invoices", "notes", "corrections", "KSeF", "documents", "delivery", "report"),
    ),
    "checks": CHECKS,
    "invoices": (*CHECKS, "invoices"),
    "notes": ("grace", "notes"),
    "corrections": ("corrections",),
    "KSeF": ("KSeF",),
    "documents": ("documents",),
    "delivery": ("delivery",),
}
"""What may be done of a month's end at a time, each with its steps in their order."""
ISSUING = frozenset({WHOLE, "invoices", "notes"})
"""The parts in which documents are issued."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence with values in it, so that it can be told in another language.

    ``hint`` is the command with which a person goes on.
    """

    message: str
    values: Mapping[str, str] = field(default_factory=dict)
    hint: str = ""

    def __str__(self) -> str:
        text = self.message.format(**self.values)
        return f"{text}: `{self.hint}`" if self.hint else text

    def as_json(self) -> dict[str, Any]:
        """The sentence as it is kept."""
        return {"message": self.message, "values": dict(self.values)}


def say(message: str, hint: str = "", **values: object) -> Said:
    """A sentence with values in it."""
    return Said(message, {name: str(own) for name, own in values.items()}, hint)


@dataclass(frozen=True, slots=True)
class Step:
    """A step as it ended: ``done``, ``nothing to do``, ``look at it`` or ``stopped``.

    ``details`` are what a person has to look at; what is stopped keeps the later steps from being
    done, and the same command goes on when it is mended.
    """

    name: str
    state: str
    said: Said
    details: tuple[Said, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The step as it is shown to programs."""
        return {
            "step": self.name,
            "state": self.state.replace(" ", "_"),
            "said": str(self.said),
            "details": list(map(str, self.details)),
        }


def done(name: str, count: int, said: Said, details: Iterable[Said] = ()) -> Step:
    """A step that did something if it counted anything; with details a person has to look at it."""
    own = tuple(details)
    return Step(name, LOOK if own else DONE if count else NOTHING, said, own)


def stopped(name: str, said: Said, details: Iterable[Said] = ()) -> Step:
    """A step that must be mended before the next one is done."""
    return Step(name, STOPPED, said, tuple(details))
