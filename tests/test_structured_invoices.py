"""Structured invoices FA(3): what is written, that it is allowed, and that it adds up."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from invoices.fa3.checking import MOST_BYTES, MOST_ROWS, fa3_problems
from invoices.fa3.nodes import NAMESPACE
from invoices.fa3.rows import line_ids
from invoices.fa3.texts import ELLIPSIS, fitted
from tests.builders import Plain
from tests.golden import golden
from tests.structured import (
    BUYERS,
    CASES,
    KSEF_NUMBER,
    SLA_CREDIT,
    billed,
    correction,
    in_euro,
    line,
    of_buyer,
    penalised,
    used,
    with_names,
    xml_of,
)


def read(content: bytes, *path: str) -> list[str]:
    """The texts at a path, read by a parser that had no part in writing them."""
    names = "/".join(f"{{{NAMESPACE}}}{name}" for name in path)
    return [own.text or "" for own in etree.fromstring(content).iterfind(names)]


def of_case(name: str, *path: str) -> list[str]:
    """The texts at a path of a case's structured form."""
    return read(xml_of(CASES[name]()), *path)


def codes(document: Plain, content: bytes | None = None) -> list[tuple[str, str]]:
    """The problems of a document, as code and path."""
    found = fa3_problems(document, xml_of(document) if content is None else content)
    assert all(": " in own.message or ", " in own.message for own in found)
    return [(own.code, own.path) for own in found]


# Every case


@pytest.mark.parametrize("name", CASES)
def test_every_case_is_written_as_a_person_has_read_it(name: str) -> None:
    """Byte for byte; the bytes are what is hashed and sent."""
    content = xml_of(CASES[name]()).decode()
    assert content == golden(f"fa3/{name}.xml", content)


@pytest.mark.parametrize("name", CASES)
def test_every_case_is_allowed_and_adds_up(name: str) -> None:
    """By the official schema, and by our own arithmetic."""
    assert codes(CASES[name]()) == []


def test_a_credit_is_a_negative_row_of_an_ordinary_invoice() -> None:
    """An SLA credit lowers the tax base (rule R95)."""
    assert of_case("sla-credit", "Fa", "RodzajFaktury") == ["VAT"]
    assert of_case("sla-credit", "Fa", "FaWiersz", "P_8B")[-1] == "-1"
    assert of_case("sla-credit", "Fa", "FaWiersz", "P_11")[-1] == "-174.95"


def test_a_row_has_a_day_of_its_own_where_it_is_not_the_periods() -> None:
    """Service work of the 21st, and units of September that are given back."""
    assert of_case("own-days", "Fa", "OkresFa", "P_6_Do") == ["2025-10-31"]
    assert of_case("own-days", "Fa", "FaWiersz", "P_6A") == ["2025-10-21", "2025-09-30"]


def test_penalties_lower_what_is_paid_and_not_the_tax_base() -> None:
    """Contractual penalties stand outside VAT (Rozliczenie)."""
    assert of_case("penalties", "Fa", "P_15") == ["3822.84"]
    assert of_case("penalties", "Fa", "Rozliczenie", "SumaOdliczen") == ["300.50"]
    assert of_case("penalties", "Fa", "Rozliczenie", "DoZaplaty") == ["3522.34"]


def test_penalties_above_the_amount_are_left_to_settle() -> None:
    """Nothing is to be paid then, so no account and no term is named."""
    assert of_case("penalties-above-the-amount", "Fa", "Rozliczenie", "DoRozliczenia") == [
        "1177.16"
    ]
    assert of_case("penalties-above-the-amount", "Fa", "Platnosc") == []


