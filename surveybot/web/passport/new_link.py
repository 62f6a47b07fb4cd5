"""A passport link that has run out: the offer of a new one, to the stored route."""

from functools import partial

from flask import Response, make_response, render_template

from surveybot.links import LinkPurpose
from surveybot.rules.people import StudentState
from surveybot.web import doors
from surveybot.web.doors import LinkVisit
from surveybot.web.forms import Fault
from surveybot.web.holder import Holder, holder_of, is_over
from surveybot.web.language import gettext as _
from surveybot.web.new_link import chosen_way, offer_page, send_page, still_good_page
from surveybot.web.passport import blueprint


@blueprint.get("/new-link", endpoint="offer_link")
@doors.link(LinkPurpose.PASSPORT)
def offer(visit: LinkVisit) -> Response:
    holder = holder_of(visit)
    return gone(visit, holder) if is_over(holder, visit) else _still_good(visit, holder)


@blueprint.post("/new-link", endpoint="send_link")
@doors.link(LinkPurpose.PASSPORT)
def send(visit: LinkVisit) -> Response:
    holder = holder_of(visit)
    if not is_over(holder, visit):
        return _still_good(visit, holder)
    channel = chosen_way()
    if isinstance(channel, Fault) or has_ended(holder):
        return gone(visit, holder, *([channel] if isinstance(channel, Fault) else []))
    return send_page(visit, LinkPurpose.PASSPORT, channel, partial(_plain, holder))


def gone(visit: LinkVisit, holder: Holder, *faults: Fault) -> Response:
    """A link that has run out; of somebody who has died it says no more than that."""
    if has_ended(holder):
        return _plain(
            holder, _("This link does not work any more"), _("You do not need to do anything."), status=410
        )
    return offer_page(
        f"/me/{visit.token}", *faults, school_name=holder.school.name, colour=holder.settings.colour
    )


def has_ended(holder: Holder) -> bool:
    return holder.student.state is StudentState.DECEASED


def _still_good(visit: LinkVisit, holder: Holder) -> Response:
    return still_good_page(f"/me/{visit.token}", partial(_plain, holder))


def _plain(
    holder: Holder, title: str, *lines: str, status: int = 200, onward: tuple[str, str] | None = None
) -> Response:
    html = render_template("student/plain.html", title=title, lines=lines, onward=onward, **holder.page())
    return make_response(html, status)
