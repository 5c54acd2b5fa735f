"""The SQL of limits, together and named. The tables are declared in `metering.tables`.

Whoever decides for an order holds its lock to the end of the transaction; so does whoever moves
its decisions into pages. Rows come as one JSON array a statement, numbers in it as text.
"""

LOCK_ORDERS = """
    SELECT pg_advisory_xact_lock(hashtextextended(o.id, 7131072)) FROM unnest(%s::text[]) AS o(id)
"""
"""Waits until nobody else decides for these orders; they come sorted, so nobody waits in a ring."""

CONSUMED = """
    SELECT d.* FROM unnest(%s::text[], %s::text[], %s::text[]) AS n(order_id, reservation, id)
    CROSS JOIN LATERAL (
        SELECT * FROM usage_decision AS o
        WHERE (o.order_id, o.reservation, o.id) = (n.order_id, n.reservation, n.id) LIMIT 1
    ) AS d
"""
"""The decisions that some ids stand for already.

Each is looked up by its key: a plain join would read the whole table, as long as nobody has told
the planner how large that is.
"""

RESERVATIONS = """
    SELECT * FROM usage_reservation WHERE id = ANY(%s)
    UNION
    SELECT * FROM usage_reservation
    WHERE order_id = ANY(%s) AND ended_at IS NULL AND expires_at <= %s
"""
"""Reservations by their ids, and those of some orders whose time is over."""

SEATS = """
    SELECT meter, user_name, id, order_id FROM usage_reservation
    WHERE order_id = ANY(%s) AND user_name = ANY(%s) AND ended_at IS NULL AND expires_at > %s
"""
"""What some users hold."""

HOLDS = """
    SELECT order_id, meter, bucket, pending + reserved AS held FROM usage_hold
    WHERE order_id = ANY(%s) AND (pending <> 0 OR reserved <> 0)
"""
"""What is decided or kept and in no page yet."""

RESERVED = """
    SELECT meter, sum(reserved) AS reserved FROM usage_hold
    WHERE order_id = %(order)s AND split_part(bucket, ' ', 1) = ANY(%(months)s) AND reserved <> 0
    GROUP BY meter
"""
"""What an order keeps of each meter in some months; the empty one is that of stock meters."""

PENDING = "SELECT 1 FROM usage_hold WHERE order_id = %s AND pending <> 0 LIMIT 1"
"""Whether something was decided for an order that no page holds yet."""

KEEP_CONSUMED = """
    INSERT INTO usage_decision
        (order_id, reservation, id, meter, bucket, quantity, user_name, at, decided_at, remaining)
    SELECT "order", reservation, id, meter, bucket, quantity, "user", at, decided_at, remaining
    FROM json_to_recordset(%s::json) AS n(
        "order" text, reservation text, id text, meter text, bucket text, quantity numeric,
        "user" text, at timestamptz, decided_at timestamptz, remaining numeric)
"""
"""Records what was decided to be used."""

KEEP_RESERVATIONS = """
    INSERT INTO usage_reservation AS r
        (id, order_id, meter, bucket, quantity, committed, user_name, made_at, expires_at,
         ended_at, remaining)
    SELECT id, "order", meter, bucket, quantity, committed, "user", made_at, expires_at,
           ended_at, remaining
    FROM json_to_recordset(%s::json) AS n(
        id text, "order" text, meter text, bucket text, quantity numeric, committed numeric,
        "user" text, made_at timestamptz, expires_at timestamptz, ended_at timestamptz,
        remaining numeric)
    ORDER BY id
    ON CONFLICT (id) DO UPDATE SET
        committed = excluded.committed, expires_at = excluded.expires_at,
        ended_at = excluded.ended_at
    WHERE r.order_id = excluded.order_id
"""
"""Records reservations as they are now; one of another order with the same id stays as it is.

They are written in the order of their ids: two processes that ask for the same ones at the same
time never wait for each other in a ring.
"""

MOVE_HOLDS = """
    INSERT INTO usage_hold AS h (order_id, meter, bucket, pending, reserved)
    SELECT order_id, meter, bucket, pending, reserved FROM json_to_recordset(%s::json) AS n(
        order_id text, meter text, bucket text, pending numeric, reserved numeric)
    ORDER BY order_id, meter, bucket
    ON CONFLICT (order_id, meter, bucket) DO UPDATE SET
        pending = h.pending + excluded.pending, reserved = h.reserved + excluded.reserved
"""
"""Adds to the sums of what is decided and kept."""

RESERVATION = "SELECT * FROM usage_reservation WHERE id = %s"
OPEN_RESERVATIONS = """
    SELECT * FROM usage_reservation
    WHERE order_id = %s AND ended_at IS NULL AND expires_at > %s AND id > %s
    ORDER BY id LIMIT %s
"""
"""The first of what an order keeps now, after an id."""

