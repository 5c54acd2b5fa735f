"""The console for finance: months, drafts, corrections, claims, incidents, notes, money, search.

It shows and asks; whatever is calculated or issued is the work of the packages below, the same as
on the command line.
"""
