"""Signing in with an OpenID Connect provider: the authorization code flow, with PKCE.

The provider's answer counts for nothing until its ID token has been verified: signed by a key of
the provider, made for us, for this very sign-in (nonce) and not over; and the e-mail address in it
must be one that the provider has verified.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, cast
from urllib.parse import quote

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from entrypoints.people_settings import ProviderSettings

SECONDS = 10
"""How long the provider may take for an answer."""
FRESH = timedelta(hours=1)
"""What the provider says of itself is asked for again after so long."""
LEEWAY_SECONDS = 60
"""By so much its clock and ours may differ."""
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
"""How an ID token may be signed. ``none``, and keys that both sides share, are not among them."""
SCOPE = "openid email"
BASIC = "client_secret_basic"


class ProviderFault(Exception):
    """The provider cannot be asked, or its answer proves nothing. Its text is for the log."""


class UnknownKey(ProviderFault):
    """An ID token names a key that was not among the provider's when they were last asked for."""


@dataclass(frozen=True, slots=True)
class Departure:
    """A way to the provider, and what must be remembered until the answer."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class _Known:
    """What the provider says of itself, and its keys, as of a time."""

    metadata: Mapping[str, Any]
    keys: KeySet
    at: datetime


class Provider:
    """A provider, as one process knows it; to the page ``redirect`` it sends people back."""

    def __init__(self, settings: ProviderSettings, redirect: str) -> None:
        self._settings = settings
        self._redirect = redirect
        self._known: _Known | None = None
        self._lock = Lock()

    def depart(self, now: datetime) -> Departure:
        """Where to send a browser; raises ProviderFault."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        endpoint = self._now_known(now).metadata["authorization_endpoint"]
        with self._http() as http:
            url, _ = self._client(http).create_authorization_url(
                endpoint, state=state, code_verifier=verifier, nonce=nonce
            )
        return Departure(url, state, nonce, verifier)

    def email(self, code: str, nonce: str, verifier: str, now: datetime) -> str:
        """The verified address of whoever came back with a code; raises ProviderFault."""
        known = self._now_known(now)
        answer = self._exchange(known, code, verifier)
        try:
            claims = self._claims(known, answer, nonce, now)
        except UnknownKey:  # providers change their keys: one look tells whether this one did
            claims = self._claims(self._look(now), answer, nonce, now)
        email = claims.get("email")
        if claims.get("email_verified") is not True or not isinstance(email, str):
            raise ProviderFault("the provider has not verified the e-mail address")
        return email

    def _exchange(self, known: _Known, code: str, verifier: str) -> Mapping[str, Any]:
        """The tokens for a code."""
        own = self._settings
        methods = known.metadata.get("token_endpoint_auth_methods_supported", [BASIC])
        more = {} if BASIC in methods else {"client_secret": own.client_secret}
        basic = httpx.BasicAuth(quote(own.client_id, safe=""), quote(own.client_secret, safe=""))
        auth = basic if BASIC in methods else httpx.Auth()
        try:
            with self._http() as http:
                token = self._client(http).fetch_token(
                    known.metadata["token_endpoint"],
                    auth=auth,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                    client_id=own.client_id,
                    **more,
                )
        except (httpx.HTTPError, AuthlibBaseError, ValueError) as error:
            raise ProviderFault(f"the code was not taken: {type(error).__name__}") from error
        return cast(Mapping[str, Any], token)

    def _claims(
        self, known: _Known, answer: Mapping[str, Any], nonce: str, now: datetime
    ) -> Mapping[str, Any]:
        """What a verified ID token says."""
        try:
            token = jwt.decode(str(answer["id_token"]), known.keys, algorithms=ALGORITHMS)
            own = {"nonce": nonce, "client_id": self._settings.client_id}
            claims = CodeIDToken(
                token.claims,
                token.header,
                {
                    "iss": {"essential": True, "value": known.metadata["issuer"]},
                    "aud": {"essential": True, "value": self._settings.client_id},
                    "nonce": {"essential": True, "value": nonce},
                },
                {**own, "access_token": answer.get("access_token")},
            )
            claims.validate(int(now.timestamp()), LEEWAY_SECONDS)
        except InvalidKeyIdError as error:
            raise UnknownKey("the ID token names an unknown key") from error
        except (JoseError, AuthlibBaseError, KeyError, ValueError, TypeError) as error:
            raise ProviderFault(f"the ID token proves nothing: {type(error).__name__}") from error
        return cast(Mapping[str, Any], claims)

    def _now_known(self, now: datetime) -> _Known:
        known = self._known
        return known if known is not None and now - known.at < FRESH else self._look(now)

    def _look(self, now: datetime) -> _Known:
        """Asks the provider about itself and for its keys."""
        issuer = self._settings.issuer
        try:
            with self._lock, self._http() as http:
                url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
                metadata = http.get(url).raise_for_status().json()
                keys = http.get(metadata["jwks_uri"]).raise_for_status().json()
                known = _Known(metadata, KeySet.import_key_set(keys), now)
        except (httpx.HTTPError, JoseError, KeyError, TypeError, ValueError) as error:
            raise ProviderFault(f"the provider cannot be asked: {type(error).__name__}") from error
        if metadata.get("issuer") != issuer:
            raise ProviderFault("the provider calls itself by another name")
        self._known = known
        return known

    def _client(self, http: httpx.Client) -> OAuth2Client:
        own = self._settings
        return OAuth2Client(
            http,
            client_id=own.client_id,
            client_secret=own.client_secret,
            scope=SCOPE,
            redirect_uri=self._redirect,
            code_challenge_method="S256",
        )

    @staticmethod
    def _http() -> httpx.Client:
        return httpx.Client(timeout=SECONDS, trust_env=False)
