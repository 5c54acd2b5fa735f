"""The SQL of signing in: attempts, tokens, second factors, changes of users, e-mails to people.

The tables are declared in `entrypoints.tables`.
"""

ONE_ATTEMPT_AT_A_TIME = "SELECT pg_advisory_xact_lock(7131074)"
"""Counting attempts and adding one is one step; it takes a millisecond."""

LIMIT_REACHED = """
    SELECT at + %(within)s::interval AS until FROM sign_in_attempt
    WHERE method = %(method)s AND at > %(since)s AND result NOT IN ('right', 'limited')
      AND (%(subject)s::text IS NULL OR subject = %(subject)s)
      AND (%(address)s::text IS NULL OR address = %(address)s)
      AND NOT EXISTS (
        SELECT FROM sign_in_attempt k
        WHERE (k.user_id, k.address) = (%(known_user)s, %(known_address)s)
          AND k.result = 'right')
    ORDER BY at DESC OFFSET %(before)s LIMIT 1
"""
"""Until when a limit holds, if it has been reached: until the oldest that counts is over."""

ADD_ATTEMPT = """
    INSERT INTO sign_in_attempt (at, subject, user_id, address, method, result)
    VALUES (%(at)s, %(subject)s, %(user)s, %(address)s, %(method)s, %(result)s) RETURNING id
"""
SETTLE_ATTEMPT = """
    UPDATE sign_in_attempt SET result = %(result)s, user_id = coalesce(%(user)s, user_id)
    WHERE id = %(id)s
"""
"""A link says who it is only when it has been used."""

LAST_ATTEMPTS = """
    SELECT at, address, method, result FROM sign_in_attempt
    WHERE user_id = %s ORDER BY at DESC, id DESC LIMIT %s
"""
PURGE_ATTEMPTS = "DELETE FROM sign_in_attempt WHERE at < %s RETURNING id"

ADD_TOKEN = """
    INSERT INTO one_time_token (hash, kind, user_id, details, created_at, expires_at)
    VALUES (%(hash)s, %(kind)s, %(user)s, %(details)s, %(now)s, %(expires_at)s)
"""
TOKEN = """
    SELECT kind, user_id, details FROM one_time_token
    WHERE hash = %(hash)s AND kind = ANY(%(kinds)s) AND used_at IS NULL AND expires_at > %(now)s
"""
"""A token that may still be used."""

USE_TOKEN = """
    UPDATE one_time_token SET used_at = %(now)s
    WHERE hash = %(hash)s AND kind = ANY(%(kinds)s) AND used_at IS NULL AND expires_at > %(now)s
    RETURNING kind, user_id, details
"""
"""Of two that use a token at once, one gets the row."""

END_TOKENS = """
    UPDATE one_time_token SET used_at = %(now)s WHERE user_id = %(user)s AND used_at IS NULL
"""
PURGE_TOKENS = "DELETE FROM one_time_token WHERE expires_at < %s"

SECOND_FACTOR = "SELECT secret, confirmed_at FROM second_factor WHERE user_id = %s"
BEGIN_SECOND_FACTOR = """
    INSERT INTO second_factor (user_id, secret, last_step) VALUES (%s, %s, 0)
    ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret
    WHERE second_factor.confirmed_at IS NULL
"""
"""A new secret; one that is in use stays."""

CONFIRM_SECOND_FACTOR = """
    UPDATE second_factor SET confirmed_at = %(now)s, last_step = %(step)s
    WHERE user_id = %(user)s AND confirmed_at IS NULL
"""
STEP_USED = """
    UPDATE second_factor SET last_step = %(step)s, secret = %(sealed)s
    WHERE user_id = %(user)s AND confirmed_at IS NOT NULL AND last_step < %(step)s
      AND secret = %(kept)s
    RETURNING user_id
"""
"""No code is taken twice, nor one that is older than the last. The secret is sealed anew."""

