"""The SQL of invoices, together and named. The tables are declared in `invoices.tables`."""

ORDERS_TO_INVOICE = """
    SELECT o.id, o.version, o.terms, a.details AS account, a.version AS account_version,
           i.number, coalesce(i.status, 'none') AS status,
           (SELECT count(*) FROM invoice x
            WHERE x.order_id = o.id AND x.period = %(first)s AND x.kind = 'invoice' AND x.annulled)
           AS annulled
    FROM customer_order o
    JOIN account a ON a.id = o.account_id
    LEFT JOIN invoice i
        ON i.order_id = o.id AND i.period = %(first)s AND i.kind = 'invoice' AND NOT i.annulled
    WHERE (%(orders)s::text[] IS NULL OR o.id = ANY(%(orders)s))
    ORDER BY o.id
"""
"""Every order with its account, and what became of its invoice of a period."""

ORDERS_IN_USE = """
    SELECT o.id AS order_id, o.version,
           (SELECT coalesce(sum(b.entries), 0)::bigint FROM usage_balance b
            WHERE b.order_id = o.id AND b.day >= %(since)s AND b.day <= %(last)s) AS entries
    FROM customer_order o
    WHERE coalesce((o.terms->>'end_date')::date >= %(first)s, true)
      AND EXISTS (SELECT FROM usage_balance b WHERE b.order_id = o.id AND b.day <= %(last)s)
    ORDER BY o.id
"""
"""The orders in service that have ever used anything, with how much was recorded of late."""

ISSUED_SO_FAR = """
    SELECT count(*) AS invoices FROM invoice WHERE status = 'issued' AND order_id = ANY(%(orders)s)
"""
AS_DRAFTED = """
    SELECT o.id
    FROM unnest(%(orders)s::text[], %(versions)s::bigint[], %(account_versions)s::bigint[])
        AS d(id, version, account_version)
    JOIN customer_order o ON o.id = d.id AND o.version = d.version
    JOIN account a ON a.id = o.account_id AND a.version = d.account_version
    WHERE %(invoices)s = (
        SELECT count(*) FROM invoice WHERE status = 'issued' AND order_id = ANY(%(orders)s)
    )
"""
"""The orders that are as they were when they were drafted, if none has got an invoice since."""

EARLIER_PERIODS = """
    SELECT order_id, min(period) FILTER (WHERE counted <> entries) AS since,
           min(period) FILTER (WHERE used OR counted IS NOT NULL) AS first,
           array_agg(period) FILTER (WHERE counted IS NOT NULL) AS invoiced
    FROM (
        SELECT order_id, period, u.used, i.entries AS counted,
               sum(coalesce(u.entries, 0)) OVER (PARTITION BY order_id ORDER BY period) AS entries
        FROM (
            SELECT order_id, date_trunc('month', day::timestamp)::date AS period,
                   sum(entries) AS entries, bool_or(used <> 0 OR peak <> 0) AS used
            FROM usage_balance
            WHERE order_id = ANY(%(orders)s) AND (%(first)s::date IS NULL OR day < %(first)s)
            GROUP BY order_id, period
        ) AS u
        FULL JOIN (
            SELECT order_id, period, entries FROM invoice
            WHERE status = 'issued' AND kind = 'invoice' AND NOT annulled
              AND order_id = ANY(%(orders)s)
              AND (%(first)s::date IS NULL OR period < %(first)s)
        ) AS i USING (order_id, period)
    ) AS months
    GROUP BY order_id
"""
"""The periods of each order, before a day if said: the ``first`` with usage or an invoice, and
those ``invoiced``.

``since`` is the first invoiced one up to whose end there are other entries than it rested on: they
may belong to a month before it that had nothing to charge.
"""

INVOICES_FROM = """
    SELECT id, number, order_id, period FROM invoice
    WHERE status = 'issued' AND kind = 'invoice' AND NOT annulled
      AND order_id = ANY(%(orders)s) AND period >= %(first)s
    ORDER BY order_id, period
"""
"""The issued invoices of some orders from a period on."""

INVOICES_OF_ORDER = """
    SELECT i.id FROM invoice i
    JOIN decisions_events e ON e.originator_id = i.id AND e.originator_version = 1
    WHERE i.order_id = %(order)s AND i.status = 'issued' AND i.kind = ANY(%(kinds)s)
      AND (%(before)s::text IS NULL OR e.notification_id < (
          SELECT notification_id FROM decisions_events
          WHERE originator_id = %(before)s AND originator_version = 1))
    ORDER BY i.period, e.notification_id
"""
"""The documents of an order of some kinds, those recorded before one of them if that is given.

The order of the record counts: the clocks of runs that overlap do not tell who saw what.
"""

INVOICES_IN_TURN = """
    SELECT originator_id AS id FROM decisions_events
    WHERE originator_version = 1
      AND split_part(originator_id, '/', 1) IN ('invoice', 'correction', 'note')
    ORDER BY notification_id
"""
"""Every invoice, in the order in which they were recorded."""

