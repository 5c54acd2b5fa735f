"""The read models of invoices, and the numbers that were given out."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    Index,
    LargeBinary,
    Numeric,
    Table,
    Text,
)
from sqlalchemy import text as condition

import billing.sla.recorded.tables
import billing.tables  # noqa: F401  # their tables belong to the same schema
from invoices.billing_data.tables import exports as exports  # and those beside it
from invoices.closing.tables import draft_checks as draft_checks  # and those beside it
from invoices.ksef.tables import submissions as submissions  # and those beside it
from invoices.notices.tables import notices as notices  # and those beside it, too
from metering.tables import metadata as metadata  # with every table of the schema in it

OWED = "CASE WHEN kind = 'invoice' THEN gross + corrected - deducted ELSE 0 END"

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
    Column("due_on", Date),
    Column("currency", Text, nullable=False),
    Column("net", Numeric, nullable=False),
    Column("vat", Numeric, nullable=False),
    Column("gross", Numeric, nullable=False),
    Column("paid", Numeric, nullable=False, server_default="0"),
    Column("entries", BigInteger, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("kind", Text, nullable=False, server_default="invoice"),
    Column("corrects", Text),
    Column("annulled", Boolean, nullable=False, server_default="false"),
    Column("corrected", Numeric, nullable=False, server_default="0"),
    Column("deducted", Numeric, nullable=False, server_default="0"),
    Column("owed", Numeric, Computed(OWED, persisted=True)),
    Index(
        "invoice_period_order_key",
        "period",
        "order_id",
        unique=True,
        postgresql_where=condition("kind = 'invoice' AND NOT annulled"),
    ),
    Index("invoice_order_kind_idx", "order_id", "kind"),
)
"""Every document with a number: invoices, corrections, accounting notes (``kind``).

There is one invoice for an order and period, but for those that were ``annulled``: corrected to
zero, so that another one takes their place. ``corrects`` is the id of the invoice that a correction
belongs to, ``corrected`` the gross sum of an invoice's corrections, ``deducted`` what was set off
against it. So much is ``owed`` of it in the end.

``entries`` is how many usage entries, up to the period's end, have been billed by now.

``paid`` is the sum of what payments were put to it.
"""

invoice_files = Table(
    "invoice_file",
    metadata,
    Column("invoice_id", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("language", Text, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)
"""The documents of issued invoices, byte for byte. Rows are never changed.

``kind`` is pdf, xml for the structured invoice, or upo for KSeF's confirmation of receipt.
"""

messages = Table(
    "message",
    metadata,
    Column("id", Text, primary_key=True),
    Column("invoice_id", Text, nullable=False, index=True),
    Column("purpose", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("recipients", Text, nullable=False),
    Column("error", Text),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)
"""Every e-mail about an invoice, and every file put in a folder: ``status`` is sending, sent or
failed; ``purpose`` says which it is, each sent once for an invoice.
"""

payments = Table(
    "payment",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("paid_on", Date, nullable=False),
    Column("amount", Numeric, nullable=False),
    Column("currency", Text, nullable=False),
    Column("payer", Text, nullable=False),
    Column("payer_tax_id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("allocated", Numeric, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)
"""Every payment; what of its ``amount`` is not ``allocated`` to invoices waits for a person.

``status`` is recorded or voided, ``source`` hand or file; unknown texts are empty.
"""

payment_allocations = Table(
    "payment_allocation",
    metadata,
    Column("payment_id", Text, primary_key=True),
    Column("invoice_id", Text, primary_key=True),
    Column("amount", Numeric, nullable=False),
    Column("found_by", Text, nullable=False),
    Index("payment_allocation_invoice_idx", "invoice_id"),
)
"""How much of each payment was put to which invoice, and how that one was found."""

invoice_series = Table(
    "invoice_series",
    metadata,
    Column("seller", Text, primary_key=True),
    Column("series", Text, primary_key=True),
    Column("last", BigInteger, nullable=False),
)
"""The last number of each series; it moves in the transaction that issues, so there are no gaps."""

exchange_rates = Table(
    "exchange_rate",
    metadata,
    Column("currency", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("rate", Numeric, nullable=False),
    Column("table_number", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)
"""The mean rates that the National Bank published: złoty for a unit, and the table's number.

Rows are never changed: invoices rest on them.
"""
