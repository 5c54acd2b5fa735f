"""Signing in with an OpenID Connect provider: a real one on this machine, good and bad."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from entrypoints.cli.session import clock
from entrypoints.people.provider import Provider, ProviderFault
from entrypoints.people_settings import ProviderSettings
from tests.running import change, value
from tests.web.people import (
    Person,
    attempts,
    forget_attempts,
    guarded,
    guest,
    is_in,
    person,
    turn_on_second_factor,
)
from tests.web.portal import Portal, Visit
from tests.web.provider import CLIENT, SECRET, OidcProvider, new_key, oidc_provider


@pytest.fixture(scope="module")
def provider() -> Iterator[OidcProvider]:
    """The provider."""
    with oidc_provider() as own:
        yield own


@pytest.fixture(scope="module")
def portal(shared_database: str, provider: OidcProvider) -> Iterator[Portal]:
    """The pages, with the provider."""
    own = {"ISSUER": provider.issuer, "CLIENT_ID": CLIENT, "CLIENT_SECRET": SECRET}
    settings = {f"LICZNIK_OIDC_{name}": given for name, given in own.items()}
    with guarded(shared_database, LICZNIK_PUBLIC_URL="http://localhost:1", **settings) as portal:
        yield portal


@pytest.fixture
def user(portal: Portal, provider: OidcProvider) -> Person:
    """A user whom the provider knows, and a provider that behaves."""
    forget_attempts(portal)
    own = person(portal, password=None)
    provider.email, provider.claims, provider.is_away = own.email, {}, False
    return own


def departure(visit: Visit, then: str = "/profile") -> str:
    """Where the browser is sent."""
    answer = visit.get(f"/signin/provider?next={then}")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def arrival(url: str) -> str:
    """The page of ours that the provider sends the browser back to."""
    back = urlsplit(httpx.get(url, trust_env=False).headers["location"])
    assert f"{back.scheme}://{back.netloc}" == "http://localhost:1"
    return f"{back.path}?{back.query}"


def come(visit: Visit) -> httpx.Response:
    """There and back."""
    return visit.get(arrival(departure(visit)))


def test_a_user_whom_the_provider_vouches_for_is_in(portal: Portal, user: Person) -> None:
    """And comes to the page that was asked for."""
    visit = guest(portal)
    assert "Sign in with the company account" in visit.get("/signin").text
    assert come(visit).headers["location"] == "/profile"
    assert is_in(visit)
    assert attempts(portal, "provider") == [(user.id, "right")]


def test_the_way_there_carries_state_nonce_and_challenge(portal: Portal, user: Person) -> None:
    """Each time others, and no secret."""
    first, second = (parse_qs(urlsplit(departure(guest(portal))).query) for _ in range(2))
    assert first["response_type"] == ["code"]
    assert first["code_challenge_method"] == ["S256"]
    assert first["scope"] == ["openid email"]
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
        assert len(first[name][0]) >= 43
    assert "client_secret" not in first


def test_nobody_becomes_a_user_by_a_provider(
    portal: Portal, user: Person, provider: OidcProvider
) -> None:
    """Somebody else adds users."""
    provider.email = "stranger@example.com"
    before = value(portal.database, "SELECT count(*) FROM portal_user")
    visit = guest(portal)
    answer = come(visit)
    assert (answer.status_code, "opened no access here" in answer.text) == (422, True)
    assert not is_in(visit)
    assert value(portal.database, "SELECT count(*) FROM portal_user") == before


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "true"},
        {"email": None},
        {"nonce": "another one"},
        {"nonce": None},
        {"aud": "another client"},
        {"aud": [CLIENT, "another client"]},
        {"iss": "https://evil.example"},
        {"exp": 1_000_000_000},
        {"exp": None},
    ],
    ids=str,
)
def test_a_token_that_proves_nothing_opens_nothing(
    portal: Portal, user: Person, provider: OidcProvider, claims: dict[str, object]
) -> None:
    """Not verified, not for us, not of this sign-in, not any more."""
    provider.claims = claims
    visit = guest(portal)
    assert come(visit).status_code == 422
    assert not is_in(visit)


def test_a_token_signed_by_another_key_opens_nothing(
    portal: Portal, user: Person, provider: OidcProvider
) -> None:
    """Though it calls itself by the name of the right one."""
    right, provider.signs_with = provider.signs_with, new_key("first")
    try:
        assert come(guest(portal)).status_code == 422
    finally:
        provider.signs_with = right


def test_a_new_key_of_the_provider_is_asked_for(
    portal: Portal, user: Person, provider: OidcProvider
) -> None:
    """Providers change them; then ours look once more."""
    provider.signs_with = new_key("second")
    provider.published.append(provider.signs_with)
    looked = provider.looked_at
    assert come(guest(portal)).status_code == 303
    assert provider.looked_at == looked + 1


def test_an_answer_without_our_question_opens_nothing(portal: Portal, user: Person) -> None:
    """Another browser's, another state's, or the same a second time."""
    visit = guest(portal)
    path = arrival(departure(visit))
    assert guest(portal).get(path).status_code == 422
    other = guest(portal)
    departure(other)
    assert other.get(path).status_code == 422
    assert visit.get(path).status_code == 303
    assert visit.get(path).status_code == 422


def test_a_refusal_of_the_provider_is_said(portal: Portal, user: Person) -> None:
    """Say, somebody pressed Cancel there."""
    visit = guest(portal)
    state = parse_qs(urlsplit(departure(visit)).query)["state"][0]
    answer = visit.get(f"/signin/provider/back?error=access_denied&state={state}")
    assert answer.status_code == 422


def test_the_second_factor_is_asked_for_here_too(portal: Portal, user: Person) -> None:
    """Whatever the provider has asked for."""
    turn_on_second_factor(portal, user)
    assert come(guest(portal)).headers["location"] == "/signin/code"


def test_a_blocked_user_stays_out(portal: Portal, user: Person) -> None:
    """Though the provider still vouches for the address."""
    now = clock()
    change(portal.database, "UPDATE portal_user SET blocked_at = %s WHERE id = %s", now, user.id)
    visit = guest(portal)
    assert come(visit).status_code == 422
    assert not is_in(visit)


def test_nobody_is_led_to_another_site(portal: Portal, user: Person) -> None:
    """By the way of the provider."""
    visit = guest(portal)
    assert visit.get(arrival(departure(visit, "//evil.example"))).headers["location"] == "/"


def test_a_provider_that_does_not_answer_opens_nothing(
    portal: Portal, user: Person, provider: OidcProvider
) -> None:
    """Nor does it end the service."""
    visit = guest(portal)
    path = arrival(departure(visit))
    provider.is_away = True
    assert visit.get(path).status_code == 422


def test_a_provider_that_cannot_be_asked_or_lies_about_its_name(provider: OidcProvider) -> None:
    """Nobody is sent there."""
    lying = provider.issuer.replace("127.0.0.1", "localhost")
    for issuer in ("http://127.0.0.1:9", lying):
        own = Provider(ProviderSettings(issuer, CLIENT, SECRET), "http://localhost:1/back")
        with pytest.raises(ProviderFault):
            own.depart(clock())
