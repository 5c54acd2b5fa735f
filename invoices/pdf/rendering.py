"""From the data of a document to the bytes of a PDF/A-3b: tagged, fonts embedded, self-contained.

The layout is HTML and CSS (`templates`), laid out by WeasyPrint. A process renders one document
after another with the same fonts, style sheets and templates; equal data give equal bytes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from invoices.language import Language, language
from invoices.units import unit_name, usage_in_unit, usage_unit

TEMPLATES = Path(__file__).parent / "templates"
OPTIONS = {"pdf_variant": "pdf/a-3b", "pdf_tags": True}

NOTHING_REMOTE = URLFetcher(allowed_protocols=("data",), fail_on_errors=True)
"""Images come inside the document; whatever else a template might name is refused."""

REPLACEMENT = "�"
UNPRINTABLE = frozenset({"Cc", "Cn", "Co", "Cs"})
"""Kinds of characters that no font has a picture for."""


def render(
    template: str,
    language_code: str,
    styles: str = "",
    attachments: Sequence[Attachment] = (),
    **values: Any,
) -> bytes:
    """The PDF of a template in a language, with some values in it.

    ``styles`` names the style sheet where it is another template's; ``attachments`` go into it.
    """
    say = language(language_code)
    html = _environment(language_code).get_template(f"{template}.html").render(say=say, **values)
    document = HTML(string=html, url_fetcher=NOTHING_REMOTE)
    pdf: bytes = document.write_pdf(
        stylesheets=[_styles(styles or template)],
        font_config=_fonts(),
        attachments=list(attachments),
        finisher=_name_attachments_once,
        **OPTIONS,
    )
    return pdf


def _name_attachments_once(_: Any, pdf: Any) -> None:
    """WeasyPrint lists each attachment of a PDF/A twice among its associated files."""
    if "AF" in pdf.catalog:
        pdf.catalog["AF"][:] = dict.fromkeys(pdf.catalog["AF"])


@cache
def _fonts() -> FontConfiguration:
    return FontConfiguration()


@cache
def _styles(template: str) -> CSS:
    files = (TEMPLATES / "page.css", TEMPLATES / f"{template}.css")
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return CSS(string=text, font_config=_fonts(), url_fetcher=NOTHING_REMOTE)


@cache
def _environment(code: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        finalize=printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    say = language(code)
    environment.install_gettext_translations(say.texts, newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(_filters(say))
    return environment


def _filters(say: Language) -> Mapping[str, Callable[..., str]]:
    """What templates may do with a value; numbers and days come as text of the document."""
    return {
        "amount": lambda text: say.amount(Decimal(text)),
        "money": lambda text, currency: say.money(Decimal(text), currency),
        "price": lambda text: say.price(Decimal(text)),
        "rate": lambda text: say.quantity(Decimal(text)),
        "quantity": lambda text: say.quantity(Decimal(text)),
        "date": lambda text: say.day(date.fromisoformat(text)),
        "days": lambda own: say.days(*(date.fromisoformat(own[end]) for end in ("from", "to"))),
        "named": say.name,
        "unit": lambda unit: unit_name(unit, say.code),
        "usage_unit": lambda unit: usage_unit(unit, say.code),
        "usage": lambda text, unit: say.quantity(usage_in_unit(Decimal(text), unit)),
        "groups_of_four": lambda text: " ".join(text[i : i + 4] for i in range(0, len(text), 4)),
    }


def printable(value: Any) -> Any:
    """A value as it may be printed: characters without a picture, or that turn text, are replaced.

    A name may hold control characters, unassigned ones, or marks that reverse what follows them:
    on an invoice they would hide or falsify a figure, and PDF/A does not allow missing glyphs.
    """
    if not isinstance(value, str) or (value.isascii() and value.isprintable()):
        return value
    return type(value)("".join(_printed(character) for character in value))


def _printed(character: str) -> str:
    if character in "\n\t":
        return " "
    if character in TURNING:
        return ""
    return REPLACEMENT if unicodedata.category(character) in UNPRINTABLE else character


TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
"""Marks that turn the direction of the text after them."""
