"""The opened passport: what was agreed, when, in which words; contact details; the latest answer."""

from collections.abc import Mapping
from typing import Any

from flask import Response, make_response, redirect, render_template, session

from surveybot.links import LinkPurpose
from surveybot.records.answer.answers import answers_of
from surveybot.records.round.invitations import Audience
from surveybot.rules.answer.consent import ObjectionDecision
from surveybot.rules.delivery.channels import RouteKind
from surveybot.steps.consent.start_again import stopped_by_themselves
from surveybot.steps.roster.change_contact import contact_of
from surveybot.web import doors
from surveybot.web.doors import LinkVisit
from surveybot.web.holder import Holder
from surveybot.web.language import gettext as _
from surveybot.web.own_contact import as_written
from surveybot.web.passport import blueprint
from surveybot.web.passport.new_link import while_it_works
from surveybot.web.passport.standing import objection_standing, standings
from surveybot.web.passport.take_back import Option
from surveybot.web.staff.answer_words import Line, answer_in_words

START_IN_WORDS = {"sms": _("Start texts again"), "email": _("Start emails again")}


@blueprint.get("/see", endpoint="see")
@doors.passport
@while_it_works
def see(visit: LinkVisit, holder: Holder) -> Any:
    return inside_page(visit, holder)


@blueprint.post("/close", endpoint="close")
@doors.link(LinkPurpose.PASSPORT)
def close(visit: LinkVisit) -> Any:
    """Forget the cookie: for a phone or computer that others use too."""
    session.clear()
    return redirect(f"/me/{visit.token}", 303)


def inside_page(
    visit: LinkVisit,
    holder: Holder,
    *,
    errors: dict[str, str] | None = None,
    typed: Mapping[RouteKind, str] | None = None,
) -> Response:
    """Everything; with errors (control, what to do) it is a 422 that keeps what was typed."""
    objection = objection_standing(visit, holder)
    page = render_template(
        "student/passport/inside.html",
        token=visit.token,
        standings=standings(visit, holder),
        objection=objection,
        objections=[Option(*pair) for pair in zip(ObjectionDecision, objection.words.choices, strict=False)],
        errors=errors or {},
        **(_of_the_student(visit, holder, typed or {}) if not holder.is_parent else {}),
        **holder.page(),
    )
    return make_response(page, 422 if errors else 200)


def _of_the_student(visit: LinkVisit, holder: Holder, typed: Mapping[RouteKind, str]) -> dict[str, Any]:
    """Contact details and answers: never on a parent's page."""
    standing = contact_of(visit.session, holder.student)
    answered_at, answer = _latest_answer(visit, holder)
    return {
        "contact": {kind.value: typed.get(kind, as_written(one.newest)) for kind, one in standing.items()},
        "still_used": {kind.value: as_written(one.still_used) for kind, one in standing.items()},
        "unproven": [Option(kind, as_written(one.newest)) for kind, one in standing.items() if one.can_prove],
        "stopped": [
            Option(channel, START_IN_WORDS[channel])
            for channel in stopped_by_themselves(visit.session, holder.student)
        ],
        "answered_at": answered_at,
        "answer": answer,
    }


def _latest_answer(visit: LinkVisit, holder: Holder) -> tuple[Any, list[Line]]:
    """What the student said last, or what staff wrote down for them."""
    assert holder.student.id is not None
    said = answers_of(visit.session, holder.student.id)
    for answer in said:
        if answer.given_by is not Audience.PARENT:
            return answer.answered_at, answer_in_words(visit.house.catalogue, answer)
    return None, []
