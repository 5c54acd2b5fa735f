"""`licznik keys`: who may call the service."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from entrypoints.cli.output import AsJson, print_json, say, table
from entrypoints.cli.session import Session, clock, open_session
from entrypoints.cli.users import hand_of
from entrypoints.keys import Key, Role, add_key, all_keys, key_of, revoke_key
from entrypoints.people.changes import KEY_ADDED, KEY_REVOKED, told_of_key

app = typer.Typer(help="Keys of the HTTP service.", no_args_is_help=True)


@app.command("add")
def add_command(
    role: Annotated[Role, typer.Option(help="What the key is good for.")],
    account: Annotated[str | None, typer.Option(help="Whose key: for role customer.")] = None,
    name: Annotated[str, typer.Option(help="A note on who has it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Make a key. It is printed this once: only its hash is kept."""
    with open_session() as session:
        key_id, key = add_key(session.decisions, role, account, name, clock())
        _tell(session, KEY_ADDED, key_id)
    if as_json:
        print_json({"id": key_id, "key": key})
        return
    typer.echo(key)
    say("Keep it now: it cannot be shown again. `licznik keys revoke` ends it.")


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List every key, without its secret."""
    with open_session() as session:
        keys = all_keys(session.decisions)
    if as_json:
        print_json({"keys": [_plain(key) for key in keys]})
        return
    rows = [list(_plain(key).values()) for key in keys]
    table("Keys", ("id", "role", "account", "name", "created", "revoked"), rows)


@app.command("revoke")
def revoke_command(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id.")],
) -> None:
    """End a key; a running service notices within seconds."""
    with open_session() as session:
        revoke_key(session.decisions, key_id, clock())
        _tell(session, KEY_REVOKED, key_id)
    say(f"Key {key_id} is revoked.")


def _tell(session: Session, what: str, key_id: str) -> None:
    """Tells the staff in charge (R140)."""
    decisions = session.decisions
    decisions.run(*told_of_key(hand_of(session), what, key_of(decisions, key_id)))


def _plain(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "role": key.role.value,
        "account": key.account,
        "name": key.name,
        "created_at": _seconds(key.created_at),
        "revoked_at": _seconds(key.revoked_at),
    }


def _seconds(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
