"""Imports a usage file: a batch is recorded while the next is prepared and one more decoded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO, TypeVar

import orjson

from entrypoints.usage_files import read_chunks
from metering.decode import Decoded, Rejected, RouteLookup, decode, joined
from metering.intake import Intake
from metering.problems import problem_json

T = TypeVar("T")

COMMITTED_TOGETHER = 250_000
"""So many events at least are one commit, where a file has as many, and twice as many at most."""
EVENTS_OF_AN_ORDER = 10


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
    decoded = ((chunk.done, decode(chunk.lines, find_routes)) for chunk in chunks)
    prepared = ((done, intake.prepare(batch)) for done, batch in ahead(_together(decoded)))

    with _RejectedFile(path.with_name(path.name + ".rejected.ndjson")) as rejected_file:
        for done, batch in ahead(prepared):
            taken = intake.record(batch, now())
            outcome.accepted += taken.accepted
            outcome.duplicates += taken.duplicates
            outcome.rejected += len(taken.rejected)
            outcome.codes.update(p.code for line in taken.rejected for p in line.problems)
            rejected_file.write(taken.rejected)
            reach(done)
        outcome.rejected_file = rejected_file.path if rejected_file.is_open else None
    return outcome


def _together(batches: Iterable[tuple[int, Decoded]]) -> Iterator[tuple[int, Decoded]]:
    """Joins batches until they are worth a commit."""
    group: list[Decoded] = []
    done = 0
    for done, batch in batches:
        group.append(batch)
        if _is_worth_a_commit(group):
            yield done, joined(group)
            group = []
    if group:
        yield done, joined(group)


def _is_worth_a_commit(group: list[Decoded]) -> bool:
    """Events of many orders wait for more of them: each order costs a commit about as much."""
    events = sum(batch.entries.height for batch in group)
    orders = max(batch.entries["order"].n_unique() for batch in group)
    most = 2 * COMMITTED_TOGETHER
    return events >= min(most, max(COMMITTED_TOGETHER, EVENTS_OF_AN_ORDER * orders))


def ahead(items: Iterator[T]) -> Iterator[T]:
    """Makes each item in a thread of its own while the caller uses the one before."""
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(next, items, None)
        while (item := following.result()) is not None:
            following = pool.submit(next, items, None)
            yield item


class _RejectedFile:
    """A file of rejected lines, made when the first of them comes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: TextIO | None = None
        path.unlink(missing_ok=True)  # what an earlier import rejected is no news

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
