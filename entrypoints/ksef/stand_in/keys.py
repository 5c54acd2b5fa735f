"""The stand-in's own keys: made when it starts, replaced on demand."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.x509.oid import NameOID

from entrypoints.ksef.stand_in.problems import instant_text

TOKENS, DOCUMENTS = "KsefTokenEncryption", "SymmetricKeyEncryption"
KEY_BITS = 2048
BLOCK_BITS = 128
OAEP = rsa_padding.OAEP(
    mgf=rsa_padding.MGF1(algorithm=hashes.SHA256()), algorithm=hashes.SHA256(), label=None
)


class NotDecrypted(Exception):
    """What came was not encrypted for us, or is damaged."""


@dataclass(frozen=True)
class Key:
    """A key pair with its certificate, for one usage."""

    usage: str
    private: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @classmethod
    def make(cls, usage: str, days: int = 365) -> Key:
        """A new one, signed by itself."""
        private = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"stand-in {usage}")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=days))
            .sign(private, hashes.SHA256())
        )
        return cls(usage, private, certificate)

    @property
    def id(self) -> str:
        """The identifier of the public key."""
        spki = self.certificate.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return b64encode(sha256(spki).digest()).decode()

    def shown(self) -> dict[str, object]:
        """The certificate as the API shows it."""
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        return {
            "certificate": b64encode(der).decode(),
            "certificateId": b64encode(sha256(der).digest()).decode(),
            "publicKeyId": self.id,
            "validFrom": instant_text(self.certificate.not_valid_before_utc),
            "validTo": instant_text(self.certificate.not_valid_after_utc),
            "usage": [self.usage],
        }

    def decrypt(self, content: bytes) -> bytes:
        """What was encrypted with the public key."""
        try:
            return self.private.decrypt(content, OAEP)
        except ValueError as error:
            raise NotDecrypted from error


def decrypt_document(content: bytes, key: bytes, vector: bytes) -> bytes:
    """A document from AES-256-CBC with PKCS#7 padding."""
    try:
        decryptor = Cipher(algorithms.AES256(key), modes.CBC(vector)).decryptor()
        padded = decryptor.update(content) + decryptor.finalize()
        unpadder = padding.PKCS7(BLOCK_BITS).unpadder()
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError as error:
        raise NotDecrypted from error


class KeyRing:
    """The keys in use."""

    def __init__(self) -> None:
        self.rotate()

    def rotate(self) -> None:
        """New keys take the place of the old ones, which nobody may use any more."""
        self._keys = {usage: Key.make(usage) for usage in (TOKENS, DOCUMENTS)}

    def shown(self) -> list[dict[str, object]]:
        """The certificates as the API shows them."""
        return [key.shown() for key in self._keys.values()]

    def get(self, usage: str, key_id: str | None) -> Key | None:
        """The key of a usage; None where an id is named that is not its own."""
        key = self._keys[usage]
        return key if key_id in (None, key.id) else None
