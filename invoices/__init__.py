"""Invoices as documents: drafts stored, issued with gapless numbers, listed and shown.

What an invoice contains is decided in `billing`; this package owns its life after that.
"""
