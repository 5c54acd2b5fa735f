"""The wording of messages about invoices, corrections and notes, in Polish and in English."""

from __future__ import annotations

from dataclasses import dataclass

from invoices.invoice import CORRECTION, INVOICE, NOTE
from invoices.language import marked as _

REMINDER = "reminder"


@dataclass(frozen=True, slots=True)
class Wording:
    """The sentences of a message.

    ``{facts}`` is the list of what to pay and where to, or of what a correction or note is about.
    """

    subject: str
    text: str


FACTS = {
    "buyer": _("Buyer"),
    "recipient": _("Recipient"),
    "order": _("Order"),
    "due": _("Amount due"),
    "due_on": _("Payment due on"),
    "account": _("Account"),
    "bank": _("Bank"),
    "title": _("Title of the transfer"),
    "corrected": _("Corrected invoice"),
    "reason": _("Reason of the correction"),
    "difference": _("Gross difference"),
    "penalties": _("Penalties together"),
}
"""What the facts are called, as on the invoice."""

WORDINGS = {
    ("pl", INVOICE): Wording(
        "Faktura {number} za {period} r.",
        """Dzień dobry,

w załączeniu przesyłamy fakturę nr {number} za {period} r. ({service}).

{facts}

Ta wiadomość została wysłana automatycznie. W razie pytań prosimy pisać
na adres {contact}.

Z poważaniem
{seller}
""",
    ),
    ("en", INVOICE): Wording(
        "Invoice {number} for {period}",
        """Dear Sir or Madam,

please find attached invoice {number} for {period} ({service}).

{facts}

This message was sent automatically. If you have any questions, please write
to {contact}.

Kind regards
{seller}
""",
    ),
    ("pl", REMINDER): Wording(
        "Przypomnienie o płatności: faktura {number}",
        """Dzień dobry,

uprzejmie przypominamy o fakturze nr {number} za {period} r. ({service}).
Termin płatności minął {due_on} r., a do zapłaty pozostaje {due}.
Fakturę przesyłamy ponownie w załączeniu.

{facts}

Jeżeli płatność została już zlecona, prosimy uznać tę wiadomość za nieaktualną.
W razie pytań prosimy pisać na adres {contact}.

Z poważaniem
{seller}
""",
    ),
    ("en", REMINDER): Wording(
        "Payment reminder: invoice {number}",
        """Dear Sir or Madam,

this is a friendly reminder of invoice {number} for {period} ({service}).
Payment was due on {due_on}, and {due} is still to be paid.
The invoice is attached once more.

{facts}

If the payment is already on its way, please disregard this message.
If you have any questions, please write to {contact}.

Kind regards
{seller}
""",
    ),
    ("pl", CORRECTION): Wording(
        "Faktura korygująca {number} do faktury {corrected}",
        """Dzień dobry,

w załączeniu przesyłamy fakturę korygującą nr {number} do faktury nr {corrected}
za {period} r. ({service}).

{facts}

Ta wiadomość została wysłana automatycznie. W razie pytań prosimy pisać
na adres {contact}.

Z poważaniem
{seller}
""",
    ),
    ("en", CORRECTION): Wording(
        "Corrective invoice {number} to invoice {corrected}",
        """Dear Sir or Madam,

please find attached corrective invoice {number} to invoice {corrected}
for {period} ({service}).

{facts}

This message was sent automatically. If you have any questions, please write
to {contact}.

Kind regards
{seller}
""",
    ),
    ("pl", NOTE): Wording(
        "Nota księgowa {number} za {period} r.",
        """Dzień dobry,

w załączeniu przesyłamy notę księgową nr {number} na kary umowne
za {period} r. ({service}).

{facts}

{settlement}

Ta wiadomość została wysłana automatycznie. W razie pytań prosimy pisać
na adres {contact}.

Z poważaniem
{seller}
""",
    ),
    ("en", NOTE): Wording(
        "Accounting note {number} for {period}",
        """Dear Sir or Madam,

please find attached accounting note {number} for contractual penalties
of {period} ({service}).

{facts}

{settlement}

This message was sent automatically. If you have any questions, please write
to {contact}.

Kind regards
{seller}
""",
    ),
}
