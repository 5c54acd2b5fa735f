"""Texts for what is kept in words of the engine."""

from __future__ import annotations

from collections.abc import Mapping

from invoices.language import marked

WORDS: Mapping[str, str] = {
    "retry": marked("Dead letter tried again"),
    "release": marked("Reservation released"),
    "redelivery": marked("Delivery sent again"),
    "key_added": marked("Key added"),
    "key_revoked": marked("Key revoked"),
    "accepted": marked("accepted"),
    "duplicate": marked("recorded before"),
    "rejected": marked("rejected again"),
    "unreadable": marked("not readable"),
    "done": marked("done"),
    "over": marked("was over already"),
}
