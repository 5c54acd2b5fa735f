"""The read models of invoices, and the numbers that were given out."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, DateTime, Index, Numeric, Table, Text

import billing.tables  # noqa: F401  # its tables belong to the same schema
from metering.tables import metadata as metadata  # with every table of the schema in it

invoices = Table(
    "invoice",
    metadata,
    Column("id", Text, primary_key=True),
    Column("order_id", Text, nullable=False),
    Column("account_id", Text, nullable=False, index=True),
    Column("period", Date, nullable=False),
    Column("seller", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("number", Text, unique=True),
    Column("issued_on", Date),
    Column("currency", Text, nullable=False),
    Column("net", Numeric, nullable=False),
    Column("vat", Numeric, nullable=False),
    Column("gross", Numeric, nullable=False),
    Column("entries", BigInteger, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Index("invoice_period_order_key", "period", "order_id", unique=True),
)
"""Every invoice: one for an order and period. ``entries`` is how many usage entries it rests on."""

invoice_series = Table(
    "invoice_series",
    metadata,
    Column("seller", Text, primary_key=True),
    Column("series", Text, primary_key=True),
    Column("last", BigInteger, nullable=False),
)
"""The last number of each series; it moves in the transaction that issues, so there are no gaps."""
