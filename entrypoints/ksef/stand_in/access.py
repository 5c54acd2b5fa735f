"""Signing in at the stand-in: challenge, token or signature, then tokens of access."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from secrets import token_urlsafe
from typing import Any
from uuid import uuid4

from entrypoints.ksef.stand_in.keys import TOKENS, KeyRing, NotDecrypted
from entrypoints.ksef.stand_in.problems import instant_text, refused, unauthorized
from entrypoints.ksef.stand_in.signatures import BadSignature, read_signed

CHALLENGE_LIVES = timedelta(minutes=10)
UNKNOWN_KEY = "Przesłany identyfikator klucza jest nieznany lub wskazuje na wycofany klucz."
BAD_CHALLENGE = "Nieprawidłowe wyzwanie autoryzacyjne."
METHODS = {
    "Token": {"category": "Token", "code": "token.ksef", "displayName": "Token KSeF"},
    "QualifiedSeal": {
        "category": "XadesSignature",
        "code": "xades.seal",
        "displayName": "Podpis XAdES",
    },
}


@dataclass
class Operation:
    """A sign-in: under way when it is first asked about, decided after that."""

    tax_id: str
    method: str
    began: datetime
    trouble: str = ""
    asked: int = 0
    redeemed: bool = False

    def status(self) -> dict[str, Any]:
        """How far it is."""
        if self.asked < 1:
            return {"code": 100, "description": "Uwierzytelnianie w toku"}
        if self.trouble:
            description = "Uwierzytelnianie zakończone niepowodzeniem z powodu błędnego tokenu"
            return {"code": 450, "description": description, "details": [self.trouble]}
        return {"code": 200, "description": "Uwierzytelnianie zakończone sukcesem"}


@dataclass
class Access:
    """Who may come in. ``tokens`` are those of each NIP; None: every token of every NIP."""

    keys: KeyRing
    tokens: dict[str, str] | None = None
    lifetime: timedelta = timedelta(minutes=15)
    refresh_lifetime: timedelta = timedelta(days=7)
    _challenges: dict[str, datetime] = field(default_factory=dict)
    _operations: dict[str, Operation] = field(default_factory=dict)
    _bearers: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)
    signed_in: int = 0

    def challenge(self) -> dict[str, Any]:
        """A new challenge."""
        now, own = datetime.now(UTC), f"{token_urlsafe(64)[:36]}"
        self._challenges[own] = now
        return {
            "challenge": own,
            "timestamp": instant_text(now),
            "timestampMs": _milliseconds(now),
            "clientIp": "127.0.0.1",
        }

    def by_token(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Begins to sign in with a token that was encrypted with its challenge's time."""
        key = self.keys.get(TOKENS, asked.get("publicKeyId"))
        if key is None:
            raise refused(21470, UNKNOWN_KEY)
        at = self._take_challenge(str(asked.get("challenge")))
        tax_id = str(asked["contextIdentifier"]["value"])
        try:
            sent = key.decrypt(b64decode(asked["encryptedToken"])).decode()
        except (NotDecrypted, UnicodeDecodeError):
            return self._begin(tax_id, "Token", "Nieprawidłowy token")
        token, _, time = sent.rpartition("|")
        known = bool(token) and (self.tokens is None or self.tokens.get(tax_id) == token)
        trouble = "" if known else "Nieprawidłowy token"
        if time != str(_milliseconds(at)):
            trouble = "Nieprawidłowy czas tokena"
        return self._begin(tax_id, "Token", trouble)

    def by_signature(self, content: bytes) -> dict[str, Any]:
        """Begins to sign in with a signed request."""
        try:
            signed = read_signed(content)
        except BadSignature as wrong:
            raise refused(9105, "Nieprawidłowa treść podpisu.", str(wrong)) from wrong
        self._take_challenge(signed.challenge)
        return self._begin(signed.tax_id, "QualifiedSeal", "")

    def _take_challenge(self, challenge: str) -> datetime:
        """When a challenge was given; each serves once, for ten minutes."""
        at = self._challenges.pop(challenge, None)
        if at is None or at + CHALLENGE_LIVES < datetime.now(UTC):
            raise refused(21111, BAD_CHALLENGE)
        return at

    def _begin(self, tax_id: str, method: str, trouble: str) -> dict[str, Any]:
        reference = str(uuid4())
        self._operations[reference] = Operation(tax_id, method, datetime.now(UTC), trouble)
        token = self._bearer("operation", reference, self.lifetime)
        return {"referenceNumber": reference, "authenticationToken": token}

    def status(self, reference: str, bearer: str) -> dict[str, Any]:
        """How far a sign-in is."""
        if self.holder("operation", bearer) != reference:
            raise unauthorized("Wymagane jest uwierzytelnienie.")
        own = self._operations[reference]
        status = own.status()
        own.asked += 1
        return {
            "startDate": instant_text(own.began),
            "authenticationMethod": own.method,
            "authenticationMethodInfo": METHODS[own.method],
            "status": status,
            "isTokenRedeemed": own.redeemed,
        }

    def redeem(self, bearer: str) -> dict[str, Any]:
        """The tokens of a sign-in, once."""
        own = self._operations[self.holder("operation", bearer)]
        if own.redeemed or own.trouble or not own.asked:
            raise refused(21301, "Brak autoryzacji.")
        own.redeemed = True
        self.signed_in += 1
        return {
            "accessToken": self._bearer("access", own.tax_id, self.lifetime),
            "refreshToken": self._bearer("refresh", own.tax_id, self.refresh_lifetime),
        }

    def refresh(self, bearer: str) -> dict[str, Any]:
        """Another access token."""
        tax_id = self.holder("refresh", bearer)
        return {"accessToken": self._bearer("access", tax_id, self.lifetime)}

    def sign_out(self) -> None:
        """Nobody is signed in any more."""
        self._bearers.clear()

    def _bearer(self, kind: str, holder: str, lifetime: timedelta) -> dict[str, str]:
        token, until = token_urlsafe(32), datetime.now(UTC) + lifetime
        self._bearers[kind, token] = holder, until
        return {"token": token, "validUntil": instant_text(until)}

    def holder(self, kind: str, bearer: str) -> str:
        """Whom or what a token is for; raises where it is for nothing, or too old."""
        holder, until = self._bearers.get((kind, bearer), ("", datetime.min.replace(tzinfo=UTC)))
        if until <= datetime.now(UTC):
            raise unauthorized("Wymagane jest uwierzytelnienie.")
        return holder


def _milliseconds(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
