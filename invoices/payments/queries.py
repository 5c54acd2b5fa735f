"""The SQL of payments, together and named. The tables are declared in `invoices.tables`."""

KEEP_PAYMENT = """
    INSERT INTO payment (id, version, status, paid_on, amount, currency, payer, payer_tax_id,
                         title, reference, source, allocated, recorded_at)
    VALUES (%(id)s, %(version)s, %(status)s, %(paid_on)s, %(amount)s, %(currency)s, %(payer)s,
            %(payer_tax_id)s, %(title)s, %(reference)s, %(source)s, %(allocated)s,
            %(recorded_at)s)
"""
"""The read model's row of a payment that came in."""

MOVE_PAYMENT = """
    UPDATE payment SET version = %(version)s, status = %(status)s, allocated = %(allocated)s
    WHERE id = %(id)s AND version = %(version)s - 1
"""
"""Follows a payment's next event."""

PAY_INVOICE = """
    UPDATE invoice SET paid = paid + %(amount)s
    WHERE id = %(invoice)s AND status = 'issued' AND currency = %(currency)s
      AND paid + %(amount)s <= owed
"""
"""Puts an amount to an invoice, unless that is more than is due by now."""

UNPAY_INVOICE = "UPDATE invoice SET paid = paid - %(amount)s WHERE id = %(invoice)s"
"""Takes an amount back from an invoice."""

KEEP_ALLOCATION = """
    INSERT INTO payment_allocation (payment_id, invoice_id, amount, found_by)
    VALUES (%(id)s, %(invoice)s, %(amount)s, %(found_by)s)
    ON CONFLICT (payment_id, invoice_id) DO UPDATE SET
        amount = payment_allocation.amount + excluded.amount, found_by = excluded.found_by
"""
DROP_ALLOCATION = """
    DELETE FROM payment_allocation
    WHERE payment_id = %(id)s AND invoice_id = %(invoice)s AND amount = %(amount)s
"""

SERIES = "SELECT DISTINCT series FROM invoice_series ORDER BY series"
"""Every series of invoice numbers, so that numbers are known in titles."""

ACCOUNTS = """
    SELECT id, details->>'name' AS name, details->>'tax_id' AS tax_id FROM account ORDER BY id
"""

CONCERNED = """
    SELECT i.id, i.number, a.details->>'name' AS buyer, a.details->>'tax_id' AS tax_id,
           i.currency, i.due_on, i.owed, i.paid
    FROM invoice i JOIN account a ON a.id = i.account_id
    WHERE i.status = 'issued' AND i.kind = 'invoice'
      AND (i.number = ANY(%(numbers)s)
           OR (i.account_id = ANY(%(accounts)s) AND i.owed > i.paid))
    ORDER BY i.due_on, i.number
"""
"""The invoices of some numbers, and the open ones of some accounts."""

PAYMENTS_OF = """
    SELECT id, paid_on, amount, currency, payer, payer_tax_id, title, reference, source,
           recorded_at
    FROM payment WHERE id = ANY(%s)
"""
"""What some payments say and since when, those of them that are recorded."""

OPEN_ON = """
    SELECT i.number, i.order_id AS order, i.account_id AS account, a.details->>'name' AS name,
           i.currency, i.issued_on, i.due_on,
           i.gross - i.deducted + coalesce(c.gross, 0) AS owed, coalesce(p.paid, 0) AS paid
    FROM invoice i
    JOIN account a ON a.id = i.account_id
    LEFT JOIN (
        SELECT s.invoice_id, sum(s.amount) AS paid
        FROM payment_allocation s JOIN payment p ON p.id = s.payment_id
        WHERE p.paid_on <= %(day)s GROUP BY s.invoice_id
    ) AS p ON p.invoice_id = i.id
    LEFT JOIN (
        SELECT corrects, sum(gross) AS gross FROM invoice
        WHERE kind = 'correction' AND issued_on <= %(day)s GROUP BY corrects
    ) AS c ON c.corrects = i.id
    WHERE i.status = 'issued' AND i.kind = 'invoice' AND i.issued_on <= %(day)s
      AND i.gross - i.deducted + coalesce(c.gross, 0) <> coalesce(p.paid, 0)
      AND (%(account)s::text IS NULL OR i.account_id = %(account)s)
    ORDER BY i.account_id, i.due_on, i.number
"""
"""The invoices of which something was open at the end of a day."""

LEFT_ON = """
    SELECT p.id, p.payer_tax_id, p.currency, p.amount - coalesce(s.allocated, 0) AS left,
           s.accounts
    FROM payment p
    LEFT JOIN (
        SELECT s.payment_id, array_agg(DISTINCT i.account_id) AS accounts,
               sum(s.amount) FILTER (WHERE i.issued_on <= %(day)s) AS allocated
        FROM payment_allocation s JOIN invoice i ON i.id = s.invoice_id
        GROUP BY s.payment_id
    ) AS s ON s.payment_id = p.id
    WHERE p.status = 'recorded' AND p.paid_on <= %(day)s
      AND p.amount <> coalesce(s.allocated, 0)
    ORDER BY p.id
"""
"""The payments of which something was left at the end of a day, with the accounts they went to."""

LIST_PAYMENTS = """
    SELECT p.id, p.status, p.paid_on, p.amount, p.currency, p.payer, p.payer_tax_id, p.title,
           p.reference, p.source, p.allocated,
           CASE p.status WHEN 'voided' THEN 0 ELSE p.amount - p.allocated END AS left,
           coalesce((
               SELECT jsonb_agg(jsonb_build_object(
                   'number', i.number, 'amount', s.amount::text, 'found_by', s.found_by)
                   ORDER BY i.number)
               FROM payment_allocation s JOIN invoice i ON i.id = s.invoice_id
               WHERE s.payment_id = p.id), '[]') AS allocations
    FROM payment p
    WHERE (NOT %(unmatched)s OR (p.status = 'recorded' AND p.allocated < p.amount))
      AND (%(payments)s::text[] IS NULL OR p.id = ANY(%(payments)s))
    ORDER BY p.paid_on, p.recorded_at, p.id
"""
"""Every payment with its allocations; those of which something is left, or some, if asked so."""
