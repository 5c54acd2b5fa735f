"""From the data of a document to the bytes of a PDF/A-3b: tagged, fonts embedded, self-contained.

The layout is HTML and CSS (`templates`), laid out by WeasyPrint. A process renders one document
after another with the same fonts, style sheets and templates; equal data give equal bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from invoices.filters import filters
from invoices.language import language
from invoices.printable import printable

TEMPLATES = Path(__file__).parent / "templates"
OPTIONS = {"pdf_variant": "pdf/a-3b", "pdf_tags": True}

NOTHING_REMOTE = URLFetcher(allowed_protocols=("data",), fail_on_errors=True)
"""Images come inside the document; whatever else a template might name is refused."""


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
    environment.filters.update(filters(say))
    return environment
