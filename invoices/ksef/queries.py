"""The SQL of submissions, together and named. The tables are declared in `invoices.ksef.tables`."""

KEEP = """
    INSERT INTO ksef_submission (
        document_id, version, seller, number, kind, original_id, sha256, mode, status, issued_on,
        deadline, attempts, session, reference, ksef_number, accepted_at, upo_sha256, code, error,
        next_attempt_at, changed_at
    ) VALUES (
        %(document_id)s, %(version)s, %(seller)s, %(number)s, %(kind)s, %(original_id)s,
        %(sha256)s, %(mode)s, %(status)s, %(issued_on)s, %(deadline)s, %(attempts)s, %(session)s,
        %(reference)s, %(ksef_number)s, %(accepted_at)s, %(upo_sha256)s, %(code)s, %(error)s,
        %(next_attempt_at)s, %(changed_at)s
    )
    ON CONFLICT (document_id) DO UPDATE SET
        version = excluded.version, mode = excluded.mode, status = excluded.status,
        deadline = excluded.deadline, attempts = excluded.attempts, session = excluded.session,
        reference = excluded.reference, ksef_number = excluded.ksef_number,
        accepted_at = excluded.accepted_at, upo_sha256 = excluded.upo_sha256, code = excluded.code,
        error = excluded.error, next_attempt_at = excluded.next_attempt_at,
        changed_at = excluded.changed_at
"""

ALL = "SELECT s.* FROM ksef_submission s ORDER BY document_id"

OPEN = """
    SELECT s.*, o.status AS original_status
    FROM ksef_submission s
    LEFT JOIN ksef_submission o ON o.document_id = s.original_id
    WHERE s.seller = %(seller)s
      AND (s.status IN ('waiting', 'sent') OR s.status = 'accepted' AND s.upo_sha256 IS NULL)
    ORDER BY s.issued_on, s.number
"""
"""What is not finished of a seller, with what became of the documents that are corrected."""

OPEN_SELLERS = """
    SELECT DISTINCT seller FROM ksef_submission
    WHERE status IN ('waiting', 'sent') OR status = 'accepted' AND upo_sha256 IS NULL
    ORDER BY seller
"""

SHOWN = """
    SELECT s.*, o.number AS original_number, o.status AS original_status, p.paused_until, p.said
    FROM ksef_submission s
    LEFT JOIN ksef_submission o ON o.document_id = s.original_id
    LEFT JOIN ksef_seller p ON p.seller = s.seller
    WHERE (%(status)s::text IS NULL OR s.status = %(status)s)
      AND (%(seller)s::text IS NULL OR s.seller = %(seller)s)
      AND (%(wanted)s::text IS NULL
           OR %(wanted)s IN (s.number, s.ksef_number, s.document_id))
    ORDER BY s.issued_on DESC, s.number DESC
    LIMIT %(limit)s
"""
"""Submissions, the newest first; one is found by its number, its KSeF number or its document."""

NUMBERED = "SELECT s.* FROM ksef_submission s WHERE number = ANY(%(numbers)s) ORDER BY number"

XML = """
    SELECT content FROM invoice_file WHERE invoice_id = %s AND kind = 'xml' AND language = ''
"""
KEEP_UPO = """
    INSERT INTO invoice_file (invoice_id, kind, language, sha256, content, recorded_at)
    VALUES (%s, 'upo', '', %s, %s, %s)
"""
UPO = "SELECT content FROM invoice_file WHERE invoice_id = %s AND kind = 'upo' AND language = ''"

CALLS = """
    SELECT coalesce(sum(calls), 0)::bigint AS made, min(minute) AS since
    FROM ksef_call WHERE seller = %s AND kind = %s AND minute > %s
"""
COUNT_CALL = """
    INSERT INTO ksef_call (seller, kind, minute, calls) VALUES (%s, %s, %s, 1)
    ON CONFLICT (seller, kind, minute) DO UPDATE SET calls = ksef_call.calls + 1
"""
FORGET_CALLS = "DELETE FROM ksef_call WHERE seller = %s AND minute < %s"

KEEP_PAUSE = """
    INSERT INTO ksef_seller (seller, paused_until, said, changed_at) VALUES (%s, %s, %s, %s)
    ON CONFLICT (seller) DO UPDATE SET
        paused_until = excluded.paused_until, said = excluded.said,
        changed_at = excluded.changed_at
"""
PAUSE = "SELECT paused_until, said FROM ksef_seller WHERE seller = %s"
"""What keeps a seller back."""
