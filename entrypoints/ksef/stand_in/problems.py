"""Answers of the stand-in that are no success, in the shapes of KSeF's API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

JSON = "application/json"
PROBLEM = "application/problem+json"


class Rejection(Exception):
    """A request that is not done."""

    def __init__(
        self, status: int, body: dict[str, Any], kind: str = JSON, retry_after: int | None = None
    ) -> None:
        super().__init__(str(body))
        self.status, self.body, self.kind, self.retry_after = status, body, kind, retry_after


def refused(code: int, description: str, *details: str) -> Rejection:
    """400 with a code of KSeF's."""
    listed = {
        "exceptionCode": code,
        "exceptionDescription": description,
        "details": list(details),
    }
    exception = {
        "exceptionDetailList": [listed],
        "serviceName": "stand-in",
        "timestamp": now_text(),
    }
    return Rejection(400, {"exception": exception})


def unauthorized(detail: str) -> Rejection:
    """401: who are you?"""
    body = {"title": "Unauthorized", "status": 401, "detail": detail, "timestamp": now_text()}
    return Rejection(401, body, PROBLEM)


def too_many(seconds: int) -> Rejection:
    """429 with Retry-After."""
    details = [f"Przekroczono limit żądań. Spróbuj ponownie po {seconds} sekundach."]
    status = {"code": 429, "description": "Too Many Requests", "details": details}
    return Rejection(429, {"status": status}, retry_after=seconds)


def broken(status: int) -> Rejection:
    """500 and its like, which say nothing."""
    return Rejection(status, {"title": "Internal Server Error", "status": status}, PROBLEM)


def now_text() -> str:
    """The time, as KSeF writes it."""
    return instant_text(datetime.now(UTC))


def instant_text(at: datetime) -> str:
    """A time as KSeF writes it: with seven digits of a second."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0+00:00"
