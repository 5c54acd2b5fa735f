"""What is told to others: marks that usage reached, invoices that were issued, and the webhooks.

It owns the notices, the endpoints they go to and the log of deliveries. It does not own the facts:
a notice is written in the transaction of the fact that it tells of.
"""
