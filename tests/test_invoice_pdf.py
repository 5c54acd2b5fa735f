"""The PDF of an invoice: what it says, in both languages, and that it is what archives accept."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import cache
from typing import Any

import pikepdf
import pytest
from weasyprint import HTML
from weasyprint.urls import FatalURLFetchingError

from billing.documents import invoice_document
from invoices.pdf.invoice_pdf import invoice_pdf
from invoices.pdf.laying_out import NOTHING_REMOTE
from invoices.pdf.payment_code import transfer_text
from invoices.printable import printable
from tests.builders import (
    ACCOUNT,
    FCC,
    Bill,
    Plain,
    addon,
    bill,
    hold,
    order,
    pack,
    use,
)
from tests.golden import golden
from tests.printed import DRAFT, codes, issued, pages, printed, structure


@cache
def october() -> Bill:
    """A month with every kind of line: part of a month, packs, a cap, users, a level, refusals."""
    own = order(
        "pro",
        launch_date="2025-10-15",
        sla="progres",
        addons=[addon("email_sms_automation"), addon("calendar")],
        packs=[pack("pack_sms_2000", "2025-10-16 09:00")],
        caps={"mass_emails": 500},
        prices={"licence": "149.99"},
    )
    return bill(
        own,
        use("api_calls", 100_000, user="anna@acme.pl"),
        use("api_calls", 400_000, user="jan@acme.pl"),
        use("sms", 6_200),
        use("mass_emails", 2_000),
        hold("records", 500_123, "2025-10-20 10:30"),
        hold("queues", 22, "2025-10-21 08:00"),
    )


def simple(**account: Any) -> Bill:
    """An invoice of one line."""
    return bill(order(), account={**ACCOUNT, **account})


def with_lines(count: int) -> Plain:
    """An invoice of many lines, each of 10.01 net."""
    document = issued(simple())
    (line,) = document["lines"]
    own = [
        {**line, "net": "10.01", "name": {"pl": f"Usługa {n}", "en": f"Service {n}"}}
        for n in range(1, count + 1)
    ]
    return {**document, "lines": own}


@pytest.mark.parametrize("language", ["pl", "en"])
def test_the_pages_say_what_a_person_has_read(language: str) -> None:
    """The whole text of an invoice, page by page, in the order in which it is read aloud."""
    text = "\n\f\n".join(printed(issued(october()), language))
    assert text + "\n" == golden(f"invoice.{language}.txt", text + "\n")


def test_the_product_has_the_name_of_the_pinned_edition() -> None:
    """R8: the same service is FCC for one order and Welyo for another."""
    fcc = printed(issued(bill(order(edition=FCC))))[0]
    welyo = printed(issued(simple()))[0]
    assert "Usługa FCC" in fcc
    assert "Welyo" not in fcc.replace("biuro@welyo.pl", "")
    assert "Usługa Welyo" in welyo
    assert "FCC" not in welyo


def test_every_overage_line_can_be_checked_with_a_pencil() -> None:
    """The second page shows used, less what is free, less packs: units times price is the net."""
    document = issued(october())
    text = " ".join(printed(document, "en")[1:])
    for number, line in enumerate(document["lines"], 1):
        if line["kind"] == "overage":
            ledger = next(own for own in document["ledgers"] if own["meter"] == line["item"])
            shown = text.partition(f"{number}. {line['name']['en']}")[2]
            sums = [_plain(found) for found in re.findall(r"(?<![\d.])[\d,]+(?= |$)", shown)]
            parts = ("used", "included", "from_packs", "overage")
            assert all(Decimal(ledger[part]) in sums for part in parts if ledger[part] != "0")
            net = f"{Decimal(line['net']):,.2f} PLN net"
            assert f"× {line['unit_price']} = {net}" in shown


def _plain(shown: str) -> Decimal:
    return Decimal(shown.replace(",", "") or 0)


def test_a_part_of_a_month_is_explained_by_its_days() -> None:
    """20 licences at 149.99 for 17 of 31 days are 1645.05."""
    text = printed(issued(october()), "en")[1]
    assert "17 of 31 days 20 × 17 / 31 × 149.99 = 1,645.05 PLN net" in text.replace("\n", " ")


def test_a_part_of_a_month_is_explained_where_its_quantity_is_whole_too() -> None:
    """Half of November for 2 licences is 1 licence on the line: the customer ordered 2."""
    document = issued(bill(order(licences=2, launch_date="2025-11-16"), period="2025-11"))
    assert document["lines"][0]["quantity"] == "1"
    text = " ".join(printed(document, "en")).replace("\n", " ")
    assert "15 of 30 days 2 × 15 / 30 × 150.00 = 150.00 PLN net" in text


@pytest.mark.parametrize(("currency", "shown"), [("JPY", "3,690.55 JPY"), ("KWD", "3,690.55 KWD")])
def test_every_currency_has_hundredths(currency: str, shown: str) -> None:
    """As the amounts of an invoice have: yen are not rounded, dinars get no third digit."""
    document = issued(simple(), currency=currency, gross="3690.55")
    assert f"Amount due {shown}" in printed(document, "en")[0]


def test_sums_are_carried_from_page_to_page() -> None:
    """300 lines: each page but the last ends with the sum so far, and the next begins with it."""
    document = with_lines(300)
    found = printed(document, "en")
    listed = [page for page in found if re.search(r"Service \d", page)]
    assert len(listed) > 5
    for number, page in enumerate(listed, 1):
        last = max(int(n) for n in re.findall(r"Service (\d+)", page))
        total = f"{Decimal('10.01') * last:,.2f} PLN"
        assert (f"carried forward: {total}" in page) == (number < len(listed))
        if number < len(listed):
            assert f"brought forward: {total}" in listed[number]
    assert "brought forward" not in listed[0]
    assert "carried forward" not in "".join(found[len(listed) :])


def test_heads_are_repeated_and_pages_numbered() -> None:
    """Each page of lines has the columns' names, each page its number."""
    found = printed(with_lines(300), "en")
    for number, page in enumerate(found, 1):
        assert f"page {number} / {len(found)}" in page
        if re.search(r"Service \d", page):
            assert "Net unit price" in page