LAST_INVOICED = """
    SELECT max(period) AS period FROM invoice
    WHERE order_id = %s AND status = 'issued' AND kind = 'invoice' AND NOT annulled
"""
"""The last period of an order that has an invoice."""

KEEP_INVOICE = """
    INSERT INTO invoice (id, order_id, account_id, period, seller, status, number, issued_on,
                         due_on, currency, net, vat, gross, entries, recorded_at, kind, corrects,
                         deducted)
    VALUES (%(id)s, %(order_id)s, %(account_id)s, %(period)s, %(seller)s, %(status)s, %(number)s,
            %(issued_on)s, %(due_on)s, %(currency)s, %(net)s, %(vat)s, %(gross)s,
            %(entries)s, %(recorded_at)s, %(kind)s, %(corrects)s, %(deducted)s)
    ON CONFLICT (id) DO UPDATE SET
        status = excluded.status, number = excluded.number, issued_on = excluded.issued_on,
        due_on = excluded.due_on, net = excluded.net, vat = excluded.vat, gross = excluded.gross,
        entries = excluded.entries, recorded_at = excluded.recorded_at
"""
"""The read model's row of an invoice."""

STANDING = "SELECT annulled FROM invoice WHERE id = %s"
STANDS = """
    SELECT id FROM invoice
    WHERE id = %(id)s AND NOT annulled AND %(issued)s = (
        SELECT count(*) FROM invoice o
        WHERE o.order_id = invoice.order_id AND o.status = 'issued' AND o.kind <> 'note')
    FOR UPDATE
"""
"""An invoice that stands, if its order has got no other document since."""

CORRECT = """
    UPDATE invoice
    SET corrected = corrected + %(gross)s, annulled = annulled OR %(annuls)s,
        deducted = CASE WHEN %(annuls)s THEN 0 ELSE deducted END
    WHERE id = %(id)s AND NOT annulled
"""
"""Notes that an invoice was corrected; one that is corrected to zero makes room for another."""

COUNT_LATE = """
    UPDATE invoice SET entries = %(entries)s
    WHERE order_id = %(order)s AND period = %(period)s AND kind = 'invoice' AND NOT annulled
"""
"""Notes that an invoice's late usage has been billed."""

OPEN_SERIES = """
    INSERT INTO invoice_series (seller, series, last) VALUES (%s, %s, 0) ON CONFLICT DO NOTHING
"""
LAST_NUMBER = "SELECT last FROM invoice_series WHERE seller = %s AND series = %s"
TAKE_NUMBERS = """
    UPDATE invoice_series SET last = %(last)s
    WHERE seller = %(seller)s AND series = %(series)s AND last = %(before)s
"""
"""Moves a series on, if nobody else has since it was looked at."""

LIST = """
    SELECT id, number, status, order_id, account_id, period, issued_on, due_on, currency,
           net, vat, gross, owed, paid, kind
    FROM invoice
    WHERE kind = ANY(%(kinds)s)
      AND (%(period)s::date IS NULL OR period = %(period)s)
      AND (%(order)s::text IS NULL OR order_id = %(order)s)
    ORDER BY period, number NULLS LAST, order_id
"""
FIND = "SELECT id FROM invoice WHERE number = %s OR id = %s"
"""The id of an invoice by its number, or by the id itself."""

ISSUED = """
    SELECT id FROM invoice
    WHERE status = 'issued' AND kind = ANY(%(kinds)s)
      AND (%(period)s::date IS NULL OR period = %(period)s)
      AND (%(order)s::text IS NULL OR order_id = %(order)s)
    ORDER BY period, number
"""
"""The issued invoices, of a period and order if they are given."""

KEEP_FILE = """
    INSERT INTO invoice_file (invoice_id, kind, language, sha256, content, recorded_at)
    VALUES (%s, %s, %s, %s, %s, %s)
"""
FILE = """
    SELECT language, sha256, content FROM invoice_file
    WHERE invoice_id = %s AND kind = %s AND language = %s
"""
"""A document of an invoice, as it was kept."""

KEEP_MESSAGE = """
    INSERT INTO message (id, invoice_id, purpose, status, attempts, recipients, error, changed_at)
    VALUES (%(id)s, %(invoice_id)s, %(purpose)s, %(status)s, %(attempts)s, %(recipients)s,
            %(error)s, %(changed_at)s)
    ON CONFLICT (id) DO UPDATE SET
        status = excluded.status, attempts = excluded.attempts, recipients = excluded.recipients,
        error = excluded.error, changed_at = excluded.changed_at
"""
"""The read model's row of a message."""

