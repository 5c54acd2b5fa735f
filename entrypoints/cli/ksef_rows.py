"""How submissions are shown: as a line, as a row of the table, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from invoices.ksef.registry import of_row
from invoices.ksef.submission import ACCEPTED, WAITING, Submission
from metering.calendar import WARSAW

COLUMNS = ("number", "mode", "status", "ksef_number", "deadline", ">attempts", "remark")
LEFT_OUT = ("version", "sha256", "original_id")


def in_json(own: Submission) -> dict[str, Any]:
    """A submission for programs; times are those of Warsaw."""
    return {key: _plain(value) for key, value in asdict(own).items() if key not in LEFT_OUT}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(WARSAW).isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value


def row_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the query of what is shown: the submission, its original, and what it waits for."""
    own = of_row(row)
    return {**in_json(own), "original": row["original_number"], "remark": _remark(own, row)}


def _remark(own: Submission, row: Mapping[str, Any]) -> str | None:
    """What a person should know of it."""
    if own.status == WAITING and row["original_id"] and row["original_status"] != ACCEPTED:
        original = row["original_number"] or row["original_id"]
        return f"waits for the KSeF number of {original}, {row['original_status'] or 'not queued'}"
    if own.error is not None:
        return own.error if own.code is None else f"{own.code}: {own.error}"
    if own.status == ACCEPTED:
        return None if own.upo_sha256 else "the confirmation of receipt is still to come"
    said: str | None = row["said"]
    return said


def one_line(own: Submission) -> str:
    """A submission in a line."""
    said = own.ksef_number or own.error or own.session
    parts = [own.number, own.status, own.mode, said if own.status != WAITING else own.error]
    return "  ".join(part for part in parts if part)
