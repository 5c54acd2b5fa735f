"""The SQL of marks, notices and webhooks, together and named.

The tables are declared in `invoices.notices.tables`.
"""

KEEP_NOTICE = """
    WITH told AS (
        INSERT INTO notice (id, kind, occurred_at, order_id, account_id, body)
        VALUES (%(id)s, %(kind)s, %(occurred_at)s, %(order_id)s, %(account_id)s, %(body)s)
        RETURNING id, kind, account_id, order_id, occurred_at
    )
    INSERT INTO notice_delivery (notice_id, endpoint_id, status, attempts, next_at, changed_at)
    SELECT told.id, e.id, 'waiting', 0, told.occurred_at, told.occurred_at
    FROM told JOIN webhook_endpoint e
      ON e.status = 'active' AND told.kind = ANY(e.kinds)
     AND (e.account_id IS NULL OR e.account_id = told.account_id)
     AND (e.order_id IS NULL OR e.order_id = told.order_id)
"""
"""Puts a notice into the outbox, for every endpoint that listens at this moment."""

# Marks

KEEP_MARK = """
    INSERT INTO usage_mark (order_id, period, meter, measure, mark, bound, used, reached_at)
    VALUES (%(order_id)s, %(period)s, %(meter)s, %(measure)s, %(mark)s, %(bound)s, %(used)s,
            %(reached_at)s)
"""
MARKS = """
    SELECT order_id, meter, measure, mark, bound FROM usage_mark
    WHERE period = %s AND order_id = ANY(%s)
"""
"""The marks that some orders have reached in a period."""

KEEP_MARKS = """
    INSERT INTO mark_setting (order_id, meter, marks) VALUES (%s, %s, %s)
    ON CONFLICT (order_id, meter) DO UPDATE SET marks = excluded.marks
"""
DROP_MARKS = "DELETE FROM mark_setting WHERE order_id = %s AND meter = %s"
MARK_SETTINGS = """
    SELECT order_id, meter, marks FROM mark_setting
    WHERE %s::text[] IS NULL OR order_id = ANY(%s) ORDER BY order_id, meter
"""
"""The marks that orders have of their own; of some orders, if they are named."""

MARKS_REACHED = """
    SELECT order_id, period, meter, measure, mark, bound, used, reached_at FROM usage_mark
    WHERE (%(order)s::text IS NULL OR order_id = %(order)s)
      AND (%(period)s::date IS NULL OR period = %(period)s)
    ORDER BY reached_at DESC, order_id, meter, measure, mark
    LIMIT %(limit)s
"""
"""The marks that were reached last."""

# Watching

OPEN_WATCHER = "INSERT INTO watcher (name, position) VALUES (%s, %s) ON CONFLICT DO NOTHING"
WATCHED_TO = "SELECT position FROM watcher WHERE name = %s"
MOVE_WATCHER = """
    UPDATE watcher SET position = %(after)s WHERE name = %(record)s AND position = %(before)s
"""
"""Moves a watcher on, if nobody else has since it was looked at."""

PAGES_TO_WATCH = """
    SELECT originator_id, originator_version, topic, state, notification_id AS position
    FROM usage_events
    WHERE notification_id > %s AND notification_id <= %s
    ORDER BY notification_id
"""
"""The pages of all sheets between two positions."""

DECIDED_TO = "SELECT coalesce(max(notification_id), 0) AS position FROM decisions_events"
ORDERS_CHANGED = """
    SELECT originator_id, notification_id AS position
    FROM decisions_events
    WHERE notification_id > %s AND notification_id <= %s
      AND (starts_with(originator_id, 'order/') AND originator_version > 1
           OR starts_with(originator_id, 'marks/'))
    ORDER BY notification_id
    LIMIT %s
"""
"""Changes of orders and of their marks between two positions; a new order has used nothing yet."""

USERS_OF_PERIOD = """
    SELECT order_id FROM usage_balance WHERE day >= %(first)s AND day <= %(last)s
    UNION
    SELECT order_id FROM usage_balance WHERE peak IS NOT NULL AND day < %(first)s
    GROUP BY order_id, meter HAVING sum(used) > 0
    ORDER BY order_id
"""
"""The orders that used something in a period, or hold something when it begins."""

# Endpoints

KEEP_ENDPOINT = """
    INSERT INTO webhook_endpoint (id, url, kinds, account_id, order_id, status, secret, changed_at)
    VALUES (%(id)s, %(url)s, %(kinds)s, %(account)s, %(order)s, 'active', %(secret)s, %(now)s)
"""
ENDPOINTS = """
    SELECT e.id, e.url, e.kinds, e.account_id, e.order_id, e.status, e.changed_at,
           count(d.id) FILTER (WHERE d.next_at IS NOT NULL) AS open,
           count(d.id) FILTER (WHERE d.status = 'given_up') AS given_up
    FROM webhook_endpoint e LEFT JOIN notice_delivery d ON d.endpoint_id = e.id
    WHERE e.status <> 'removed'
    GROUP BY e.id ORDER BY e.changed_at, e.id
"""
"""Every endpoint, with how many deliveries to it are open and given up."""

ENDPOINTS_OF = """
    SELECT e.id, e.url, e.kinds, e.account_id, e.order_id, e.status FROM webhook_endpoint e
    WHERE e.status <> 'removed' AND (e.order_id = %(order)s OR e.account_id = %(account)s)
    ORDER BY e.changed_at, e.id
"""
"""The endpoints that are told of an order because they belong to it or to its account."""

