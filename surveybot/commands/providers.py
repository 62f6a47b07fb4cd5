"""surveybot providers ...: the directory of colleges and sixth forms."""

from dataclasses import asdict
from pathlib import Path

import click

from surveybot.catalogue import college_seed
from surveybot.commands.entrance import enter, json_option, refuse, say
from surveybot.files.establishments import NotAnExtract, read_establishments
from surveybot.records.audit import note_deed
from surveybot.rules.destination.provider_list import read_establishment
from surveybot.steps.stock_providers import Stocked, stock_providers


@click.group()
def command() -> None:
    """Colleges, sixth forms and other places of learning."""


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def import_(file: Path, as_json: bool) -> None:
    """Take FILE in: a GIAS extract (edubasealldataYYYYMMDD.csv). Twice the same file changes nothing."""
    entrance = enter()
    now = entrance.now()
    entries = (read_establishment(row) for row in read_establishments(file))
    with entrance.writing() as session:
        try:
            stocked = stock_providers(session, (entry for entry in entries if entry is not None))
        except NotAnExtract as error:
            refuse(f"{error} Take the file with all establishments from Get Information About Schools.")
        note_deed(session, "providers_imported", at=now, details=asdict(stocked))
    say(asdict(stocked), as_json=as_json, in_words=lambda: _in_words(stocked))


@command.command("seed")
@json_option
def seed(as_json: bool) -> None:
    """Fill the directory from the shipped list of English colleges (2018): names only."""
    with enter().writing() as session:
        stocked = stock_providers(session, college_seed())
    say(asdict(stocked), as_json=as_json, in_words=lambda: _in_words(stocked))


def _in_words(stocked: Stocked) -> str:
    return (
        f"{stocked.added} added, {stocked.changed} changed, {stocked.closed} closed, "
        f"{stocked.unchanged} unchanged; {stocked.passed_over} take nobody after 16 or are closed."
    )
