"""What the library raises, in the words of `invoices.ksef.gateway`; secrets are left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ksef_client import KsefHttpError, KsefRateLimitError

from invoices.ksef.gateway import NoEntry, NoSuchSession, NotTaken, Slower, Unclear

UNKNOWN_KEY = 21470
SESSION_CODES = (21155, 21173, 21180)
"""The session has enough documents, is not known, or is closed."""
USUAL_WAIT = 30
"""Seconds, where KSeF wants fewer calls and does not say when."""
LONGEST_TEXT = 500
_ADDRESSES = re.compile(r"https?://\S+")

BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, REQUEST_TIMEOUT, SERVER_ERROR = 400, 401, 403, 408, 500


class KeyUnknown(NotTaken):
    """KSeF does not know, or has withdrawn, the public key that was used."""


class SignedOut(Exception):
    """KSeF does not accept the access token: it has expired, or was revoked."""


def translated(error: KsefHttpError) -> Exception:
    """What an error of the library means."""
    status, text = error.status_code, one_line(_said(error))
    if isinstance(error, KsefRateLimitError):
        return Slower(f"KSeF wants fewer calls: {text}", _seconds(error))
    if status == UNAUTHORIZED:
        return SignedOut(text)
    if status == FORBIDDEN:
        return NoEntry(f"KSeF does not allow it: {text}")
    if BAD_REQUEST <= status < SERVER_ERROR and status != REQUEST_TIMEOUT:
        code = next((code for code, _ in _details(error.response_body)), status)
        return _refusal(code)(code, text)
    return Unclear(f"KSeF gave no usable answer ({status or 'no connection'}): {text}")


def _refusal(code: int) -> type[NotTaken]:
    if code == UNKNOWN_KEY:
        return KeyUnknown
    return NoSuchSession if code in SESSION_CODES else NotTaken


def _seconds(error: KsefRateLimitError) -> int:
    """How long to wait; the library caps what KSeF says, and KSeF means it."""
    raw = (error.retry_after_raw or "").strip()
    if raw.isascii() and raw.isdecimal():
        return max(1, int(raw[:6]))
    return max(1, error.retry_after or USUAL_WAIT)


def _said(error: KsefHttpError) -> str:
    """What KSeF says of an error, in either of its two forms."""
    found = [text for _, text in _details(error.response_body)]
    if found:
        return "; ".join(found)
    body = error.response_body if isinstance(error.response_body, Mapping) else {}
    status = body.get("status")
    if isinstance(status, Mapping):
        return " ".join(
            [str(status.get("description", "")), *map(str, status.get("details") or ())]
        )
    return str(body.get("detail") or body.get("title") or error.message)


def _details(body: Any) -> Iterator[tuple[int, str]]:
    """The codes and texts of an error."""
    if not isinstance(body, Mapping):
        return
    exception = body.get("exception")
    listed = exception.get("exceptionDetailList") if isinstance(exception, Mapping) else None
    for own in _mappings(listed):
        yield _detail(own, "exceptionCode", "exceptionDescription")
    for own in _mappings(body.get("errors")):
        yield _detail(own, "code", "description")


def _mappings(found: Any) -> Iterable[Mapping[str, Any]]:
    return [own for own in found if isinstance(own, Mapping)] if isinstance(found, list) else ()


def _detail(own: Mapping[str, Any], code: str, description: str) -> tuple[int, str]:
    texts = [own.get(description), *(own.get("details") or ())]
    number = own.get(code)
    return (number if isinstance(number, int) else 0), " ".join(str(one) for one in texts if one)


def one_line(text: str) -> str:
    """A text as one line of a bearable length, without addresses: those of files hold secrets."""
    plain = "".join(sign if sign.isprintable() else " " for sign in _ADDRESSES.sub("...", text))
    return " ".join(plain.split())[:LONGEST_TEXT]
