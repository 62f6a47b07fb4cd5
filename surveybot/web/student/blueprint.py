"""The one blueprint of these pages, and what they have in common."""

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from surveybot.links import MalformedLink
from surveybot.records.answer.asked import Asked, asked_by
from surveybot.records.round.invitations import Audience
from surveybot.rules.answer.link_life import LinkLife, life_of_link
from surveybot.rules.calendar.dates_in_words import say_at
from surveybot.rules.school_settings import SchoolSettings
from surveybot.web.doors import LinkVisit
from surveybot.web.forms import Fault
from surveybot.web.language import gettext as _
from surveybot.web.new_link import offer_page
from surveybot.web.not_me import not_me_here

blueprint = Blueprint("student", __name__)

LARGEST_ANSWER = 32 * 1024
MOST_FIELDS = 100


def asked_behind(visit: LinkVisit) -> Asked:
    """Who is asked what, or a MalformedLink where the row behind the token is gone."""
    asked = asked_by(visit.house.engine, visit.link_id, answering=request.method == "POST")
    if asked is None or asked.survey not in visit.house.catalogue.surveys:
        raise MalformedLink("no survey behind this link")
    return asked


def life(visit: LinkVisit, asked: Asked) -> LinkLife:
    return life_of_link(
        revoked=asked.revoked,
        round_closed=asked.closed,
        opens_at=asked.opens_at,
        closes_at=asked.closes_at,
        state=asked.state,
        now=visit.now,
    )


def of_school(asked: Asked) -> dict[str, Any]:
    """What the frame of every page needs of the school and of the link."""
    settings = SchoolSettings.from_stored(asked.school_settings)
    return {
        "school_name": asked.school_name,
        "colour": settings.colour,
        "of_parent": asked.audience is Audience.PARENT,
        "not_me": not_me_here(),
    }


def plain(
    asked: Asked,
    title: str,
    *lines: str,
    status: int = 200,
    onward: tuple[str, str] | None = None,
    **frame: str,
) -> Response:
    """A page that says what happened and what to do next."""
    frame = {**of_school(asked), **frame}
    html = render_template("student/plain.html", title=title, lines=lines, onward=onward, **frame)
    return make_response(html, status)


def refused(visit: LinkVisit, asked: Asked) -> Response | None:
    """The page for a link that takes no answer any more, or None for one that does."""
    match life(visit, asked):
        case LinkLife.GOOD | LinkLife.LATE:
            return None
        case LinkLife.SEALED:
            return sealed(asked)
        case LinkLife.OLD:
            return old_link(visit, asked)
        case LinkLife.CLOSED:
            return plain(
                asked,
                _("This survey has closed"),
                _("Thank you for coming. It takes no more answers."),
                _("If your plans have changed or you would like help, tell your tutor or the office."),
                status=410,
            )
    return ended(asked)


def ended(asked: Asked) -> Response:
    """Of somebody who has died, every page behind the link says no more than this."""
    return plain(
        asked,
        _("This link does not work any more"),
        _("You do not need to do anything."),
        status=410,
        not_me="",
    )


def sealed(asked: Asked) -> Response:
    """The link is right, and the time is not yet."""
    return plain(
        asked,
        _("This page opens on %(at)s") % {"at": say_at(asked.opens_at)},
        _("Your link works. Come back then, with the same link or code."),
        _("You do not need to do anything before."),
        status=409 if request.method == "POST" else 200,
    )


def old_link(visit: LinkVisit, asked: Asked, *faults: Fault) -> Response:
    return offer_page(f"/r/{visit.token}", *faults, **of_school(asked))
