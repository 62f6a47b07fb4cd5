"""surveybot worker: send what is due, now and then again and again."""

from datetime import datetime

import click

from surveybot.commands.entrance import Entrance, WallTime, enter, json_option, refuse, say
from surveybot.records import migrations
from surveybot.rules.calendar.dates_in_words import say_at
from surveybot.senders.choose import choose_senders
from surveybot.steps.sending.tick import TickResult
from surveybot.steps.sending.timing import TIMING, ContradictingTimes
from surveybot.worker import Worker


@click.command()
@click.option("--once", is_flag=True, help="One tick, then end.")
@click.option("--at", type=WallTime(), help="Pretend that it is this time; for rehearsals, with --once.")
@json_option
def command(once: bool, at: datetime | None, as_json: bool) -> None:
    """Send what is due: every 30 seconds, or once."""
    entrance = enter()
    if at is not None and not (once and entrance.settings.rehearsal):
        refuse("--at needs --once, and SURVEYBOT_REHEARSAL=1: a running worker lives in the present.")
    if as_json and not once:
        refuse("--json needs --once: a running worker prints no document.")
    _refuse_old_database(entrance)
    worker = _worker(entrance)
    if not once:
        if entrance.settings.demo:
            click.echo("The demo writes at any hour: the contact window is off.", err=True)
        worker.run()
        return
    if at is None and worker.asks_about_the_clock():
        refuse(
            f"The clock shows {say_at(worker.clock())}, far from when a worker last ran: nothing goes out. "
            "Set it right; if it is right, say so: surveybot clock --right"
        )
    result = worker.tick_once(now=at)
    worker.senders.close()
    say(result.as_dict(), as_json=as_json, in_words=lambda: _in_words(result))


def _worker(entrance: Entrance) -> Worker:
    try:
        TIMING.check()
    except ContradictingTimes as error:
        refuse("\n".join(error.faults))
    return _kind(entrance)(
        settings=entrance.settings,
        engine=entrance.engine,
        senders=choose_senders(entrance.settings),
        signer=entrance.signer,
        catalogue=entrance.catalogue,
        clock=entrance.now,
    )


def _kind(entrance: Entrance) -> type[Worker]:
    """In earnest, nothing of the demo is loaded."""
    if not entrance.settings.demo:
        return Worker
    from surveybot.demo.worker import DemoWorker

    return DemoWorker


def _refuse_old_database(entrance: Entrance) -> None:
    if migrations.stored_revision(entrance.engine) != migrations.wanted_revision():
        refuse("The database is not up to date. Run: surveybot migrate")


def _in_words(result: TickResult) -> str:
    return (
        f"{result.sent} sent, {result.failed} failed, {result.ambiguous} uncertain, "
        f"{result.suppressed} not wanted any more, {result.expired} too late, in {result.seconds} seconds."
    )
