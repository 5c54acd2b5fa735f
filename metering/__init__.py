"""What was used, and what may be used.

This package owns usage events and their checks, meters, day sheets (the record of
usage in the event store), balances and the way a batch of events reaches them.
It does not own prices, packages, orders or invoices, and imports none of the
packages that do: what it must know of an order arrives as a route, a plain value.
"""
