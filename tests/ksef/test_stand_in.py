"""The stand-in speaks KSeF's API: its answers are held to the official schemas (API 2.6.0)."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from ksef_client.services.crypto import build_encryption_data, build_send_invoice_request
from ksef_client.services.xades import XadesKeyPair, sign_xades_enveloped

from entrypoints.ksef.stand_in.keys import DOCUMENTS, Key
from entrypoints.ksef.stand_in.server import Server
from tests.ksef.world import (
    SELLER,
    as_json,
    certificate,
    issue,
    send,
    structured,
    trouble,
)

API = json.loads((Path(__file__).parent / "ksef-open-api.json").read_text(encoding="utf-8"))
"""What of the official document sending needs: its paths, and its schemas without their texts."""
BASE = "/v2"


def plain_schema(own: Any) -> Any:
    """A schema of OpenAPI 3.0 as one of JSON Schema: null is a type."""
    if isinstance(own, list):
        return [plain_schema(one) for one in own]
    if not isinstance(own, dict):
        return own
    made = {key: plain_schema(one) for key, one in own.items() if key != "nullable"}
    return {"anyOf": [made, {"type": "null"}]} if own.get("nullable") is True else made


SCHEMAS = plain_schema(API["components"])


def faults_of(schema: Any, value: Any) -> list[str]:
    """What of a value a schema does not allow."""
    whole = {**plain_schema(schema), "components": SCHEMAS}
    return [error.message for error in Draft202012Validator(whole).iter_errors(value)]


@dataclass(frozen=True)
class Exchange:
    """A call of the API and its answer."""

    method: str
    path: str
    asked: bytes
    status: int
    kind: str
    answer: bytes

    @property
    def operation(self) -> dict[str, Any]:
        """What the official document says of it; the path with the fewest names wins."""
        found = [
            (path.count("{"), operations[self.method.lower()])
            for path, operations in API["paths"].items()
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), self.path)
            and self.method.lower() in operations
        ]
        assert found, f"{self.method} {self.path} is no call of KSeF"
        operation: dict[str, Any] = min(found, key=lambda own: own[0])[1]
        return operation

    def faults(self) -> list[str]:
        """What of it the official document does not allow."""
        responses = self.operation["responses"]
        if str(self.status) not in responses:
            return [f"{self.method} {self.path} never answers {self.status}"]
        schemas = responses[str(self.status)]
        asked = self.operation.get("request")
        wrong = faults_of(asked, as_json(self.asked.decode())) if asked else []
        if not schemas:
            return [*wrong, *(["a body where there is none"] if self.answer else [])]
        if self.kind not in schemas:
            return [*wrong, f"{self.kind} is not among {sorted(schemas)}"]
        if "xml" in self.kind:
            return wrong
        return [*wrong, *faults_of(schemas[self.kind], as_json(self.answer.decode()))]


@pytest.fixture
def exchanges(monkeypatch: pytest.MonkeyPatch, ksef: Server) -> Iterator[list[Exchange]]:
    """Every call of the API that is made meanwhile."""
    made: list[Exchange] = []
    whole = httpx.Client.send

    def noted(self: httpx.Client, request: httpx.Request, **given: Any) -> httpx.Response:
        response = whole(self, request, **given)
        response.read()
        path = request.url.path
        if path.startswith(BASE):
            kind = response.headers.get("content-type", "")
            own = (request.method, path.removeprefix(BASE), request.read())
            made.append(Exchange(*own, response.status_code, kind, response.content))
        return response

    monkeypatch.setattr(httpx.Client, "send", noted)
    yield made
    assert [fault for own in made for fault in own.faults()] == []


def called(exchanges: list[Exchange]) -> set[tuple[str, int]]:
    """The methods and paths that were called, names left out, with what was answered."""
    return {(re.sub(r"[0-9A-Fa-f-]{35,36}", "*", own.path), own.status) for own in exchanges}


def test_sending_one_by_one(database: str, ksef: Server, exchanges: list[Exchange]) -> None:
    """Token, interactive session, status, confirmation."""
    issue(database, "FV/1")
    assert send(database, ksef).status == 0
    assert {
        ("/security/public-key-certificates", 200),
        ("/auth/challenge", 200),
        ("/auth/ksef-token", 202),
        ("/auth/*", 200),
        ("/auth/token/redeem", 200),
        ("/sessions/online", 201),
        ("/sessions/online/*/invoices", 202),
        ("/sessions/online/*/close", 204),
        ("/sessions/*/invoices/*", 200),
        ("/sessions/*/invoices/ksef/*/upo", 200),
    } <= called(exchanges)


def test_sending_a_package(
    database: str, ksef: Server, exchanges: list[Exchange], tmp_path: Path
) -> None:
    """Certificate, batch session, list."""
    issue(database, "FV/1")
    issue(database, "FV/2", content=b"<Faktura/>")
    trouble(ksef, "close_batch", "lost")
    send(database, ksef, LICZNIK_KSEF_BATCH_FROM="2", **certificate(tmp_path))
    assert {
        ("/auth/xades-signature", 202),
        ("/sessions/batch", 201),
        ("/sessions/batch/*/close", 204),
        ("/sessions/*/invoices", 200),
    } <= called(exchanges)


def test_refusals(database: str, ksef: Server, exchanges: list[Exchange]) -> None:
    """Too many calls, an access token that is no good, a key that is not known."""
    issue(database, "FV/1")
    trouble(ksef, "send", "429", seconds=1)
    assert send(database, ksef).status == 0
    api = f"{ksef.url}{BASE}"
    httpx.Client().get(f"{api}/sessions/{'x' * 36}")
    httpx.Client().post(f"{api}/auth/token/redeem")
    assert {429, 401} <= {own.status for own in exchanges}


# What it is strict about


@pytest.fixture
def seller(ksef: Server) -> httpx.Client:
    """A seller who is signed in."""
    token = ksef.stand_in.access._bearer("access", SELLER, ksef.stand_in.access.lifetime)
    headers = {"Authorization": f"Bearer {token['token']}"}
    return httpx.Client(base_url=f"{ksef.url}{BASE}", headers=headers)


FORM = {"systemCode": "FA (3)", "schemaVersion": "1-0E", "value": "FA"}


def opened(ksef: Server, seller: httpx.Client) -> tuple[str, Any]:
    """A session, and its key."""
    key = ksef.stand_in.keys.get(DOCUMENTS, None)
    assert key is not None
    own = build_encryption_data(str(key.shown()["certificate"]), public_key_id=key.id)
    assert own.encryption_info is not None
    body = {"formCode": FORM, "encryption": own.encryption_info.to_dict()}
    answer = seller.post("/sessions/online", json=body)
    return answer.json()["referenceNumber"], own


def put(seller: httpx.Client, session: str, body: dict[str, Any]) -> httpx.Response:
    """Sends a document."""
    return seller.post(f"/sessions/online/{session}/invoices", json=body)


def code_of(answer: httpx.Response) -> int:
    """The code of an error."""
    found: int = answer.json()["exception"]["exceptionDetailList"][0]["exceptionCode"]
    return found


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("encryptedInvoiceSize", 1, 21402),
        ("encryptedInvoiceHash", b64encode(sha256(b"x").digest()).decode(), 21403),
        ("encryptedInvoiceContent", None, 21405),
    ],
)
def test_a_request_that_is_not_right_is_refused(
    ksef: Server, seller: httpx.Client, field: str, value: Any, code: int
) -> None:
    """Size and hash of what was encrypted, and whatever is missing."""
    session, own = opened(ksef, seller)
    body = build_send_invoice_request(structured("FV/1"), own.key, own.iv).to_dict()
    answer = put(seller, session, {**body, field: value})
    assert (answer.status_code, code_of(answer)) == (400, code)


def judged(ksef: Server, seller: httpx.Client, body: dict[str, Any]) -> int:
    """What becomes of a document."""
    session, own = opened(ksef, seller)
    made = build_send_invoice_request(structured("FV/1"), own.key, own.iv).to_dict()
    reference = put(seller, session, {**made, **body}).json()["referenceNumber"]
    found = [seller.get(f"/sessions/{session}/invoices/{reference}").json() for _ in range(2)]
    assert found[0]["status"]["code"] == 150
    status: int = found[1]["status"]["code"]
    return status


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 200), ({"invoiceSize": 1}, 430), ({"invoiceHash": "A" * 43 + "="}, 430)],
)
def test_the_document_must_be_the_one_that_was_announced(
    ksef: Server, seller: httpx.Client, body: dict[str, Any], status: int
) -> None:
    """Size and hash, decrypted; before that it is in progress."""
    assert judged(ksef, seller, body) == status


def test_a_key_that_is_not_known_opens_nothing(ksef: Server, seller: httpx.Client) -> None:
    """It was replaced."""
    other = Key.make(DOCUMENTS)
    own = build_encryption_data(str(other.shown()["certificate"]), public_key_id=other.id)
    assert own.encryption_info is not None
    body = {"formCode": FORM, "encryption": own.encryption_info.to_dict()}
    answer = seller.post("/sessions/online", json=body)
    assert (answer.status_code, code_of(answer)) == (400, 21470)


def test_a_session_that_is_closed_takes_nothing(ksef: Server, seller: httpx.Client) -> None:
    """And cannot be closed again."""
    session, own = opened(ksef, seller)
    assert seller.post(f"/sessions/online/{session}/close").status_code == 204
    body = build_send_invoice_request(structured("FV/1"), own.key, own.iv).to_dict()
    assert code_of(put(seller, session, body)) == 21180
    assert code_of(seller.post(f"/sessions/online/{session}/close")) == 21180


REQUEST = """<AuthTokenRequest xmlns="http://ksef.mf.gov.pl/auth/token/2.1">
  <Challenge>{challenge}</Challenge>
  <ContextIdentifier><Nip>{tax_id}</Nip></ContextIdentifier>
  <SubjectIdentifierType>certificateSubject</SubjectIdentifierType>
