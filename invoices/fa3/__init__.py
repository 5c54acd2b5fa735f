"""Structured invoices: the logical structure FA(3) of the national system KSeF.

Owns how an invoice's document is written as XML, what must be right about it before it is sent,
and the codes that a printed invoice carries. Does not own when an invoice is issued, where its
bytes are kept, and how they are sent.
"""
