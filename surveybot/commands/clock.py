"""surveybot clock: what time it is in a rehearsal."""

from datetime import UTC, datetime

import click

from surveybot.commands.entrance import WallTime, enter, json_option, refuse, say
from surveybot.records.rehearsal_clock import set_clock
from surveybot.rules.dates_in_words import say_at


@click.command()
@click.option("--at", type=WallTime(), help="Pretend that it is this time; it goes on from there.")
@click.option("--real", is_flag=True, help="Back to the real time.")
@json_option
def command(at: datetime | None, real: bool, as_json: bool) -> None:
    """Set or show the clock of a rehearsal: web and worker go by it, where SURVEYBOT_REHEARSAL=1."""
    if at is not None and real:
        raise click.UsageError("Give --at or --real, not both.")
    entrance = enter()
    if not entrance.settings.rehearsal:
        refuse(
            "Only a rehearsal has a clock of its own: set SURVEYBOT_REHEARSAL=1, on a copy of the database."
        )
    if at is not None or real:
        today = datetime.now(UTC)
        with entrance.writing() as session:
            set_clock(session, today if real else at or today, real=today)
    now = entrance.now()
    say({"now": now}, as_json=as_json, in_words=lambda: f"It is {say_at(now)}.")
