"""The signature of a request to sign in: XAdES, enveloped, by the certificate within it."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

DS = "{http://www.w3.org/2000/09/xmldsig#}"
XADES = "{http://uri.etsi.org/01903/v1.3.2#}"


class BadSignature(Exception):
    """The request is not signed as it has to be. Its text is a sentence."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What was signed: the challenge, and the NIP of the seller as whom to sign in."""

    challenge: str
    tax_id: str


def read_signed(content: bytes) -> Signed:
    """The request of a signed document; raises BadSignature."""
    root = _parsed(content)
    certificate = _certificate(root)
    _check_signature(root, certificate)
    _check_properties(root, certificate)
    found = Signed(_text(root, "{*}Challenge"), _text(root, "{*}ContextIdentifier/{*}Nip"))
    _check_subject(certificate, found.tax_id)
    return found


def _parsed(content: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise BadSignature("the request is no XML") from error
    if etree.QName(root).localname != "AuthTokenRequest":
        raise BadSignature("the request is no AuthTokenRequest")
    return root


def _text(root: etree._Element, path: str) -> str:
    found = root.findtext(path)
    if not found:
        raise BadSignature(f"{path.rpartition('}')[2]} is missing")
    return found.strip()


def _certificate(root: etree._Element) -> x509.Certificate:
    text = root.findtext(f"{DS}Signature/{DS}KeyInfo/{DS}X509Data/{DS}X509Certificate")
    try:
        certificate = x509.load_der_x509_certificate(b64decode(text or ""))
    except (ValueError, Base64Error) as error:
        raise BadSignature("the signature names no certificate") from error
    now = datetime.now(UTC)
    if not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc:
        raise BadSignature("the certificate is not valid now")
    return certificate


def _check_signature(root: etree._Element, certificate: x509.Certificate) -> None:
    """The signature must be right, and be one of the whole request and of its properties."""
    signature = root.find(f"{DS}Signature")
    if signature is None:
        raise BadSignature("the request is not signed")
    named = {own.get("URI", "?") for own in signature.iterfind(f"{DS}SignedInfo/{DS}Reference")}
    properties = signature.find(f".//{XADES}SignedProperties")
    if properties is None or named != {"", f"#{properties.get('Id')}"}:
        raise BadSignature("the request and its properties must both be signed")
    xmlsec.tree.add_ids(root, ["Id"])
    context = xmlsec.SignatureContext()
    pem = certificate.public_bytes(Encoding.PEM)
    context.key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatCertPem)
    try:
        context.verify(signature)
    except xmlsec.Error as error:
        raise BadSignature("the signature is wrong") from error


def _check_properties(root: etree._Element, certificate: x509.Certificate) -> None:
    path = f".//{XADES}SigningCertificate/{XADES}Cert/{XADES}CertDigest/{DS}DigestValue"
    digest = sha256(certificate.public_bytes(Encoding.DER)).digest()
    if b64decode(root.findtext(path) or "") != digest:
        raise BadSignature("the signed properties name another certificate")


def _check_subject(certificate: x509.Certificate, tax_id: str) -> None:
    """A company's seal or a person's certificate names the NIP, as VATPL-... or TINPL-..."""
    subject = [str(own.value) for own in certificate.subject]
    if not any(text.rpartition("-")[2] == tax_id for text in subject):
        raise BadSignature("the certificate is not that of this NIP")
