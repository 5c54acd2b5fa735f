"""Usage statements: what an order used in a period, of how much, and at what cost so far.

`report` reads a statement whole; each format has a module of its own and adds nothing to it. How
usage is covered and priced is decided in `billing`.
"""
