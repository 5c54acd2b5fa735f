"""The steps of a month's end, and how each of them ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

DONE, NOTHING, LOOK, STOPPED = "done", "nothing to do", "look at it", "stopped"


@dataclass(frozen=True, slots=True)
class Step:
    """A step as it ended: ``done``, ``nothing to do``, ``look at it`` or ``stopped``.

    ``details`` are what a person has to look at; what is stopped keeps the later steps from being
    done, and the same command goes on when it is mended.
    """

    name: str
    state: str
    said: str
    details: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The step as it is shown to programs."""
        return {
            "step": self.name,
            "state": self.state.replace(" ", "_"),
            "said": self.said,
            "details": list(self.details),
        }


def done(name: str, count: int, said: str, details: Iterable[str] = ()) -> Step:
    """A step that did something if it counted anything; with details a person has to look at it."""
    own = tuple(details)
    return Step(name, LOOK if own else DONE if count else NOTHING, said, own)


def stopped(name: str, said: str, details: Iterable[str] = ()) -> Step:
    """A step that must be mended before the next one is done."""
    return Step(name, STOPPED, said, tuple(details))
