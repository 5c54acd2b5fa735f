"""Printed structured invoices and corrections: what they say, their codes, what is attached."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from entrypoints.rendering import FEW, render_invoices
from invoices.fa3.codes import (
    OfflineCertificate,
    StructuredInvoice,
    certificate_link,
    invoice_link,
)
from invoices.pdf.invoice_pdf import invoice_pdf
from tests.builders import Plain
from tests.golden import golden
from tests.printed import DRAFT, codes, pages, printed, structure
from tests.structured import CASES, KSEF_NUMBER, MADE_AT, correction, of_buyer, used, xml_of

NIP = "1111111111"


@cache
def key(kind: str) -> str:
    """A key of an Offline certificate."""
    made: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = ec.generate_private_key(ec.SECP256R1())
    if kind == "rsa":
        made = rsa.generate_private_key(65_537, 2048)
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    return made.private_bytes(serialization.Encoding.PEM, form, plain).decode()


def form(document: Plain, number: str | None = None, kind: str | None = None) -> StructuredInvoice:
    """The structured form of a document: with a KSeF number, or offline with a certificate."""
    xml = xml_of(document)
    link = invoice_link(NIP, date.fromisoformat(document["issued_on"]), xml)
    signed = kind and certificate_link(NIP, xml, OfflineCertificate("01F20A5D352AE590", key(kind)))
    return StructuredInvoice(
        xml, MADE_AT, link, number, signed if isinstance(signed, str) else None
    )


def first_page(document: Plain, language: str = "pl", **given: Any) -> str:
    """The text of the first page of a document with its structured form, in one line."""
    text = pages(invoice_pdf(document, language, form(document, **given)))[0]
    return text.replace("\n", " ")


# Codes


def test_an_invoice_in_ksef_shows_its_number_and_code_one() -> None:
    """Beside the code to pay by, which stays as it was."""
    own = form(of_buyer(), KSEF_NUMBER)
    pdf = invoice_pdf(of_buyer(), "pl", own)
    assert own.link in codes(pdf)
    assert set(codes(invoice_pdf(of_buyer(), "pl"))) < set(codes(pdf))
    assert f"NUMER KSEF {KSEF_NUMBER}" in first_page(of_buyer(), number=KSEF_NUMBER)
    assert "OFFLINE" not in first_page(of_buyer(), number=KSEF_NUMBER)


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_an_invoice_issued_offline_shows_both_codes(kind: str) -> None:
    """With their labels; each can be read from a picture of the page."""
    own = form(of_buyer(), None, kind)
    read = codes(invoice_pdf(of_buyer(), "pl", own))
    assert {own.link, own.certificate_link} < set(read)
    text = first_page(of_buyer(), kind=kind)
    assert "OFFLINE" in text
    assert "CERTYFIKAT" in text


def test_an_invoice_without_a_structured_form_shows_nothing_of_it() -> None:
    """As all invoices did before."""
    assert "KSeF" not in "".join(printed(of_buyer()))


# What is attached


def test_the_structured_form_is_attached_byte_for_byte() -> None:
    """As the source of what is printed (PDF/A-3), named after the invoice."""
    own = form(of_buyer(), KSEF_NUMBER)
    with structure(invoice_pdf(of_buyer(), "pl", own)) as pdf:
        assert list(pdf.attachments) == ["FV-2025-000007.xml"]
        assert pdf.attachments["FV-2025-000007.xml"].get_file().read_bytes() == own.xml
        (named,) = pdf.Root.AF
        assert named.AFRelationship == "/Source"
        assert named.EF.F.Subtype == "/text/xml"


def test_equal_forms_are_equal_bytes() -> None:
    """The attachment's times are those of the form, not of the printing."""
    own = form(of_buyer(), KSEF_NUMBER)
    assert invoice_pdf(of_buyer(), "pl", own) == invoice_pdf(of_buyer(), "pl", own)


def test_other_processes_are_given_the_form() -> None:
    """Of many invoices, those with a form have it printed."""
    own = form(of_buyer(), KSEF_NUMBER)
    plain = (of_buyer(), "pl", None)
    made = list(render_invoices([plain] * FEW + [(of_buyer(), "pl", own)]))
    assert ["KSeF" in "".join(pages(pdf)) for pdf in made] == [False] * FEW + [True]


# What is to be paid


