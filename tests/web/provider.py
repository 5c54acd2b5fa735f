"""A small OpenID Connect provider on this machine, which can be told to misbehave."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from entrypoints.cli.session import clock

CLIENT, SECRET = "licznik", "a secret: with signs/of all+kinds"
Plain = dict[str, Any]


def new_key(name: str) -> ECKey:
    """A key to sign with."""
    return ECKey.generate_key("P-256", {"kid": name, "use": "sig", "alg": "ES256"})


@dataclass
class OidcProvider:
    """What the provider knows and does.

    ``claims`` go into the ID token in the place of the right ones, ``published`` are its keys,
    ``signs_with`` is the one it uses.
    """

    issuer: str = ""
    email: str = ""
    claims: Plain = field(default_factory=dict)
    signs_with: ECKey = field(default_factory=lambda: new_key("first"))
    published: list[ECKey] = field(default_factory=list)
    asked: dict[str, Plain] = field(default_factory=dict)
    is_away: bool = False
    looked_at: int = 0

    def discovery(self) -> Plain:
        """What it says of itself."""
        self.looked_at += 1
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
        }

    def keys(self) -> Plain:
        """The public halves of its keys."""
        return dict(KeySet([*self.published]).as_dict(private=False))

    def code_for(self, asked: Plain) -> str:
        """A code for somebody who signed in there."""
        code = secrets.token_urlsafe(16)
        self.asked[code] = asked
        return code

    def tokens(self, form: Plain, authorization: str) -> Plain:
        """The tokens for a code, if client, code and verifier are right; a code works once."""
        asked = self.asked.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        own = f"{quote(CLIENT, safe='')}:{quote(SECRET, safe='')}".encode()
        is_ours = authorization == f"Basic {base64.b64encode(own).decode()}"
        if asked is None or asked["code_challenge"] != challenge or not is_ours:
            return {"error": "invalid_grant"}
        if asked["redirect_uri"] != form.get("redirect_uri"):
            return {"error": "invalid_grant"}
        return {
            "access_token": "nothing",
            "token_type": "Bearer",
            "id_token": self.id_token(asked["nonce"]),
        }

    def id_token(self, nonce: str) -> str:
        """Who it is, signed."""
        now = int(clock().timestamp())
        right = {
            "iss": self.issuer,
            "sub": "1",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "email": self.email,
            "email_verified": True,
        }
        said = {name: own for name, own in (right | self.claims).items() if own is not None}
        header = {"alg": "ES256", "kid": self.signs_with.kid}
        return jwt.encode(header, said, self.signs_with)


@contextmanager
def oidc_provider() -> Iterator[OidcProvider]:
    """The provider, listening."""
    own = OidcProvider()
    own.published.append(own.signs_with)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(own))
    own.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield own
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(own: OidcProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path)
            if own.is_away:
                self.send_error(503)
            elif path.path == "/authorize":
                asked = dict(parse_qsl(path.query))
                answer = urlencode({"code": own.code_for(asked), "state": asked["state"]})
                self.send_response(302)
                self.send_header("Location", f"{asked['redirect_uri']}?{answer}")
                self.end_headers()
            elif path.path == "/keys":
                self.say(own.keys())
            else:
                self.say(own.discovery())

        def do_POST(self) -> None:
            if own.is_away:
                self.send_error(503)
                return
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.say(own.tokens(dict(parse_qsl(body)), self.headers.get("Authorization", "")))

        def say(self, data: Plain) -> None:
            body = json.dumps(data).encode()
            self.send_response(400 if "error" in data else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
