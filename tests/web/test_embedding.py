"""The overview of an order in another panel: by a signed link, for some minutes, and no further."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser

from entrypoints.cli.session import clock
from entrypoints.embed_links import LONGEST, EmbedLink, Expired, make_token, read_token
from entrypoints.embed_settings import EmbedSettings, read_embed_settings
from entrypoints.web.documents.plain_html import without_ways_out
from tests.broker import free_ports
from tests.recorded_words import did
from tests.running import Server, is_answered, licznik, value
from tests.serving import service
from tests.web.documented import told
from tests.web.portal import Portal, accessible, running_portal

KEY, OTHER = b"k" * 32, b"o" * 32
NOW = datetime(2025, 11, 3, 12, tzinfo=UTC)
LINK = EmbedLink("acme-main", "en")
QUARTER = timedelta(minutes=15)
SECRET = KEY.decode()


# Tokens


def test_a_link_lives_as_long_as_it_says() -> None:
    """To the second before its end."""
    token = make_token(KEY, LINK, QUARTER, NOW)
    assert read_token(KEY, token, NOW + QUARTER - timedelta(seconds=1)) == LINK
    with pytest.raises(Expired):
        read_token(KEY, token, NOW + QUARTER)


def test_no_link_lives_longer_than_a_day() -> None:
    """Whoever made it."""
    token = make_token(KEY, LINK, timedelta(days=400), NOW)
    with pytest.raises(Expired):
        read_token(KEY, token, NOW + LONGEST)


def test_an_altered_link_is_none() -> None:
    """In whichever place; so is one signed by another key."""
    token = make_token(KEY, LINK, QUARTER, NOW)
    for place, sign in enumerate(token[:-1]):  # the last one holds bits that mean nothing
        other = "A" if sign != "A" else "B"
        assert read_token(KEY, token[:place] + other + token[place + 1 :], NOW) is None
    assert read_token(OTHER, token, NOW) is None


@pytest.mark.parametrize("token", ["", ".", "a.b.c", "é", "x" * 5000])
def test_what_is_no_link_is_none(token: str) -> None:
    """Whatever stands in the address."""
    assert read_token(KEY, token, NOW) is None


# Settings


def test_settings_are_read() -> None:
    """Minutes, sites and a key."""
    given = {
        "LICZNIK_EMBED_MINUTES": "60",
        "LICZNIK_EMBED_ORIGINS": "https://panel.example.com/, https://b.example:8443",
        "LICZNIK_SECRET_KEY": SECRET,
    }
    origins = ("https://panel.example.com", "https://b.example:8443")
    assert read_embed_settings(given) == (EmbedSettings(60, origins, KEY), [])


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("LICZNIK_EMBED_MINUTES", "1441"),
        ("LICZNIK_EMBED_MINUTES", "0"),
        ("LICZNIK_EMBED_ORIGINS", "*"),
        ("LICZNIK_EMBED_ORIGINS", "http://panel.example"),
        ("LICZNIK_EMBED_ORIGINS", "https://panel.example/path"),
        ("LICZNIK_EMBED_ORIGINS", "https://a.example; script-src *"),
        ("LICZNIK_SECRET_KEY", "short"),
    ],
)
def test_wrong_settings_are_told(name: str, own: str) -> None:
    """A key is never repeated."""
    (problem,) = read_embed_settings({name: own})[1]
    assert problem.path == name
    assert "short" not in problem.message


# Plain pages


def test_ways_out_are_taken_out() -> None:
    """Links lose their address, forms and navigation go; all else stays as it was written."""
    page = '<p>a &amp; <a href="/x"><b>c</b></a><br>d</p><form><input></form><nav><a>e</a></nav>'
    assert without_ways_out(page) == "<p>a &amp; <b>c</b><br>d</p>"


def test_attributes_stay_what_they_were() -> None:
    """Quotes in them too."""
    page = '<meter value="3" aria-label="&quot;a&quot; &lt;b&gt;">x</meter><td colspan="2"></td>'
    assert without_ways_out(page) == page


# Pages


@pytest.fixture(scope="module")
def panel_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Another site, and the folder of its pages."""
    folder = tmp_path_factory.mktemp("panel")
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}", folder
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def embedding(server: Server, template: str, panel_site: tuple[str, Path]) -> Iterator[Portal]:
    """A service whose overview one site may show."""
    with (
        server.database(template) as url,
        running_portal(url, LICZNIK_EMBED_ORIGINS=panel_site[0]) as own,
    ):
        yield own


def link(portal: Portal, order: str = "acme-main", role: str = "platform") -> httpx.Response:
    """What a program gets that asks for a link."""
    return portal.service.call("POST", f"/v1/orders/{order}/embed-links?language=en", role)


def path_of(portal: Portal, order: str = "acme-main") -> str:
    """The path of a new link."""
    answer = link(portal, order)
    assert answer.status_code == 201, answer.text
    path: str = urlsplit(answer.json()["url"]).path
    return path


def opened(portal: Portal, path: str) -> httpx.Response:
    """What whoever has a link gets, without a cookie."""
    return httpx.get(f"{portal.address}{path}", trust_env=False)


def test_a_link_names_the_port_that_the_service_was_started_with(furnished_database: str) -> None:
    """Also one that only its command says."""
    (port,) = free_ports(1)
    with service(furnished_database, "--port", port) as own:
        made = own.call("POST", "/v1/orders/acme-main/embed-links?language=en", "platform").json()
    assert made["url"].startswith(f"http://127.0.0.1:{port}/embed/")


