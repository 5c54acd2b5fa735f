"""The SQL of usage, together and named.

Rows come as one array a column (`metering.balances.arrays`), so that a batch is one round trip and
costs little to read; numbers in them are text, which PostgreSQL reads as exact numerics. The tables
are declared in `metering.tables`.
"""

KNOWN_USERS = """
    SELECT u.order_id, u.period, u.name, u.number
    FROM unnest(%s::text[], %s::date[], %s::text[]) AS n(order_id, period, name)
    JOIN usage_user u USING (order_id, period, name)
"""
"""The numbers of users that have one already."""

NEW_USERS = """
    INSERT INTO usage_user (order_id, period, name)
    SELECT order_id, period, name
    FROM unnest(%s::text[], %s::date[], %s::text[]) AS n(order_id, period, name)
    ORDER BY order_id, period, name
    ON CONFLICT DO NOTHING
    RETURNING order_id, period, name, number
"""
"""Gives users a number in their order and month; those that have one already are left out.

They are taken in one order, so that two who number the same users never wait for each other.
"""

PAGES_AFTER_VERSIONS = """
    SELECT e.originator_id, e.originator_version, e.topic, e.state
    FROM unnest(%s::text[], %s::bigint[]) AS s(sheet, seen)
    JOIN usage_events e ON e.originator_id = s.sheet AND e.originator_version > s.seen
    ORDER BY e.originator_id COLLATE "C", e.originator_version
    LIMIT %s
"""
"""The first pages of some sheets after the last one seen of each, in order."""

PAGES_AFTER_VERSIONS_UNTIL = """
    SELECT e.originator_id, e.originator_version, e.topic, e.state
    FROM unnest(%s::text[], %s::bigint[]) AS s(sheet, seen)
    JOIN usage_events e ON e.originator_id = s.sheet AND e.originator_version > s.seen
    WHERE e.notification_id <= %s
    ORDER BY e.originator_id COLLATE "C", e.originator_version
    LIMIT %s
"""
"""The same, of the pages up to a position."""

PAGES_AT = """
    SELECT e.originator_id, e.originator_version, e.topic, e.state
    FROM unnest(%s::text[], %s::bigint[]) AS s(sheet, version)
    JOIN usage_events e ON e.originator_id = s.sheet AND e.originator_version = s.version
    ORDER BY e.originator_id, e.originator_version
"""
"""Some pages of some sheets, in order."""

PAGES = """
    SELECT originator_id, originator_version, topic, state FROM usage_events
    WHERE originator_id = ANY(%s) AND (%s::bigint IS NULL OR notification_id <= %s)
    ORDER BY originator_id, originator_version
"""
"""The pages of some sheets, in order, up to a position if one is given."""

PAGES_OF_SHEET = """
    SELECT originator_id, originator_version, topic, state FROM usage_events
    WHERE originator_id = %s AND notification_id <= %s
      AND (%s::bigint[] IS NULL OR originator_version = ANY(%s))
    ORDER BY originator_version
"""
"""The pages of one sheet up to a position; only those of some versions, if they are named."""

PAGES_AFTER = """
    SELECT originator_version AS version FROM usage_events
    WHERE originator_id = %s AND notification_id > %s
"""
"""The pages of a sheet that came after a position."""

POSITION = "SELECT coalesce(max(notification_id), 0) AS position FROM usage_events"
"""How far the record of usage has come: positions follow the order of commits."""

ADD_BALANCES = """
    INSERT INTO usage_balance AS b
        (order_id, day, meter, used, entries, peak, peak_at, first_at, last_at)
    SELECT order_id, day, meter, used * unit, entries, peak * unit, peak_at, first_at, last_at
    FROM unnest(
        %s::text[], %s::date[], %s::text[], %s::numeric[], %s::numeric[], %s::bigint[],
        %s::numeric[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[]
    ) AS n(order_id, day, meter, used, unit, entries, peak, peak_at, first_at, last_at)
    ON CONFLICT (order_id, day, meter) DO UPDATE SET
        used = b.used + excluded.used,
        entries = b.entries + excluded.entries,
        peak = excluded.peak,
        peak_at = excluded.peak_at,
        first_at = least(b.first_at, excluded.first_at),
        last_at = greatest(b.last_at, excluded.last_at)
"""
"""Adds a batch to the balances; a stock meter's peak comes computed and replaces the old one."""

