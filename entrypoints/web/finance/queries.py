"""The SQL of finance's pages."""

MONTH_DOCUMENTS = """
    SELECT i.id, i.number, i.kind, i.order_id, i.account_id, a.details->>'name' AS name,
           i.currency, i.net, i.vat, i.gross, i.owed, i.paid, i.annulled, i.issued_on, i.due_on,
           k.status AS ksef, k.ksef_number,
           EXISTS (SELECT FROM invoice_file f WHERE f.invoice_id = i.id AND f.kind = 'pdf')
           AS printed,
           EXISTS (SELECT FROM message m WHERE m.invoice_id = i.id AND m.status = 'sent')
           AS delivered
    FROM invoice i
    JOIN account a ON a.id = i.account_id
    LEFT JOIN ksef_submission k ON k.document_id = i.id
    WHERE i.status = 'issued' AND i.period = %(period)s
    ORDER BY i.order_id, i.kind, i.number
"""
"""Every document of a month, and how far each has come."""

DRAFTED_FROM = """
    SELECT (SELECT max(notification_id) FROM decisions_events) AS decisions,
           (SELECT max(notification_id) FROM usage_events) AS usage,
           (SELECT count(*) FROM exchange_rate) AS rates,
           (SELECT count(*) FROM data_export_request) AS requests,
           current_database() AS of
"""
"""What drafts are made of: as long as it is the same, they are. Events come in the order of their
commits; rates and requests with their fees are rows that are only added.
"""

FIND_DOCUMENTS = """
    SELECT i.number, i.kind, i.account_id, a.details->>'name' AS name, i.order_id, i.period,
           i.currency, i.gross, k.ksef_number
    FROM invoice i
    JOIN account a ON a.id = i.account_id
    LEFT JOIN ksef_submission k ON k.document_id = i.id
    WHERE i.status = 'issued'
      AND (position(%(text)s in lower(i.number)) > 0 OR lower(k.ksef_number) = %(text)s
           OR i.gross = %(amount)s OR i.net = %(amount)s OR i.owed - i.paid = %(amount)s
           OR i.order_id = ANY(%(orders)s) OR i.account_id = ANY(%(accounts)s))
    ORDER BY i.issued_on DESC, i.number DESC
    LIMIT %(limit)s
"""
"""Documents by a part of the number, KSeF number, amount, order or customer; the newest first."""

FIND_ACCOUNTS = """
    SELECT id, details->>'name' AS name, details->>'tax_id' AS tax_id FROM account
    WHERE lower(id) = %(text)s OR position(%(text)s in lower(details->>'name')) > 0
       OR regexp_replace(upper(details->>'tax_id'), '^PL|[^A-Z0-9]', '', 'g') = %(tax_id)s
    ORDER BY name, id
    LIMIT %(limit)s
"""
FIND_ORDERS = """
    SELECT o.id, o.account_id, a.details->>'name' AS name FROM customer_order o
    JOIN account a ON a.id = o.account_id
    WHERE position(%(text)s in lower(o.id)) > 0
    ORDER BY o.id
    LIMIT %(limit)s
"""
PAYMENTS = """
    SELECT id FROM payment
    WHERE NOT %(unmatched)s OR (status = 'recorded' AND allocated < amount)
    ORDER BY paid_on DESC, recorded_at DESC, id DESC
"""
"""Every payment, or those of which something is left; the newest first."""

FIND_PAYMENTS = """
    SELECT id, paid_on, amount, currency, payer, title FROM payment
    WHERE amount = %(amount)s OR id = %(text)s OR position(%(text)s in lower(payer)) > 0
       OR position(%(text)s in lower(title)) > 0
       OR regexp_replace(upper(payer_tax_id), '^PL|[^A-Z0-9]', '', 'g') = %(tax_id)s
    ORDER BY paid_on DESC, id
    LIMIT %(limit)s
"""
