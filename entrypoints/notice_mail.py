"""Notices by e-mail: what is posted to a mailto: URL goes to the mail server as a letter.

The outbox, its log and its attempts are those of webhooks. A letter whose fate is not known is sent
again, as a notice is, under the same Message-ID, so that mail programs can drop the repeat.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from threading import Lock
from typing import Any
from urllib.parse import quote

import orjson

from billing.catalog.edition import Catalog, Edition
from billing.decisions import Decisions
from entrypoints.mail import MailTransport
from entrypoints.people.queries import USER_OF_EMAIL
from entrypoints.settings import Settings
from invoices.mailing.emails import Envelope, Sender, compose
from invoices.messages import NotSent, Unanswered
from invoices.notices.addresses import address_of
from invoices.notices.letters import Setting, mark_letter
from invoices.notices.sending import GONE_STATUS, Answer, NoAnswer
from metering.calendar import Period
from metering.problems import ProblemsFound

NO_USER = Answer(GONE_STATUS, "no user of the account has this address any more")
"""Like a program that says it is gone: the address is not told of anything more."""


class NoticeMail:
    """Hands notices to the mail server, one at a time."""

    def __init__(self, decisions: Decisions, catalog: Catalog, settings: Settings) -> None:
        self._decisions = decisions
        self._catalog = catalog
        self._settings = settings
        self._lock = Lock()

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """What became of a letter; raises NoAnswer where it has not gone."""
        address, data = address_of(url) or "", orjson.loads(body)["data"]
        language = self._language(address, data["account"])
        if language is None:
            return NO_USER
        try:
            self._send(self._envelope(address, data, language, headers))
        except ProblemsFound as found:
            raise NoAnswer(found.problems[0].message) from found
        except (NotSent, Unanswered) as error:
            raise NoAnswer(str(error)) from error
        return Answer(200)

    def _language(self, address: str, account: str) -> str | None:
        """The language of the account's user with an address; None where there is none."""
        for row in self._decisions.rows(USER_OF_EMAIL, address):
            if row["account_id"] == account and row["blocked_at"] is None:
                language: str = row["language"]
                return language
        return None

    def _envelope(
        self, address: str, data: Mapping[str, Any], language: str, headers: Mapping[str, str]
    ) -> Envelope:
        edition = self._edition(data)
        seller, mail_from = edition.seller, self._settings.mail.sender
        link = f"{self._settings.http.address}/orders/{quote(data['order'])}/notices"
        setting = Setting(edition.meters[data["meter"]].name, seller.name, link)
        sender = Sender(seller.name, mail_from or seller.email, seller.email)
        sent_at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
        message_id = f"<{headers['webhook-id']}@{sender.domain}>"
        letter = mark_letter(data, setting, language)
        return compose(letter, sender, [address], message_id, sent_at, [])

    def _edition(self, data: Mapping[str, Any]) -> Edition:
        """The edition that the order's period is billed by."""
        terms = self._decisions.terms([data["order"]])[data["order"]]
        key = terms.edition_in(Period.parse(data["period"])) or terms.editions[-1].edition
        return self._catalog.editions[key]

    def _send(self, envelope: Envelope) -> None:
        with self._lock, MailTransport(self._settings.mail.required()) as transport:
            transport.send(envelope)
