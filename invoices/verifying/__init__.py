"""Verification: whatever is stored is made again from the events and compared."""
