"""What the columns of the files for the ledger mean (`invoices.ledger`)."""

from __future__ import annotations

from collections.abc import Mapping

from invoices.language import marked

DOCUMENTS: Mapping[str, str] = {
    "number": marked("number of the document"),
    "kind": marked("invoice, correction or note; a note is outside VAT"),
    "corrects": marked("number of the invoice that a correction belongs to"),
    "reason": marked("why a correction was made, in its words"),
    "ksef_number": marked("number that KSeF gave it"),
    "issued_on": marked("day of issue"),
    "due_on": marked("day by which it is to be paid"),
    "period": marked("month of the service"),
    "service_to": marked("last day of the service that is billed: the tax point"),
    "seller": marked("name of the seller"),
    "seller_tax_id": marked("NIP of the seller"),
    "account": marked("id of the customer"),
    "buyer": marked("name of the buyer"),
    "buyer_country": marked("country of the buyer"),
    "buyer_tax_id": marked("tax number of the buyer"),
    "order": marked("id of the order"),
    "currency": marked("currency of the amounts"),
    "vat_rate": marked("VAT rate of the row: each document has a row for each of its rates"),
    "net": marked("net amount at this rate"),
    "vat": marked("VAT at this rate"),
    "gross": marked("gross amount at this rate"),
    "exchange_rate": marked(
        "zloty for a unit of the currency; empty in zloty and where no VAT is due"
    ),
    "exchange_table": marked("number of the National Bank's table A"),
    "exchange_day": marked("day of the table"),
    "net_pln": marked("net amount in zloty, where the rate is known"),
    "vat_pln": marked("VAT in zloty, as the document states it"),
    "gross_pln": marked("gross amount in zloty, where the rate is known"),
}
"""A row for each document and VAT rate."""

PAYMENTS: Mapping[str, str] = {
    "payment": marked("id of the payment"),
    "paid_on": marked("day it was paid on"),
    "status": marked("recorded or voided"),
    "source": marked("hand or file"),
    "payer": marked("who paid"),
    "payer_tax_id": marked("NIP of who paid, where it is known"),
    "title": marked("title of the transfer"),
    "reference": marked("the bank's own mark"),
    "currency": marked("currency of the amounts"),
    "amount": marked("the whole payment"),
    "document": marked(
        "number of the invoice that a part was put to; empty for what is left of it"
    ),
    "account": marked("id of the customer of that invoice"),
    "allocated": marked("the part that was put to the invoice, or is left"),
    "found_by": marked("how the invoice was found"),
}
"""A row for each part of a payment."""