@pytest.mark.parametrize(
    ("name", "field", "identifier"),
    [
        ("union-business", "P_13_9", {"KodUE": "DE", "NrVatUE": "136695976"}),
        ("greek-business", "P_13_9", {"KodUE": "EL", "NrVatUE": "094259216"}),
        ("other-business", "P_13_8", {"KodKraju": "US", "NrID": "12-3456789"}),
    ],
)
def test_a_foreign_business_accounts_for_the_tax(name: str, field: str, identifier: Plain) -> None:
    """No Polish VAT, reverse charge, and the identifier of its country."""
    assert of_case(name, "Fa", field) == of_case(name, "Fa", "P_15")
    assert of_case(name, "Fa", "Adnotacje", "P_18") == ["1"]
    who = {key: of_case(name, "Podmiot2", "DaneIdentyfikacyjne", key) for key in identifier}
    assert who == {key: [value] for key, value in identifier.items()}


def test_a_consumer_has_no_number_and_polish_vat() -> None:
    """BrakID, a natural person's name, no address needed."""
    assert of_case("consumer", "Podmiot2", "DaneIdentyfikacyjne", "BrakID") == ["1"]
    assert of_case("consumer", "Podmiot2", "DaneIdentyfikacyjne", "Nazwa") == ["Jan Kowalski"]
    assert of_case("consumer", "Podmiot2", "Adres") == []
    assert of_case("consumer", "Fa", "P_14_1") == ["714.84"]


def test_vat_in_euro_is_stated_in_zloty_too() -> None:
    """With the rate on every row."""
    assert of_case("euro", "Fa", "P_14_1W") == ["3038.93"]
    assert of_case("euro", "Fa", "FaWiersz", "KursWaluty") == ["4.2512", "4.2512"]
    assert of_case("euro", "Fa", "Platnosc", "RachunekBankowy", "NrRB")[0].startswith("PL")


def test_split_payment_is_a_flag_of_a_line_above_the_threshold() -> None:
    """Not of these services, and not of small invoices."""
    assert of_case("split-payment", "Fa", "Adnotacje", "P_18A") == ["1"]
    assert of_case("invoice", "Fa", "Adnotacje", "P_18A") == ["2"]
    flagged = [{**own, "split_payment": True} for own in of_buyer()["lines"]]
    below = xml_of(billed(of_buyer(), flagged))
    assert read(below, "Fa", "Adnotacje", "P_18A") == ["2"]


# Corrections


def test_a_correction_by_differences_has_the_differences_alone() -> None:
    """Of an invoice that KSeF never numbered."""
    name = "correction-by-differences"
    assert of_case(name, "Fa", "RodzajFaktury") == ["KOR"]
    assert of_case(name, "Fa", "TypKorekty") == ["1"]
    assert of_case(name, "Fa", "FaWiersz", "P_8B") == ["-300"]
    assert of_case(name, "Fa", "P_15") == ["-33.21"]
    assert of_case(name, "Fa", "DaneFaKorygowanej", "NrKSeFN") == ["1"]


def test_a_correction_before_and_after_has_each_row_twice() -> None:
    """The state before is marked; both rows have the id of the line of the invoice."""
    name = "correction-before-and-after"
    assert of_case(name, "Fa", "FaWiersz", "P_8B") == ["1200", "900"]
    assert of_case(name, "Fa", "FaWiersz", "StanPrzed") == ["1"]
    assert of_case(name, "Fa", "DaneFaKorygowanej", "NrKSeFFaKorygowanej") == [KSEF_NUMBER]
    before, after = of_case(name, "Fa", "FaWiersz", "UU_ID")
    assert before == after == of_case("invoice", "Fa", "FaWiersz", "UU_ID")[-1]


def test_a_second_correction_refers_to_the_first_invoice() -> None:
    """And begins where the first correction left off."""
    name = "second-correction"
    assert of_case(name, "Fa", "DaneFaKorygowanej", "NrFaKorygowanej") == ["FV/2025/000007"]
    assert of_case(name, "Fa", "FaWiersz", "P_8B") == ["900", "950"]
    assert of_case(name, "Fa", "P_13_1") == ["4.50"]


