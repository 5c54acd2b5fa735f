"""`licznik users`: who may sign in to the pages."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from entrypoints.cli.output import AsJson, print_json, say, table
from entrypoints.cli.session import Session, clock, open_session
from entrypoints.keys import Role
from entrypoints.people import managing, security_queries
from entrypoints.people.changes import COMMAND_LINE, Hand
from entrypoints.people.users import NewUser

app = typer.Typer(help="People who sign in to the pages.", no_args_is_help=True)

Who = Annotated[str, typer.Argument(metavar="USER", help="The user's e-mail address or id.")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]
Account = Annotated[str | None, typer.Option(help="The account: for role customer.")]
COLUMNS = ("id", "email", "name", "role", "account", "language", "blocked", "second factor", "last")


@app.command("add")
def add_command(
    email: Annotated[str, typer.Argument(help="The e-mail address to sign in with.")],
    name: Annotated[str, typer.Option(help="What people call the user.")],
    role: Annotated[Role, typer.Option(help="What the user may do.")],
    account: Account = None,
    language: Annotated[str, typer.Option(help="pl or en.")] = "pl",
    invite: Annotated[bool, typer.Option(help="Send an e-mail to set a password.")] = False,
    as_json: AsJson = False,
) -> None:
    """Add a user, who has no password yet: `users password` sets one, or --invite asks for it."""
    new = NewUser(email, name, role, account, language)
    with open_session() as session:
        user = managing.add_person(session.decisions, hand_of(session), new, invite=invite)
    if as_json:
        print_json({"id": user.id, "email": user.email})
        return
    say(f"User {user.email} is added, with the id {user.id}.")


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List every user."""
    with open_session() as session:
        users = [_plain(own) for own in session.decisions.rows(security_queries.USERS, user=None)]
    if as_json:
        print_json({"users": users})
        return
    table("Users", COLUMNS, [list(own.values()) for own in users])


@app.command("block")
def block_command(user: Who) -> None:
    """Let a user sign in no more, and end the sessions."""
    with open_session() as session:
        own = managing.known_user(session.decisions, user)
        managing.block(session.decisions, hand_of(session), own)
    say(f"User {own.email} is blocked.")


@app.command("unblock")
def unblock_command(user: Who) -> None:
    """Let a user sign in again."""
    with open_session() as session:
        own = managing.known_user(session.decisions, user)
        managing.unblock(session.decisions, hand_of(session), own)
    say(f"User {own.email} may sign in again.")


@app.command("role")
def role_command(
    user: Who,
    role: Annotated[Role, typer.Argument(help="What the user may do from now on.")],
    account: Account = None,
) -> None:
    """Give a user another role; this ends the sessions."""
    with open_session() as session:
        own = managing.known_user(session.decisions, user)
        managing.change_role(session.decisions, hand_of(session), own, role, account)
    say(f"User {own.email} is {role} now.")


@app.command("password")
def password_command(user: Who, from_stdin: FromStdin = False) -> None:
    """Set a password, which is asked for or read from standard input; this ends the sessions."""
    with open_session() as session:
        own = managing.known_user(session.decisions, user)
        managing.set_password(session.decisions, hand_of(session), own, _password(from_stdin))
    say(f"User {own.email} has a new password.")


@app.command("reset-totp")
def reset_totp_command(user: Who) -> None:
    """Take the second factor from a user who lost it; this ends the sessions."""
    with open_session() as session:
        own = managing.known_user(session.decisions, user)
        managing.reset_second_factor(session.decisions, hand_of(session), own)
    say(f"User {own.email} has no second factor now.")


def hand_of(session: Session) -> Hand:
    """The command line, as what is changed by it remembers."""
    return Hand(COMMAND_LINE, COMMAND_LINE, clock(), session.settings.people.staff_mails)


def _password(from_stdin: bool) -> str:
    """A password; never an argument, which every user of the machine could read."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return typed


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "email": row["email"],
        "name": row["name"],
        "role": row["role"],
        "account": row["account_id"],
        "language": row["language"],
        "blocked_at": row["blocked_at"] and row["blocked_at"].isoformat(timespec="seconds"),
        "second_factor": row["second_factor"],
        "last_sign_in": row["last_seen"] and row["last_seen"].isoformat(timespec="seconds"),
    }
