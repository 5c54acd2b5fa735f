"""The HTTP service: events come in, balances, statements, invoices and simulations are given out.

It owns what belongs to HTTP alone: who may call what, bodies and media types, answers and errors,
the group commit of waiting requests, logs and metrics. What an event or an invoice is, it asks the
packages below; each router is a thin translation of one of their functions.
"""
