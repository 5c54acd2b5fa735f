"""Prospects: what somebody who is no customer yet would use, month by month.

Owned here: what a prospect says of itself, and the usage that follows from it, as the values that
rating takes. Not owned: which package and packs cover that usage cheapest, and what it costs.
"""