def test_a_link_shows_the_overview(embedding: Portal) -> None:
    """The cost of the month, as the command tells it; nobody is signed in."""
    answer = opened(embedding, f"{path_of(embedding)}?period=2025-10")
    assert answer.status_code == 200
    own = did(embedding.database, "statement", "acme-main", "--period", "2025-10")
    shown = " ".join(answer.text.replace("\xa0", " ").split())
    assert told(own["cost"]["gross"]) in shown
    assert "set-cookie" not in answer.headers


def test_an_embedded_page_leads_nowhere_else(embedding: Portal) -> None:
    """No form; the only links are those of its own months."""
    path = path_of(embedding)
    text = opened(embedding, path).text
    assert "<form" not in text
    assert text.count("href=") == text.count(f'href="{path}?period=') + text.count("<link ")


def test_only_the_sites_of_the_setting_may_show_it(
    embedding: Portal, panel_site: tuple[str, Path]
) -> None:
    """And only this page; every other one forbids it to all."""
    answer = opened(embedding, path_of(embedding))
    assert f"frame-ancestors {panel_site[0]}" in answer.headers["content-security-policy"]
    assert answer.headers["referrer-policy"] == "no-referrer"
    signed_in = embedding.visit("customer").get("/invoices")
    assert "frame-ancestors 'none'" in signed_in.headers["content-security-policy"]


def test_an_expired_link_says_so(embedding: Portal) -> None:
    """In the frame, so that somebody knows what to do."""
    before = clock() - timedelta(hours=1)
    with_key = make_token(key_of(embedding), LINK, QUARTER, before)
    answer = opened(embedding, f"/embed/{with_key}")
    assert answer.status_code == 410
    assert "http://localhost" in answer.headers["content-security-policy"]


def key_of(portal: Portal) -> bytes:
    """The key that the service made for itself, with its first link."""
    path_of(portal)
    return bytes(value(portal.database, "SELECT key FROM signing_key WHERE name = 'embed'"))


def test_an_altered_link_is_no_page(embedding: Portal) -> None:
    """Nor is one that another key signed, as after a change of the key."""
    own = path_of(embedding)
    sign = "y" if own[20] == "x" else "x"
    assert opened(embedding, own[:20] + sign + own[21:]).status_code == 404
    foreign = make_token(OTHER, LINK, QUARTER, clock())
    assert opened(embedding, f"/embed/{foreign}").status_code == 404


def test_a_link_shows_its_own_order_alone(embedding: Portal) -> None:
    """Nothing in the address chooses another one."""
    text = opened(embedding, f"{path_of(embedding, 'beta-main')}?period=2025-10&order=acme-main")
    assert "beta-main" in text.text
    assert "acme" not in text.text


@pytest.mark.parametrize(("period", "status"), [("2198-01", 404), ("2025-09", 404), ("x", 404)])
def test_a_month_that_is_not_there_is_told(embedding: Portal, period: str, status: int) -> None:
    """In the frame."""
    answer = opened(embedding, f"{path_of(embedding)}?period={period}")
    assert answer.status_code == status
    assert "http://localhost" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("role", "order", "status"),
    [
        ("admin", "acme-main", 201),
        ("finance", "acme-main", 403),
        ("sales", "acme-main", 403),
        ("platform", "nobody", 404),
    ],
)
def test_platform_and_admin_make_links(
    embedding: Portal, role: str, order: str, status: int
) -> None:
    """Nobody else, and of orders that are there."""
    assert link(embedding, order, role).status_code == status


def test_a_customers_key_makes_no_link(embedding: Portal) -> None:
    """Not even to an order of its own."""
    path = "/v1/orders/acme-main/embed-links"
    assert embedding.service.call("POST", path, "customer", "acme").status_code == 403


def test_the_command_makes_the_same_links(embedding: Portal) -> None:
    """The key is in the database, so all processes share it."""
    own = did(embedding.database, "embed", "acme-main", "--language", "pl")
    answer = opened(embedding, urlsplit(own["url"]).path)
    assert (answer.status_code, 'lang="pl"' in answer.text) == (200, True)
    lives = datetime.fromisoformat(own["expires_at"]) - clock()
    assert QUARTER - timedelta(minutes=1) < lives <= QUARTER
    assert is_answered(licznik(embedding.database, "embed", "nobody"))


def test_a_panel_shows_it_in_a_frame(
    embedding: Portal, browser: Browser, panel_site: tuple[str, Path]
) -> None:
    """The panel of the setting does; another site shows nothing."""
    site, folder = panel_site
    url = f"{embedding.address}{path_of(embedding)}"
    (folder / "panel.html").write_text(f'<iframe title="usage" src="{url}"></iframe>')
    embedding.browser = browser
    for origin, is_shown in ((site, True), (site.replace("localhost", "127.0.0.1"), False)):
        page = embedding.browser_page()
        page.goto(f"{origin}/panel.html", wait_until="networkidle")
        (_, frame) = page.frames
        assert (frame.locator("h1", has_text="acme-main").count() == 1) == is_shown


def test_an_embedded_page_can_be_used_by_all(embedding: Portal, browser: Browser) -> None:
    """By screen reader and keyboard."""
    embedding.browser = browser
    page = embedding.browser_page()
    page.goto(path_of(embedding))
    accessible(page)
