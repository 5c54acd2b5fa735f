"""The SQL of lists of issued documents, and of what belongs to one of them."""

STANDING = """
    SELECT id, number, kind, order_id, account_id, period, issued_on, due_on, currency, net, vat,
           gross, owed, paid, annulled, corrects,
           CASE WHEN kind <> 'invoice' THEN NULL
                WHEN paid >= owed THEN 'paid'
                WHEN due_on < %(today)s THEN 'overdue'
                WHEN paid <> 0 THEN 'part_paid'
                ELSE 'open' END AS standing
    FROM invoice
    WHERE status = 'issued'
      AND (%(account)s::text IS NULL OR account_id = %(account)s)
      AND (%(order)s::text IS NULL OR order_id = %(order)s)
      AND (%(period)s::date IS NULL OR period = %(period)s)
"""
"""Issued documents with their payment status on a day, as `payment_status` tells it."""

DOCUMENTS = f"""
    SELECT * FROM ({STANDING}) AS d
    WHERE %(standings)s::text[] IS NULL OR standing = ANY(%(standings)s)
    ORDER BY issued_on DESC, period DESC, number DESC
    LIMIT %(limit)s OFFSET %(offset)s
"""
"""A page of documents, the newest first."""

SUMS = f"""
    SELECT currency, count(*) AS documents,
           coalesce(sum(net) FILTER (WHERE kind <> 'note'), 0) AS net,
           coalesce(sum(vat) FILTER (WHERE kind <> 'note'), 0) AS vat,
           coalesce(sum(gross) FILTER (WHERE kind <> 'note'), 0) AS gross,
           sum(owed - paid) AS open,
           coalesce(sum(owed - paid) FILTER (WHERE standing = 'overdue'), 0) AS overdue
    FROM ({STANDING}) AS d
    WHERE %(standings)s::text[] IS NULL OR standing = ANY(%(standings)s)
    GROUP BY currency ORDER BY currency
"""
"""What documents come to in each currency."""

ROW = f"SELECT * FROM ({STANDING}) AS d WHERE id = %(id)s"
"""One issued document."""

RELATED = """
    SELECT id, number, kind, issued_on, period, currency, gross, corrects, annulled FROM invoice
    WHERE status = 'issued' AND (
        corrects = %(id)s
        OR id = %(corrects)s
        OR number = ANY(%(notes)s)
        OR kind = 'invoice' AND NOT annulled AND %(annulled)s
           AND order_id = %(order)s AND period = %(period)s)
    ORDER BY issued_on, number
"""
"""The documents that belong to one: corrections of it, what it corrects, notes that it deducts,
and the invoice that took the place of an annulled one.
"""

PAYMENTS = """
    SELECT p.id, p.paid_on, p.payer, p.title, s.amount
    FROM payment_allocation s JOIN payment p ON p.id = s.payment_id
    WHERE s.invoice_id = %(id)s ORDER BY p.paid_on, p.recorded_at, p.id
"""
"""What payments were put to an invoice."""
