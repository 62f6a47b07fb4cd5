"""surveybot sending pause|resume|reconcile: the kill switch, and what the provider says it sent."""

import click

from surveybot.commands.entrance import enter, json_option, refuse, say, the_school
from surveybot.rules.channels import Channel
from surveybot.rules.kill_switch import Scope
from surveybot.senders.base import CannotSay
from surveybot.senders.choose import choose_senders
from surveybot.steps.sending.reconcile import NothingToAsk, Reconciled, reconcile
from surveybot.steps.switch_sending import pause_sending, resume_sending


@click.group()
def command() -> None:
    """The kill switch, and the comparison with the provider's own list."""


school = click.option("--school", "urn", metavar="SCHOOL", help="Only this school.")
channel = click.option("--channel", type=click.Choice([channel.value for channel in Channel]))


@command.command("pause")
@school
@channel
def pause(urn: str | None, channel: str | None) -> None:
    """Stop sending, at once. What is on the wire finishes; the rest waits, and none is lost."""
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


@command.command("reconcile")
@json_option
def reconcile_now(as_json: bool) -> None:
    """Compare the last day's texts with the provider's list; exit code 1 where something is wrong."""
    entrance = enter()
    senders = choose_senders(entrance.settings)
    try:
        result = reconcile(entrance.engine, senders, now=entrance.now())
    except NothingToAsk:
        refuse("No provider of texts is set up: set TWILIO_ACCOUNT_SID and its companions.")
    except CannotSay:
        refuse("The provider gave no whole list: try again in a few minutes.")
    finally:
        senders.close()
    say(result.as_dict(), as_json=as_json, in_words=lambda: _in_words(result))
    if result.twice or result.nobodys:
        raise SystemExit(1)


def _in_words(result: Reconciled) -> str:
    if not result.twice and not result.nobodys:
        return f"{result.listed} texts compared: each went out once, and each has its row."
    lines = [f"{result.listed} texts compared."]
    lines += [f"Delivery {row} went out more than once." for row in result.twice]
    lines += [f"{sid} was sent from this account, and no row knows of it." for sid in result.nobodys]
    return "\n".join(lines)
