"""What is changed on the opened passport: a purpose, the objection, what was stopped; each with a receipt."""

from datetime import datetime
from typing import Any

from flask import Response, abort, make_response, render_template, request

from surveybot.rules.answer.consent import Decision, ObjectionDecision
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.survey.wordings import STATUTORY
from surveybot.steps.consent.decide import decide
from surveybot.steps.consent.record_consent import NotTheirDecision, record_objection
from surveybot.steps.consent.start_again import start_again
from surveybot.web import doors
from surveybot.web.doors import LinkVisit
from surveybot.web.holder import Holder, parents_name
from surveybot.web.language import gettext as _
from surveybot.web.passport import blueprint
from surveybot.web.passport.inside import inside_page
from surveybot.web.passport.new_link import while_it_works

NOW_IN_WORDS = {
    Decision.GRANTED: _("You said yes."),
    Decision.REFUSED: _("You said no."),
    Decision.WITHDRAWN: _("You took back your yes."),
}
NOTHING_CHOSEN = _("Choose one of the two")


@blueprint.post("/see/choice", endpoint="choose")
@doors.passport
@while_it_works
def choose(visit: LinkVisit, holder: Holder) -> Any:
    """Say yes or no to one purpose: the form has one field, named after the purpose."""
    purpose = next((p for p in holder.purposes if p in request.form or p == request.form.get("about")), None)
    said = request.form.get(purpose, "") if purpose else ""
    if purpose is None or said not in ("yes", "no") or (said == "yes" and not holder.may_be_asked(purpose)):
        return inside_page(visit, holder, errors={purpose or "choices": NOTHING_CHOSEN})
    decision = decide(
        visit.session,
        student=holder.student,
        purpose=purpose,
        agrees=said == "yes",
        now=visit.now,
        **holder.occasion(parents_name(visit, holder)),
    )
    return receipt(visit, holder, holder.words(purpose).short, NOW_IN_WORDS[decision])


@blueprint.post("/see/objection", endpoint="object")
@doors.passport
@while_it_works
def choose_about_objection(visit: LinkVisit, holder: Holder) -> Any:
    said = request.form.get(STATUTORY)
    if said not in set(ObjectionDecision):
        return inside_page(visit, holder, errors={STATUTORY: NOTHING_CHOSEN})
    try:
        record_objection(
            visit.session,
            student=holder.student,
            decision=ObjectionDecision(said),
            now=visit.now,
            **holder.occasion(parents_name(visit, holder)),
        )
    except NotTheirDecision:
        return inside_page(visit, holder, errors={STATUTORY: _("This is not yours to decide today")})
    words = holder.words(STATUTORY)
    return receipt(visit, holder, words.short, words.choices[said == ObjectionDecision.LIFTED] + ".")


@blueprint.post("/see/start", endpoint="start")
@doors.passport
@while_it_works
def start(visit: LinkVisit, holder: Holder) -> Any:
    """Let texts or emails start again that the student had stopped on a page."""
    if holder.is_parent:
        abort(404)
    channels = [channel for channel in Channel if channel in request.form.getlist("start")]
    if not channels:
        return inside_page(visit, holder, errors={"start": _("Choose what to start again")})
    for channel in channels:
        start_again(visit.session, student=holder.student, channel=channel, now=visit.now)
    return receipt(visit, holder, _("Our messages"), _("They can come again."))


def receipt(visit: LinkVisit, holder: Holder, about: str, *what: str) -> Response:
    """What was saved, and when: to read, to keep as a screenshot, and to go back from."""
    return make_response(
        render_template(
            "student/passport/receipt.html",
            token=visit.token,
            about=about,
            what=what,
            number=receipt_number(visit.link_id, visit.now),
            at=visit.now,
            **holder.page(),
        )
    )


def receipt_number(link_id: int, at: datetime) -> str:
    """The link and the second of the change: enough for staff to find the row."""
    return f"{link_id}-{at:%y%m%d-%H%M%S}"