ADD_USER_BALANCES = """
    INSERT INTO usage_user_balance AS b (order_id, period, meter, user_number, used)
    SELECT order_id, period, meter, user_number, used * unit
    FROM unnest(
        %s::text[], %s::date[], %s::text[], %s::bigint[], %s::numeric[], %s::numeric[]
    ) AS n(order_id, period, meter, user_number, used, unit)
    ON CONFLICT (order_id, period, meter, user_number) DO UPDATE SET used = b.used + excluded.used
"""
"""Adds a batch to the balances by user."""

ADD_REPEATS = """
    INSERT INTO usage_repeat AS r (order_id, day, meter, repeats, last_received_at)
    SELECT order_id, day, meter, repeats, %s
    FROM unnest(%s::text[], %s::date[], %s::text[], %s::bigint[])
        AS n(order_id, day, meter, repeats)
    ON CONFLICT (order_id, day, meter) DO UPDATE SET
        repeats = r.repeats + excluded.repeats,
        last_received_at = greatest(r.last_received_at, excluded.last_received_at)
"""
"""Counts events that came again."""

REPEATS = """
    SELECT meter, sum(repeats)::bigint AS repeats FROM usage_repeat
    WHERE order_id = %(order)s AND day >= %(first)s AND day <= %(last)s
    GROUP BY meter
"""
"""How often events of an order's days came again, by meter."""

STOCK_BALANCES = """
    SELECT b.order_id AS "order", b.day, b.meter, b.used / n.unit AS used,
           b.peak / n.unit AS peak, b.peak_at, b.last_at
    FROM unnest(%s::text[], %s::date[], %s::text[], %s::numeric[])
        AS n(order_id, day, meter, unit)
    JOIN usage_balance b USING (order_id, day, meter)
"""
"""The balances of stock meters that a batch touches, in their smallest units."""

TOTALS = """
    SELECT order_id, meter, sum(used) AS used FROM usage_balance
    WHERE day >= %(first)s AND day <= %(last)s AND order_id = ANY(%(orders)s) AND peak IS NULL
    GROUP BY order_id, meter
"""
"""What flow meters used in a period."""

ENTRIES = """
    SELECT order_id, sum(entries)::bigint AS entries FROM usage_balance
    WHERE day <= %(last)s AND order_id = ANY(%(orders)s)
    GROUP BY order_id
"""
"""How many entries there are up to the end of a period."""

USER_TOTALS = """
    SELECT order_id, meter, user_number, used FROM usage_user_balance
    WHERE period = %(first)s AND order_id = ANY(%(orders)s)
"""
"""What each user used in a period."""

OPENING_LEVELS = """
    SELECT order_id, meter, sum(used) AS used FROM usage_balance
    WHERE day < %(first)s AND order_id = ANY(%(orders)s) AND peak IS NOT NULL
    GROUP BY order_id, meter
"""
"""The level of each stock meter when a period begins."""

METERS_BEFORE = """
    SELECT DISTINCT meter FROM usage_balance WHERE order_id = %(order)s AND day < %(first)s
"""
"""The meters that an order used before a day."""

STOCK_DAYS = """
    SELECT order_id, meter, day, used, peak, peak_at, first_at FROM usage_balance
    WHERE day >= %(first)s AND day <= %(last)s AND order_id = ANY(%(orders)s) AND peak IS NOT NULL
    ORDER BY order_id, meter, day
"""
"""The days of a period on which a stock meter changed."""

USAGE_DAYS = "SELECT min(day) AS first, max(day) AS last FROM usage_balance WHERE order_id = %s"
"""The first and the last day on which an order used anything."""

USER_NAMES = """
    SELECT number, name FROM usage_user
    WHERE order_id = %(order)s AND period >= date_trunc('month', %(first)s::date)
      AND period <= %(last)s
"""
"""Who the numbers of an order's users stand for in the months of some days."""

METER_DAYS = """
    SELECT DISTINCT day FROM usage_balance
    WHERE order_id = %(order)s AND meter = ANY(%(meters)s) AND day >= %(first)s AND day <= %(last)s
    ORDER BY day
"""
"""The days on which an order used one of some meters."""

SHEETS = """
    SELECT originator_id AS sheet, max(notification_id) AS position FROM usage_events
    GROUP BY originator_id ORDER BY originator_id
"""
"""Every sheet, with the position of its last page."""

DAY_BALANCES = """
    SELECT order_id, meter, used, entries, peak, peak_at, first_at, last_at FROM usage_balance
    WHERE day = %s
"""
"""The balances of a day."""