</AuthTokenRequest>"""


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        ("", "", 202),
        (SELLER, "5260001246", 400),
        ("certificateSubject<", "certificateFingerprint<", 400),
        ("<ds:SignatureValue>", "<ds:SignatureValue>AAAA", 400),
        ("<xades:SigningTime>2", "<xades:SigningTime>1", 400),
    ],
)
def test_a_signature_that_is_not_right_opens_nothing(
    ksef: Server, tmp_path: Path, before: str, after: str, status: int
) -> None:
    """Whatever of the signed request is changed."""
    own = certificate(tmp_path)
    pair = XadesKeyPair.from_pem_files(
        certificate_path=own[f"LICZNIK_KSEF_CERTIFICATE_{SELLER}"],
        private_key_path=own[f"LICZNIK_KSEF_KEY_{SELLER}"],
    )
    challenge = httpx.post(f"{ksef.url}{BASE}/auth/challenge").json()["challenge"]
    asked = REQUEST.format(challenge=challenge, tax_id=SELLER)
    signed = sign_xades_enveloped(asked, pair.certificate_pem, pair.private_key_pem)
    assert before in signed
    body = signed.replace(before, after, 1) if before else signed
    url = f"{ksef.url}{BASE}/auth/xades-signature"
    assert httpx.post(url, content=body.encode()).status_code == status
    again = httpx.post(url, content=signed.encode())
    assert again.status_code == (400 if status == 202 else 202)


def test_a_challenge_serves_once(ksef: Server) -> None:
    """Nor does one that nobody was given."""
    body = {
        "challenge": "x" * 36,
        "contextIdentifier": {"type": "Nip", "value": SELLER},
        "encryptedToken": "",
    }
    answer = httpx.post(f"{ksef.url}{BASE}/auth/ksef-token", json=body)
    assert (answer.status_code, code_of(answer)) == (400, 21111)
