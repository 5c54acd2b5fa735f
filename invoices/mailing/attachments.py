"""The documents that go with a message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

MEDIA_TYPES = {"pdf": "application/pdf", "xml": "application/xml"}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document as a file."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


Attachments = Callable[[str], Sequence[Attachment]]
"""The documents of an issued invoice, by its id; ProblemsFound where there are none."""
