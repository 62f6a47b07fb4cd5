"""The form "This isn't me": nothing is chosen, so that a filter which presses buttons changes nothing."""

from flask import Response, make_response, render_template, request

from surveybot.links import LinkPurpose
from surveybot.records.asked import Asked
from surveybot.records.invitations import Audience
from surveybot.steps.withdraw import wrong_person
from surveybot.web import doors
from surveybot.web.doors import LinkVisit
from surveybot.web.forms import Fault
from surveybot.web.language import gettext as _
from surveybot.web.student.blueprint import asked_behind, blueprint, of_school, plain


@blueprint.get("/r/<token>/not-me")
@doors.link(LinkPurpose.SURVEY)
def ask(visit: LinkVisit) -> Response:
    return _form(asked_behind(visit))


@blueprint.post("/r/<token>/not-me")
@doors.link(LinkPurpose.SURVEY)
def take(visit: LinkVisit) -> Response:
    """Stop writing to this address, and say nothing about the person who was meant."""
    asked = asked_behind(visit)
    match request.form.get("who"):
        case "wrong":
            wrong_person(visit.session, link=visit.link, now=visit.now)
            return plain(
                asked,
                _("Thank you for telling us"),
                _("We will not write to you about this again. You do not need to do anything else."),
            )
        case "right":
            return plain(
                asked,
                _("Nothing has changed"),
                _("Your link still works."),
                onward=(f"/r/{visit.token}", _("Go back to the questions")),
            )
    return _form(asked, Fault("who", _("Choose one of the two")))


def _form(asked: Asked, *faults: Fault) -> Response:
    of_parent = asked.audience is Audience.PARENT
    html = render_template(
        "student/not_me.html",
        title=_("Did this reach the wrong person?"),
        hint=_("If it did, we stop writing to this number or address."),
        picks=(
            {
                "value": "wrong",
                "label": _("Yes, this is not about my child") if of_parent else _("Yes, this is not me"),
            },
            {
                "value": "right",
                "label": _("No, this is about my child") if of_parent else _("No, this is me"),
            },
        ),
        faults=[(fault.control, fault.text) for fault in faults],
        **of_school(asked),
    )
    return make_response(html, 422 if faults else 200)
