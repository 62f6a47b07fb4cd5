"""Ask for a new link in place of an old one."""

from functools import partial

from flask import Response

from surveybot.links import LinkPurpose
from surveybot.rules.answer.link_life import LinkLife
from surveybot.web import doors
from surveybot.web.doors import LinkVisit
from surveybot.web.forms import Fault
from surveybot.web.new_link import chosen_way, send_page, still_good_page
from surveybot.web.student.blueprint import asked_behind, blueprint, life, old_link, plain, refused


@blueprint.get("/r/<token>/new-link")
@doors.link(LinkPurpose.SURVEY)
def offer(visit: LinkVisit) -> Response:
    """The same offer again, for whoever loads this address."""
    asked = asked_behind(visit)
    return refused(visit, asked) or still_good_page(f"/r/{visit.token}", partial(plain, asked))


@blueprint.post("/r/<token>/new-link")
@doors.link(LinkPurpose.SURVEY)
def send(visit: LinkVisit) -> Response:
    asked = asked_behind(visit)
    if life(visit, asked) is not LinkLife.OLD:
        return refused(visit, asked) or still_good_page(f"/r/{visit.token}", partial(plain, asked))
    channel = chosen_way()
    if isinstance(channel, Fault):
        return old_link(visit, asked, channel)
    return send_page(visit, LinkPurpose.SURVEY, channel, partial(plain, asked))
