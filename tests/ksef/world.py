"""Documents to send to KSeF, and a stand-in to send them to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from lxml import etree

from entrypoints.cli.session import clock
from entrypoints.ksef.stand_in.server import Server, running
from entrypoints.ksef.stand_in.world import StandIn
from invoices.ksef.submission import CORRECTION, INVOICE, queued
from metering.calendar import local_day
from metering.store import Statement
from tests.running import Outcome, decision_store, licznik, rows

SELLER, OTHER_SELLER = "1111111111", "5260001246"
TOKEN = "a token of KSeF, 20261121-EC-0123456789"
NAMESPACE = "http://crd.gov.pl/wzor/2025/06/25/13775/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
KEEP_XML = """
    INSERT INTO invoice_file (invoice_id, kind, language, sha256, content, recorded_at)
    VALUES (%s, 'xml', '', %s, %s, %s)
"""
Tree = dict[str, Any]


def today() -> date:
    """The day of now, in Warsaw."""
    return local_day(clock())


def structured(
    number: str,
    seller: str = SELLER,
    issued_on: date | None = None,
    corrects: str | None = None,
) -> bytes:
    """A structured invoice, or a correction of another, as small as the XSD lets it be."""
    day = str(issued_on or today())
    kind: Tree = {"RodzajFaktury": "KOR" if corrects else "VAT"}
    if corrects:
        original = {"DataWystFaKorygowanej": day, "NrFaKorygowanej": corrects, "NrKSeFN": "1"}
        kind["DaneFaKorygowanej"] = original
    tree: Tree = {
        "Naglowek": {
            "KodFormularza": ("FA", {"kodSystemowy": "FA (3)", "wersjaSchemy": "1-0E"}),
            "WariantFormularza": "3",
            "DataWytworzeniaFa": f"{day}T08:00:00Z",
        },
        "Podmiot1": {"DaneIdentyfikacyjne": {"NIP": seller, "Nazwa": "Focus"}, "Adres": ADDRESS},
        "Podmiot2": {
            "DaneIdentyfikacyjne": {"NIP": "5260250274", "Nazwa": "Acme"},
            "Adres": ADDRESS,
            "JST": "2",
            "GV": "2",
        },
        "Fa": {
            "KodWaluty": "PLN",
            "P_1": day,
            "P_2": number,
            "P_13_1": "100.00",
            "P_14_1": "23.00",
            "P_15": "123.00",
            "Adnotacje": NOTES,
            **kind,
            "FaWiersz": {"NrWierszaFa": "1", "P_7": "licences", "P_11": "100.00", "P_12": "23"},
        },
    }
    root = etree.Element(f"{{{NAMESPACE}}}Faktura", nsmap={None: NAMESPACE, "xsi": XSI})
    _fill(root, tree)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


ADDRESS = {"KodKraju": "PL", "AdresL1": "ul. Prosta 1, 00-001 Warszawa"}
NOTES = {
    **dict.fromkeys(("P_16", "P_17", "P_18", "P_18A"), "2"),
    "Zwolnienie": {"P_19N": "1"},
    "NoweSrodkiTransportu": {"P_22N": "1"},
    "P_23": "2",
    "PMarzy": {"P_PMarzyN": "1"},
}


def _fill(parent: etree._Element, tree: Tree) -> None:
    for name, own in tree.items():
        child = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
        if isinstance(own, dict):
            _fill(child, own)
            continue
        child.text, attributes = own if isinstance(own, tuple) else (own, {})
        child.attrib.update(attributes)


# What is issued


def issue(
    url: str,
    *numbers: str,
    seller: str = SELLER,
    issued_on: date | None = None,
    content: bytes | None = None,
) -> list[str]:
    """Issues documents that are to be sent; returns their ids."""
    ids = [f"invoice/acme-main/{number}" for number in numbers]
    for document, number in zip(ids, numbers, strict=True):
        own = content or structured(number, seller, issued_on)
        _queue(url, document, number, own, seller, issued_on or today())
    return ids


def correct(url: str, number: str, original: str) -> str:
    """Issues a correction of a document; returns its id."""
    document = f"correction/acme-main/{number}"
    content = structured(number, corrects=original)
    corrected = f"invoice/acme-main/{original}"
    _queue(url, document, number, content, SELLER, today(), corrected)
    return document


def _queue(
    url: str,
    document: str,
    number: str,
    content: bytes,
    seller: str,
    issued_on: date,
    original: str | None = None,
) -> None:
    digest, now = sha256(content).hexdigest(), clock()
    kind = CORRECTION if original else INVOICE
    event, row = queued(document, seller, number, kind, issued_on, digest, now, original)
    file = Statement(KEEP_XML, (document, digest, content, now), changes=1)
    with decision_store(url) as decisions:
        decisions.save(event, statements=[file, row])


# Where it is sent


@contextmanager
def stand_in(**given: Any) -> Iterator[Server]:
    """A stand-in that knows the seller's token."""
    known = {"tokens": {SELLER: TOKEN, OTHER_SELLER: f"{TOKEN} of the other"}, **given}
    with running(StandIn(**known)) as server:
        yield server


