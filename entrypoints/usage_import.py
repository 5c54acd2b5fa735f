"""Imports a usage file: chunks are decoded while the ones before them are being recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO, TypeVar

import orjson

from entrypoints.usage_files import Chunk, read_chunks
from metering.decode import Decoded, Rejected, RouteLookup, decode_lines
from metering.intake import Intake
from metering.problems import problem_json

T = TypeVar("T")


@dataclass
class ImportOutcome:
    """What became of a file's lines; ``rejected_file`` lists those that were not accepted."""

    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    rejected_file: Path | None = None

    def as_json(self) -> dict[str, Any]:
        """The outcome for programs."""
        return {
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "rejected": self.rejected,
            "codes": dict(self.codes),
            "rejected_file": str(self.rejected_file) if self.rejected_file else None,
        }


def import_file(
    path: Path,
    intake: Intake,
    find_routes: RouteLookup,
    now: Callable[[], datetime],
    reach: Callable[[int], None],
) -> ImportOutcome:
    """Records the good lines of a file and lists the bad ones in a file beside it."""
    outcome = ImportOutcome()
    chunks, _ = read_chunks(path)

    def decode(chunk: Chunk) -> tuple[Chunk, Decoded]:
        return chunk, decode_lines(chunk.numbers, chunk.lines, find_routes)

    with _RejectedFile(path.with_name(path.name + ".rejected.ndjson")) as rejected_file:
        for chunk, decoded in _ahead(decode, chunks):
            taken = intake.take(decoded, now())
            outcome.accepted += taken.accepted
            outcome.duplicates += taken.duplicates
            outcome.rejected += len(taken.rejected)
            outcome.codes.update(p.code for line in taken.rejected for p in line.problems)
            rejected_file.write(taken.rejected)
            reach(chunk.done)
        outcome.rejected_file = rejected_file.path if rejected_file.is_open else None
    return outcome


def _ahead(work: Callable[[Chunk], T], chunks: Iterator[Chunk]) -> Iterator[T]:
    """Does the work of the next chunk in a thread of its own while the caller uses the last."""
    with ThreadPoolExecutor(1) as pool:
        first = next(chunks, None)
        running = pool.submit(work, first) if first is not None else None
        while running is not None:
            following = next(chunks, None)
            ready = running.result()
            running = pool.submit(work, following) if following is not None else None
            yield ready


class _RejectedFile:
    """A file of rejected lines, made when the first of them comes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: TextIO | None = None

    def __enter__(self) -> _RejectedFile:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    @property
    def is_open(self) -> bool:
        return self._file is not None

    def write(self, lines: tuple[Rejected, ...]) -> None:
        """Adds lines, each with its number, its problems and its text."""
        if lines and self._file is None:
            self._file = self.path.open("w", encoding="utf-8")
        for line in lines:
            problems = [problem_json(problem) for problem in line.problems]
            row = {"line": line.line, "problems": problems, "text": line.text}
            print(orjson.dumps(row).decode(), file=self._file)
