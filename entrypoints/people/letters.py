"""The wording of e-mails to people who sign in, and to the staff in charge, in two languages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from invoices.language import language
from invoices.mailing.letters import Letter, one_line

LONGEST_LINE = 160
NOTHING = "–"

WORDINGS = {
    ("pl", "sign_in"): (
        "Logowanie do portalu rozliczeń",
        """Dzień dobry,

aby się zalogować, proszę otworzyć ten adres i nacisnąć przycisk:

{link}

Adres działa 15 minut i tylko raz. Jeśli to nie Państwo prosili o logowanie,
proszę zignorować tę wiadomość.

{sender}
""",
    ),
    ("en", "sign_in"): (
        "Signing in to the billing portal",
        """Hello,

to sign in, please open this address and press the button:

{link}

It works for 15 minutes and only once. If you did not ask to sign in,
please ignore this message.

{sender}
""",
    ),
    ("pl", "password"): (
        "Nowe hasło do portalu rozliczeń",
        """Dzień dobry,

aby ustawić nowe hasło, proszę otworzyć ten adres:

{link}

Adres działa 15 minut i tylko raz. Jeśli to nie Państwo prosili o nowe hasło,
proszę zignorować tę wiadomość: dotychczasowe hasło działa dalej.

{sender}
""",
    ),
    ("en", "password"): (
        "A new password for the billing portal",
        """Hello,

to set a new password, please open this address:

{link}

It works for 15 minutes and only once. If you did not ask for a new password,
please ignore this message: your password stays as it is.

{sender}
""",
    ),
    ("pl", "invitation"): (
        "Zaproszenie do portalu rozliczeń",
        """Dzień dobry,

utworzono dla Państwa konto w portalu rozliczeń. Aby ustawić hasło, proszę
otworzyć ten adres:

{link}

Adres działa 15 minut i tylko raz. Później można poprosić o nowy na stronie
{address}/signin/link

{sender}
""",
    ),
    ("en", "invitation"): (
        "Invitation to the billing portal",
        """Hello,

you have been given access to the billing portal. To set your password,
please open this address:

{link}

It works for 15 minutes and only once. Later you can ask for a new one at
{address}/signin/link

{sender}
""",
    ),
    ("pl", "changed"): (
        "Zmiana użytkownika portalu: {what}",
        """Zmieniono użytkownika portalu rozliczeń.

Użytkownik:  {user}
Zmiana:      {what}
Przedtem:    {before}
Teraz:       {after}
Kto:         {by}
Kiedy:       {at}

Jeśli ta zmiana nie powinna była nastąpić, proszę sprawdzić
{address}/users

{sender}
""",
    ),
    ("en", "changed"): (
        "A user of the portal was changed: {what}",
        """A user of the billing portal was changed.

User:    {user}
Change:  {what}
Before:  {before}
Now:     {after}
By:      {by}
At:      {at}

If this should not have happened, please look at
{address}/users

{sender}
""",
    ),
    ("pl", "key_changed"): (
        "Zmiana klucza API: {what}",
        """Zmieniono klucz, którym program wywołuje system rozliczeń.

Klucz:   {key}
Zmiana:  {what}
Kto:     {by}
Kiedy:   {at}

Jeśli ta zmiana nie powinna była nastąpić, proszę sprawdzić
{address}/platform/keys

{sender}
""",
    ),
    ("en", "key_changed"): (
        "An API key was changed: {what}",
        """A key by which a program calls the billing system was changed.

Key:     {key}
Change:  {what}
By:      {by}
At:      {at}

If this should not have happened, please look at
{address}/platform/keys

{sender}
""",
    ),
    ("pl", "yours_changed"): (
        "Bezpieczeństwo konta: {what}",
        """Dzień dobry,

na Państwa koncie w portalu rozliczeń nastąpiła zmiana: {what}.

Kto:    {by}
Kiedy:  {at}

Jeśli to nie Państwo, proszę od razu ustawić nowe hasło na stronie
{address}/signin/link
i nas zawiadomić.

{sender}
""",
    ),
    ("en", "yours_changed"): (
        "The security of your account: {what}",
        """Hello,

something changed on your account of the billing portal: {what}.

By:  {by}
At:  {at}

If this was not you, please set a new password at once at
{address}/signin/link
and let us know.

{sender}
""",
    ),
}
"""Subject and text of each kind of e-mail."""

WHAT = {
    "added": {"pl": "nowy użytkownik", "en": "new user"},
    "role": {"pl": "rola", "en": "role"},
    "blocked": {"pl": "zablokowano", "en": "blocked"},
    "unblocked": {"pl": "odblokowano", "en": "unblocked"},
    "name": {"pl": "imię i nazwisko", "en": "name"},
    "language": {"pl": "język", "en": "language"},
    "password": {"pl": "nowe hasło", "en": "new password"},
    "second_factor_on": {"pl": "włączono kod z aplikacji", "en": "codes of an app turned on"},
    "second_factor_off": {"pl": "wyłączono kod z aplikacji", "en": "codes of an app turned off"},
    "signed_out": {"pl": "wylogowano wszędzie", "en": "signed out everywhere"},
    "key_added": {"pl": "nowy klucz", "en": "new key"},
    "key_revoked": {"pl": "unieważniono klucz", "en": "key revoked"},
}
"""What a change is called."""


def letter_of(kind: str, code: str, words: Mapping[str, Any]) -> Letter:
    """An e-mail of a kind in a language; what strangers wrote stays on its line."""
    said = {name: _said(name, own, code) for name, own in words.items()}
    subject, text = WORDINGS[code, kind]
    return Letter(subject.format(**said), text.format(**said))


def _said(name: str, value: Any, code: str) -> str:
    if value is None:
        return NOTHING
    if name == "what":
        return WHAT[value][code]
    if name == "at":
        return language(code).instant(datetime.fromisoformat(value))
    return str(value) if name == "link" else one_line(str(value), LONGEST_LINE)
