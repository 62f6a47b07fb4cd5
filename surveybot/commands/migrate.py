"""surveybot migrate: create or upgrade the database."""

import click

from surveybot.commands.entrance import enter, refuse
from surveybot.records import installations, migrations


@click.command()
def command() -> None:
    """Create or upgrade the database."""
    entrance = enter()
    before = migrations.stored_revision(entrance.engine)
    try:
        migrations.upgrade(entrance.engine)
    except migrations.BrokenReferences as error:
        refuse(f"The upgrade was undone: {error} would point at rows that are gone.")
    with entrance.writing() as session:
        if installations.is_new(session):
            installations.take_over(session, entrance.settings.instance, by="command", now=entrance.now())
    after = migrations.stored_revision(entrance.engine)
    click.echo(
        f"The database is at revision {after}." if before == after else f"Upgraded to revision {after}."
    )
