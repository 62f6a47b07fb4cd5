"""surveybot clock: what time it is in a rehearsal; in earnest, that the machine's clock is right."""

from datetime import UTC, datetime

import click

from surveybot.commands.entrance import Entrance, WallTime, enter, json_option, refuse, say
from surveybot.records.worker.rehearsal_clock import set_clock
from surveybot.rules.calendar.dates_in_words import say_at
from surveybot.steps.plan.ask_about_clock import say_clock_is_right


@click.command()
@click.option("--at", type=WallTime(), help="Pretend that it is this time; it goes on from there.")
@click.option("--real", is_flag=True, help="Back to the real time.")
@click.option("--right", is_flag=True, help="Say that this machine's clock is right, after a far leap.")
@json_option
def command(at: datetime | None, real: bool, right: bool, as_json: bool) -> None:
    """Set or show the clock of a rehearsal: web and worker go by it, where SURVEYBOT_REHEARSAL=1."""
    if (at is not None) + real + right > 1:
        raise click.UsageError("Give one of --at, --real and --right.")
    entrance = enter()
    if right:
        _say_right(entrance, as_json=as_json)
        return
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


def _say_right(entrance: Entrance, *, as_json: bool) -> None:
    now = entrance.now()
    with entrance.writing() as session:
        say_clock_is_right(session, now=now)
    words = f"It is {say_at(now)}. Sending goes on when the clock has been steady for ten minutes."
    say({"now": now}, as_json=as_json, in_words=lambda: words)
