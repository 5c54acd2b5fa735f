"""The SQL of users and their sessions. The tables are declared in `entrypoints.tables`."""

ADD_USER = """
    INSERT INTO portal_user (id, email, name, role, account_id, language, created_at)
    VALUES (%(id)s, %(email)s, %(name)s, %(role)s, %(account)s, %(language)s, %(created_at)s)
"""
USER = """
    SELECT id, email, name, role, account_id, language, blocked_at FROM portal_user WHERE id = %s
"""
"""One user, blocked or not."""

USER_OF_EMAIL = """
    SELECT id, email, name, role, account_id, language, blocked_at FROM portal_user
    WHERE lower(email) = lower(%s)
"""
"""The user of an address, however its letters are written."""

ADD_SESSION = """
    INSERT INTO web_session (token_hash, user_id, created_at, seen_at)
    VALUES (%(hash)s, %(user)s, %(now)s, %(now)s)
"""
SESSION_USER = """
    SELECT u.id, u.email, u.name, u.role, u.account_id, u.language, u.blocked_at, s.seen_at
    FROM web_session s JOIN portal_user u ON u.id = s.user_id
    WHERE s.token_hash = %(hash)s AND u.blocked_at IS NULL
      AND s.created_at > %(not_before)s AND s.seen_at > %(not_idle)s
"""
"""Whose a session is, if it lasts and its user is not blocked."""

SESSION_SEEN = "UPDATE web_session SET seen_at = %s WHERE token_hash = %s"
END_SESSION = "DELETE FROM web_session WHERE token_hash = %s"
END_SESSIONS_OF = "DELETE FROM web_session WHERE user_id = %s"
"""Signs a user out everywhere."""

END_OTHER_SESSIONS = "DELETE FROM web_session WHERE user_id = %s AND token_hash <> %s"
PURGE_SESSIONS = "DELETE FROM web_session WHERE created_at <= %s OR seen_at <= %s"
SESSIONS = """
    SELECT token_hash, created_at, seen_at FROM web_session
    WHERE user_id = %(user)s AND created_at > %(not_before)s AND seen_at > %(not_idle)s
    ORDER BY seen_at DESC
"""
"""Where a user is signed in, the last seen first."""
ADDRESSES_OF = """
    SELECT email FROM portal_user WHERE account_id = %s AND blocked_at IS NULL ORDER BY email
"""
"""The addresses of an account's users who may sign in."""
