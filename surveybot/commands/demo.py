"""surveybot demo: the made-up school, on this machine, with pretend senders."""

import logging
import os
import sys
import time
from datetime import UTC, datetime

import click

from surveybot.commands.entrance import refuse
from surveybot.config import Settings, SettingsError
from surveybot.demo import processes
from surveybot.demo.seed import NotForTheDemo, prepare_database
from surveybot.demo.welcome import block, open_doors
from surveybot.records import database

HOST = "127.0.0.1"


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=None, help="8000, or PORT, unless given.")
def command(port: int | None) -> None:
    """Start the made-up school: web pages and worker, until Ctrl-C."""
    port = port or int(os.environ.get("PORT") or 8000)
    if not processes.is_free(HOST, port):
        refuse(f"Port {port} is taken. Stop what uses it, or choose another: make demo PORT={port + 1}")
    environ = {**os.environ, "SURVEYBOT_DEMO": "1", "PORT": str(port), "SURVEYBOT_BIND": HOST}
    settings = _settings(environ)
    _prepare(settings)
    sys.exit(_run(environ, settings))


def _settings(environ: dict[str, str]) -> Settings:
    try:
        return Settings.from_environment(environ)
    except SettingsError as error:
        refuse("\n".join(error.faults))


def _prepare(settings: Settings) -> None:
    logging.getLogger("alembic").setLevel(logging.WARNING)
    began = time.monotonic()
    click.echo("Getting the made-up school ready ...", err=True)
    try:
        seeded = prepare_database(settings, now=datetime.now(UTC))
    except NotForTheDemo as error:
        refuse(str(error))
    if seeded:
        click.echo(f"Three years of its past were lived in {time.monotonic() - began:.0f} seconds.", err=True)


def _run(environ: dict[str, str], settings: Settings) -> int:
    """Both processes until Ctrl-C (0), or until one of them ends by itself (its exit code)."""
    try:
        with processes.running(environ, settings.var) as children:
            processes.wait_until_healthy(children, f"http://{HOST}:{settings.port}")
            engine = database.make_engine(settings.database_url)
            with database.writing(engine) as session:
                doors = open_doors(session, settings, now=datetime.now(UTC))
            engine.dispose()
            click.echo(block(doors))
            processes.watch(children)
    except processes.StoppedByHand:
        click.echo("\nStopped. The data is kept: make demo starts it again.")
        return 0
    except processes.ChildDied as error:
        click.echo(f"{error}\n\n{_last_lines(error)}", err=True)
        return error.code
    except TimeoutError as error:
        click.echo(f"{error} Logs are in {settings.var}.", err=True)
    return 1


def _last_lines(error: processes.ChildDied) -> str:
    return "\n".join(error.log.read_text(errors="replace").splitlines()[-15:])
