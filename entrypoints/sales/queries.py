"""The SQL of sales, together and named. The tables are declared in `entrypoints.sales.tables`."""

KEEP_MODEL = """
    INSERT INTO sales_model (id, version, name, content, made_by, made_at)
    VALUES (%(id)s, %(version)s, %(name)s, %(content)s, %(made_by)s, %(made_at)s)
    ON CONFLICT DO NOTHING
"""
"""A version of a model, unless somebody else was first."""

MODELS = """
    SELECT DISTINCT ON (id) id, version, name, content, made_by, made_at
    FROM sales_model ORDER BY id, version DESC
"""
"""The newest version of every model."""

VERSIONS = """
    SELECT id, version, name, content, made_by, made_at
    FROM sales_model WHERE id = %s ORDER BY version DESC
"""
"""Every version of a model, the newest first."""

KEEP_OFFER = """
    INSERT INTO sales_offer (id, number, model_id, model_version, language, issued_on, valid_until,
                             document, sha256, content, issued_by, recorded_at)
    VALUES (%(id)s, %(number)s, %(model_id)s, %(model_version)s, %(language)s, %(issued_on)s,
            %(valid_until)s, %(document)s, %(sha256)s, %(content)s, %(issued_by)s,
            %(recorded_at)s)
"""
OFFERS_OF = """
    SELECT id, number, model_id, model_version, language, issued_on, valid_until, document, sha256,
           issued_by
    FROM sales_offer WHERE model_id = %s ORDER BY number DESC
"""
"""The offers made of a model, the newest first, without their bytes."""

OFFER = """
    SELECT id, number, model_id, model_version, language, issued_on, valid_until, document, sha256,
           issued_by, content
    FROM sales_offer WHERE id = %s
"""
KEEP_SHARE = """
    INSERT INTO offer_share (id, offer_id, token_hash, made_by, made_at, expires_at)
    VALUES (%(id)s, %(offer_id)s, %(token_hash)s, %(made_by)s, %(made_at)s, %(expires_at)s)
"""
SHARES_OF = """
    SELECT s.id, s.offer_id, s.made_by, s.made_at, s.expires_at, s.revoked_at
    FROM offer_share s JOIN sales_offer o ON o.id = s.offer_id
    WHERE o.model_id = %s ORDER BY s.made_at DESC, s.id
"""
"""The links to the offers of a model, the newest first, ended ones too."""

SHARED_OFFER = """
    SELECT s.offer_id, s.expires_at, s.revoked_at FROM offer_share s WHERE s.token_hash = %s
"""
END_SHARE = """
    UPDATE offer_share SET revoked_at = coalesce(revoked_at, %s) WHERE id = %s RETURNING offer_id
"""
"""Ends a link; one that has ended already keeps its time."""

ORDERS = "SELECT id FROM customer_order ORDER BY id"

LAST_INVOICED = "SELECT max(period) AS period FROM invoice WHERE kind = 'invoice'"
"""The newest month of which there is any invoice."""
