"""The customer's documents, service level and notices, and the overview embedded elsewhere.

Thin handlers in ``routes_*``, what templates show in ``views_*``. It owns no rule: what a document,
a deadline or a mark is stands in the layers below.
"""
