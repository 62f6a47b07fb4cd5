"""surveybot migrate: create or upgrade the database, and fill the directory of a new one."""

import click

from surveybot.catalogue import college_seed
from surveybot.commands.entrance import enter, json_option, refuse, say
from surveybot.records import installations, migrations
from surveybot.steps.stock_providers import stock_providers


@click.command()
@json_option
def command(as_json: bool) -> None:
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
            stock_providers(session, college_seed())
    after = migrations.stored_revision(entrance.engine)
    upgraded = before != after
    say(
        {"revision": after, "upgraded": upgraded},
        as_json=as_json,
        in_words=lambda: (
            f"Upgraded to revision {after}." if upgraded else f"The database is at revision {after}."
        ),
    )
