"""What KSeF is asked through, and what may come instead of an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from invoices.ksef.answers import Answer


class Unclear(Exception):
    """No answer, or none that can be understood: nobody knows what KSeF did. A sentence."""


class Slower(Exception):
    """KSeF, or a limit of our own, wants no further calls for so many ``seconds``."""

    def __init__(self, text: str, seconds: int) -> None:
        super().__init__(text)
        self.seconds = seconds


class NoEntry(Exception):
    """KSeF does not let us in: a person has to look at token, certificate or rights."""


class NotTaken(Exception):
    """KSeF refused the request itself; ``code`` is that of its error."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class NoSuchSession(NotTaken):
    """KSeF does not know the session, or takes nothing more in it."""


class Gateway(Protocol):
    """KSeF, seen by one seller. Every method may raise what stands above."""

    def open_session(self) -> str:
        """Opens an interactive session."""

    def send(self, session: str, content: bytes, *, offline: bool) -> str:
        """Sends a document in a session; returns its reference."""

    def close_session(self, session: str) -> None:
        """Closes an interactive session."""

    def send_batch(self, files: Mapping[str, bytes], *, offline: bool) -> str:
        """Sends documents as one package, by their names; returns the session."""

    def ask(self, session: str, reference: str) -> Answer:
        """What became of a document."""

    def ask_all(self, session: str) -> list[Answer]:
        """What became of every document of a session."""

    def ask_session(self, session: str) -> Answer:
        """How far a session is."""

    def upo(self, session: str, ksef_number: str) -> bytes:
        """The official confirmation of receipt."""

    def renew_keys(self) -> None:
        """Forgets KSeF's public keys, so that they are fetched anew."""
