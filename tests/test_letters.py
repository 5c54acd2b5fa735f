"""The letters: proper Polish and English, exact amounts, and names that do no harm.

The texts are compared with golden files (`tests.golden`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.files import file_name
from invoices.mailing.attachments import Attachment
from invoices.mailing.emails import Sender, compose
from invoices.mailing.letters import Letter, one_line, write_letter
from metering.problems import ProblemsFound
from tests.golden import golden
from tests.mail_server import PDF, files_of, text_of

SENT_AT = datetime(2025, 11, 3, 8, tzinfo=UTC)

DOCUMENT: dict[str, Any] = {
    "number": "FV/2025/000001",
    "order": "acme-main",
    "buyer": {"name": "Żółw i Spółka Sp. z o.o."},
    "seller": {
        "name": "Focus Telecom Polska S.A.",
        "email": "biuro@welyo.pl",
        "bank": {
            "name": "Bank Przykładowy S.A.",
            "swift": "XXXXPLPW",
            "account": "PL61109010140000071219812874",
        },
    },
    "service": {"pl": "Platforma Welyo", "en": "Welyo Platform"},
    "period": "2025-10",
    "due_on": "2025-11-17",
    "currency": "PLN",
    "gross": "1741.79",
}


CORRECTION: dict[str, Any] = {
    **DOCUMENT,
    "type": "correction",
    "number": "KOR/2025/000001",
    "corrects": {"number": "FV/2025/000001"},
    "reason": "Zużycie zgłoszone po wystawieniu faktury",
    "gross": "-33.21",
}
NOTE: dict[str, Any] = {
    **DOCUMENT,
    "type": "note",
    "number": "NK/2025/000001",
    "penalties": "netted",
    "gross": "240.00",
}
DOCUMENTS = {"invoice": DOCUMENT, "reminder": DOCUMENT, "correction": CORRECTION, "note": NOTE}


def written(letter: Letter) -> str:
    """A letter as it stands in a golden file."""
    return f"{letter.subject}\n\n{letter.text}"


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("kind", list(DOCUMENTS))
def test_the_letters_are_as_they_were_agreed(kind: str, language: str) -> None:
    """Word by word."""
    letter = written(write_letter(kind, DOCUMENTS[kind], Decimal("1741.79"), language))
    assert letter == golden(f"letter-{kind}.{language}.txt", letter)


@pytest.mark.parametrize(
    ("amount", "currency", "pl", "en"),
    [
        ("0.01", "PLN", "0,01 zł", "0.01 PLN"),
        ("1741.70", "EUR", "1 741,70 €", "1,741.70 EUR"),
        ("98765432109876543210.05", "PLN", "98 765 432 109 876 543 210,05 zł",
         "98,765,432,109,876,543,210.05 PLN"),
        ("1234.56", "JPY", "1 234,56 JPY", "1,234.56 JPY"),
    ],
)  # fmt: skip
def test_amounts_are_exact(amount: str, currency: str, pl: str, en: str) -> None:
    """Two digits in every currency, as on the invoice, and no digit lost."""
    for language, shown in (("pl", pl), ("en", en)):
        document = {**DOCUMENT, "currency": currency}
        text = write_letter("reminder", document, Decimal(amount), language).text
        assert shown in text.replace("\N{NO-BREAK SPACE}", " ")


def test_where_nothing_is_due_nobody_is_asked_to_pay() -> None:
    """An invoice that credits have brought to zero."""
    text = write_letter("invoice", DOCUMENT, Decimal(0), "en").text
    assert "Amount due: 0.00" in text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Bank account" not in text
    assert "Payment due" not in text


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize(
    ("document", "given"),
    [
        (CORRECTION, {}),
        (CORRECTION, {"gross": "33.21"}),
        (NOTE, {}),
        (NOTE, {"penalties": "paid"}),
    ],
)
def test_a_correction_or_note_asks_for_no_payment(
    document: dict[str, Any], given: dict[str, Any], language: str
) -> None:
    """Neither an account nor a title nor a day, even where more is due of the invoice now."""
    own = {**document, **given}
    letter = written(write_letter(own["type"], own, Decimal("33.21"), language))
    asking = ("Rachunek", "Account:", "zapłaty", "płatności", "Amount due", "Payment", "przelew")
    assert [word for word in asking if word in letter] == []
    assert "PL61" not in letter.replace(" ", "")


@pytest.mark.parametrize(
    ("penalties", "sentence"),
    [
        ("netted", "The amount is set off against the next invoice of this order."),
        ("paid", "The amount is paid to the recipient by 17 November 2025."),
    ],
)
def test_a_note_says_how_it_is_settled(penalties: str, sentence: str) -> None:
    assert sentence in write_letter("note", {**NOTE, "penalties": penalties}, Decimal(0), "en").text


def test_without_a_bank_account_none_is_named() -> None:
    """The seller has none in the currency."""
    document = {**DOCUMENT, "seller": {**DOCUMENT["seller"], "bank": None}}
    assert "Rachunek" not in write_letter("invoice", document, Decimal(1), "pl").text


# Hostile names


HOSTILE = [
    "Acme\r\nBcc: victim@example.com",
    "Acme\nSubject: You have won\n\nPay here",
    "\N{RIGHT-TO-LEFT OVERRIDE}lmth.live\N{POP DIRECTIONAL FORMATTING}",
    "שלום בע״מ",
    "Żółw 🐢👨‍👩‍👧",
    "A" * 100_000,
    "\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}\x00\x1b[31m\x85",
    '"; DROP TABLE <b>{number}</b> %s',
    ".\r\n.\r\nQUIT",
]


def email_of(document: dict[str, Any]) -> EmailMessage:
    """The e-mail with an invoice, as the recipient's program reads it."""
    letter = write_letter("invoice", document, Decimal(1), "pl")
    seller = document["seller"]
    sender = Sender(seller["name"], "faktury@welyo.pl", "biuro@welyo.pl")
    files = [Attachment("FV-2025-000001.pdf", "application/pdf", PDF)]
    raw = compose(letter, sender, ["a@example.com"], "<1@welyo.pl>", SENT_AT, files).content
    assert raw.isascii()
    assert max(map(len, raw.splitlines())) <= 998
    email = message_from_bytes(raw, policy=policy.default)
    assert isinstance(email, EmailMessage)
    return email


