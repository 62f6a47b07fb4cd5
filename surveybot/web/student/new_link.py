"""Ask for a new link in place of an old one."""

from flask import Response, request

from surveybot.links import LinkPurpose
from surveybot.rules.channels import Channel
from surveybot.rules.link_life import LinkLife
from surveybot.steps.renew_link import renew_link
from surveybot.web import doors
from surveybot.web.doors import LinkVisit
from surveybot.web.forms import Fault
from surveybot.web.language import gettext as _
from surveybot.web.student.blueprint import asked_behind, blueprint, life, old_link, plain, refused


@blueprint.get("/r/<token>/new-link")
@doors.link(LinkPurpose.SURVEY)
def offer(visit: LinkVisit) -> Response:
    """The same offer again, for whoever loads this address."""
    asked = asked_behind(visit)
    return refused(visit, asked) or _still_good(visit)


@blueprint.post("/r/<token>/new-link")
@doors.link(LinkPurpose.SURVEY)
def send(visit: LinkVisit) -> Response:
    """Queue the message. The words are the same whether there is an address to send it to or not."""
    asked = asked_behind(visit)
    if life(visit, asked) is not LinkLife.OLD:
        return refused(visit, asked) or _still_good(visit)
    channel = request.form.get("channel", "")
    if channel not in list(Channel):
        return old_link(visit, asked, (Fault("channel", _("Choose how we shall send it")),))
    if not renew_link(visit.session, link=visit.link, channel=Channel(channel), now=visit.now):
        return plain(
            asked,
            _("You have asked for a link already"),
            _("Look at your messages. You can ask again in an hour, three times a day at most."),
            _("If nothing comes, ask your tutor or the school office."),
            status=429,
        )
    return plain(
        asked,
        _("A new link is on its way"),
        _("It comes in a few minutes, if your school has a number or address for you there."),
        _("If nothing comes, ask your tutor or the school office."),
    )


def _still_good(visit: LinkVisit) -> Response:
    return plain(
        asked_behind(visit),
        _("This link still works"),
        _("You do not need a new one."),
        onward=(f"/r/{visit.token}", _("Open the page")),
    )