def test_three_lines_and_their_sums_fit_on_one_page() -> None:
    """A short invoice is one page of figures."""
    first = printed(with_lines(3))[0]
    assert "Do zapłaty" in first
    assert "Płatność przelewem" in first


def test_a_draft_says_that_it_is_one() -> None:
    """A draft has no number, no due day and no code to pay by."""
    document = {**invoice_document(october().invoice), **DRAFT}
    text = printed(document)[0]
    assert "Szkic. To nie jest faktura" in text
    assert "Termin płatności" not in text
    assert codes(invoice_pdf(document, "pl")) == []


def test_an_indicative_price_is_marked() -> None:
    """What is modelled with a price nobody agreed to says so."""
    document = with_lines(1)
    line = {**document["lines"][0], "indicative": True}
    assert "cena orientacyjna" in printed({**document, **DRAFT, "lines": [line]})[0]


# The payment code


def test_the_code_in_zloty_fills_in_the_transfer() -> None:
    """The bank's camera reads NIP, account, grosze, recipient and title."""
    (code,) = codes(invoice_pdf(issued(simple(), gross="108.30"), "pl"))
    fields = code.split("|")
    assert fields[:4] == ["1111111111", "PL", "61109010140000071219812874", "010830"]
    assert fields[4:6] == ["Focus Telecom Polska", "FV/2025/000007"]
    assert len(code) <= 160


def test_an_amount_above_what_the_code_holds_is_typed_by_hand() -> None:
    """The code in złoty has six digits for grosze: above 9,999.99 it leaves the amount open."""
    document = issued(simple(), gross="10000.00")
    assert transfer_text(document["seller"], Decimal("9999.99"), "x").split("|")[3] == "999999"
    (code,) = codes(invoice_pdf(document, "pl"))
    assert code.split("|")[3] == "000000"
    assert "Kwotę prosimy wpisać" in printed(document)[0]


def test_a_bar_in_a_title_cannot_forge_a_field() -> None:
    """The fields of the code are parted by bars, so no field may hold one."""
    seller = {**issued(simple())["seller"], "name": "A|PL|00"}
    text = transfer_text(seller, Decimal("1.00"), "t|999")
    assert text.count("|") == 8
    assert text.split("|")[4:6] == ["A PL 00", "t 999"]


def test_the_code_in_euro_is_that_of_the_payments_council() -> None:
    """EPC069-12: an account in euro, the amount, the number as the text."""
    foreign = bill(order(currency="EUR"), account={**ACCOUNT, "country": "DE", "tax_id": None})
    document = issued(foreign)
    (code,) = codes(invoice_pdf(document, "en"))
    lines = code.splitlines()
    assert lines[0] == "BCD"
    assert "PL12109010140000000000000978" in lines
    assert f"EUR{document['gross'].rstrip('0').rstrip('.')}" in lines
    assert "FV/2025/000007" in lines


def test_a_currency_without_an_account_has_no_payment_box() -> None:
    """Where the seller has no account in a currency, none is shown."""
    text = printed(issued(bill(order(currency="SEK"))))[0]
    assert "Płatność przelewem" not in text
    assert codes(invoice_pdf(issued(bill(order(currency="SEK"))), "pl")) == []


# Buyers


