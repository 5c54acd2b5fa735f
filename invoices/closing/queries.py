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