def test_a_changed_buyer_is_shown_as_it_was() -> None:
    """Podmiot2 is the buyer now, Podmiot2K the one of the corrected invoice."""
    name = "correction-of-the-buyer"
    assert of_case(name, "Podmiot2", "Adres", "AdresL1") == ["ul. Nowa 2"]
    assert of_case(name, "Fa", "Podmiot2K", "Adres", "AdresL1") == ["ul. Prosta 1"]
    assert of_case(name, "Fa", "P_15") == ["0.00"]


def test_rows_that_came_or_went_stand_alone() -> None:
    """A line that was forgotten has no state before, one that was wrong no state after."""
    own = correction(of_buyer(), used(of_buyer(), "900"), "before_after")
    added = {**own, "lines_before": [], "lines_after": [SLA_CREDIT]}
    assert read(xml_of(added), "Fa", "FaWiersz", "StanPrzed") == []
    removed = {**own, "lines_before": [SLA_CREDIT], "lines_after": []}
    assert read(xml_of(removed), "Fa", "FaWiersz", "StanPrzed") == ["1"]


# Texts


def test_texts_are_cut_at_a_word_with_a_sign() -> None:
    """Not longer than the schema allows, and it shows that they were cut."""
    (name,) = of_case("long-texts", "Podmiot2", "DaneIdentyfikacyjne", "Nazwa")
    assert 400 < len(name) <= 512
    assert name.endswith(f"długa{ELLIPSIS}")


def test_addresses_are_two_lines() -> None:
    """The first, and all others in one; no control characters."""
    assert of_case("long-texts", "Podmiot2", "Adres", "AdresL1") == ["ul. Prosta 1 [0m"]
    assert of_case("long-texts", "Podmiot2", "Adres", "AdresL2") == [
        "budynek B, 00-001 Warszawa, Polska"
    ]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("  two \n rows\t", "two rows"),
        ("a\x00b\x1bc\ufffe", "a b c"),
        ("12345678", "12345678"),
        ("123456789", f"1234567{ELLIPSIS}"),
        ("12345 7890", f"12345{ELLIPSIS}"),
        ("1234567 90", f"1234567{ELLIPSIS}"),
        ("1 34567890", f"1 34567{ELLIPSIS}"),
        ("123456e\u0301e\u0301", f"123456{ELLIPSIS}"),
        ("ab\u202e12\u202c", "ab12"),
    ],
)
def test_a_text_fits(written: str, shown: str) -> None:
    """In eight characters: words are kept whole where they can be, letters with their accents."""
    assert fitted(written, 8) == shown


@given(st.text(), st.integers(2, 40))
def test_whatever_was_written_fits(written: str, longest: int) -> None:
    """Never too long, never with spaces that the schema would count otherwise, never unreadable."""
    shown = fitted(written, longest)
    assert len(shown) <= longest
    assert shown == " ".join(shown.split())
    assert fitted(shown, longest) == shown
    etree.fromstring(f"<a>{shown.replace('&', '').replace('<', '')}</a>")


# Ids of rows


def test_the_id_of_a_row_is_stable_and_short() -> None:
    """The same for the same line, whatever came of its price; another for each line alike."""
    document = of_buyer()
    first, last = document["lines"]
    twice = list(line_ids(document, [first, last, last]))
    assert len(set(twice)) == 3
    assert all(len(own) <= 50 for own in twice)
    dearer = {**last, "unit_price": "1.00", "net": "1200.00", "quantity": "1"}
    assert list(line_ids(document, [first, dearer])) == twice[:2]
    assert list(line_ids({**document, "period": "2025-11"}, [first])) != twice[:1]


# What is wrong


def buyer(**given: object) -> Plain:
    """An invoice for another buyer."""
    return {**of_buyer(), "buyer": {**of_buyer()["buyer"], **given}}


