"""surveybot restore FILE."""

from pathlib import Path

import click

from surveybot.commands.entrance import enter, json_option, refuse, say
from surveybot.records import installations, migrations
from surveybot.records.backups import BackupRefused
from surveybot.records.backups import restore as restore_copy


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
def command(file: Path, as_json: bool) -> None:
    """Fill an empty database from FILE. Sending stays on hold until a person says go."""
    entrance = enter()
    try:
        restore_copy(entrance.engine, file)
    except BackupRefused as error:
        refuse(str(error))
    migrations.upgrade(entrance.engine)
    with entrance.writing() as session:
        installations.disown(session)
    say(
        {"restored": str(file), "sends": False},
        as_json=as_json,
        in_words=lambda: "Restored. Nothing is sent until you say so: surveybot sending resume",
    )
