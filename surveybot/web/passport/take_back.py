"""The first page of the passport: whoever has the link takes back a yes, or stops messages, in two taps.

It shows no state. Nothing is chosen beforehand, and a form without a choice changes nothing.
"""

from dataclasses import dataclass
from typing import Any

from flask import Response, make_response, render_template, request

from surveybot.links import LinkPurpose
from surveybot.records.delivery.opt_outs import OptOutSource
from surveybot.rules.answer.consent import Purpose
from surveybot.rules.delivery.channels import Channel
from surveybot.steps.consent.withdraw import everything, owners_of, stop_channel, withdraw
from surveybot.web import doors
from surveybot.web.doors import LinkVisit
from surveybot.web.holder import Holder, parents_name
from surveybot.web.language import gettext as _
from surveybot.web.passport import blueprint
from surveybot.web.passport.new_link import while_it_works

ALL = "all"
CHANNELS_IN_WORDS = {Channel.SMS: _("Stop text messages"), Channel.EMAIL: _("Stop emails")}
STOPPED_IN_WORDS = {
    Channel.SMS: _("We will not send you any more texts."),
    Channel.EMAIL: _("We will not send you any more emails."),
}


@dataclass(frozen=True)
class Option:
    """One box or button of a group, for the macro `choices`."""

    value: str
    label: str
    hint: str = ""


@blueprint.get("", endpoint="front")
@doors.link(LinkPurpose.PASSPORT)
@while_it_works
def front(visit: LinkVisit, holder: Holder) -> Any:
    return front_page(visit, holder)


@blueprint.post("", endpoint="take_back")
@doors.link(LinkPurpose.PASSPORT)
@while_it_works
def take_back(visit: LinkVisit, holder: Holder) -> Any:
    said = request.form.getlist("take_back")
    purposes = [purpose for purpose in offered(holder) if purpose in said]
    channels = [channel for channel in Channel if channel in request.form.getlist("stop")]
    if not purposes and not channels and ALL not in said:
        return front_page(visit, holder, error=_("Choose what to take back or what to stop"))
    if purposes or ALL in said:
        withdraw_for(visit, holder, purposes, all_of_them=ALL in said)
    for channel in channels:
        stop_for(visit, holder, channel)
    return done_page(visit, holder, purposes, channels, all_of_them=ALL in said)


def offered(holder: Holder) -> list[Purpose]:
    """The uses of data that can be taken back one by one; ways of writing are stopped instead."""
    ways = (Purpose.SMS, Purpose.EMAIL)
    return [purpose for purpose in holder.purposes if purpose not in ways]


def withdraw_for(visit: LinkVisit, holder: Holder, purposes: list[Purpose], *, all_of_them: bool) -> None:
    wanted = everything(visit.session, holder.student) if all_of_them else set(purposes)
    withdraw(
        visit.session,
        student=holder.student,
        purposes=wanted & set(holder.purposes),
        now=visit.now,
        **holder.occasion(parents_name(visit, holder)),
    )


def stop_for(visit: LinkVisit, holder: Holder, channel: Channel, *, address: str = "") -> None:
    stop_channel(
        visit.session,
        student=holder.student,
        channel=channel,
        source=OptOutSource.PAGE,
        owners=owners_of(holder.link.audience),
        address=address,
        now=visit.now,
    )


def front_page(visit: LinkVisit, holder: Holder, error: str = "") -> Response:
    """The form; shown with an error it is a 422."""
    page = render_template(
        "student/passport/front.html",
        token=visit.token,
        purposes=[Option(purpose, holder.words(purpose).short) for purpose in offered(holder)],
        all_of_them=[Option(ALL, _("All of these"))],
        channels=[Option(channel, label) for channel, label in CHANNELS_IN_WORDS.items()],
        error=error,
        **holder.page(),
    )
    return make_response(page, 422 if error else 200)


def done_page(
    visit: LinkVisit,
    holder: Holder,
    purposes: list[Purpose],
    channels: list[Channel],
    *,
    all_of_them: bool = False,
) -> Response:
    """What was just done; never what stood before."""
    taken_back = [holder.words(purpose).short for purpose in purposes]
    page = render_template(
        "student/passport/taken_back.html",
        token=visit.token,
        taken_back=[_("Everything that you had agreed to")] if all_of_them else taken_back,
        stopped=[STOPPED_IN_WORDS[channel] for channel in channels],
        at=visit.now,
        **holder.page(),
    )
    return make_response(page)