def first_line(**given: object) -> Plain:
    """An invoice with something else on its first line."""
    first, *others = of_buyer()["lines"]
    return {**of_buyer(), "lines": [{**first, **given}, *others]}


def seller(**given: object) -> Plain:
    """An invoice of another seller."""
    return {**of_buyer(), "seller": {**of_buyer()["seller"], **given}}


def with_vat(document: Plain, vat: str, gross: str) -> Plain:
    """A document with another VAT, all of whose sums fit it."""
    other = {"vat": vat, "gross": gross}
    return {**document, **other, "vat_groups": [{**document["vat_groups"][0], **other}]}


def corrected(**given: object) -> Plain:
    """A correction with something else in it."""
    return {**correction(of_buyer(), used(of_buyer(), "900"), "differences"), **given}


DAMAGED = KSEF_NUMBER[:-1] + "E"
OTHER_BUYER = {**BUYERS["union"], "tax_id": "DE811907980"}
BAD: dict[str, tuple[Callable[[], Plain], list[tuple[str, str]]]] = {
    "a NIP with a wrong check digit": (
        lambda: buyer(tax_id="5260001247"),
        [("invalid_tax_id", "buyer.tax_id")],
    ),
    "a seller without a valid NIP": (
        lambda: seller(tax_id="1234567890"),
        [("invalid_tax_id", "seller.tax_id")],
    ),
    "a VAT number with a wrong check digit": (
        lambda: {**of_buyer("union"), "buyer": {**BUYERS["union"], "tax_id": "DE136695977"}},
        [("invalid_tax_id", "buyer.tax_id")],
    ),
    "a draft": (
        lambda: {**of_buyer(), "number": None, "issued_on": None},
        [("not_issued", "number"), ("not_issued", "issued_on")],
    ),
    "an exponent": (
        lambda: first_line(quantity="2e1"),
        [("invalid_number", "lines[0].quantity")],
    ),
    "a number that is none": (
        lambda: first_line(unit_price="NaN"),
        [("invalid_number", "lines[0].unit_price")],
    ),
    "a quantity of seven digits after the point": (
        lambda: first_line(quantity="20.0000001"),
        [("too_precise", "lines[0].quantity")],
    ),
    "a price of nine digits after the point": (
        lambda: first_line(unit_price="150.000000001"),
        [("too_precise", "lines[0].unit_price")],
    ),
    "an amount of three digits after the point": (
        lambda: first_line(net="3000.001"),
        [("too_precise", "lines[0].net"), ("totals_do_not_add_up", "vat_groups")],
    ),
    "rows that make something else": (
        lambda: first_line(net="3000.01"),
        [("totals_do_not_add_up", "vat_groups")],
    ),
    "a gross amount that is not net and VAT": (
        lambda: {**of_buyer(), "gross": "3822.85"},
        [("totals_do_not_add_up", "gross")],
    ),
    "a net amount that is not its rates'": (
        lambda: {**of_buyer(), "net": "3108.01"},
        [("totals_do_not_add_up", "net")],
    ),
    "VAT that its rate does not make": (
        lambda: with_vat(of_buyer(), "714.85", "3822.85"),
        [("wrong_vat", "vat_groups[0].vat")],
    ),
    "VAT of a correction that no rounding explains": (
        lambda: with_vat(corrected(), "-6.23", "-33.23"),
        [("wrong_vat", "vat_groups[0].vat")],
    ),
    "something else to pay than is left": (
        lambda: {**penalised(of_buyer(), "240.00"), "to_pay": "3582.83"},
        [("totals_do_not_add_up", "to_pay")],
    ),
    "too many deductions": (
        lambda: penalised(of_buyer(), *["1.00"] * 101),
        [("too_many_deductions", "deductions")],
    ),
    "a rate without a field": (
        lambda: {
            **of_buyer(),
            "lines": [{**own, "vat_rate": "zw"} for own in of_buyer()["lines"]],
            "vat_groups": [{**of_buyer()["vat_groups"][0], "vat_rate": "zw"}],
        },
        [("unknown_vat_rate", "vat_groups[0].vat_rate"), ("totals_do_not_add_up", "gross")],
    ),
    "VAT in euro alone": (
        lambda: {**in_euro(), "exchange": None},
        [("missing_exchange_rate", "vat_groups[0].vat")],
    ),
    "a currency that there is not": (
        lambda: {**of_buyer("union"), "currency": "XYZ"},
        [("fa3_invalid", "currency")],
    ),
    "a buyer without a name": (
        lambda: buyer(name="\x00"),
        [("fa3_invalid", "buyer.name")],
    ),
    "a line without a name": (
        lambda: first_line(name={"pl": "", "en": ""}),
        [("fa3_invalid", "lines[0].name.pl")],
    ),
    "a seller without an address": (
        lambda: seller(address=[]),
        [("fa3_invalid", "seller.address")],
    ),
    "a day long ago": (
        lambda: {**of_buyer(), "issued_on": "1999-01-01"},
        [("fa3_invalid", "issued_on")],
    ),
    "a KSeF number with wrong check digits": (
        lambda: corrected(corrects={**corrected()["corrects"], "ksef_number": DAMAGED}),
        [("invalid_ksef_number", "corrects.ksef_number")],
    ),
    "a correction that makes another the buyer": (
        lambda: corrected(buyer_before=OTHER_BUYER),
        [("buyer_changed", "buyer.tax_id")],
    ),
    "an effect that there is not": (
        lambda: corrected(effect="4"),
        [("fa3_invalid", "effect")],
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_whatever_is_wrong_is_named(name: str) -> None:
    """With its code, and its place in the document."""
    make, found = BAD[name]
    wanted = set(found)
    assert wanted <= set(codes(make())), codes(make())
    assert {code for code, _ in codes(make())} == {code for code, _ in wanted}


def test_all_problems_are_told_at_once() -> None:
    """Of both parties, a line and a sum."""
    own = {**seller(tax_id="1234567890"), "buyer": buyer(tax_id="1")["buyer"], "net": "0.00"}
    assert [code for code, _ in codes(own)] == [
        "invalid_tax_id",
        "invalid_tax_id",
        "totals_do_not_add_up",
    ]


def test_a_number_written_otherwise_is_the_same_buyer() -> None:
    """With dashes and without: the buyer is the same, and its NIP has ten digits in the XML."""
    own = corrected(buyer_before=buyer(tax_id="526-000-12-46")["buyer"])
    assert codes(own) == []
    before = ("Fa", "Podmiot2K", "DaneIdentyfikacyjne", "NIP")
    assert read(xml_of(own), *before) == ["5260001246"]


def test_a_mistake_in_every_row_is_not_told_ten_thousand_times() -> None:
    """A hundred of its places are enough."""
    nameless = line("overage", "1", "1.00", name={"pl": "", "en": ""})
    assert len(codes(billed(of_buyer(), [nameless] * 2_000))) == 100


def test_ten_thousand_rows_are_the_most() -> None:
    """More than the schema allows; and long before that, more bytes than KSeF takes."""
    one = line("overage", "1", "1.00")
    own = billed(of_buyer(), [one] * (MOST_ROWS + 1))
    assert ("too_many_rows", "lines") in codes(own)
    assert ("too_large", "") in codes(own)
    assert codes(billed(of_buyer(), [one] * 2_500)) == []
    assert len(xml_of(billed(of_buyer(), [one] * 2_500))) < MOST_BYTES


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda own: b"\xef\xbb\xbf" + own, "not_utf8"),
        (lambda own: own.replace(b"Acme", b"\xff\xfe"), "not_utf8"),
        (lambda own: own.replace(b"<Naglowek>", b"<?php x?><Naglowek>"), "processing_instruction"),
        (lambda own: own[:-1], "fa3_invalid"),
        (lambda own: own.replace(b"<JST>2</JST>", b""), "fa3_invalid"),
        (lambda own: own.replace(b"<P_15>3", b"<P_15>4"), "totals_do_not_add_up"),
    ],
)
def test_bytes_that_were_spoilt_are_found(spoil: Callable[[bytes], bytes], code: str) -> None:
    """What is checked is what is sent."""
    assert code in {found for found, _ in codes(of_buyer(), spoil(xml_of(of_buyer())))}


