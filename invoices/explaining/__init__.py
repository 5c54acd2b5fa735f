"""Explanations: from an invoice's lines to ledgers, days and single entries, as plain data."""
