"""The SQL of exports of billing data. The tables are declared in `invoices.billing_data.tables`."""

ORDER_WITH_ACCOUNT = """
    SELECT o.terms, a.details AS account FROM customer_order o JOIN account a ON a.id = o.account_id
    WHERE o.id = %s
"""
TERMS_OF_ACCOUNT = "SELECT terms FROM customer_order WHERE account_id = %s ORDER BY id"
"""The terms of every order of an account."""

CLOSED_ACCOUNTS = """
    SELECT a.id, a.details->>'name' AS name, max((o.terms->>'end_date')::date) AS closed_on
    FROM account a JOIN customer_order o ON o.account_id = a.id
    GROUP BY a.id
    HAVING bool_and(coalesce((o.terms->>'end_date')::date < %(today)s, false))
    ORDER BY closed_on DESC, a.id LIMIT 500
"""
"""Accounts whose orders have all ended, the last one closed first."""

KEEP_REQUEST = """
    INSERT INTO data_export_request (id, account_id, person, capacity, asked_on, checked,
                                     fee, currency, fee_reason, recorded_by, recorded_at)
    VALUES (%(id)s, %(account)s, %(person)s, %(capacity)s, %(asked_on)s, %(checked)s,
            %(fee)s, %(currency)s, %(fee_reason)s, %(recorded_by)s, %(recorded_at)s)
    ON CONFLICT DO NOTHING
"""
REQUESTS = """
    SELECT id, account_id AS account, person, capacity, asked_on, checked,
           fee, currency, fee_reason, recorded_by, recorded_at
    FROM data_export_request
    WHERE (%(id)s::text IS NULL OR id = %(id)s)
      AND (%(account)s::text IS NULL OR account_id = %(account)s)
    ORDER BY recorded_at DESC, id
    LIMIT %(limit)s OFFSET %(skipped)s
"""
"""Requests, the last one first: one by its id, or those of an account, or all."""

CURRENCIES = """
    SELECT DISTINCT terms->>'currency' AS currency FROM customer_order WHERE account_id = %s
    ORDER BY 1
"""
"""The currencies of an account's orders."""

ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('data_export ' || %s, 0))"
"""Whoever asks for an export of the same account waits until this transaction is over."""

ASK = """
    INSERT INTO data_export (id, order_id, account_id, first_day, last_day, format, asked_by,
                             asked_at, request_id, state, attempts, done)
    SELECT %(id)s, %(order)s, %(account)s, %(first)s, %(last)s, %(form)s, %(by)s,
           %(asked_at)s, %(request)s, 'waiting', 0, 0
    WHERE %(most)s > (
        SELECT count(*) FROM data_export
        WHERE account_id = %(account)s AND state IN ('waiting', 'running'))
"""
"""Asks for an export, unless the account has too many under way."""

RECORD_DIRECT = """
    INSERT INTO data_export (id, order_id, account_id, first_day, last_day, format, asked_by,
                             asked_at, request_id, state, attempts, entries, done, finished_at,
                             removed_at)
    VALUES (%(id)s, %(order)s, %(account)s, %(first)s, %(last)s, %(form)s, %(by)s, %(asked_at)s,
            %(request)s, 'done', 1, %(entries)s, %(entries)s, %(now)s, %(now)s)
"""
"""Records an export whose file was handed over at once and is not kept."""

TAKE = """
    UPDATE data_export
    SET state = 'running', attempts = attempts + 1, done = 0, entries = NULL, touched_at = %(now)s
    WHERE id = (
        SELECT id FROM data_export
        WHERE attempts < %(attempts)s
          AND (state = 'waiting' OR state = 'running' AND touched_at < %(stale)s)
        ORDER BY asked_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id
"""
"""Takes the next export that waits, or one whose process has said nothing for long."""

GIVE_UP = """
    UPDATE data_export SET state = 'failed', finished_at = %(now)s, error = %(error)s
    WHERE state = 'running' AND touched_at < %(stale)s AND attempts >= %(attempts)s
"""
"""Ends exports that were begun too often."""

GIVE_BACK = """
    UPDATE data_export SET state = 'waiting', attempts = attempts - 1
    WHERE id = %(id)s AND attempts = %(attempts)s AND state = 'running'
"""
"""Another process goes on with an export: this one stops."""

TOUCH = """
    UPDATE data_export SET done = %(done)s, entries = %(entries)s, touched_at = %(now)s
    WHERE id = %(id)s AND attempts = %(attempts)s AND state = 'running'
"""
"""Says how far an export is; changes nothing where another process has taken it over."""

FINISH = """
    UPDATE data_export
    SET state = %(state)s, error = %(error)s, finished_at = %(now)s, touched_at = %(now)s
    WHERE id = %(id)s AND attempts = %(attempts)s AND state = 'running'
"""
"""Ends an export, done or failed."""

KEEP_CHUNK = """
    INSERT INTO data_export_chunk (export_id, file, number, content)
    SELECT id, %(file)s, %(number)s, %(content)s FROM data_export
    WHERE id = %(id)s AND attempts = %(attempts)s AND state = 'running' FOR SHARE
"""
"""Keeps a piece of a file, while its export is still in our hands."""

KEEP_EXPORT_FILE = """
    INSERT INTO data_export_file (export_id, number, bytes, sha256)
    SELECT id, %(file)s, %(bytes)s, %(sha256)s FROM data_export
    WHERE id = %(id)s AND attempts = %(attempts)s AND state = 'running' FOR SHARE
"""
"""Keeps what a file is, while its export is still in our hands."""

KEEP_DIRECT_FILE = """
    INSERT INTO data_export_file (export_id, number, bytes, sha256)
    VALUES (%(id)s, %(number)s, %(bytes)s, %(sha256)s)
"""
DROP_FILES = "DELETE FROM data_export_file WHERE export_id = %(id)s"
DROP_CHUNKS = "DELETE FROM data_export_chunk WHERE export_id = %(id)s"
"""What an earlier attempt left of an export, or what is kept no longer."""

EXPORTS = """
    SELECT e.id, e.order_id AS order, e.account_id AS account, e.first_day AS first,
           e.last_day AS last, e.format, e.asked_by, e.asked_at, e.request_id AS request, e.state,
           e.attempts, e.entries, e.done, e.finished_at, e.removed_at, e.error,
           (SELECT coalesce(jsonb_agg(jsonb_build_object(
                'number', f.number, 'bytes', f.bytes, 'sha256', f.sha256) ORDER BY f.number), '[]')
            FROM data_export_file f WHERE f.export_id = e.id) AS files
    FROM data_export e
    WHERE (%(id)s::text IS NULL OR e.id = %(id)s)
      AND (%(order)s::text IS NULL OR e.order_id = %(order)s)
      AND (%(request)s::text IS NULL OR e.request_id = %(request)s)
    ORDER BY e.asked_at DESC, e.id
    LIMIT %(limit)s
"""
"""Exports with their files, the last one first: one by its id, or those of an order or request."""

CHUNK = """
    SELECT content FROM data_export_chunk WHERE export_id = %s AND file = %s AND number = %s
"""
OLD_EXPORTS = """
    SELECT id FROM data_export
    WHERE state IN ('done', 'failed') AND removed_at IS NULL AND finished_at < %(before)s
    ORDER BY finished_at LIMIT 100
"""
"""Exports whose files have been kept long enough."""

REMOVED = "UPDATE data_export SET removed_at = %(now)s WHERE id = %(id)s"
