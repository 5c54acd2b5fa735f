"""Corrections: why an invoice is corrected, what it says then, and how that is issued.

`drafting` finds what is due by itself; `causes` are what a person may ask for; `desk` issues both.
"""
