"""Text files that people write: read as UTF-8, or refused with a sentence."""

from __future__ import annotations

from pathlib import Path

from metering.problems import Problem, ProblemsFound


def read_text(path: Path) -> str:
    """The text of a file; raises ProblemsFound where it is none."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        message = f"{path.name} is not text in UTF-8 ({error.reason} at byte {error.start})"
        raise ProblemsFound([Problem("not_text", "", message)]) from error