HEADERS = {
    "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted",
    "MIME-Version", "Content-Type",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_name_adds_no_header_and_no_line(name: str) -> None:
    """Neither the buyer's nor the seller's, nor the order's, nor the number."""
    plain = text_of(email_of(DOCUMENT)).count("\n")
    email = email_of(
        {
            **DOCUMENT,
            "number": f"FV/{name}",
            "order": name,
            "buyer": {"name": name},
            "seller": {**DOCUMENT["seller"], "name": name},
        }
    )
    assert set(email.keys()) == HEADERS
    assert str(email["To"]) == "a@example.com"
    assert email["From"].addresses[0].addr_spec == "faktury@welyo.pl"
    assert text_of(email).count("\n") == plain
    ((file, content),) = files_of(email)
    assert content == PDF
    assert file is not None
    assert set(file) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.")


@given(st.text(max_size=300))
def test_any_text_becomes_one_short_line(text: str) -> None:
    """Nothing that breaks, hides or turns round."""
    line = one_line(text)
    assert len(line) <= 120
    assert line.splitlines() in ([], [line])
    assert line.isprintable()


@given(st.text(min_size=1, max_size=40))
def test_any_name_makes_an_e_mail(name: str) -> None:
    """Of the buyer and of the seller."""
    seller = {**DOCUMENT["seller"], "name": name}
    email = email_of({**DOCUMENT, "buyer": {"name": name}, "seller": seller})
    assert set(email.keys()) == HEADERS


@pytest.mark.parametrize("address", ["", "biuro", "a@b@c", "a\n@example.com", "żółw@example.com"])
def test_an_address_that_cannot_be_used_is_a_problem(address: str) -> None:
    """Before anything is started."""
    letter = Letter("Faktura", "Faktura")
    sender = Sender("Focus", "biuro@welyo.pl", "biuro@welyo.pl")
    with pytest.raises(ProblemsFound, match="no e-mail can be sent"):
        compose(letter, sender, [address], "<1@welyo.pl>", SENT_AT, [])


@pytest.mark.parametrize(
    ("number", "file"),
    [
        ("FV/2025/000001", "FV-2025-000001.pdf"),
        ("../../etc/passwd", "etc-passwd.pdf"),
        ("FS 1\\2:ż*", "FS-1-2.pdf"),
    ],
)
def test_a_file_is_named_by_the_number(number: str, file: str) -> None:
    """In signs that every system takes."""
    assert file_name(number, "pl", "pl") == file