def test_penalties_are_deducted_from_what_is_to_be_paid() -> None:
    """On the page, in words and in the code to pay by; the sums of VAT stay."""
    document = CASES["penalties"]()
    text = printed(document, "en")[0].replace("\n", " ")
    assert "Deducted: Kara umowna za przekroczenie czasu naprawy, incydent INC-1 -240.00" in text
    assert "Total 3,108.00 714.84 3,822.84" in text
    assert "Amount due 3,522.34 PLN" in text
    assert "three thousand, five hundred and twenty-two" in text
    (code,) = codes(invoice_pdf(document, "en"))
    assert code.split("|")[3] == "352234"


def test_penalties_above_the_amount_are_returned() -> None:
    """There is nothing to pay, so no account is named and no code shown."""
    document = CASES["penalties-above-the-amount"]()
    text = printed(document)[0]
    assert "Do zwrotu 1 177,16 zł" in text.replace("\n", " ")
    assert "Płatność przelewem" not in text
    assert codes(invoice_pdf(document, "pl")) == []


def test_vat_of_an_invoice_in_euro_is_stated_in_zloty() -> None:
    """With the rate, its table and day."""
    text = printed(CASES["euro"]())[0].replace("\n", " ")
    assert "VAT w złotych, stawka 23%: 3 038,93 zł" in text
    assert "1 EUR = 4,2512 PLN, tabela NBP 210/A/NBP/2025, 30 października 2025" in text


# Corrections


@pytest.mark.parametrize("language", ["pl", "en"])
def test_a_correction_says_what_a_person_has_read(language: str) -> None:
    """Page by page, in the order in which it is read aloud."""
    own = CASES["correction-before-and-after"]()
    text = "\n\f\n".join(pages(invoice_pdf(own, language, form(own, KSEF_NUMBER))))
    assert text + "\n" == golden(f"correction.{language}.txt", text + "\n")


def test_a_correction_by_differences_lists_them() -> None:
    """And gives their sum back."""
    text = printed(CASES["correction-by-differences"]())[0].replace("\n", " ")
    assert "Różnice" in text
    assert "SMS-y ponad limit -300 szt. 0,09 -27,00 23%" in text
    assert "Do zwrotu 33,21 zł" in text
    assert "trzydzieści trzy złote, dwadzieścia jeden groszy" in text


def test_a_correction_upwards_is_paid_by_transfer() -> None:
    """It has a day and a code to pay by; one downwards has neither."""
    upwards = correction(of_buyer(), used(of_buyer(), "1300"), "differences")
    assert "TERMIN PŁATNOŚCI" in printed(upwards)[0]
    assert len(codes(invoice_pdf(upwards, "pl"))) == 1
    assert "TERMIN PŁATNOŚCI" not in printed(CASES["correction-by-differences"]())[0]


def test_a_changed_buyer_is_shown_before_and_after() -> None:
    """Both addresses, and that no amount changed."""
    text = printed(CASES["correction-of-the-buyer"]())[0].replace("\n", " ")
    assert "NABYWCA PO KOREKCIE Acme Sp. z o.o. ul. Nowa 2" in text
    assert "NABYWCA PRZED KOREKTĄ Acme Sp. z o.o. ul. Prosta 1" in text
    assert "Kwoty się nie zmieniają" in text


def test_a_line_that_came_or_whose_price_changed_is_compared() -> None:
    """Of another price only the amounts are compared: units would say nothing."""
    own = correction(of_buyer(), used(of_buyer(), "900"), "before_after")
    (line,) = own["lines_after"]
    dearer = {**own, "lines_after": [{**line, "unit_price": "0.10", "net": "90.00"}]}
    assert "różnica -18,00" in printed(dearer)[0].replace("\n", " ")
    added = {**own, "lines_before": []}
    assert "przed korektą – –" in printed(added)[0].replace("\n", " ")
    assert "różnica 900 szt. 0,09 81,00" in printed(added)[0].replace("\n", " ")


def test_a_draft_of_a_correction_says_that_it_is_one() -> None:
    """It has no number, and nothing is to be paid by it."""
    own = {**correction(of_buyer(), used(of_buyer(), "1300"), "differences"), **DRAFT}
    text = printed(own)[0]
    assert "Szkic faktury korygującej" in text
    assert "Szkic. To nie jest faktura" in text
    assert codes(invoice_pdf(own, "pl")) == []
