"""/stop/<token>: stop texts, emails or both, and beside it withdraw consent; and the one click of RFC 8058.

It works for ever, whether the round is closed or the link revoked, and says the same each time.
"""

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from surveybot.links import LinkPurpose
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.opt_outs import OptOutSource
from surveybot.rules.delivery.channels import Channel
from surveybot.steps.consent.withdraw import stop_addresses
from surveybot.web import doors
from surveybot.web.doors import LinkVisit
from surveybot.web.holder import Holder, holder_of
from surveybot.web.language import gettext as _
from surveybot.web.passport.take_back import STOPPED_IN_WORDS, Option, stop_for, withdraw_for

blueprint = Blueprint("stop", __name__)

ONE_CLICK = b"List-Unsubscribe=One-Click"
BOTH, WITHDRAW = "both", "withdraw"
CHANNELS = {
    "sms": (Channel.SMS,),
    "email": (Channel.EMAIL,),
    BOTH: (Channel.SMS, Channel.EMAIL),
}


@blueprint.get("/stop/<token>", endpoint="ask")
@doors.link(LinkPurpose.STOP)
def ask(visit: LinkVisit) -> Any:
    return form_page(visit, holder_of(visit))


@blueprint.post("/stop/<token>", endpoint="stop")
@doors.link(LinkPurpose.STOP)
def stop(visit: LinkVisit) -> Any:
    if is_one_click():
        return one_click(visit)
    holder = holder_of(visit)
    channels = CHANNELS.get(request.form.get("stop", ""), ())
    withdraws = request.form.get(WITHDRAW) == "yes"
    if not channels and not withdraws:
        return form_page(visit, holder, error=_("Choose what to stop"))
    for channel in channels:
        stop_for(visit, holder, channel, address=address_of_the_message(visit, channel))
    if withdraws:
        withdraw_for(visit, holder, [], all_of_them=True)
    return done_page(visit, holder, channels, withdraws=withdraws)


def is_one_click() -> bool:
    """RFC 8058: the body is this one pair, as a form or as multipart form data, and nothing else."""
    if request.mimetype == "multipart/form-data":
        pairs = list(request.form.items(multi=True))
        return pairs == [("List-Unsubscribe", "One-Click")] and not request.files
    return request.get_data(cache=True, parse_form_data=False) == ONE_CLICK


def one_click(visit: LinkVisit) -> Response:
    """Stop email to the address that the message went to: no cookie, no redirect, nothing to confirm."""
    holder = holder_of(visit)
    if address := address_of_the_message(visit, Channel.EMAIL):
        stop_addresses(
            visit.session,
            Channel.EMAIL,
            [address],
            source=OptOutSource.ONE_CLICK,
            student=holder.student,
            now=visit.now,
        )
    return Response(_("Stopped."), mimetype="text/plain")


def address_of_the_message(visit: LinkVisit, channel: Channel) -> str:
    """Where the message with this link went over that channel; empty for a paper slip."""
    delivery_id = visit.link.delivery_id
    delivery = visit.session.get(Delivery, delivery_id) if delivery_id else None
    return delivery.to_address if delivery and delivery.channel is channel else ""


def form_page(visit: LinkVisit, holder: Holder, error: str = "") -> Response:
    page = render_template(
        "student/stop/ask.html",
        token=visit.token,
        channels=[
            Option("sms", _("Text messages")),
            Option("email", _("Emails")),
            Option(BOTH, _("Both")),
        ],
        withdraw=[Option("yes", _("Take back everything I agreed to"))],
        error=error,
        **holder.page(),
    )
    return make_response(page, 422 if error else 200)


def done_page(
    visit: LinkVisit, holder: Holder, channels: tuple[Channel, ...], *, withdraws: bool
) -> Response:
    page = render_template(
        "student/stop/done.html",
        token=visit.token,
        stopped=[STOPPED_IN_WORDS[channel] for channel in channels],
        withdraws=withdraws,
        at=visit.now,
        **holder.page(),
    )
    return make_response(page)
