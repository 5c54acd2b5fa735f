"""The pages for the tests: a real service, users of every role, and a browser."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from entrypoints.cli.session import clock
from entrypoints.keys import Role
from entrypoints.people.sessions import begin_session, form_token
from entrypoints.people.users import NewUser, add_user
from entrypoints.settings import ROOT
from entrypoints.web.visitors import SESSION
from entrypoints.web.words import LANGUAGE
from tests.builders import ACCOUNT, AUTOMATION, order, pack
from tests.running import Server, decision_store, held, licznik, place, record, used
from tests.serving import Service, service
from tests.waiting import PATIENCE

BETA = {**ACCOUNT, "id": "beta", "name": "Beta Sp. z o.o.", "tax_id": "5252248481"}
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
AXE = Axe()


@dataclass
class Portal:
    """A running service, and people who are signed in to it."""

    service: Service
    browser: Browser | None = None
    tokens: dict[tuple[str, str | None], str] = field(default_factory=dict)
    contexts: list[BrowserContext] = field(default_factory=list)
    clients: list[httpx.Client] = field(default_factory=list)

    @property
    def database(self) -> str:
        """The address of its database."""
        return self.service.database

    @property
    def address(self) -> str:
        """Where it listens."""
        return self.service.address

    def token(self, role: str, account: str | None = None) -> str:
        """The session of a user of a role, who is added when first wanted."""
        bound = (account or "acme") if role == "customer" else None
        if (role, bound) not in self.tokens:
            email = f"{role}.{bound or 'staff'}@example.com"
            with decision_store(self.database) as decisions:
                user = add_user(
                    decisions, NewUser(email, "Jan Testowy", Role(role), bound), clock()
                )
                self.tokens[role, bound] = begin_session(decisions, user.id, clock())
        return self.tokens[role, bound]

    def visit(self, role: str = "", account: str | None = None, language: str = "en") -> Visit:
        """A client of somebody who is signed in; of nobody without a role."""
        token = self.token(role, account) if role else ""
        cookies = {LANGUAGE: language} | ({SESSION: token} if token else {})
        client = httpx.Client(
            base_url=self.address, cookies=cookies, timeout=PATIENCE, trust_env=False
        )
        self.clients.append(client)
        return Visit(client, form_token(token) if token else "")

    def browser_page(
        self,
        role: str = "",
        language: str = "pl",
        account: str | None = None,
        *,
        phone: bool = False,
        dark: bool = False,
    ) -> Page:
        """A page of a browser in which somebody is signed in."""
        assert self.browser is not None
        context = self.browser.new_context(
            base_url=self.address,
            viewport=PHONE if phone else DESK,  # type: ignore[arg-type]  # a plain dict will do
            color_scheme="dark" if dark else "light",
            locale={"pl": "pl-PL", "en": "en-GB"}[language],
            timezone_id="Europe/Warsaw",
        )
        own = [(LANGUAGE, language)]
        if role:
            own.append((SESSION, self.token(role, account)))
        context.add_cookies([{"name": n, "value": v, "url": self.address} for n, v in own])
        self.contexts.append(context)
        return context.new_page()

    def close(self) -> None:
        """Closes every browser window and client."""
        for context in self.contexts:
            context.close()
        for client in self.clients:
            client.close()


@dataclass
class Visit:
    """A client with the cookies of a visitor, and the token of the visitor's forms."""

    client: httpx.Client
    form_token: str

    def get(self, path: str) -> httpx.Response:
        """Asks for a page; follows no redirect."""
        return self.client.get(path)

    def post(self, path: str, **fields: str) -> httpx.Response:
        """Sends a form of ours; follows no redirect."""
        return self.client.post(path, data={"form_token": self.form_token, **fields})


def furnish(url: str) -> None:
    """Two customers with an order each, their usage of October 2025, their invoices."""
    acme = order(
        addons=AUTOMATION,
        packs=[pack("pack_sms_5000", recurring=True)],
        caps={"mass_emails": 200},
    )
    beta = order(id="beta-main", account="beta", licences=5)
    place(url, acme, beta, accounts=(ACCOUNT, BETA))
    record(
        url,
        *(used("sms", 700 + n, f"2025-10-{n:02}T10:00:00+02:00", f"s-{n}") for n in range(1, 11)),
        used("mass_emails", 120, "2025-10-06T09:00:00+02:00", "m-1"),
        held("queues", 3, "2025-10-02T08:00:00+02:00", "q-1"),
        held("records", 4_000, "2025-10-03T08:00:00+02:00", "r-1"),
        used("api_calls", 120_000, "2025-10-07T08:00:00+02:00", "a-1", user="anna@acme.example"),
        used("sms", 250, "2025-10-09T12:00:00+02:00", "b-1", order="beta-main"),
    )
    for words in (("run",), ("pdf",)):
        done = licznik(url, "invoices", *words, "--period", "2025-10")
        assert done.status == 0, done.err


@contextmanager
def running_portal(url: str, **settings: str) -> Iterator[Portal]:
    """The service on a furnished database."""
    with service(url, **settings) as own:
        portal = Portal(own)
        try:
            yield portal
        finally:
            portal.close()


FURNISHED = "furnished"


def furnished(server: Server) -> str:
    """The name of a furnished database, which others are copies of."""
    server.run("CREATE DATABASE {} TEMPLATE {}", FURNISHED, "migrated")
    furnish(server.url(FURNISHED))
    return FURNISHED


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium without a window."""
    found = subprocess.run([ROOT / "tools/chromium.sh"], capture_output=True, text=True, check=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.stdout.split()[-1], args=["--no-sandbox"]
        )
        yield browser
        browser.close()


def accessible(page: Page) -> None:
    """Fails with what axe finds wrong on a page."""
    found = AXE.run(page)
    assert found.violations_count == 0, found.generate_report()