DUE_ORDERS = """
    SELECT DISTINCT order_id FROM usage_reservation
    WHERE ended_at IS NULL AND expires_at <= %(now)s
      AND (%(order)s::text IS NULL OR order_id = %(order)s)
    ORDER BY order_id LIMIT 1000
"""
"""Orders with reservations whose time is over, which nobody has looked at since."""

TO_ROLL = """
    SELECT * FROM usage_decision
    WHERE NOT rolled AND meter = ANY(%(meters)s)
      AND (%(order)s::text IS NULL OR order_id = %(order)s)
    ORDER BY decided_at LIMIT %(most)s
"""
"""Decisions of some meters that no page holds yet, the oldest first."""

ENDED_TO_ROLL = """
    SELECT * FROM usage_reservation
    WHERE ended_at IS NOT NULL AND NOT rolled AND meter = ANY(%(meters)s)
      AND (%(order)s::text IS NULL OR order_id = %(order)s)
    ORDER BY ended_at LIMIT %(most)s
"""
"""Reservations of some meters that are over and not told of in a page."""

MARK_ROLLED = """
    UPDATE usage_decision d SET rolled = true
    FROM unnest(%s::text[], %s::text[], %s::text[]) AS n(order_id, reservation, id)
    WHERE (d.order_id, d.reservation, d.id) = (n.order_id, n.reservation, n.id) AND NOT d.rolled
"""
"""Notes that pages hold these decisions; fewer rows than asked for: somebody else has done so."""

MARK_ENDED_ROLLED = """
    UPDATE usage_reservation SET rolled = true WHERE id = ANY(%s) AND NOT rolled
"""
"""Notes that nothing is left to record of these reservations."""

FORGET_RESERVATIONS = """
    DELETE FROM usage_reservation WHERE id IN (
        SELECT id FROM usage_reservation WHERE rolled AND ended_at < %(before)s
        LIMIT %(most)s FOR UPDATE SKIP LOCKED)
"""
"""Forgets some reservations that were over, and told of in pages, before an instant."""

FORGET_DECISIONS = """
    DELETE FROM usage_decision WHERE (order_id, reservation, id) IN (
        SELECT order_id, reservation, id FROM usage_decision d
        WHERE rolled AND decided_at < %(before)s
          AND NOT EXISTS (SELECT FROM usage_reservation r WHERE r.id = d.reservation)
        LIMIT %(most)s FOR UPDATE SKIP LOCKED)
"""
"""Forgets some decisions of before an instant that pages hold; a part as long as what it is of."""

FORGET_HOLDS = """
    DELETE FROM usage_hold WHERE (order_id, meter, bucket) IN (
        SELECT order_id, meter, bucket FROM usage_hold WHERE pending = 0 AND reserved = 0
        LIMIT %(most)s FOR UPDATE SKIP LOCKED)
"""
"""Forgets some sums that are nothing; whoever decides meanwhile begins them again."""

LEVEL = """
    SELECT coalesce(sum(used), 0) AS level, max(last_at) AS latest FROM usage_balance
    WHERE order_id = %s AND meter = %s
"""
"""How high a stock meter stands, and when it changed last."""

LEVEL_BEFORE = """
    SELECT coalesce(sum(used), 0) AS level FROM usage_balance
    WHERE order_id = %s AND meter = %s AND day < %s
"""
"""How high a stock meter stood when a day began."""

DAYS_SINCE = """
    SELECT day FROM usage_balance WHERE order_id = %s AND meter = %s AND day >= %s ORDER BY day
"""
"""The days from one on which a meter changed."""

USER_NUMBERS = """
    SELECT name, number FROM usage_user WHERE order_id = %s AND period = %s AND name = ANY(%s)
"""
"""The numbers of some users in an order and month."""

HOLD_DIFFERENCES = """
    WITH pending AS (
        SELECT order_id, meter, bucket, sum(quantity) AS units FROM usage_decision
        WHERE NOT rolled GROUP BY order_id, meter, bucket
    ), kept AS (
        SELECT order_id, meter, bucket, sum(quantity - committed) AS units FROM usage_reservation
        WHERE ended_at IS NULL GROUP BY order_id, meter, bucket
    )
    SELECT order_id, meter, bucket,
           coalesce(p.units, 0) AS pending, coalesce(k.units, 0) AS kept,
           coalesce(h.pending, 0) AS stored_pending, coalesce(h.reserved, 0) AS stored_kept
    FROM usage_hold h
    FULL JOIN pending p USING (order_id, meter, bucket)
    FULL JOIN kept k USING (order_id, meter, bucket)
    WHERE coalesce(p.units, 0) <> coalesce(h.pending, 0)
       OR coalesce(k.units, 0) <> coalesce(h.reserved, 0)
    ORDER BY order_id, meter, bucket
"""
"""Sums of holds that are not those of the single decisions and reservations."""