def test_nothing_is_fetched_or_put_in() -> None:
    """An entity that names a file of this machine stays a name."""
    head = b'<!DOCTYPE Faktura [<!ENTITY x SYSTEM "file:///etc/hostname">]><Faktura'
    hostile = xml_of(of_buyer()).replace(b"<Faktura", head).replace(b"Acme", b"&x;")
    assert codes(of_buyer(), hostile) == [("fa3_invalid", "")]


def test_threads_share_the_compiled_schema() -> None:
    """Right and wrong ones at once; each gets its own answer."""
    right, wrong = of_buyer(), buyer(name="")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(codes, [right, wrong] * 40))
    assert found == [[], [("fa3_invalid", "buyer.name")]] * 40


# Whatever is billed


def lines() -> st.SearchStrategy[list[Plain]]:
    """Lines of one VAT rate, charged and given back."""
    quantities = st.decimals("-99999", "99999", places=6).map(lambda own: f"{own:f}")
    prices = st.decimals("0.0001", "99999", places=4).map(lambda own: f"{own:f}")
    names = st.text(max_size=600).map(lambda own: {"pl": f"x{own}", "en": "x"})
    kinds = st.sampled_from(["overage", "sla_credit", "service_work", "adjustment"])
    one = st.builds(line, kinds, quantities, prices, name=names)
    return st.lists(one, min_size=1, max_size=8)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["", *BUYERS]), lines(), st.lists(st.integers(1, 99_999), max_size=3))
