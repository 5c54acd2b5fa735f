"""The wording of messages about invoices, in Polish and in English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

INVOICE = "invoice"
REMINDER = "reminder"


@dataclass(frozen=True, slots=True)
class Wording:
    """The sentences of a message; ``{facts}`` is the list of what to pay, and where to."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Tongue:
    """How a language writes days, months and amounts, and what it calls the facts."""

    locale: str
    day: str
    month: str
    amount: str
    facts: Mapping[str, str]


TONGUES = {
    "pl": Tongue(
        locale="pl",
        day="d MMMM y 'r.'",
        month="LLLL y 'r.'",
        amount="#,##0.00\N{NO-BREAK SPACE}¤",
        facts={
            "buyer": "Nabywca",
            "order": "Zamówienie",
            "due": "Do zapłaty",
            "due_on": "Termin płatności",
            "account": "Rachunek bankowy",
            "bank": "Bank",
            "title": "Tytuł przelewu",
        },
    ),
    "en": Tongue(
        locale="en_GB",
        day="d MMMM y",
        month="LLLL y",
        amount="#,##0.00\N{NO-BREAK SPACE}¤¤",
        facts={
            "buyer": "Customer",
            "order": "Order",
            "due": "Amount due",
            "due_on": "Payment due",
            "account": "Bank account",
            "bank": "Bank",
            "title": "Payment reference",
        },
    ),
}

WORDINGS = {
    ("pl", INVOICE): Wording(
        "Faktura {number} za {period}",
        """Dzień dobry,

w załączeniu przesyłamy fakturę nr {number} za {period} ({service}).

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

uprzejmie przypominamy o fakturze nr {number} za {period} ({service}).
Termin płatności minął {due_on}, a do zapłaty pozostaje {due}.
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
}
