"""Data out (Data Act): a customer's exports, requests after closure, and the public register.

What an export holds and how it is made is decided in `invoices.billing_data`.
"""
