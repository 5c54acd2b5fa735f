"""The codes of structured invoices: links that KSeF's own page can check, and KSeF numbers."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from datetime import date
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from hypothesis import given
from hypothesis import strategies as st
from ksef_client.config import KsefClientOptions
from ksef_client.services.verification_link import VerificationLinkService
from ksef_client.utils.ksef_number import is_valid_ksef_number

from invoices.fa3.codes import OfflineCertificate, certificate_link, invoice_link
from invoices.fa3.ksef_numbers import valid_ksef_number
from metering.problems import Problem

NIP, SERIAL, XML = "1111111111", "01F20A5D352AE590", b"<Faktura/>"
TEST_HOST = "https://qr-test.ksef.mf.gov.pl"
PREFIX = f"{TEST_HOST}/certificate/Nip/{NIP}/{NIP}/{SERIAL}/"
P256 = 32
"""Bytes of each half of a signature by this curve."""

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def pem(key: Key, password: str | None = None) -> str:
    """A key as it is kept in a file."""
    plain = serialization.NoEncryption()
    lock = serialization.BestAvailableEncryption(password.encode()) if password else plain
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, lock).decode()


def signed(key: Key, password: str | None = None) -> tuple[bytes, bytes]:
    """What was signed by a key, and the signature, out of a code II."""
    certificate = OfflineCertificate(SERIAL, pem(key, password), password)
    link = certificate_link(NIP, XML, certificate, TEST_HOST)
    assert isinstance(link, str)
    assert link.startswith(PREFIX)
    path, _, signature = link.removeprefix("https://").rpartition("/")
    return path.encode(), urlsafe_b64decode(signature + "==")


def test_code_one_names_the_seller_the_day_and_the_bytes() -> None:
    """The hash in letters that an address may have, without padding."""
    link = invoice_link(NIP, date(2025, 11, 3), XML)
    head, _, hashed = link.rpartition("/")
    assert head == "https://qr.ksef.mf.gov.pl/invoice/1111111111/03-11-2025"
    assert len(hashed) == 43
    assert urlsafe_b64decode(hashed + "=") == sha256(XML).digest()


@given(st.binary(), st.dates(date(2026, 2, 1), date(2049, 12, 31)))
def test_code_one_is_that_of_the_library(xml: bytes, day: date) -> None:
    """Another hand has written the same link."""
    options = KsefClientOptions(base_url=TEST_HOST, base_qr_url=TEST_HOST)
    hashed = invoice_link(NIP, day, xml).rpartition("/")[2]
    theirs = VerificationLinkService(options).build_invoice_verification_url(NIP, day, hashed)
    assert invoice_link(NIP, day, xml, f"{TEST_HOST}/") == theirs


@pytest.mark.parametrize("password", [None, "hasło"])
def test_code_two_is_signed_by_rsa(password: str | None) -> None:
    """RSA-PSS with SHA-256, checked with the public key."""
    key = rsa.generate_private_key(65_537, 2048)
    path, signature = signed(key, password)
    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    key.public_key().verify(signature, path, scheme, hashes.SHA256())


def test_code_two_is_signed_by_an_elliptic_curve() -> None:
    """ECDSA with both halves side by side (P1363), checked with the public key."""
    key = ec.generate_private_key(ec.SECP256R1())
    path, signature = signed(key)
    halves = (int.from_bytes(signature[:P256]), int.from_bytes(signature[P256:]))
    der = utils.encode_dss_signature(*halves)
    key.public_key().verify(der, path, ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize(
    ("key", "password"), [("no key at all", None), ("@", "wrong"), ("@", None), ("", None)]
)
def test_a_key_that_cannot_sign_is_a_problem(key: str, password: str | None) -> None:
    """Another file, a wrong password, none."""
    locked = pem(ec.generate_private_key(ec.SECP256R1()), "right")
    own = OfflineCertificate(SERIAL, locked if key == "@" else key, password)
    found = certificate_link(NIP, XML, own)
    assert isinstance(found, Problem)
    assert found.code == "unusable_certificate"


def test_a_key_is_not_shown() -> None:
    """Where a certificate is printed, in a log for instance."""
    assert "secret" not in repr(OfflineCertificate(SERIAL, "secret key", "secret word"))


# KSeF numbers

VALID = "5265877635-20250826-0100001AF629-AF"


def test_a_ksef_number_has_check_digits() -> None:
    """35 characters, the last two made from the first 32."""
    assert valid_ksef_number(VALID)
    assert len(VALID) == 35


@pytest.mark.parametrize(
    "number",
    [
        "",
        VALID[:-1],
        VALID + "\n",
        VALID.lower(),
        VALID.replace("-", ""),
        "5265877635-20250826-010000-1AF629-AF",
        "5265877635-20251326-0100001AF629-AF",
        "\u0665265877635-20250826-0100001AF629-AF",
    ],
)
def test_what_looks_otherwise_is_none(number: str) -> None:
    """Too short, too long, small letters, a thirteenth month, digits of another script."""
    assert not valid_ksef_number(number)


@given(st.integers(0, 34), st.sampled_from("0123456789ABCDEF-"))
def test_one_wrong_character_is_found(place: int, character: str) -> None:
    """Wherever it is."""
    number = VALID[:place] + character + VALID[place + 1 :]
    assert valid_ksef_number(number) == (number == VALID)


@given(st.integers(0, 2**48 - 1), st.integers(0, 255))
def test_the_check_is_that_of_the_library(technical: int, check: int) -> None:
    """Another hand has written the same check."""
    number = f"1111111111-20251103-{technical:012X}-{check:02X}"
    assert valid_ksef_number(number) == is_valid_ksef_number(number)
