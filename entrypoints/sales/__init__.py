"""Sales: models of prospects as they are kept, offers as they are issued, links that share them.

Owned here: what is kept of a prospect, and for whom it may be seen. Not owned: what a prospect uses
(`billing.prospects`), what that costs (`billing.plans`), and the pages (`entrypoints.web.sales`).
"""
