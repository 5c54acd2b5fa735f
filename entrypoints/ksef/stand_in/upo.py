"""The confirmation of receipt (UPO) of the stand-in: the shape of KSeF's, without its seal."""

from __future__ import annotations

from base64 import b64encode

from lxml import etree

from entrypoints.ksef.stand_in.documents import Document
from entrypoints.ksef.stand_in.problems import instant_text

NAMESPACE = "http://upo.schematy.mf.gov.pl/KSeF/v4-3"


def confirmation(document: Document, context: str) -> bytes:
    """The confirmation that a document was accepted."""
    facts, at = document.facts, instant_text(document.received_at)
    if facts is None or document.ksef_number is None:
        raise ValueError(f"{document.reference} was not accepted")
    root = etree.Element(f"{{{NAMESPACE}}}Potwierdzenie", nsmap={None: NAMESPACE})
    _add(root, "NazwaPodmiotuPrzyjmujacego", "stand-in for KSeF, without force in law")
    _add(root, "NumerReferencyjnySesji", document.session)
    _add(_add(_add(root, "Uwierzytelnienie"), "IdKontekstu"), "Nip", context)
    _add(root, "NazwaStrukturyLogicznej", "schemat_FA(3)_v1-0E.xsd")
    _add(root, "KodFormularza", "FA (3)")
    own = _add(root, "Dokument")
    for name, text in (
        ("NipSprzedawcy", facts.seller),
        ("NumerKSeFDokumentu", document.ksef_number),
        ("NumerFaktury", facts.number),
        ("DataWystawieniaFaktury", str(facts.issued_on)),
        ("DataPrzeslaniaDokumentu", at),
        ("DataNadaniaNumeruKSeF", at),
        ("SkrotDokumentu", b64encode(document.sha256).decode()),
        ("TrybWysylki", "Offline" if document.is_offline else "Online"),
    ):
        _add(own, name, text)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    child = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    child.text = text
    return child
