"""`licznik db`: the database's schema."""

import typer

from entrypoints.cli.output import say
from entrypoints.database import database_url, engine_for, upgrade
from entrypoints.settings import read_settings

app = typer.Typer(help="The database.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The database."""


@app.command("upgrade")
def upgrade_command() -> None:
    """Bring the schema to the newest revision."""
    engine = engine_for(database_url(read_settings()))
    try:
        upgrade(engine)
    finally:
        engine.dispose()
    say("The schema is current.")
