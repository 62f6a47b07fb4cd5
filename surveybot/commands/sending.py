"""surveybot sending pause|resume: the kill switch."""

import click

from surveybot.commands.entrance import enter, the_school
from surveybot.rules.channels import Channel
from surveybot.rules.kill_switch import Scope
from surveybot.steps.switch_sending import pause_sending, resume_sending


@click.group()
def command() -> None:
    """The kill switch. What is on the wire finishes; the rest waits, and none is lost."""


school = click.option("--school", "urn", metavar="SCHOOL", help="Only this school.")
channel = click.option("--channel", type=click.Choice([channel.value for channel in Channel]))


@command.command("pause")
@school
@channel
def pause(urn: str | None, channel: str | None) -> None:
    """Stop sending, at once."""
    entrance = enter()
    with entrance.writing() as session:
        scope = Scope(the_school(session, urn).id if urn else None, Channel(channel) if channel else None)
        held = pause_sending(session, scope, by="command", now=entrance.now())
    click.echo(f"Sending is paused; {held} messages wait. Go on with: surveybot sending resume")


@command.command("resume")
@school
@channel
def resume(urn: str | None, channel: str | None) -> None:
    """Send again. Without options it also says that a copy or a restored database may send."""
    entrance = enter()
    with entrance.writing() as session:
        scope = Scope(the_school(session, urn).id if urn else None, Channel(channel) if channel else None)
        instance = entrance.settings.instance
        released = resume_sending(session, scope, instance=instance, by="command", now=entrance.now())
    click.echo(f"Sending goes on; {released} messages were released.")
