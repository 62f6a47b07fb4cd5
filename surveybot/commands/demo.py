"""surveybot demo: the made-up school, on this machine, with pretend senders."""

import logging
import os
import sys
import time
from datetime import UTC, datetime

import click
from sqlalchemy.engine import Engine

from surveybot.commands.entrance import refuse
from surveybot.config import Settings, SettingsError
from surveybot.demo import processes
from surveybot.demo.fast_forward import Terminal
from surveybot.demo.progress import ask_for_three_years, progress
from surveybot.demo.seed import NotForTheDemo, prepare_database
from surveybot.demo.welcome import block, open_doors
from surveybot.records import database
from surveybot.records.worker.rehearsal_clock import pretended_time
from surveybot.rules.calendar.dates_in_words import say_at

HOST = "127.0.0.1"
DEMO = {"SURVEYBOT_DEMO": "1", "SURVEYBOT_REHEARSAL": "1"}
"""The demo has a clock of its own, which the three years move."""


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=None, help="8000, or PORT, unless given.")
@click.option("--fast-forward", is_flag=True, help="Live the three years after Year 11 in a few minutes.")
def command(port: int | None, fast_forward: bool) -> None:
    """Start the made-up school: web pages and worker, until Ctrl-C."""
    port = port or int(os.environ.get("PORT") or 8000)
    if not processes.is_free(HOST, port):
        refuse(f"Port {port} is taken. Stop what uses it, or choose another: make demo PORT={port + 1}")
    environ = {**os.environ, **DEMO, "PORT": str(port), "SURVEYBOT_BIND": HOST}
    settings = _settings(environ)
    _prepare(settings)
    sys.exit(_run(environ, settings, fast_forward=fast_forward))


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


def _run(environ: dict[str, str], settings: Settings, *, fast_forward: bool) -> int:
    """Both processes until Ctrl-C (0), or until one of them ends by itself (its exit code)."""
    try:
        with processes.running(environ, settings.var) as children:
            processes.wait_until_healthy(children, f"http://{HOST}:{settings.port}")
            engine = database.make_engine(settings.database_url)
            _show_doors(engine, settings)
            if fast_forward:
                _ask_for_three_years(engine)
            processes.watch(children, Terminal(engine, lambda: _show_doors(engine, settings)).look)
    except processes.StoppedByHand:
        click.echo("\nStopped. The data is kept: make demo starts it again.")
        return 0
    except processes.ChildDied as error:
        click.echo(f"{error}\n\n{_last_lines(error)}", err=True)
        return error.code
    except TimeoutError as error:
        click.echo(f"{error} Logs are in {settings.var}.", err=True)
    return 1


def _show_doors(engine: Engine, settings: Settings) -> None:
    with database.writing(engine) as session:
        doors = open_doors(session, settings, now=pretended_time(engine, datetime.now(UTC)))
    click.echo(block(doors))


def _ask_for_three_years(engine: Engine) -> None:
    now = pretended_time(engine, datetime.now(UTC))
    with database.writing(engine) as session:
        ask_for_three_years(session, now=now)
        lived = progress(session)
    if lived is not None and lived.ended:
        click.echo("The three years have been lived already; make demo-fresh begins anew.", err=True)
    elif lived is not None:
        click.echo(f"Living until {say_at(lived.until)}: it goes on by itself if you stop it.", err=True)


def _last_lines(error: processes.ChildDied) -> str:
    return "\n".join(error.log.read_text(errors="replace").splitlines()[-15:])
