"""Offers: what a prospect is offered, as a document that is issued once and kept.

An offer is no invoice and books nothing: its amounts are those of the exact rating for the usage
that the prospect named. Not owned: the search for the plan (`billing.plans`).
"""
