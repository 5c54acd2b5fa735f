"""What is wrong with a structured invoice, all of it at once, before anybody is sent it.

The schema and KSeF check no arithmetic and no check digit: a wrong total passes both. So what they
let through is checked here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from billing.orders.forms import valid_tax_id
from invoices.fa3.adding_up import total_problems
from invoices.fa3.corrections import is_correction
from invoices.fa3.decimals import AMOUNT, PRICE, QUANTITY, WRITTEN, Precision
from invoices.fa3.ksef_numbers import valid_ksef_number
from invoices.fa3.nodes import Node
from invoices.fa3.parties import compact
from invoices.fa3.places import place_in_document
from invoices.fa3.rates import FIELDS
from invoices.fa3.rows import rows_of
from invoices.fa3.schema import parsed, schema_problems
from metering.problems import Problem

Document = Mapping[str, Any]
Problems = Iterator[Problem]

MOST_ROWS = 10_000
MOST_DEDUCTIONS = 100
MOST_BYTES = 1_000_000
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
ROW_NUMBERS = (("quantity", QUANTITY), ("unit_price", PRICE), ("net", AMOUNT))
SUMS = ("net", "vat", "gross")


def fa3_problems(document: Document, content: bytes) -> list[Problem]:
    """The problems of a document and of the structured invoice that was made from it.

    Paths are those of the document.
    """
    own = [*_of_document(document), *_of_bytes(content)]
    try:
        root = parsed(content)
    except etree.XMLSyntaxError as error:
        message = f"the file is no XML, build it from the document again: {error}"
        return [*own, Problem("fa3_invalid", "", message)]
    if root.getroottree().docinfo.doctype:
        message = "the file has a document type, which could name other files: take it out"
        return [*own, Problem("fa3_invalid", "", message)]
    found = [*own, *_of_nodes(root)]
    if all(problem.code != "invalid_number" for problem in own):
        found += total_problems(document, root)
    return [*found, *_new_ones(document, root, {problem.path for problem in found})]


def _new_ones(document: Document, root: Node, told: set[str]) -> Problems:
    """What the schema finds where nothing was found yet."""
    for problem in schema_problems(root):
        path = place_in_document(problem.path, document)
        if path not in told:
            yield Problem(problem.code, path, problem.message)


def _of_document(document: Document) -> Problems:
    yield from _of_issue(document)
    yield from _of_parties(document)
    yield from _of_size(document)
    yield from _of_rates(document)
    yield from _of_numbers(document)
    if is_correction(document):
        yield from _of_correction(document)


def _of_issue(document: Document) -> Problems:
    for name in ("number", "issued_on"):
        if not document[name]:
            message = "a draft has no structured form: issue the invoice first"
            yield Problem("not_issued", name, message)


def _of_parties(document: Document) -> Problems:
    """Check digits of NIPs and VAT numbers; the schema knows only their shape."""
    for name in ("seller", "buyer", "buyer_before"):
        party = document.get(name)
        if party and party["tax_id"] is not None:
            country, tax_id = party["country"], compact(party["tax_id"])
            if not valid_tax_id(country, tax_id):
                what = "NIP" if country == "PL" else "VAT number"
                message = f"{party['tax_id']} is not a valid {what}: correct it in its account"
                yield Problem("invalid_tax_id", f"{name}.tax_id", message)


def _of_size(document: Document) -> Problems:
    rows, deductions = len(rows_of(document)), len(document.get("deductions") or ())
    if rows > MOST_ROWS:
        message = f"{rows} rows, and {MOST_ROWS} are allowed: spread them over several invoices"
        yield Problem("too_many_rows", "lines", message)
    if deductions > MOST_DEDUCTIONS:
        message = f"{deductions} deductions, and {MOST_DEDUCTIONS} are allowed: add some of them up"
        yield Problem("too_many_deductions", "deductions", message)


def _of_rates(document: Document) -> Problems:
    """VAT rates that the engine knows no field for, and VAT in złoty that is missing."""
    exchange = document.get("exchange")
    for place, group in enumerate(document["vat_groups"]):
        rate, path = group["vat_rate"], f"vat_groups[{place}]"
        field = FIELDS.get(rate)
        if field is None:
            message = f"FA(3) has no field for the VAT rate {rate}: use one of {', '.join(FIELDS)}"
            yield Problem("unknown_vat_rate", f"{path}.vat_rate", message)
        elif field.vat and document["currency"] != "PLN" and rate not in _vat_in_zloty(exchange):
            message = "VAT must be stated in złoty: load the National Bank's rate and draft again"
            yield Problem("missing_exchange_rate", f"{path}.vat", message)


def _vat_in_zloty(exchange: Document | None) -> Mapping[str, str]:
    return exchange["vat"] if exchange else {}


def _of_numbers(document: Document) -> Problems:
    for path, text, precision in _numbers(document):
        written = WRITTEN.fullmatch(text)
        if written is None:
            message = f"{text!r} is no plain decimal number: write its digits out, with a point"
            yield Problem("invalid_number", path, message)
        elif len(written[1]) > precision.whole or len(written[2] or "") > precision.fraction:
            most = f"{precision.whole} digits before the point and {precision.fraction} after it"
            yield Problem("too_precise", path, f"{text} is too long: at most {most} are allowed")


def _numbers(document: Document) -> Iterator[tuple[str, str, Precision]]:
    """Every number that is written, with its place and how precise it may be."""
    for row in rows_of(document):
        for name, precision in ROW_NUMBERS:
            yield f"{row.path}.{name}", row.line[name], precision
    for place, group in enumerate(document["vat_groups"]):
        for name in SUMS:
            yield f"vat_groups[{place}].{name}", group[name], AMOUNT
    for name in (*SUMS, *(("to_pay",) if document.get("to_pay") is not None else ())):
        yield name, document[name], AMOUNT
    for place, own in enumerate(document.get("deductions") or ()):
        yield f"deductions[{place}].amount", own["amount"], AMOUNT
    yield from _exchange_numbers(document.get("exchange"))


def _exchange_numbers(exchange: Document | None) -> Iterator[tuple[str, str, Precision]]:
    if exchange:
        yield "exchange.rate", exchange["rate"], QUANTITY
        for rate, vat in exchange["vat"].items():
            yield f"exchange.vat.{rate}", vat, AMOUNT


def _of_correction(document: Document) -> Problems:
    number = document["corrects"]["ksef_number"]
    if number is not None and not valid_ksef_number(number):
        message = f"{number} is no KSeF number: its shape or its check digits are wrong, correct it"
        yield Problem("invalid_ksef_number", "corrects.ksef_number", message)
    before = document.get("buyer_before")
    if before and compact(before["tax_id"] or "") != compact(document["buyer"]["tax_id"] or ""):
        message = "a wrong buyer is not corrected: correct the invoice to zero and issue a new one"
        yield Problem("buyer_changed", "buyer.tax_id", message)


def _of_bytes(content: bytes) -> Problems:
    if len(content) > MOST_BYTES:
        message = (
            f"{len(content)} bytes, and {MOST_BYTES} are allowed: spread the rows over several"
        )
        yield Problem("too_large", "", f"{message} invoices")
    if content.startswith(BYTE_ORDER_MARK):
        yield Problem("not_utf8", "", "the file begins with a byte order mark: leave it away")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        yield Problem("not_utf8", "", "the file is not in UTF-8: write it in UTF-8")


def _of_nodes(root: Node) -> Problems:
    """KSeF takes no processing instructions, wherever they stand."""
    if root.xpath("//processing-instruction()"):
        message = "the file has a processing instruction: take it out"
        yield Problem("processing_instruction", "", message)
