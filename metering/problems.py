"""Problems: what is wrong with an input, as data a person or a program can act on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in an input.

    ``code`` is a stable snake_case word, ``path`` says where (``orders[2].packs[0].item``),
    ``message`` is a sentence that says what to do.
    """

    code: str
    path: str
    message: str

    def under(self, prefix: str) -> Problem:
        """The same problem seen from the document that holds this part at ``prefix``."""
        return replace(self, path=join_path(prefix, self.path))

    def __str__(self) -> str:
        return f"{self.path}: {self.code}: {self.message}" if self.path else self.message


class ProblemsFound(Exception):
    """A command stops because of its input; it carries every problem that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def join_path(prefix: str, path: str) -> str:
    """Joins two parts of a path: ``orders[0]`` and ``packs[1]`` make ``orders[0].packs[1]``."""
    if not prefix or not path:
        return prefix or path
    return f"{prefix}{path}" if path.startswith("[") else f"{prefix}.{path}"


def format_path(parts: Iterable[str | int]) -> str:
    """Turns ``("orders", 2, "packs", 0)`` into ``orders[2].packs[0]``."""
    path = ""
    for part in parts:
        path = join_path(path, f"[{part}]" if isinstance(part, int) else part)
    return path


def problem_json(problem: Problem) -> dict[str, str]:
    """The problem as it is shown to programs."""
    return {"code": problem.code, "path": problem.path, "message": problem.message}