BALANCE_DAYS = "SELECT day, count(*) AS balances FROM usage_balance GROUP BY day ORDER BY day"
"""The days that have balances."""

ALL_USER_BALANCES = "SELECT order_id, period, meter, user_number, used FROM usage_user_balance"
"""Every balance by user."""

BALANCES_OF_ORDER = """
    SELECT order_id, day, meter, used, entries, peak, peak_at, first_at, last_at FROM usage_balance
    WHERE order_id = %(order)s AND day >= %(first)s AND day <= %(last)s
    ORDER BY day, meter
"""
"""The whole balances of an order on some days."""

PAGES_SINCE = """
    SELECT originator_id, originator_version, topic, state, notification_id AS position
    FROM usage_events
    WHERE originator_id = ANY(%s) AND notification_id > %s AND notification_id <= %s
    ORDER BY notification_id LIMIT %s
"""
"""The first pages of some sheets that came between two positions."""

DAYS_USED = "SELECT DISTINCT day FROM usage_balance WHERE order_id = %(order)s AND day <= %(last)s"
"""The days up to one on which an order used anything."""

REPEAT_DAYS = """
    SELECT day, meter, repeats, last_received_at FROM usage_repeat
    WHERE order_id = %(order)s AND day >= %(first)s AND day <= %(last)s
    ORDER BY day, meter
"""
"""How often events of an order came again, by day and meter."""

SHEETS_WITH_PAGES = """
    SELECT sheet FROM unnest(%s::text[]) AS s(sheet)
    WHERE EXISTS (SELECT FROM usage_events WHERE originator_id = sheet)
    ORDER BY sheet COLLATE "C"
"""
"""Those of some sheets that have any page."""

USED_DAYS = """
    SELECT DISTINCT day FROM usage_balance
    WHERE day >= %(first)s AND day <= %(last)s
      AND (%(order)s::text IS NULL OR order_id = %(order)s)
    ORDER BY day
"""
"""The days between two on which anything was used, by one order if it is given."""

KEEP_AMENDMENT = """
    INSERT INTO usage_amendment (id, kind, by, reason, asked, recorded_at,
                                 orders, taken_back, put_in, first_day, last_day)
    VALUES (%(id)s, %(kind)s, %(by)s, %(reason)s, %(asked)s, %(recorded_at)s,
            %(orders)s, %(taken_back)s, %(put_in)s, %(first_day)s, %(last_day)s)
"""
"""Keeps an amendment."""

KEEP_AMENDED = """
    INSERT INTO usage_amended (amendment_id, order_id, day, meter, taken_back, put_in, quantity)
    SELECT %s, order_id, day, meter, taken_back, put_in, quantity * unit
    FROM json_to_recordset(%s::json) AS n(
        order_id text, day date, meter text, taken_back bigint, put_in bigint,
        quantity numeric, unit numeric)
"""
"""Keeps what an amendment did to the meters of a sheet."""

AMENDMENTS = """
    SELECT id, kind, by, reason, asked, recorded_at, orders, taken_back, put_in,
           first_day, last_day
    FROM usage_amendment m
    WHERE (%(id)s::text IS NULL OR id = %(id)s)
      AND (%(order)s::text IS NULL OR EXISTS (
          SELECT FROM usage_amended a WHERE a.amendment_id = m.id AND a.order_id = %(order)s))
    ORDER BY recorded_at, id
"""
"""The amendments, earlier ones first: one by its id, or those of an order, or all."""

AMENDED = """
    SELECT amendment_id, order_id, day, meter, taken_back, put_in, quantity FROM usage_amended
    WHERE %(id)s::text IS NULL OR amendment_id = %(id)s
    ORDER BY order_id, day, meter
"""
"""What amendments did to each order, day and meter; one of them if its id is given."""

TAKEN_BACK_DAYS = """
    SELECT day, sum(taken_back)::bigint AS taken_back FROM usage_amended
    WHERE order_id = %(order)s AND day >= %(first)s AND day <= %(last)s
    GROUP BY day
"""
"""How many entries of an order were taken back, by day."""

TAKEN_BACK = """
    SELECT amendment_id, day, meter, taken_back FROM usage_amended
    WHERE order_id = %(order)s AND day >= %(first)s AND day <= %(last)s AND taken_back > 0
"""
"""How many entries of an order each amendment took back, by day and meter."""
