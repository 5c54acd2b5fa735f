"""Who is told of changes of users, who needs a second factor, and another way to sign in."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

from entrypoints.keys import Role
from metering.problems import Problem

KEY_BYTES = 32
NO_KEY = "a key is 32 random bytes in base 64: `openssl rand -base64 32 | tr +/ -_` makes one"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
Network = IPv4Network | IPv6Network
_WITH_PORT = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::[0-9]+)?|([0-9.]+):[0-9]+")
"""An address as some proxies write it: each connection has another port, and is no other caller."""


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """An OpenID Connect provider, and who we are to it."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PeopleSettings:
    """``staff_mails`` are told of every change of a user (R140); users of ``totp_roles`` cannot
    sign in without a second factor; ``proxies`` are believed when they name a caller's address.
    ``totp_keys`` seal the secrets of second factors (`entrypoints.people.sealing`).
    """

    staff_mails: tuple[str, ...] = ()
    totp_roles: frozenset[Role] = frozenset()
    provider: ProviderSettings | None = None
    proxies: tuple[Network, ...] = ()
    totp_keys: tuple[str, ...] = field(default=(), repr=False)

    def caller(self, peer: str, forwarded: str) -> str:
        """The address of a caller: the last of those forwarded that is not of a proxy of ours.

        ``forwarded`` is the header X-Forwarded-For. What stands before an address that nobody of
        ours has seen is what a stranger wrote.
        """
        path = [*(_bare(own.strip()) for own in forwarded.split(",") if own.strip()), peer]
        while len(path) > 1 and self._is_proxy(path[-1]):
            path.pop()
        return path[-1]

    def _is_proxy(self, address: str) -> bool:
        try:
            own = ip_address(address)
        except ValueError:
            return False
        return any(own in network for network in self.proxies)


def _bare(address: str) -> str:
    found = _WITH_PORT.fullmatch(address)
    return found[1] or found[2] if found else address


def read_people_settings(
    environment: Mapping[str, str],
) -> tuple[PeopleSettings, list[Problem]]:
    """The settings and every problem of them.

    LICZNIK_STAFF_MAILS: who is told when a user is changed, addresses with commas between them.
    LICZNIK_TOTP_ROLES: roles that need a second factor, such as admin,finance.
    LICZNIK_OIDC_ISSUER, _CLIENT_ID, _CLIENT_SECRET: a provider to sign in with.
    LICZNIK_PROXIES: addresses or networks of proxies that name callers in X-Forwarded-For.
    LICZNIK_TOTP_KEYS: keys that seal the secrets of second factors; the first is the present one.
    """
    mails, roles, proxies, keys = (
        _listed(environment.get(f"LICZNIK_{name}", ""))
        for name in ("STAFF_MAILS", "TOTP_ROLES", "PROXIES", "TOTP_KEYS")
    )
    provider, wrong_provider = _provider(environment)
    wrong = {
        "LICZNIK_STAFF_MAILS": _first(map(_wrong_mail, mails)),
        "LICZNIK_TOTP_ROLES": _first(map(_wrong_role, roles)),
        "LICZNIK_PROXIES": _first(map(_wrong_network, proxies)),
        "LICZNIK_TOTP_KEYS": None if all(map(_is_key, keys)) else NO_KEY,
        **wrong_provider,
    }
    problems = [Problem("invalid_setting", name, own) for name, own in wrong.items() if own]
    if problems:
        return PeopleSettings(), problems
    own_roles, networks = frozenset(map(Role, roles)), tuple(map(_network, proxies))
    return PeopleSettings(mails, own_roles, provider, networks, keys), []


def _provider(
    environment: Mapping[str, str],
) -> tuple[ProviderSettings | None, dict[str, str | None]]:
    names = [f"LICZNIK_OIDC_{own}" for own in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET")]
    issuer, client, secret = given = [environment.get(own, "") for own in names]
    if not any(given):
        return None, {}
    missing: dict[str, str | None] = {
        name: "a provider needs all three: LICZNIK_OIDC_ISSUER, _CLIENT_ID and _CLIENT_SECRET"
        for name, own in zip(names, given, strict=True)
        if not own
    }
    if not missing and not _is_safe(issuer):
        missing[names[0]] = "write https://name…; without TLS only on this machine"
    return ProviderSettings(issuer, client, secret), missing


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (
        parts.scheme == "https" or (parts.scheme, host in LOOPBACK) == ("http", True)
    )


def _is_key(text: str) -> bool:
    try:
        return len(urlsafe_b64decode(text)) == KEY_BYTES
    except ValueError:
        return False


def _listed(text: str) -> tuple[str, ...]:
    return tuple(own.strip() for own in text.split(",") if own.strip())


def _first(found: Iterable[str | None]) -> str | None:
    return next((own for own in found if own), None)


def _wrong_mail(address: str) -> str | None:
    try:
        validate_email(address, check_deliverability=False)
    except EmailNotValidError as error:
        return f"{address!r} is not an e-mail address: {error}"
    return None


def _wrong_role(name: str) -> str | None:
    known = ", ".join(Role)
    return None if name in set(Role) else f"{name!r} is not a role; there are {known}"


def _wrong_network(text: str) -> str | None:
    try:
        _network(text)
    except ValueError:
        return f"{text!r} is not an address or network, such as 10.0.0.1 or 10.0.0.0/24"
    return None


def _network(text: str) -> Network:
    return ip_network(text, strict=False)