TO_DELIVER = """
    SELECT i.id, i.number, i.owed - i.paid AS due, a.details AS account,
           m.status, m.attempts, m.changed_at
    FROM invoice i
    JOIN account a ON a.id = i.account_id
    LEFT JOIN message m ON m.invoice_id = i.id AND m.purpose = %(purpose)s
    LEFT JOIN ksef_submission k ON k.document_id = i.id
    WHERE i.status = 'issued' AND (k.status IS NULL OR k.status = 'accepted' OR k.mode <> 'online')
      AND (%(period)s::date IS NULL OR i.period = %(period)s)
      AND (%(order)s::text IS NULL OR i.order_id = %(order)s)
      AND (%(invoice)s::text IS NULL OR i.id = %(invoice)s)
      AND (%(issued_since)s::date IS NULL OR i.issued_on >= %(issued_since)s)
      AND m.status IS DISTINCT FROM 'sent'
    ORDER BY i.recorded_at, i.number
"""
"""Every issued invoice of which no message of a purpose was sent, with what became of it so far.

One that goes to KSeF is left out until it has its number there, or was issued offline.
"""

UNPAID = """
    SELECT i.id, i.number, i.seller, i.due_on, i.currency, i.owed - i.paid AS due,
           a.details AS account,
           CASE own.status WHEN 'sent' THEN own.changed_at END AS delivered_at,
           coalesce(
               jsonb_object_agg(m.purpose, m.status) FILTER (WHERE m.purpose IS NOT NULL), '{}'
           ) AS reminders
    FROM invoice i
    JOIN account a ON a.id = i.account_id
    LEFT JOIN message own ON own.invoice_id = i.id AND own.purpose = 'invoice'
    LEFT JOIN message m ON m.invoice_id = i.id AND starts_with(m.purpose, 'reminder/')
    WHERE i.status = 'issued' AND i.owed > i.paid AND i.due_on < %s
    GROUP BY i.id, a.id, own.id
    ORDER BY i.due_on, i.number
"""
"""Every issued invoice that was to be paid before a day and is not, with its messages."""

STILL_DUE = "SELECT FROM invoice WHERE id = %(id)s AND owed - paid = %(due)s FOR SHARE"
"""Finds an invoice of which exactly so much is still to be paid; it stays so until the commit."""

MESSAGES = """
    SELECT i.number, m.purpose, m.status, m.attempts, m.recipients, m.changed_at, m.error
    FROM message m JOIN invoice i ON i.id = m.invoice_id
    ORDER BY m.changed_at, i.number, m.purpose
"""
"""Every message with its invoice's number, the last changed one last."""

BROKEN_OFF_REMINDER = """
    SELECT i.id, i.number, i.owed - i.paid AS due, a.details AS account, m.purpose
    FROM message m
    JOIN invoice i ON i.id = m.invoice_id
    JOIN account a ON a.id = i.account_id
    WHERE i.id = %s AND starts_with(m.purpose, 'reminder/') AND m.status = 'sending'
    ORDER BY m.changed_at DESC
    LIMIT 1
"""
"""The last reminder of an invoice of which nobody knows whether it was sent."""

LEDGER_DOCUMENTS = """
    SELECT i.id, k.ksef_number FROM invoice i
    LEFT JOIN ksef_submission k ON k.document_id = i.id
    WHERE i.status = 'issued' AND CASE i.kind
        WHEN 'correction' THEN i.issued_on BETWEEN %(first)s AND %(last)s
        ELSE i.period = %(first)s END
    ORDER BY i.issued_on, i.kind, i.number
"""
"""The documents of a month, with their numbers in KSeF: what was issued for it, and the corrections
that were issued in it, whichever month they correct. So each document is of one month, and none is
added to a month that is over and booked."""

LEDGER_PAYMENTS = """
    SELECT id FROM payment WHERE paid_on BETWEEN %(first)s AND %(last)s ORDER BY paid_on, id
"""
"""The payments of some days."""

LEDGER_ACCOUNTS = """
    SELECT DISTINCT i.number, i.account_id FROM payment_allocation s
    JOIN invoice i ON i.id = s.invoice_id WHERE s.payment_id = ANY(%s)
"""
"""Whose the invoices are that some payments were put to."""

EXPORT_FEES = """
    SELECT last.order_id, r.id, r.fee, r.asked_on,
           ARRAY(SELECT o.id FROM customer_order o
                 WHERE o.account_id = r.account_id AND o.id <> last.order_id) AS others
    FROM data_export_request r
    JOIN LATERAL (
        SELECT o.id AS order_id FROM customer_order o
        WHERE o.account_id = r.account_id AND o.terms->>'currency' = r.currency
        ORDER BY o.terms->>'end_date' DESC, o.id LIMIT 1
    ) last ON last.order_id = ANY(%s)
    WHERE r.fee IS NOT NULL
    ORDER BY r.asked_on, r.id
"""
"""The fees of requests that some orders carry: of an account, that which goes on, or ended last.

``others`` are the further orders of the account: one of them may have carried the fee before.
"""
