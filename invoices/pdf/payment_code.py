"""The QR code that fills in a bank transfer.

In złoty it follows the Polish banks' recommendation for transfers (ZBP, 2013), in euro the code of
the European Payments Council (EPC069-12). Other currencies have none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import segno
from segno import helpers

from invoices.fa3.payment import to_pay
from invoices.invoice import NOTE

MOST_GROSZE = 999_999
"""The code in złoty has six digits for the amount."""


@dataclass(frozen=True, slots=True)
class PaymentCode:
    """A code as an image, and whether the amount is in it or must be typed."""

    image: str
    with_amount: bool


def payment_code(document: Mapping[str, Any]) -> PaymentCode | None:
    """The code to pay an issued invoice by; None where the customer pays nothing by transfer."""
    seller, amount = document["seller"], Decimal(to_pay(document))
    bank = seller["bank"]
    is_note = document.get("type") == NOTE
    if bank is None or document["number"] is None or amount <= 0 or is_note:
        return None
    if document["currency"] == "PLN":
        payload = transfer_text(seller, amount, document["number"])
        code = segno.make(payload, error="m", micro=False, encoding="utf-8", boost_error=False)
        return PaymentCode(_image(code), grosze(amount) <= MOST_GROSZE)
    if document["currency"] == "EUR":
        account, name = bank["account"], seller["name"][:70]
        code = helpers.make_epc_qr(name, account, amount, text=document["number"])
        return PaymentCode(_image(code), with_amount=True)
    return None


def transfer_text(seller: Mapping[str, Any], amount: Decimal, title: str) -> str:
    """What the code in złoty says; an amount above 9,999.99 does not fit and is zero."""
    shown = grosze(amount) if grosze(amount) <= MOST_GROSZE else 0
    account = seller["bank"]["account"].removeprefix("PL")
    fields = (seller["tax_id"], "PL", account, f"{shown:06}", seller["name"][:20], title[:32])
    return "|".join((*(field.replace("|", " ") for field in fields), "", "", ""))


def grosze(amount: Decimal) -> int:
    """An amount in hundredths."""
    return int(amount.scaleb(2))


def _image(code: segno.QRCode) -> str:
    return code.svg_data_uri(scale=4, border=0, dark="#111827")
