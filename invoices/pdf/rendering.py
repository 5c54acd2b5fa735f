"""From the data of a document to its PDF: templates are filled in here, and laid out elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from invoices.filters import filters
from invoices.language import language
from invoices.pdf.structured import EmbeddedForm
from invoices.printable import printable

TEMPLATES = Path(__file__).parent / "templates"


def render(
    template: str,
    language_code: str,
    styles: str = "",
    forms: Sequence[EmbeddedForm] = (),
    **values: Any,
) -> bytes:
    """The PDF of a template in a language, with some values in it.

    ``styles`` names the style sheet where it is another template's; ``forms`` go into it.
    """
    from invoices.pdf.laying_out import laid_out  # it takes a second to load

    say = language(language_code)
    html = _environment(language_code).get_template(f"{template}.html").render(say=say, **values)
    return laid_out(html, _sheets(styles or template), forms)


def _sheets(template: str) -> tuple[Path, ...]:
    """The style sheets of a template."""
    return TEMPLATES / "page.css", TEMPLATES / f"{template}.css"


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
