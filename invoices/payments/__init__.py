"""Payments: what came in, which invoices it paid, and what is still due.

A payment is recorded once, whatever it is for; allocations put it to invoices, never more than is
left of the one or due of the other. What nobody can be sure of waits for a person.
"""
