"""Signing in to KSeF as a seller, by a token or by XAdES, and staying signed in."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from ksef_client import KsefClient, KsefHttpError
from ksef_client.models import AuthenticationTokensResponse, TokenInfo
from ksef_client.services import AuthCoordinator, AuthResult, XadesKeyPair
from ksef_client.utils.datetime_parsing import try_parse_api_datetime

from entrypoints.ksef.faults import KeyUnknown, SignedOut, one_line, translated
from entrypoints.ksef.keys import TOKENS, PublicKeys
from entrypoints.ksef_settings import Credentials
from invoices.ksef.gateway import NoEntry, NotTaken, Unclear

SPARE = timedelta(seconds=30)
"""A token is not used in its last seconds: a call takes time."""
POLL_SECONDS = 0.25
POLLS = 120
PASSES = re.compile(r"Authentication failed: 5[05]0 ")
"""Troubles of KSeF's own, which pass."""


class Entrance:
    """Signs in when it must, refreshes the access token when it can."""

    def __init__(
        self,
        client: KsefClient,
        keys: PublicKeys,
        seller: str,
        credentials: Credentials,
        clock: Callable[[], datetime],
    ) -> None:
        self._client, self._keys, self._clock = client, keys, clock
        self._seller, self._credentials = seller, credentials
        self._access: TokenInfo | None = None
        self._refresh: TokenInfo | None = None

    def access_token(self) -> str:
        """An access token that is valid; raises NoEntry where KSeF does not let us in."""
        if self._is_valid(self._access) and self._access is not None:
            return self._access.token
        if not self._refreshed():
            self._sign_in()
        assert self._access is not None
        return self._access.token

    def sign_out(self) -> None:
        """Forgets the access token, which KSeF has refused, and what came with it."""
        self._access = self._refresh = None

    def _is_valid(self, token: TokenInfo | None) -> bool:
        until = None if token is None else try_parse_api_datetime(token.valid_until)
        return until is not None and self._clock() + SPARE < until

    def _refreshed(self) -> bool:
        if self._refresh is None or not self._is_valid(self._refresh):
            return False
        try:
            answer = self._client.auth.refresh_access_token(self._refresh.token)
        except KsefHttpError as error:
            meant = translated(error)
            if isinstance(meant, Unclear):
                raise meant from error
            return False
        self._access = answer.access_token
        return True

    def _sign_in(self) -> None:
        try:
            tokens = self._signed_in()
        except KeyUnknown:
            self._keys.forget()
            tokens = self._signed_in()
        self._access, self._refresh = tokens.access_token, tokens.refresh_token

    def _signed_in(self) -> AuthenticationTokensResponse:
        own = self._credentials
        try:
            found = self._by_token() if own.certificate is None else self._by_certificate()
        except KsefHttpError as error:
            raise _no_entry(translated(error)) from error
        except TimeoutError as error:
            raise Unclear("KSeF has not decided in time whether we may come in") from error
        except (TypeError, KeyError, AttributeError) as error:
            raise Unclear(f"KSeF's answer cannot be understood: {type(error).__name__}") from error
        except (OSError, ValueError, RuntimeError) as error:
            # Files that cannot be read, and what the library says of a sign-in that failed.
            said = f"signing in to KSeF failed: {one_line(str(error))}"
            raise (Unclear if PASSES.search(said) else NoEntry)(said) from error
        return found.tokens

    def _by_token(self) -> AuthResult:
        certificate = self._keys.get(TOKENS)
        return AuthCoordinator(self._client.auth).authenticate_with_ksef_token(
            token=self._token(),
            public_certificate=certificate.certificate,
            public_key_id=certificate.public_key_id,
            context_identifier_type="nip",
            context_identifier_value=self._seller,
            poll_interval_seconds=POLL_SECONDS,
            max_attempts=POLLS,
        )

    def _token(self) -> str:
        file = self._credentials.token_file
        return self._credentials.token if file is None else file.read_text("utf-8").strip()

    def _by_certificate(self) -> AuthResult:
        own = self._credentials
        pair = XadesKeyPair.from_pem_files(
            certificate_path=str(own.certificate),
            private_key_path=str(own.key),
            private_key_password=own.key_password or None,
        )
        return AuthCoordinator(self._client.auth).authenticate_with_xades_key_pair(
            key_pair=pair,
            context_identifier_type="nip",
            context_identifier_value=self._seller,
            subject_identifier_type="certificateSubject",
            poll_interval_seconds=POLL_SECONDS,
            max_attempts=POLLS,
        )


def _no_entry(meant: Exception) -> Exception:
    """What a refusal means while we sign in; other troubles stay what they are."""
    if isinstance(meant, NotTaken | SignedOut) and not isinstance(meant, KeyUnknown):
        return NoEntry(f"KSeF does not let us in: {meant}")
    return meant
