"""Itemised billing data that a customer takes along (Data Act): fields, files, exports on record.

`fields` says what a file has; every format, the JSON Schema and the public register follow it.
Which entries there are, and in what order, is decided in `metering.itemised`.
"""
