"""Verification of submissions: each row is what its events say, each UPO what was fetched.

A KSeF number must have a right check sum and be that of the seller, and the XML that is kept must
be the one that was queued.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from hashlib import sha256

from billing.decisions import Decisions
from invoices.fa3.ksef_numbers import valid_ksef_number
from invoices.ksef import queries
from invoices.ksef.registry import of_row
from invoices.ksef.submission import KSEF_STREAMS, Submission, replay, submission_key
from invoices.verifying.comparing import Verification, compare, readable, streams
from metering.rebuilding import Difference

FILES = "SELECT invoice_id, content FROM invoice_file WHERE kind = %s"


def verify_submissions(decisions: Decisions, result: Verification) -> None:
    """Compares every submission with its events and its files."""
    rows = {submission_key(row["document_id"]): of_row(row) for row in decisions.rows(queries.ALL)}
    made: dict[str, Submission] = {}
    for key in streams(decisions, KSEF_STREAMS, rows):
        result.submissions += 1
        with readable(key, result):
            found = replay(decisions.events.get(key))
            stored = rows.get(key)
            compare(key, found and asdict(found), stored and asdict(stored), result)
            if found is not None:
                made[found.document_id] = found
                result.differences += _wrong_number(key, found)
    _verify_upos(decisions, made, result)
    _verify_xmls(decisions, made, result)


def _wrong_number(key: str, own: Submission) -> Iterator[Difference]:
    number = own.ksef_number
    if number is not None and not (valid_ksef_number(number) and number.startswith(own.seller)):
        yield Difference(f"{key}: KSeF number", f"one of {own.seller}, its sum right", number)


def _verify_upos(decisions: Decisions, made: dict[str, Submission], result: Verification) -> None:
    wanted = {own.document_id: own.upo_sha256 for own in made.values() if own.upo_sha256}
    stored = _hashes(decisions, "upo")
    for document in sorted({*wanted, *stored}):
        where = f"{submission_key(document)}: UPO"
        compare(where, wanted.get(document), stored.get(document), result)


def _verify_xmls(decisions: Decisions, made: dict[str, Submission], result: Verification) -> None:
    stored = _hashes(decisions, "xml")
    for document, own in sorted(made.items()):
        compare(f"{submission_key(document)}: XML", own.sha256, stored.get(document), result)


def _hashes(decisions: Decisions, kind: str) -> dict[str, str]:
    """The SHA-256 of each file of a kind, computed from its bytes."""
    found = decisions.stream(FILES, kind)
    return {row["invoice_id"]: sha256(row["content"]).hexdigest() for row in found}
