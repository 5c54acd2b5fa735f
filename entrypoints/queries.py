"""The SQL of the service itself. The tables are declared in `entrypoints.tables`."""

ADD_KEY = """
    INSERT INTO api_key (id, role, account_id, name, salt, hash, created_at)
    VALUES (%(id)s, %(role)s, %(account)s, %(name)s, %(salt)s, %(hash)s, %(created_at)s)
"""
KEY = """
    SELECT id, role, account_id, name, salt, hash, created_at, revoked_at FROM api_key
    WHERE id = %s
"""
"""One key, revoked or not."""

KEYS = """
    SELECT id, role, account_id, name, created_at, revoked_at FROM api_key ORDER BY created_at, id
"""
"""Every key, the oldest first."""

REVOKE_KEY = "UPDATE api_key SET revoked_at = coalesce(revoked_at, %s) WHERE id = %s RETURNING id"
"""Ends a key; one that has ended already keeps its time."""

ACCOUNT = "SELECT id FROM account WHERE id = %s"
ACCOUNT_OF = "SELECT account_id FROM customer_order WHERE id = %s"
"""Whose an order is."""

ORDERS_OF = "SELECT id FROM customer_order WHERE account_id = %s ORDER BY id"
"""The orders of an account."""

ORDERS = """
    SELECT terms FROM customer_order
    WHERE (%(account)s::text IS NULL OR account_id = %(account)s) AND id > %(after)s
    ORDER BY id LIMIT %(limit)s
"""
"""Some orders, of an account if it is given, after an id."""

ISSUED_INVOICES = """
    SELECT number, status, order_id, account_id, period, issued_on, due_on, currency,
           net, vat, gross, owed, paid, kind
    FROM invoice
    WHERE status <> 'draft' AND kind <> 'note'
      AND (%(period)s::date IS NULL OR period = %(period)s)
      AND (%(order)s::text IS NULL OR order_id = %(order)s)
      AND (%(account)s::text IS NULL OR account_id = %(account)s)
      AND number > %(after)s
    ORDER BY number LIMIT %(limit)s
"""
"""Some issued invoices, after a number."""

ADD_SIGNING_KEY = """
    INSERT INTO signing_key (name, key, created_at) VALUES (%(name)s, %(key)s, %(now)s)
    ON CONFLICT (name) DO NOTHING
"""
"""Keeps a key, unless another process was first."""

SIGNING_KEY = "SELECT key FROM signing_key WHERE name = %s"
