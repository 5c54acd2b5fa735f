"""Rating: from an order's contract and its usage in a period to ledgers and charges.

One small file for each way to charge: `recurring` fees, `packs`, usage covered and charged
(`cover`, `drawdown`, `ledgers`). `rate` puts them together. No file here reads a clock, a file or a
database, and a missing price is a problem, never zero (R4).
"""
