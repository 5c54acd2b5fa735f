"""The endpoints that are told: where they are, what they want to hear, their secrets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from billing.decisions import Decisions
from invoices.notices import queries
from invoices.notices.kinds import KINDS
from metering.problems import Problem, ProblemsFound
from metering.store import SaveConflict, Statement

OLD_SECRET_LIVES = timedelta(hours=24)
LONGEST_URL = 2_000

REMOVED = "the endpoint was removed"
GONE = "the endpoint answered 410 Gone and was disabled: see `licznik webhooks enable`"


@dataclass(frozen=True, slots=True)
class Subscription:
    """What an endpoint asks for: of one account or order alone, if one is named."""

    url: str
    kinds: tuple[str, ...]
    account: str | None = None
    order: str | None = None


def add_endpoint(
    decisions: Decisions,
    asked: Subscription,
    endpoint: str,
    secret: str,
    now: datetime,
    *,
    plain_http: bool,
) -> None:
    """Adds an endpoint; raises ProblemsFound with everything that is wrong with it."""
    problems = list(_problems(decisions, asked, plain_http=plain_http))
    if problems:
        raise ProblemsFound(problems)
    decisions.run(keep_endpoint(asked, endpoint, secret, now))


def keep_endpoint(
    asked: Subscription, endpoint: str, secret: str | None, now: datetime
) -> Statement:
    """The row of a new endpoint; one that is told by e-mail has no secret."""
    row = {
        "id": endpoint,
        "url": asked.url,
        "kinds": list(asked.kinds),
        "account": asked.account,
        "order": asked.order,
        "secret": secret,
        "now": now,
    }
    return Statement(queries.KEEP_ENDPOINT, row, changes=1)


def _problems(decisions: Decisions, asked: Subscription, *, plain_http: bool) -> Iterator[Problem]:
    if sentence := wrong_url(asked.url, plain_http=plain_http):
        yield Problem("invalid_url", "url", sentence)
    if unknown := [kind for kind in asked.kinds if kind not in KINDS]:
        message = f"there is no {', '.join(unknown)}: there are {', '.join(KINDS)}"
        yield Problem("unknown_event", "events", message)
    if not asked.kinds:
        yield Problem("unknown_event", "events", f"name one at least: {', '.join(KINDS)}")
    if asked.account is not None and not decisions.account_versions([asked.account]):
        yield Problem("unknown_account", "account", f"there is no account {asked.account}")


def wrong_url(url: str, *, plain_http: bool) -> str | None:
    """A sentence that says why notices cannot go to a URL, None where they can.

    The sentence never repeats the URL, which may hold a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "this is not a URL: write https://host/path"
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > LONGEST_URL:
        return f"write at most {LONGEST_URL} ASCII signs, others percent-encoded"
    if parts.scheme not in ("https", "http") or not _is_a_host(parts.hostname) or port == 0:
        return "write https://host/path"
    if "@" in parts.netloc:
        return "take user and password out of the URL: the signature says who we are"
    if parts.fragment:
        return "take the part after # out of the URL: it is never sent"
    if parts.scheme == "http" and not plain_http and not _is_loopback(parts):
        return "write https: over http everybody on the way can read and change what is sent"
    return None


def _is_a_host(host: str | None) -> bool:
    try:
        return bool(host and host.encode("idna"))
    except UnicodeError:
        return False


def _is_loopback(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def rotate_secret(decisions: Decisions, endpoint: str, secret: str, now: datetime) -> datetime:
    """Gives an endpoint a new secret; the old one signs too until the instant that is returned."""
    until = now + OLD_SECRET_LIVES
    row = {"id": endpoint, "secret": secret, "until": until, "now": now}
    _change(decisions, endpoint, Statement(queries.ROTATE_SECRET, row, changes=1))
    return until


def remove_endpoint(decisions: Decisions, endpoint: str, now: datetime) -> None:
    """Removes an endpoint: nothing more is sent to it, and its secrets are gone."""
    removed = Statement(queries.REMOVE_ENDPOINT, {"id": endpoint, "now": now}, changes=1)
    _change(decisions, endpoint, removed, give_up_all(endpoint, REMOVED, now))


def enable_endpoint(decisions: Decisions, endpoint: str, now: datetime) -> None:
    """Lets a disabled endpoint hear again of what happens from now on."""
    enabled = Statement(queries.ENABLE_ENDPOINT, {"id": endpoint, "now": now}, changes=1)
    _change(decisions, endpoint, enabled, wanted="disabled endpoint")


def give_up_all(endpoint: str, why: str, now: datetime) -> Statement:
    """Gives up what is still to be sent to an endpoint."""
    return Statement(queries.GIVE_UP_ALL, {"id": endpoint, "why": why, "now": now})


def _change(
    decisions: Decisions, endpoint: str, *statements: Statement, wanted: str = "endpoint"
) -> None:
    try:
        decisions.run(*statements)
    except SaveConflict as error:
        message = f"there is no {wanted} {endpoint}: `licznik webhooks list` shows those there are"
        raise ProblemsFound([Problem("unknown_endpoint", "id", message)]) from error


def send_again(decisions: Decisions, what: str, now: datetime) -> int:
    """Sends one delivery, by its number, or a notice, by its id, once more; says to how many."""
    is_number = what.isascii() and what.isdecimal()
    query = queries.SEND_AGAIN if is_number else queries.SEND_NOTICE_AGAIN
    sent = decisions.rows(query, what=what, now=now)
    if not sent:
        message = f"there is no {what} that an active endpoint listens to: see `webhooks list`"
        code = "unknown_delivery" if is_number else "unknown_notice"
        raise ProblemsFound([Problem(code, "what", message)])
    return len(sent)
