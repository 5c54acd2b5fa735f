"""The texts of pages: every one of them is there in Polish, and none is left over."""

from __future__ import annotations

from collections.abc import Iterator

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from entrypoints.web.words import LOCALES
from invoices.language import LOCALES as DOCUMENTS
from tests.test_document_texts import METHODS, SAY

FOLDER = LOCALES.parent
MARKED = SAY | {"marked": None}


def used() -> set[str]:
    """Every text that templates and code name, the first form of those that count."""
    found = extract_from_dir(FOLDER, METHODS, keywords=MARKED)
    return {own if isinstance(own, str) else own[0] for _, _, own, _, _ in found}


def said() -> Iterator[tuple[str, str, object]]:
    """Each text of each file, and its translation."""
    for path in sorted((LOCALES / "pl").glob("*.po")):
        with path.open("rb") as file:
            for own in read_po(file, locale="pl_PL", abort_invalid=True):
                if own.id:
                    yield path.stem, own.id if isinstance(own.id, str) else own.id[0], own.string


def of_documents() -> set[str]:
    """The texts that documents have already."""
    with (DOCUMENTS / "pl.po").open("rb") as file:
        polish = read_po(file)
    return {own.id if isinstance(own.id, str) else own.id[0] for own in polish if own.id}


def test_every_text_is_there_in_polish_and_none_is_left_over() -> None:
    """What a page says in English it can say in Polish."""
    own = {text: translation for _, text, translation in said()}
    assert used() - set(own) - of_documents() == set()
    assert set(own) - used() == set()
    assert all(own.values())


def test_a_text_has_one_translation() -> None:
    """In whichever file it stands."""
    known: dict[str, object] = {}
    for file, text, translation in said():
        assert known.setdefault(text, translation) == translation, (file, text)
