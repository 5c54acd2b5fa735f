"""The wiring of e-mails to people who sign in, and of forgetting what was logged of them."""

from __future__ import annotations

from collections.abc import Callable

from entrypoints.cli.session import Session, clock
from entrypoints.mail import MailTransport
from entrypoints.people.attempts import purge
from entrypoints.people.posts import Postman, purge_posts
from entrypoints.people.sessions import purge_sessions
from entrypoints.people.tokens import purge_tokens
from invoices.mailing.emails import Sender


def send_posts(session: Session, stopping: Callable[[], bool] = lambda: False) -> str:
    """Sends the e-mails that are due; says how many in words, nothing if there were none."""
    settings = session.settings
    with MailTransport(settings.mail.required()) as transport:
        postman = Postman(
            session.decisions, transport.send, sender_of(session), settings.http.address, clock
        )
        sent, failed = postman.work(stopping)
    return f"{sent} sent, {failed} failed" if sent or failed else ""


def sender_of(session: Session) -> Sender:
    """Who these e-mails come from: the seller of the newest edition."""
    newest = max(session.catalog.editions.values(), key=lambda own: own.in_force)
    seller = newest.seller
    return Sender(seller.name, session.settings.mail.sender or seller.email, seller.email)


def forget(session: Session) -> str:
    """Forgets attempts and sent e-mails of more than 60 days (R138), spent tokens and sessions."""
    now = clock()
    purge_posts(session.decisions, now)
    purge_tokens(session.decisions, now)
    purge_sessions(session.decisions, now)
    count = purge(session.decisions, now)
    return f"{count} forgotten" if count else ""
