"""What makes two records of a payment one: so that a file imported twice doubles nothing."""

from __future__ import annotations

import hashlib
from collections import Counter

from invoices.payments.payment import Received

NO_REFERENCE = frozenset({"", "-", "NONREF"})
"""What banks write where a transfer has no reference."""


class Identities:
    """The ids of a file's payments, handed out in the order of its lines.

    The bank's reference is the identity where there is one. Without it a payment is known by what
    it says, and by how many like it stood before it in the file: two equal transfers of one day are
    two, in this file and in every other that has them both.
    """

    def __init__(self) -> None:
        self._met: Counter[str] = Counter()

    def next(self, received: Received) -> str:
        """The id of the file's next payment."""
        if has_reference(received):
            return _id("reference", received.reference)
        content = content_id(received, 0)
        self._met[content] += 1
        return content_id(received, self._met[content] - 1)


def has_reference(received: Received) -> bool:
    """Whether the bank gave a payment a mark of its own."""
    return received.reference.upper() not in NO_REFERENCE


def content_id(received: Received, before: int) -> str:
    """The id of a payment without a reference; so many equal ones came ``before`` it."""
    amount = f"{received.amount:.2f}"
    said = (received.currency, received.payer, received.title, received.source, str(before))
    return _id("content", str(received.paid_on), amount, *said)


def _id(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]
