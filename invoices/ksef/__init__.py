"""Structured invoices on their way to KSeF, Poland's national e-invoice system.

Owns the submission of each document: waiting, sent, accepted with a KSeF number, or rejected; when
to send again and when to ask; the deadlines of the offline modes. It knows neither HTTP nor XML:
what KSeF is asked through is a `Gateway`, and its wiring is in `entrypoints.ksef`.
"""
