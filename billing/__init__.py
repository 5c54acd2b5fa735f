"""What usage costs: the catalog, orders, entitlements, rating, service levels, invoice drafts.

This package is pure but for the aggregates: editions, orders, usage totals and times go in,
charges and problems come out. It does not own storage, documents, numbers or wiring; it knows
`metering` and nothing above itself.
"""
