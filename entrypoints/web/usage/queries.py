"""The SQL of the usage pages, together and named."""

NEWEST_DOCUMENTS = """
    SELECT number, order_id, period, issued_on, due_on, currency, gross, owed, paid, kind
    FROM invoice
    WHERE account_id = %s AND status = 'issued' AND kind <> 'note'
    ORDER BY issued_on DESC, number DESC LIMIT 6
"""
"""An account's newest invoices and corrections."""

AMENDED_ON = """
    SELECT m.id, m.kind, m.by, m.reason, m.recorded_at,
           a.day, a.taken_back, a.put_in, a.quantity
    FROM usage_amended a JOIN usage_amendment m ON m.id = a.amendment_id
    WHERE a.order_id = %(order)s AND a.meter = %(meter)s
      AND a.day >= %(first)s AND a.day <= %(last)s
    ORDER BY a.day, m.recorded_at, m.id
"""
"""What amendments did to a meter of an order on some days."""

ISSUED = """
    SELECT id FROM invoice
    WHERE number = %s AND status = 'issued' AND (%s::text IS NULL OR account_id = %s)
"""
"""An issued document by its number, if it is of an account, where that is given."""

ACCOUNT = "SELECT details FROM account WHERE id = %s"
"""Who a customer is."""