def test_a_business_in_the_union_reads_reverse_charge() -> None:
    """Art. 106e(1)(18): the words must stand on the invoice."""
    german = {**ACCOUNT, "country": "DE", "tax_id": "DE136695976"}
    document = issued(bill(order(), account=german))
    assert "np II: reverse charge" in printed(document, "en")[0]
    assert "np II: odwrotne obciążenie" in printed(document)[0]
    assert "VAT number DE136695976" in printed(document, "en")[0]
    assert "Germany" in printed(document, "en")[0]


HOSTILE = (
    "<script>alert(1)</script><img src='http://127.0.0.1/x.png'>",
    "&amp; {{ 7 * 7 }} {% raw %}",
    "Bardzo" * 100,
    "שלום עולם مرحبا بالعالم",
    "日本語 한국어 🦊🎉 👨‍👩‍👧",
    "abc\u202e01.000 1\u202c",
    "bell\x07 null\x00 private\ue000 unassigned\U000e0080",
    '"quoted" attr=x onload=\'x\' data-forward="0"',
)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_text_whatever_it_holds(name: str) -> None:
    """No name becomes markup, fetches anything, hides a figure or breaks the page."""
    document = issued(simple())
    pdf = invoice_pdf({**document, "buyer": {**document["buyer"], "name": name}}, "pl")
    text = "".join(pages(pdf))
    assert "".join(str(printable(name)).split())[:12] in _without_spaces(text) or _turned(name)
    assert f"{Decimal(document['gross']):.2f}".replace(".", ",") in _without_spaces(text)
    assert _conforms(pdf)


def _without_spaces(text: str) -> str:
    return "".join(text.split())


def _turned(name: str) -> bool:
    """Letters that are written from right to left, or joined, are read back in another order."""
    return any(ord(character) > 0x500 for character in name[:12])


def test_marks_that_turn_the_direction_are_taken_out() -> None:
    """With them a name could make 1,000.10 look like 01.000,1."""
    assert printable("abc\u202e123\u202c") == "abc123"
    assert printable("a\x00b\ue000") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"


def test_nothing_is_fetched() -> None:
    """A page that names something elsewhere is not rendered at all."""
    for address in ("http://127.0.0.1:9/x.png", "file:///etc/hostname", "ftp://127.0.0.1/x"):
        page = HTML(string=f"<img src='{address}'>", url_fetcher=NOTHING_REMOTE)
        with pytest.raises(FatalURLFetchingError):
            page.write_pdf()


# What archives and screen readers ask for


def test_the_file_is_tagged_and_names_itself() -> None:
    """PDF/A-3b in its metadata, a structure tree, a language, a title."""
    with structure(invoice_pdf(issued(october()), "pl")) as pdf, pdf.open_metadata() as about:
        assert (about["pdfaid:part"], about["pdfaid:conformance"]) == ("3", "B")
        assert about["dc:title"] == "Faktura FV/2025/000007"
        assert pdf.Root.Lang == "pl"
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.OutputIntents[0].S == "/GTS_PDFA1"
        tags = set(_tags(pdf.Root.StructTreeRoot))
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/THead", "/P", "/Figure"} <= tags


def _tags(node: Any) -> Iterator[str]:
    if isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield str(node.S)
        if "/K" in node:
            yield from _tags(node.K)
    elif isinstance(node, pikepdf.Array):
        for own in node:
            yield from _tags(own)


@pytest.mark.parametrize("document", [issued(october()), with_lines(60)])
def test_fonts_are_embedded_and_nothing_acts(document: Plain) -> None:
    """Every font's program is in the file; no script, no link, no attachment."""
    assert _conforms(invoice_pdf(document, "pl"))


def _conforms(content: bytes) -> bool:
    with structure(content) as pdf:
        objects = [own for own in pdf.objects if isinstance(own, pikepdf.Dictionary)]
        fonts = [own for own in objects if own.get("/Type") == "/FontDescriptor"]
        embedded = all({"/FontFile", "/FontFile2", "/FontFile3"} & set(own) for own in fonts)
        acting = any({"/JS", "/JavaScript", "/Launch", "/URI", "/EF"} & set(own) for own in objects)
    return bool(fonts) and embedded and not acting


def test_equal_invoices_are_equal_bytes() -> None:
    """The same data render to the same file."""
    document = issued(october())
    assert invoice_pdf(document, "pl") == invoice_pdf(document, "pl")
    assert invoice_pdf(document, "pl") != invoice_pdf(document, "en")


def test_two_documents_are_never_laid_out_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library that lays out text is not made for threads: it has ended whole processes."""
    within: list[str] = []

    def layout(_: HTML, **__: object) -> bytes:
        within.append("begun")
        time.sleep(0.02)
        assert len(within) == 1
        within.clear()
        return b""

    monkeypatch.setattr(HTML, "write_pdf", layout)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(invoice_pdf, [issued(simple())] * 8, ["pl"] * 8)) == [b""] * 8
