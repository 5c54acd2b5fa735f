"""The language of a page: the texts of pages, then those of documents; numbers by locale."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, reduce
from pathlib import Path

from babel.support import NullTranslations, Translations
from fastapi import Request

from entrypoints.web.visitors import Visitor
from invoices.language import LOCALE_NAMES, Language, language, read_texts

LOCALES = Path(__file__).parent / "locales"
LANGUAGE = "licznik_language"
"""The cookie with the language that was chosen on a page."""
NAMES = {"pl": "Polski", "en": "English"}


@cache
def words(code: str) -> Language:
    """What pages say in a language. Each face has a file of texts; a text has one translation."""
    own = language(code)
    texts = _texts(code)
    texts.add_fallback(own.texts)
    return replace(own, texts=texts)


def _texts(code: str) -> NullTranslations:
    files = sorted((LOCALES / code).glob("*.po"))
    if not files:
        return NullTranslations()
    return reduce(Translations.merge, (read_texts(file, code) for file in files))


def language_of(request: Request, visitor: Visitor | None) -> str:
    """What was chosen on a page, else the user's own, else what the browser asks for."""
    chosen = request.cookies.get(LANGUAGE)
    if chosen in LOCALE_NAMES:
        return chosen
    return visitor.language if visitor else _asked_for(request.headers.get("accept-language", ""))


def _asked_for(header: str) -> str:
    wanted = (part.strip()[:2].lower() for part in header[:200].split(","))
    return next((code for code in wanted if code in LOCALE_NAMES), "pl")
