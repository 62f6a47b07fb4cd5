"""The questions (GET) and the answer (POST), which is thanked for at the same address, with no redirect."""

from flask import Response, make_response, render_template, request
from sqlmodel import Session
from werkzeug.datastructures import MultiDict

from surveybot.links import LinkError, LinkPurpose
from surveybot.records import database
from surveybot.records.answer.asked import Asked
from surveybot.records.roster.students import Student, contacts_of
from surveybot.rules.answer.consent import Actor
from surveybot.rules.answer.free_text import places_named
from surveybot.rules.answer.link_life import LATE_FOR, LinkLife
from surveybot.rules.calendar.dates_in_words import london_date, say_on
from surveybot.rules.destination.provider_names import fold
from surveybot.rules.survey.questionnaire import Survey
from surveybot.rules.survey.questionnaire_check import QuestionKind
from surveybot.steps.answer.look_after import Care, look_after
from surveybot.steps.answer.settle import find_places
from surveybot.steps.answer.take import Receipt, ShownWords, take_answer
from surveybot.steps.consent.record_consent import record_objection
from surveybot.web import doors
from surveybot.web.desk import desk_of
from surveybot.web.doors import LinkVisit
from surveybot.web.forms import Fault, Said, form_class, read
from surveybot.web.language import gettext as _
from surveybot.web.own_contact import give_typed
from surveybot.web.student.blueprint import (
    LARGEST_ANSWER,
    MOST_FIELDS,
    asked_behind,
    blueprint,
    life,
    plain,
    refused,
)
from surveybot.web.student.contact import typed_contact
from surveybot.web.student.doubt import Doubt, doubt_about, with_old_name
from surveybot.web.student.kept import fill
from surveybot.web.student.page import LANGUAGE, Look, Nearby, Person, look_of, page, page_again

nearby = Nearby()


@blueprint.get("/r/<token>")
@doors.link(LinkPurpose.SURVEY)
def show(visit: LinkVisit) -> Response:
    """The questions, with nothing chosen and nothing that was said before."""
    asked = asked_behind(visit)
    if refusal := refused(visit, asked):
        return refusal
    survey = visit.house.catalogue.survey_at(asked.survey, asked.school_settings)
    look = look_here(visit, asked, survey)
    if _nothing_to_decide(survey, look):
        return _no_question(asked)
    return Response(page(look, survey, person_here(visit, asked)), mimetype="text/html")


@blueprint.post("/r/<token>")
@doors.link(LinkPurpose.SURVEY)
def answer(visit: LinkVisit) -> Response:
    """Read first, in a transaction that holds nobody up; write only what has been found good."""
    request.max_content_length, request.max_form_parts = LARGEST_ANSWER, MOST_FIELDS
    posted = with_old_name(request.form)
    asked = asked_behind(visit)
    if refusal := refused(visit, asked):
        return refusal
    survey = visit.house.catalogue.survey_at(asked.survey, asked.school_settings)
    look = look_here(visit, asked, survey)
    said = _checked(visit, look, survey, posted)
    contact = typed_contact(visit.house, asked.student_id, survey, posted)
    if not isinstance(said, Said) or contact.faults:
        faults = [*(() if isinstance(said, Said) else said), *contact.faults]
        return make_response(page_again(look, survey, person_here(visit, asked), posted, faults), 422)
    places = _places_named(visit, survey, said)
    doubt = doubt_about(visit.house, asked, survey, posted, places=places)
    receipt = _take(visit, asked, look, survey, said, places)
    care = look_after(desk_of(visit), survey, receipt, said.content, invitation_id=asked.invitation_id)
    if receipt.meaning.half and not care.worried:
        person = person_here(visit, asked)
        return make_response(page_again(look, survey, person, posted, (), half=receipt.receipt))
    asked_there: list[str] = []
    if contact.known:
        student = visit.session.get_one(Student, asked.student_id)
        asked_there = give_typed(visit.session, student, contact.known, now=visit.now)
    return _thanks(visit, asked, look, receipt, care, None if care.worried else doubt, tuple(asked_there))


def look_here(visit: LinkVisit, asked: Asked, survey: Survey) -> Look:
    near = nearby.names(visit.house, asked, visit.now)
    return look_of(visit.house, asked, survey, near=near, now=visit.now)


def person_here(visit: LinkVisit, asked: Asked) -> Person:
    late = life(visit, asked) is LinkLife.LATE
    return Person(
        token=visit.token,
        first_name=asked.first_name,
        page_number=visit.house.signer.new_page(visit.link_id),
        late=say_on(london_date(asked.closes_at + LATE_FOR)) if late else "",
    )


