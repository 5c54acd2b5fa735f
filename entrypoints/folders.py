"""Puts documents into a folder: whole or not at all, and never over something else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from entrypoints.whole_files import write_whole
from invoices.mailing.attachments import Attachment
from invoices.messages import NotSent
from metering.problems import Problem, ProblemsFound


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that exists, by its absolute path without links: one folder has one name."""

    path: Path

    @classmethod
    def open(cls, path: Path) -> Folder:
        """The folder of a path; raises ProblemsFound if there is none."""
        resolved = path.resolve()
        if not resolved.is_dir():
            message = f"there is no folder {resolved}: make it first"
            raise ProblemsFound([Problem("missing_folder", "to-folder", message)])
        if not str(resolved).isprintable():
            message = "a folder's name must be printable text, so that it can be recorded"
            raise ProblemsFound([Problem("unusable_folder", "to-folder", message)])
        return cls(resolved)

    def write(self, documents: Sequence[Attachment]) -> None:
        """Puts documents into the folder; raises NotSent where one cannot be."""
        try:
            for own in documents:
                _write(self.path / own.name, own.content)
        except OSError as error:
            raise NotSent(f"{error.filename or self.path}: {error.strerror}") from error


def _write(target: Path, content: bytes) -> None:
    try:
        write_whole(target, content, overwrite=False)
    except FileExistsError as error:
        if target.read_bytes() != content:
            raise NotSent(f"{target} is there with other content: move it away") from error
