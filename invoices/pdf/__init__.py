"""Documents as PDF: invoices and statements, in Polish and in English.

A document is made from its data alone: the same data make the same bytes, and nothing is fetched
from anywhere. What stands in a document is decided in `billing`; this package says how it
comes about (`explanations`) and lays it out (`templates`, `rendering`).
"""
