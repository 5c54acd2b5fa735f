"""The documents that go with a message, and their names as files."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

MEDIA_TYPES = {"pdf": "application/pdf", "xml": "application/xml"}

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document as a file."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


Attachments = Callable[[str], Sequence[Attachment]]
"""The documents of an issued invoice, by its id; ProblemsFound where there are none."""


def attachment(number: str, kind: str, content: bytes) -> Attachment:
    """A document of an invoice: FV/2025/000001 is in the file FV-2025-000001.pdf."""
    stem = _NOT_IN_NAMES.sub("-", number).strip("-")
    return Attachment(f"{stem}.{kind}", MEDIA_TYPES[kind], content)
