"""The SQL of the end of a month."""

DOCUMENTS = """
    SELECT id FROM invoice WHERE status = 'issued' AND period = ANY(%(periods)s) ORDER BY id
"""
"""Every issued document of some periods."""

OPEN_SUBMISSIONS = """
    SELECT i.number, k.status, k.error FROM ksef_submission k
    JOIN invoice i ON i.id = k.document_id
    WHERE i.period = %(period)s AND k.status <> 'accepted'
    ORDER BY i.number
"""
"""The documents of a period that KSeF has not accepted."""

ACCEPTED = """
    SELECT count(*) FROM ksef_submission k JOIN invoice i ON i.id = k.document_id
    WHERE i.period = %(period)s AND k.status = 'accepted'
"""
"""How many documents of a period KSeF has accepted."""

KEEP_CHECK = """
    INSERT INTO draft_check (period, order_id, sha256, checked_by, checked_at)
    VALUES (%(period)s, %(order)s, %(sha256)s, %(by)s, %(at)s)
    ON CONFLICT DO NOTHING
"""
CHECKS = """
    SELECT order_id, sha256, checked_by, checked_at FROM draft_check
    WHERE period = %(period)s AND (%(orders)s::text[] IS NULL OR order_id = ANY(%(orders)s))
"""
"""What was checked of a period, of some orders if they are given."""

NETS = """
    SELECT order_id, period, sum(net) AS net FROM invoice
    WHERE status = 'issued' AND kind <> 'note' AND order_id = ANY(%(orders)s)
      AND period < %(period)s
    GROUP BY order_id, period
    ORDER BY order_id, period DESC
"""
"""What some orders were billed for each earlier period, with corrections."""

LAST_DOCUMENTS = """
    SELECT i.id, i.order_id FROM invoice i
    JOIN decisions_events e ON e.originator_id = i.id AND e.originator_version = 1
    WHERE i.status = 'issued' AND i.kind <> 'note' AND i.period = %(period)s
      AND i.order_id = ANY(%(orders)s)
    ORDER BY i.order_id, e.notification_id
"""
"""The invoices and corrections of some orders for a period, as they were recorded."""

OPEN_RUN = """
    INSERT INTO month_run (period, part, only_checked, asked_by, started_at)
    VALUES (%(period)s, %(part)s, %(only_checked)s, %(by)s, %(at)s)
    RETURNING id
"""
END_RUN = "UPDATE month_run SET ended_at = %(at)s, outcome = %(outcome)s WHERE id = %(run)s"
KEEP_STEP = """
    INSERT INTO month_run_step (run_id, turn, name, state, reached, total, said, details,
                                changed_at)
    VALUES (%(run)s, %(turn)s, %(name)s, %(state)s, %(reached)s, %(total)s, %(said)s, %(details)s,
            %(at)s)
    ON CONFLICT (run_id, turn) DO UPDATE SET
        state = excluded.state, reached = excluded.reached, total = excluded.total,
        said = excluded.said, details = excluded.details, changed_at = excluded.changed_at
"""
LAST_RUN = """
    SELECT id, part, only_checked, asked_by, started_at, ended_at, outcome FROM month_run
    WHERE period = %s ORDER BY id DESC LIMIT 1
"""
"""The run of a period that was started last."""

STEPS_OF = """
    SELECT name, state, reached, total, said, details FROM month_run_step
    WHERE run_id = %s ORDER BY turn
"""
