"""Passwords: what a good one is, and how it is kept (R139).

A password is long, not peculiar: no rules of signs and digits, which only make people choose the
same few patterns (NIST SP 800-63B). What is long and still one of the first to be guessed is found
by zxcvbn, which knows common passwords, names and words, and what people do to them.

Kept is an Argon2id hash with a salt of its own, in the strength that OWASP recommends; a hash of
weaker parameters is renewed when its password is next seen.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache
from threading import BoundedSemaphore, Lock

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from metering.problems import Problem

LEAST, MOST = 12, 256
"""Characters of a password. The upper bound only keeps a flood of text from the hash."""
FEWEST_KINDS = 5
"""Different characters; ``aaaaaaaaaaaa`` is long and no password."""
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_AT_ONCE = BoundedSemaphore(4)
"""So many hashes are computed at a time: each takes 19 MiB and a core for some 50 milliseconds."""

SAFE_SCORE = 3
"""Of zxcvbn: so many guesses (10^8) that a slow hash keeps a stolen database's passwords safe."""
LONGEST_GUESSED = 40
"""Signs that are looked at: what begins so is long enough, and the look takes a third of a second
at most."""
_LOOKING = Lock()
"""The library writes into a table that all threads share."""

TOO_SHORT = "A password has at least 12 characters; several words are a good one."
TOO_LONG = "A password has at most 256 characters."
TOO_PLAIN = "This password is too easy to guess: it repeats very few characters."
TOO_COMMON = "This password is one of the first to be guessed. Take several words, or random signs."
ABOUT_YOU = "A password must not contain your e-mail address or your name."


def password_problems(password: str, email: str, name: str) -> Iterator[Problem]:
    """What is wrong with a new password of somebody."""
    own = _same(password)
    if len(own) < LEAST:
        yield Problem("password_too_short", "password", TOO_SHORT)
    elif len(own) > MOST:
        yield Problem("password_too_long", "password", TOO_LONG)
    elif len(set(own)) < FEWEST_KINDS:
        yield Problem("password_too_plain", "password", TOO_PLAIN)
    elif any(word in own.casefold() for word in _about(email, name)):
        yield Problem("password_about_you", "password", ABOUT_YOU)
    elif _is_common(own):
        yield Problem("password_too_common", "password", TOO_COMMON)


def _about(email: str, name: str) -> Iterator[str]:
    for word in (email, name):
        if len(word) >= FEWEST_KINDS:
            yield _same(word).casefold()


def _is_common(password: str) -> bool:
    with _LOOKING:
        return bool(zxcvbn(password[:LONGEST_GUESSED])["score"] < SAFE_SCORE)


def hashed(password: str) -> str:
    """What is kept of a password."""
    with _AT_ONCE:
        return HASHER.hash(_same(password))


def opens(kept: str | None, password: str) -> bool:
    """Whether a password is the one whose hash is kept.

    Where none is kept the answer is no, and takes as long as any other.
    """
    own = _same(password)[: MOST + 1]
    try:
        with _AT_ONCE:
            HASHER.verify(kept or _nobodys(), own)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def is_weak(kept: str) -> bool:
    """Whether a hash was made with other parameters than those of today."""
    return HASHER.check_needs_rehash(kept)


@cache
def _nobodys() -> str:
    """A hash that no password opens, because nobody knows what it was made of."""
    return HASHER.hash(HASHER.hash("nobody"))


def _same(password: str) -> str:
    """However a keyboard composes an ``ó``, it is the same sign; a flood of text is cut first."""
    return unicodedata.normalize("NFKC", password[: 4 * MOST])