ROTATE_SECRET = """
    UPDATE webhook_endpoint SET
        old_secret = secret, old_until = %(until)s, secret = %(secret)s, changed_at = %(now)s
    WHERE id = %(id)s AND status <> 'removed'
"""
ENABLE_ENDPOINT = """
    UPDATE webhook_endpoint SET status = 'active', changed_at = %(now)s
    WHERE id = %(id)s AND status = 'disabled'
"""
DISABLE_ENDPOINT = """
    UPDATE webhook_endpoint SET status = 'disabled', changed_at = %(now)s
    WHERE id = %(id)s AND status = 'active'
"""
REMOVE_ENDPOINT = """
    UPDATE webhook_endpoint SET
        status = 'removed', secret = NULL, old_secret = NULL, old_until = NULL, changed_at = %(now)s
    WHERE id = %(id)s AND status <> 'removed'
"""
"""Its secrets go at once; the row stays for the log of deliveries."""

GIVE_UP_ALL = """
    UPDATE notice_delivery SET
        status = 'given_up', next_at = NULL, last_error = %(why)s, changed_at = %(now)s
    WHERE endpoint_id = %(id)s AND next_at IS NOT NULL
"""
"""Nothing more is sent to an endpoint."""

# Deliveries

TAKE_DELIVERY = """
    WITH due AS MATERIALIZED (
        SELECT id FROM notice_delivery
        WHERE next_at <= %(due)s AND endpoint_id <> ALL(%(busy)s)
        ORDER BY next_at, id
        LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    UPDATE notice_delivery d SET attempts = d.attempts + 1, next_at = %(lease)s
    FROM due, notice n, webhook_endpoint e
    WHERE d.id = due.id AND n.id = d.notice_id AND e.id = d.endpoint_id
    RETURNING d.id, d.attempts, n.id AS notice, n.body, e.id AS endpoint, e.url,
              e.status = 'active' AS active,
              d.last_error IS NOT NULL AND d.last_status IS NULL AS is_probe, e.secret,
              CASE WHEN e.old_until > %(now)s THEN e.old_secret END AS old_secret
"""
"""Takes one delivery that is due, and keeps others from it until the lease is over."""

POSTPONE_DELIVERIES = """
    WITH due AS MATERIALIZED (
        SELECT id FROM notice_delivery
        WHERE endpoint_id = %(endpoint)s AND next_at <= %(due)s
        FOR UPDATE SKIP LOCKED
    )
    UPDATE notice_delivery d SET
        next_at = %(until)s, last_error = coalesce(d.last_error, %(why)s), changed_at = %(now)s
    FROM due WHERE d.id = due.id
"""
"""Makes what is due at an endpoint wait; what another sender takes at this moment does not."""

KEEP_RESULT = """
    UPDATE notice_delivery SET
        status = %(status)s, next_at = %(next_at)s, last_status = %(answered)s,
        last_error = %(error)s, changed_at = %(now)s
    WHERE id = %(id)s AND attempts = %(attempt)s AND next_at IS NOT NULL
"""
"""What became of an attempt, unless another one was begun or the endpoint was given up since."""

DELIVERIES = """
    SELECT d.id, d.notice_id, n.kind, n.order_id, d.endpoint_id, d.status, d.attempts, d.next_at,
           d.last_status, d.last_error, d.changed_at
    FROM notice_delivery d JOIN notice n ON n.id = d.notice_id
    WHERE (%(status)s::text IS NULL OR d.status = %(status)s)
      AND (%(endpoint)s::text IS NULL OR d.endpoint_id = %(endpoint)s)
    ORDER BY d.id DESC
    LIMIT %(limit)s
"""
"""The log of deliveries, the newest first."""

SEND_AGAIN = """
    UPDATE notice_delivery d SET
        status = 'waiting', attempts = 0, next_at = %(now)s, changed_at = %(now)s
    FROM webhook_endpoint e
    WHERE d.id = %(what)s::numeric AND e.id = d.endpoint_id AND e.status = 'active'
    RETURNING d.id
"""
"""Sends a delivery again, if its endpoint is active."""

SEND_NOTICE_AGAIN = """
    INSERT INTO notice_delivery AS d
        (notice_id, endpoint_id, status, attempts, next_at, changed_at)
    SELECT n.id, e.id, 'waiting', 0, %(now)s, %(now)s
    FROM notice n JOIN webhook_endpoint e
      ON e.status = 'active' AND n.kind = ANY(e.kinds)
     AND (e.account_id IS NULL OR e.account_id = n.account_id)
     AND (e.order_id IS NULL OR e.order_id = n.order_id)
    WHERE n.id = %(what)s
    ON CONFLICT (notice_id, endpoint_id) DO UPDATE SET
        status = 'waiting', attempts = 0, next_at = excluded.next_at,
        changed_at = excluded.changed_at
    RETURNING d.id
"""
"""Sends a notice, or sends it again, to every endpoint that listens now."""

DELIVERIES_OF = """
    SELECT d.id, n.kind, n.occurred_at, n.body::jsonb AS body, e.url, d.status, d.attempts,
           d.changed_at
    FROM notice_delivery d
    JOIN notice n ON n.id = d.notice_id
    JOIN webhook_endpoint e ON e.id = d.endpoint_id
    WHERE n.order_id = %(order)s AND (e.order_id IS NOT NULL OR e.account_id IS NOT NULL)
    ORDER BY d.id DESC
    LIMIT %(limit)s
"""
"""What was sent lately about an order to endpoints of its own or of its account."""

NOTICES = "SELECT id, kind, occurred_at, order_id, account_id, body FROM notice"
"""Every notice, for the verification."""
