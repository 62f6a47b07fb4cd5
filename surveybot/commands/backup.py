"""surveybot backup FILE."""

from pathlib import Path

import click

from surveybot.commands.entrance import enter, json_option, refuse, say
from surveybot.records.backups import BackupRefused, back_up


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
def command(file: Path, as_json: bool) -> None:
    """Write a consistent copy of the database to FILE, while everything runs."""
    try:
        size = back_up(enter().engine, file)
    except BackupRefused as error:
        refuse(str(error))
    say(
        {"file": str(file), "bytes": size},
        as_json=as_json,
        in_words=lambda: (
            f"{file} holds a copy of the whole database ({size:,} bytes). Keep it as safe as the database."
        ),
    )
