"""What the pages of users say of a problem, by its code, and what things are called."""

from __future__ import annotations

from collections.abc import Mapping

from entrypoints.keys import Role
from invoices.language import Language, marked
from metering.problems import ProblemsFound

SENTENCES = {
    "password_too_short": marked(
        "A password has at least 12 characters; several words are a good one."
    ),
    "password_too_long": marked("A password has at most 256 characters."),
    "password_too_plain": marked(
        "This password is too easy to guess: it repeats very few characters."
    ),
    "password_too_common": marked(
        "This password is one of the first to be guessed. Take several words, or random signs."
    ),
    "password_about_you": marked("A password must not contain your e-mail address or your name."),
    "invalid_email": marked("This is not an e-mail address."),
    "email_taken": marked("There is a user with this e-mail address already."),
    "invalid_name": marked("Write a name, of at most 200 characters."),
    "invalid_language": marked("Choose Polish or English."),
    "unknown_account": marked("A customer belongs to an account: choose one that exists."),
    "account_not_wanted": marked("Only a customer belongs to an account: leave it empty."),
    "last_admin": marked("This is the last administrator: make another one first."),
    "invalid_role": marked("Choose a role."),
}
WRONG_PASSWORD = marked("This e-mail address and password do not fit together.")
WRONG_OWN_PASSWORD = marked("This is not your password.")
WRONG_CODE = marked("This code is not right, or was used before. Wait for the next one.")
NOT_THE_SAME = marked("The two passwords differ.")
PROVIDER_REFUSED = marked("This provider opened no access here. Use another way, or ask us.")
PROVIDER_AWAY = marked("The company account does not answer. Use another way, or try later.")
STEP_OVER = marked("This took too long, or was done already. Please sign in again.")
LINK_OVER = marked("This link does not work any more: it was used, or is older than 15 minutes.")

ROLES = {
    Role.CUSTOMER: marked("Customer"),
    Role.FINANCE: marked("Finance"),
    Role.SALES: marked("Sales"),
    Role.PLATFORM: marked("Platform"),
    Role.ADMIN: marked("Administrator"),
}
METHODS = {
    "password": marked("Password"),
    "link asked": marked("Link asked for"),
    "link": marked("Link"),
    "code": marked("Code of the app"),
    "provider": marked("Company account"),
}
RESULTS = {
    "right": (marked("succeeded"), "good"),
    "wrong": (marked("turned away"), "warn"),
    "limited": (marked("too many attempts"), "bad"),
    "blocked": (marked("blocked user"), "bad"),
}
"""What an attempt came to, and its colour."""
ASKED = (marked("sent"), "")
"""A link that was asked for is neither right nor wrong."""

WHAT = {
    "added": marked("New user"),
    "role": marked("Role"),
    "blocked": marked("Blocked"),
    "unblocked": marked("Unblocked"),
    "name": marked("Name"),
    "language": marked("Language"),
    "password": marked("New password"),
    "second_factor_on": marked("Second factor turned on"),
    "second_factor_off": marked("Second factor turned off"),
    "signed_out": marked("Signed out everywhere"),
}
"""What a change of a user is called."""


def beside_fields(found: ProblemsFound, say: Language) -> Mapping[str, str]:
    """The problems of a form, by the field that each stands beside."""
    return {own.path: say.text(SENTENCES.get(own.code, own.message)) for own in found.problems}
