"""What somebody reads who asks for a new link in place of an old one, whichever page it opened.

The words are the same whether there is an address to send it to or not: a link may not read.
"""

from collections.abc import Callable
from typing import Any

from flask import Response, make_response, render_template, request

from surveybot.links import LinkPurpose
from surveybot.rules.delivery.channels import Channel
from surveybot.steps.answer.renew_link import renew_link
from surveybot.web.doors import LinkVisit
from surveybot.web.forms import Fault
from surveybot.web.language import gettext as _

Plain = Callable[..., Response]
"""A page that says what happened, in the frame of its school: title, lines, `status`, `onward`."""


def offer_page(here: str, *faults: Fault, **frame: Any) -> Response:
    """The offer of a new link, to the stored route, with nothing chosen; `here` is the old link's page."""
    html = render_template(
        "student/old_link.html",
        ask_at=f"{here}/new-link",
        faults=[(fault.control, fault.text) for fault in faults],
        picks=({"value": "sms", "label": _("By text")}, {"value": "email", "label": _("By email")}),
        **frame,
    )
    return make_response(html, 422 if faults else 410)


def chosen_way() -> Channel | Fault:
    channel = request.form.get("channel", "")
    return (
        Channel(channel) if channel in list(Channel) else Fault("channel", _("Choose how we shall send it"))
    )


def send_page(visit: LinkVisit, purpose: LinkPurpose, channel: Channel, plain: Plain) -> Response:
    """Queue the message, once an hour and three times a day."""
    if not renew_link(visit.session, link=visit.link, purpose=purpose, channel=channel, now=visit.now):
        return plain(
            _("You have asked for a link already"),
            _("Look at your messages. You can ask again in an hour, three times a day at most."),
            _("If nothing comes, ask your tutor or the school office."),
            status=429,
        )
    return plain(
        _("A new link is on its way"),
        _("It comes in a few minutes, if your school has a number or address for you there."),
        _("If nothing comes, ask your tutor or the school office."),
    )


def still_good_page(here: str, plain: Plain) -> Response:
    return plain(
        _("This link still works"), _("You do not need a new one."), onward=(here, _("Open the page"))
    )