def _nothing_to_decide(survey: Survey, look: Look) -> bool:
    """A parent of somebody who is 16, at a school that asks parents nothing else."""
    if look.purposes or look.parent_objects or not look.of_parent:
        return False
    kinds = {question.kind for question in survey.questions}
    return kinds <= {QuestionKind.OBJECTION, QuestionKind.CONSENTS}


def _no_question(asked: Asked) -> Response:
    return plain(
        asked,
        _("There is nothing for you to decide"),
        _("Your child is 16 or over, so they decide about their information themselves."),
        _("You do not need to do anything."),
    )


def _checked(visit: LinkVisit, look: Look, survey: Survey, posted: MultiDict[str, str]) -> Said | list[Fault]:
    forms = form_class(survey, visit.house.catalogue.destination_kinds, year_group=look.year_group)
    said = read(survey, forms(posted), shown=look.purposes, objects=look.parent_objects)
    try:
        visit.house.signer.read_page(visit.link_id, posted.get("page", ""))
    except LinkError:
        return [Fault("main", _("This page was too old. Look at your answer and send it again."))]
    return said


def _places_named(visit: LinkVisit, survey: Survey, said: Said) -> dict[str, int]:
    """The directory is asked once, for the question of a doubt and for the ledger."""
    names = {fold(name) for name in places_named(survey, said.content)}
    known = visit.house.places
    if not names <= known.keys():
        with database.looking(visit.house.engine) as connection:
            known |= find_places(connection, names - known.keys())
    return {name: known[name] for name in names & known.keys()}


def _take(
    visit: LinkVisit, asked: Asked, look: Look, survey: Survey, said: Said, places: dict[str, int]
) -> Receipt:
    house, of_parent = visit.house, look.of_parent
    words = ShownWords(
        about=asked.about,
        actor=Actor.PARENT if of_parent else Actor.SELF,
        wordings=house.catalogue.wordings,
        controllers=house.catalogue.controllers(asked.school_name, look.settings),
        language=LANGUAGE,
        actor_name=_name_of_parent(visit.session, asked) if of_parent else "",
        before=None if asked.heard else {},
    )
    receipt = take_answer(
        visit.session,
        invitation_id=asked.invitation_id,
        link=visit.link_id,
        survey=survey,
        content=said.content,
        consents=said.consents,
        page_number=house.signer.read_page(visit.link_id, request.form["page"]),
        given_by=asked.audience,
        medium=asked.medium,
        shown=words,
        places=places,
        now=visit.now,
    )
    if receipt.new and said.objection is not None:
        record_objection(
            visit.session,
            student=words.about,
            decision=said.objection,
            actor=words.actor,
            actor_name=words.actor_name,
            wordings=words.wordings,
            controllers=words.controllers,
            language=words.language,
            medium=asked.medium,
            link_id=visit.link_id,
            now=visit.now,
        )
    return receipt


def _name_of_parent(session: Session, asked: Asked) -> str:
    contacts = contacts_of(session, asked.student_id)
    return contacts[0].name if contacts else ""


def _thanks(
    visit: LinkVisit,
    asked: Asked,
    look: Look,
    receipt: Receipt,
    care: Care,
    doubt: Doubt | None,
    asked_there: tuple[str, ...],
) -> Response:
    """The thanks page needs no query: everything on it was just said."""
    meaning = receipt.meaning
    fixed = {
        "school_name": asked.school_name,
        "colour": look.settings.colour,
        "of_parent": look.of_parent,
        "wants_help": meaning.wants_help,
        "promised": care.promise is not None,
        "worried": care.worried,
        "knew_nothing": receipt.knew_nothing,
        "asked_there": asked_there,
        "careers_service": (meaning.wants_help or meaning.is_open) and not care.worried,
    }
    own: dict[str, str | bytes] = {
        "first_name": asked.first_name,
        "receipt": receipt.receipt,
        "token": visit.token,
        "adult": care.promise.adult if care.promise else "",
        "by_when": care.promise.by_when if care.promise else "",
        "passport": visit.house.signer.sign(LinkPurpose.PASSPORT, visit.link_id),
    }
    if doubt is not None:
        return make_response(render_template("student/thanks.html", **fixed, **own, doubt=doubt))
    return Response(fill("student/thanks.html", fixed, own), mimetype="text/html")