def test_whatever_is_billed_is_valid_and_has_its_totals(
    kind: str, own: list[Plain], penalties: list[int]
) -> None:
    """Totals of the XML are totals of the document, for every kind of buyer."""
    document = of_buyer(kind)
    rate = document["lines"][0]["vat_rate"]
    made = billed(document, [{**one, "vat_rate": rate} for one in own])
    made = penalised(made, *(f"{Decimal(grosze).scaleb(-2):.2f}" for grosze in penalties))
    content = xml_of(made)
    assert fa3_problems(made, content) == []
    assert read(content, "Fa", "P_15") == [made["gross"]]
    nets = [*read(content, "Fa", "P_13_1"), *read(content, "Fa", "P_13_8")]
    assert [*nets, *read(content, "Fa", "P_13_9")] == [made["net"]]
    assert read(content, "Fa", "P_14_1") == ([made["vat"]] if rate == "23" else [])
    assert content == xml_of(made)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(["differences", "before_after"]))
def test_whatever_is_corrected_is_valid_and_has_its_differences(
    data: st.DataObject, form: str
) -> None:
    """Two states of the same lines, in both forms."""
    own = data.draw(lines())
    before = billed(of_buyer(), own)
    nets = [
        f"{data.draw(st.integers(-(10**9), 10**9))}.{data.draw(st.integers(10, 99))}" for _ in own
    ]
    now = billed(of_buyer(), [{**one, "net": net} for one, net in zip(own, nets, strict=True)])
    made = correction(before, now, form)
    content = xml_of(made)
    assert fa3_problems(made, content) == []
    difference = Decimal(now["gross"]) - Decimal(before["gross"])
    assert read(content, "Fa", "P_15") == [f"{difference:.2f}"]


def test_hostile_texts_are_the_documents_and_not_markup() -> None:
    """Angle brackets are written as entities."""
    assert b"<b>" not in xml_of(with_names(of_buyer()))
