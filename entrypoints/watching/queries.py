"""The SQL of what is watched, together and named. The tables are declared in `entrypoints.tables`.

Rows come as one array a column, so that a second's counts are one round trip.
"""

ADD_COUNTS = """
    INSERT INTO intake_count AS c (minute, subject, name, result, code, events)
    SELECT * FROM unnest(
        %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[])
    ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (minute, subject, name, result, code) DO UPDATE SET
        events = c.events + excluded.events
"""
"""Adds to the counts of minutes. The order keeps two writers from waiting for each other."""

ADD_SOURCES = """
    INSERT INTO intake_source AS s (source, last_at)
    SELECT * FROM unnest(%s::text[], %s::timestamptz[])
    ORDER BY 1
    ON CONFLICT (source) DO UPDATE SET last_at = greatest(s.last_at, excluded.last_at)
"""
"""When something came from each source last."""

FORGET_COUNTS = "DELETE FROM intake_count WHERE minute < %s"
FORGET_SOURCES = "DELETE FROM intake_source WHERE last_at < %s"

COUNTS = """
    SELECT c.subject, coalesce(trim(k.name || ' ' || k.id), c.name) AS name, c.result, c.code,
           coalesce(sum(events) FILTER (WHERE minute > %(minutes)s), 0)::bigint AS minutes,
           coalesce(sum(events) FILTER (WHERE minute > %(hour)s), 0)::bigint AS hour,
           sum(events)::bigint AS day
    FROM intake_count c LEFT JOIN api_key k ON c.subject = 'key' AND k.id = c.name
    WHERE minute > %(day)s AND minute <= %(now)s
    GROUP BY c.subject, 2, c.result, c.code
"""
"""What came in the last minutes, the last hour and the last day; keys with the name they have."""

BY_MINUTE = """
    SELECT minute, sum(events)::bigint AS events FROM intake_count
    WHERE minute > %(hour)s AND minute <= %(now)s AND subject = 'meter'
    GROUP BY minute
"""
"""How many events came in each minute of the last hour."""

SOURCES = "SELECT source, last_at FROM intake_source ORDER BY last_at DESC, source LIMIT %(limit)s"
"""Who sent something last."""

RESERVATIONS = """
    SELECT r.id, r.order_id, r.meter, r.quantity, r.committed, r.user_name, r.expires_at
    FROM usage_reservation r
    WHERE r.ended_at IS NULL AND r.expires_at > %(now)s
      AND (%(order)s::text IS NULL OR r.order_id = %(order)s)
      AND (r.expires_at, r.id) > (%(after_at)s, %(after)s)
    ORDER BY r.expires_at, r.id LIMIT %(limit)s
"""
"""Open reservations, those that end first, first."""

RESERVATIONS_COUNT = """
    SELECT count(*) AS open FROM usage_reservation WHERE ended_at IS NULL AND expires_at > %(now)s
"""

DELIVERIES_COUNT = """
    SELECT count(*) FILTER (WHERE status = 'waiting') AS waiting,
           count(*) FILTER (WHERE status = 'failed') AS failed,
           count(*) FILTER (WHERE status = 'given_up') AS given_up
    FROM notice_delivery WHERE status <> 'delivered'
"""
"""How many deliveries are not done, by what became of them."""

KEEP_ACT = """
    INSERT INTO platform_act (at, by_user, by_name, kind, subject, outcome)
    VALUES (%(at)s, %(by_user)s, %(by_name)s, %(kind)s, %(subject)s, %(outcome)s)
"""
ACTS = """
    SELECT at, by_name, kind, subject, outcome FROM platform_act ORDER BY id DESC LIMIT %(limit)s
"""
"""What people did by hand last."""

LAST_ACTS = """
    SELECT DISTINCT ON (subject) subject, at, by_name, outcome FROM platform_act
    WHERE kind = %(kind)s AND subject = ANY(%(subjects)s)
    ORDER BY subject, id DESC
"""
"""What was done last with each of some things."""
