"""The PDF of an accounting note: what it says in both languages, and what it leaves out."""

from __future__ import annotations

from fractions import Fraction

import pytest

from invoices.language import language
from invoices.pdf.invoice_pdf import invoice_pdf
from invoices.pdf.note_rows import rate
from tests.builders import Plain, local
from tests.golden import golden
from tests.printed import DRAFT, codes, printed, structure
from tests.structured import of_buyer

LINE: Plain = {
    "kind": "penalty",
    "item": "INC-1",
    "quantity": "4",
    "unit": "hour",
    "share": "1/100",
    "net": "240.00",
    "level": {"pl": "SLA Progres", "en": "SLA Progres"},
    "priority": "critical",
    "qualified": local("2025-10-10 20:40"),
    "due": local("2025-10-12 09:40"),
    "repaired": local("2025-10-12 14:10"),
}
DAYS: Plain = {
    **LINE,
    "item": "INC-2",
    "quantity": "1",
    "unit": "day",
    "share": "1/30",
    "net": "200.00",
    "level": {"pl": "SLA Standard", "en": "SLA Standard"},
    "priority": "high",
    "repaired": None,
}


def note(**given: object) -> Plain:
    """An issued note for two incidents, one of them not repaired yet."""
    return {
        **of_buyer(),
        "type": "note",
        "number": "NK/2025/000001",
        "penalties": "netted",
        "base": "6000.00",
        "cap": "6000.00",
        "lines": [LINE, DAYS],
        "vat_groups": [],
        "net": "440.00",
        "vat": "0.00",
        "gross": "440.00",
        "ledgers": [],
        **given,
    }


@pytest.mark.parametrize("code", ["pl", "en"])
def test_the_page_says_what_a_person_has_read(code: str) -> None:
    text = "\n\f\n".join(printed(note(), code))
    assert text + "\n" == golden(f"note.{code}.txt", text + "\n")


def test_nothing_is_to_be_paid_by_the_customer() -> None:
    """No account, no code and no VAT."""
    content = invoice_pdf(note(), "en")
    text = " ".join(printed(note(), "en"))
    assert codes(content) == []
    assert [word for word in ("Payment", "transfer", "VAT rate", "PL61") if word in text] == []
    assert "outside the scope of VAT" in text.replace("\n", " ")


def test_a_note_that_is_paid_out_says_by_when() -> None:
    text = " ".join(printed(note(penalties="paid"), "en")).replace("\n", " ")
    assert "The amount is paid to the recipient by 17 November 2025." in text
    assert "set off" not in text


def test_a_draft_says_that_it_is_one() -> None:
    """It settles nothing, and names no day of payment."""
    text = " ".join(printed(note(**DRAFT, penalties="paid"), "en")).replace("\n", " ")
    assert "This is not an accounting note" in text
    assert "by 17 November" not in text


def test_the_file_names_itself() -> None:
    with structure(invoice_pdf(note(), "pl")) as pdf, pdf.open_metadata() as about:
        assert about["dc:title"] == "Nota księgowa NK/2025/000001"


@pytest.mark.parametrize(
    ("share", "pl", "en"),
    [("1/100", "1%", "1%"), ("15/1000", "1,5%", "1.5%"), ("1/30", "1/30", "1/30")],
)
def test_a_rate_is_exact(share: str, pl: str, en: str) -> None:
    """A percentage where there is one, else the fraction of the fees (R108)."""
    assert rate(Fraction(share), language("pl")) == pl
    assert rate(Fraction(share), language("en")) == en