END_SECOND_FACTOR = "DELETE FROM second_factor WHERE user_id = %s"
ADD_RECOVERY_CODE = "INSERT INTO recovery_code (user_id, hash) VALUES (%s, %s)"
USE_RECOVERY_CODE = """
    UPDATE recovery_code SET used_at = %s WHERE user_id = %s AND hash = %s AND used_at IS NULL
    RETURNING user_id
"""
RECOVERY_CODES_LEFT = """
    SELECT count(*) AS codes FROM recovery_code WHERE user_id = %s AND used_at IS NULL
"""
END_RECOVERY_CODES = "DELETE FROM recovery_code WHERE user_id = %s"

PASSWORD_HASH = "SELECT password_hash FROM portal_user WHERE id = %s"
KEEP_PASSWORD_HASH = "UPDATE portal_user SET password_hash = %s WHERE id = %s"
RENEW_PASSWORD_HASH = """
    UPDATE portal_user SET password_hash = %s WHERE id = %s AND password_hash = %s
"""
"""The same password with today's parameters, unless it was changed meanwhile."""

USERS = """
    SELECT u.id, u.email, u.name, u.role, u.account_id, u.language, u.blocked_at,
           f.confirmed_at IS NOT NULL AS second_factor, u.password_hash IS NOT NULL AS password,
           (SELECT max(at) FROM sign_in_attempt a
             WHERE a.user_id = u.id AND a.result = 'right') AS last_seen
    FROM portal_user u LEFT JOIN second_factor f ON f.user_id = u.id
    WHERE %(user)s::text IS NULL OR u.id = %(user)s
    ORDER BY lower(u.name), u.id
"""
"""Every user, or one of them, with what an administrator looks at."""

SET_ROLE = "UPDATE portal_user SET role = %s, account_id = %s WHERE id = %s"
SET_BLOCKED = "UPDATE portal_user SET blocked_at = %s WHERE id = %s"
SET_PROFILE = "UPDATE portal_user SET name = %s, language = %s WHERE id = %s"
HOLD_ADMINS = """
    SELECT id FROM portal_user WHERE role = 'admin' AND blocked_at IS NULL ORDER BY id FOR UPDATE
"""
"""Who takes rights from an administrator waits here for others who do the same."""

AN_ADMIN = "SELECT id FROM portal_user WHERE role = 'admin' AND blocked_at IS NULL LIMIT 1"
ADD_CHANGE = """
    INSERT INTO user_change (at, by, user_id, what, before, after)
    VALUES (%(at)s, %(by)s, %(user)s, %(what)s, %(before)s, %(after)s)
"""
CHANGES = """
    SELECT c.at, coalesce(b.name, c.by) AS by, c.what, c.before, c.after
    FROM user_change c LEFT JOIN portal_user b ON b.id = c.by
    WHERE c.user_id = %s ORDER BY c.id DESC LIMIT %s
"""
"""The last changes of a user, with the names of those who made them."""

ADD_MAIL = """
    INSERT INTO portal_mail (kind, recipient, language, user_id, details, created_at, due_at)
    VALUES (%(kind)s, %(recipient)s, %(language)s, %(user)s, %(details)s, %(now)s, %(now)s)
"""
TAKE_MAIL = """
    UPDATE portal_mail SET attempts = attempts + 1, due_at = %(until)s
    WHERE id = (
        SELECT id FROM portal_mail WHERE ended_at IS NULL AND due_at <= %(now)s
        ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, kind, recipient, language, user_id, details, created_at, attempts
"""
"""The next e-mail that is due, for some time this process's own."""

MAIL_ENDED = "UPDATE portal_mail SET ended_at = %(now)s, error = %(error)s WHERE id = %(id)s"
MAIL_FAILED = "UPDATE portal_mail SET due_at = %(due_at)s, error = %(error)s WHERE id = %(id)s"
PURGE_MAILS = "DELETE FROM portal_mail WHERE ended_at < %s"
