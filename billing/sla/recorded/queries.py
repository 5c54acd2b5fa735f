"""The SQL of recorded incidents, announced work and claims. See `billing.sla.recorded.tables`."""

KEEP = {
    "incident": """
        INSERT INTO incident (id, version, orders, status, details)
        VALUES (%(id)s, %(version)s, %(orders)s, %(status)s, %(details)s)
        ON CONFLICT (id) DO UPDATE SET version = excluded.version, orders = excluded.orders,
            status = excluded.status, details = excluded.details
    """,
    "exclusion": """
        INSERT INTO exclusion (id, version, orders, status, details)
        VALUES (%(id)s, %(version)s, %(orders)s, %(status)s, %(details)s)
        ON CONFLICT (id) DO UPDATE SET version = excluded.version, orders = excluded.orders,
            status = excluded.status, details = excluded.details
    """,
    "claim": """
        INSERT INTO claim (id, version, orders, status, details)
        VALUES (%(id)s, %(version)s, %(orders)s, %(status)s, %(details)s)
        ON CONFLICT (id) DO UPDATE SET version = excluded.version, orders = excluded.orders,
            status = excluded.status, details = excluded.details
    """,
}
"""The read model's row of each kind."""

ROWS = {
    "incident": "SELECT id, version, orders, status, details FROM incident ORDER BY id",
    "exclusion": "SELECT id, version, orders, status, details FROM exclusion ORDER BY id",
    "claim": "SELECT id, version, orders, status, details FROM claim ORDER BY id",
}
"""Every row of each kind."""

RECORD = """
    SELECT 'incident' AS kind, id, status, details FROM incident
    WHERE %(orders)s::text[] IS NULL OR orders && %(orders)s::text[]
    UNION ALL
    SELECT 'exclusion', id, status, details FROM exclusion
    WHERE %(orders)s::text[] IS NULL OR orders && %(orders)s::text[]
    UNION ALL
    SELECT 'claim', id, status, details FROM claim
    WHERE %(orders)s::text[] IS NULL OR orders && %(orders)s::text[]
    ORDER BY 1, 2
"""
"""All that is recorded of some orders, or of all."""

DECIDED = """
    SELECT 'incident' AS kind, id, details FROM incident
    WHERE orders && %(orders)s::text[] AND details->'estimates' <> '[]'
    UNION ALL
    SELECT 'claim', id, details FROM claim
    WHERE orders && %(orders)s::text[] AND status = 'confirmed'
    ORDER BY 1, 2
"""
"""Incidents with estimated work, and confirmed claims, of some orders."""
