"""Splits entries among numbered files, none larger than it may be (R132)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import polars as pl

HEAD_BYTES = 16 * 1024
"""So much room is left in each file for what stands beside the entries."""


@dataclass(frozen=True, slots=True)
class Room:
    """How many bytes and entries a file may hold; ``entries`` None is any number."""

    bytes: int
    entries: int | None = None


def numbered(
    frames: Iterable[pl.DataFrame], measure: Callable[[pl.DataFrame], int], room: Room
) -> Iterator[tuple[int, pl.DataFrame]]:
    """Entries in their order, each group with the number of the file that it goes into.

    An entry that is larger than a file may be has a file alone.
    """
    number, size, entries = 1, 0, 0
    for frame in frames:
        waiting = [frame] if frame.height else []
        while waiting:
            own = waiting.pop()
            own_size = measure(own)
            is_alone = entries == 0 and own.height == 1
            if is_alone or _fits(size + own_size, entries + own.height, room):
                yield number, own
                size, entries = size + own_size, entries + own.height
            elif own.height > 1:
                half = own.height // 2
                waiting += [own[half:], own[:half]]
            else:
                number, size, entries = number + 1, 0, 0
                waiting.append(own)


def _fits(size: int, entries: int, room: Room) -> bool:
    within = room.entries is None or entries <= room.entries
    return within and size <= room.bytes - HEAD_BYTES