def trouble(server: Server, where: str, way: str = "", **more: Any) -> None:
    """The stand-in misbehaves."""
    fault = {"where": where, "way": way, **more}
    httpx.post(f"{server.url}/stand-in/faults", json=fault).raise_for_status()


def control(server: Server, what: str) -> None:
    """The stand-in replaces its keys, or signs everybody out."""
    httpx.post(f"{server.url}/stand-in/{what}").raise_for_status()


def settings(server: Server, **more: str) -> dict[str, str]:
    """The settings to send to it."""
    own = {
        "LICZNIK_KSEF_URL": server.url,
        f"LICZNIK_KSEF_TOKEN_{SELLER}": TOKEN,
        f"LICZNIK_KSEF_TOKEN_{OTHER_SELLER}": f"{TOKEN} of the other",
        "LICZNIK_KSEF_PATIENCE": "20",
    }
    return {key: text for key, text in {**own, **more}.items() if text}


def send(url: str, server: Server, *words: str, **more: str) -> Outcome:
    """Sends what is due."""
    return licznik(url, "ksef", "send", "--json", *words, **settings(server, **more))


def states(url: str) -> list[tuple[str, str]]:
    """The number and the status of every document."""
    return rows(url, "SELECT number, status FROM ksef_submission ORDER BY number")


def statuses(url: str) -> list[str]:
    """The status of every document, in the order of their numbers."""
    return [status for _, status in states(url)]


def shown(url: str, *words: str) -> list[dict[str, Any]]:
    """What `ksef status` shows."""
    outcome = licznik(url, "ksef", "status", "--json", *words)
    assert outcome.status == 0, outcome.err
    found: list[dict[str, Any]] = outcome.data["documents"]
    return found


def received(server: Server) -> list[str]:
    """The number of every document that came to the stand-in, as often as it came."""
    return [own["number"] for own in server.stand_in.documents()]


# Who sends


def certificate(
    folder: Path, tax_id: str = SELLER, *, days: int = 30, name: str = "seal"
) -> dict[str, str]:
    """A seal of a company, signed by itself, in files; returns the settings that name them."""
    private = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "Focus"),
            x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, f"VATPL-{tax_id}"),
        ]
    )
    now = clock()
    own = (
        x509.CertificateBuilder(subject, subject, private.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .sign(private, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    pkcs8 = serialization.PrivateFormat.PKCS8
    (folder / f"{name}.crt").write_bytes(own.public_bytes(pem))
    (folder / f"{name}.key").write_bytes(private.private_bytes(pem, pkcs8, plain))
    return {
        f"LICZNIK_KSEF_TOKEN_{SELLER}": "",
        f"LICZNIK_KSEF_CERTIFICATE_{SELLER}": str(folder / f"{name}.crt"),
        f"LICZNIK_KSEF_KEY_{SELLER}": str(folder / f"{name}.key"),
    }


def at(text: str) -> datetime:
    """A time as it is written in a test."""
    return datetime.fromisoformat(text)


def upo_of(url: str, document: str) -> bytes:
    """The confirmation of receipt that is kept of a document."""
    query = "SELECT content FROM invoice_file WHERE invoice_id = %s AND kind = 'upo'"
    ((content,),) = rows(url, query, document)
    return bytes(content)


def as_json(text: str) -> Any:
    """JSON as data."""
    return json.loads(text)
