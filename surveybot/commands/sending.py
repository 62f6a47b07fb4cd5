"""surveybot sending pause|resume|reconcile: the kill switch, and what the provider says it sent."""

import click

from surveybot.commands.entrance import enter, json_option, refuse, say, the_school
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.kill_switch import Scope
from surveybot.senders.base import CannotSay
from surveybot.senders.choose import choose_senders
from surveybot.steps.sending.night_findings import Reconciled
from surveybot.steps.sending.reconcile import NothingToAsk, reconcile
from surveybot.steps.sending.switch_sending import pause_sending, resume_sending


@click.group()
def command() -> None:
    """The kill switch, and the comparison with the provider's own list."""


school = click.option("--school", "urn", metavar="SCHOOL", help="Only this school.")
channel = click.option("--channel", type=click.Choice([channel.value for channel in Channel]))


@command.command("pause")
@school
@channel
@json_option
def pause(urn: str | None, channel: str | None, as_json: bool) -> None:
    """Stop sending, at once. What is on the wire finishes; the rest waits, and none is lost."""
    entrance = enter()
    with entrance.writing() as session:
        scope = Scope(the_school(session, urn).id if urn else None, Channel(channel) if channel else None)
        held = pause_sending(session, scope, by="command", now=entrance.now())
    say(
        {"sending": "paused", "held": held},
        as_json=as_json,
        in_words=lambda: f"Sending is paused; {held} messages wait. Go on with: surveybot sending resume",
    )


@command.command("resume")
@school
@channel
@json_option
def resume(urn: str | None, channel: str | None, as_json: bool) -> None:
    """Send again. Without options it also says that a copy or a restored database may send."""
    entrance = enter()
    with entrance.writing() as session:
        scope = Scope(the_school(session, urn).id if urn else None, Channel(channel) if channel else None)
        instance = entrance.settings.instance
        released = resume_sending(session, scope, instance=instance, by="command", now=entrance.now())
    say(
        {"sending": "open", "released": released},
        as_json=as_json,
        in_words=lambda: f"Sending goes on; {released} messages were released.",
    )


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
    if not result.all_well:
        raise SystemExit(1)


def _in_words(result: Reconciled) -> str:
    if result.all_well:
        return f"{result.listed} texts compared: each went out once, has its row and stands alike."
    lines = [f"{result.listed} texts compared."]
    lines += [f"Delivery {row} went out more than once." for row in result.twice]
    lines += [f"{sid} was sent from this account, and no row knows of it." for sid in result.nobodys]
    lines += [f"Delivery {row} was handed over, and the provider does not know it." for row in result.unknown]
    lines += [
        f"Delivery {one.delivery_id} was {one.ours} here, and is {one.theirs} there."
        for one in result.differs
    ]
    return "\n".join(lines)
