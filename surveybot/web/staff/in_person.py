"""With the student in the room: write down their answer, or show their own QR code on a screen."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from surveybot.files.qr_picture import qr_svg
from surveybot.links import LinkPurpose, address
from surveybot.records.audit import note_deed
from surveybot.records.destination.providers import near
from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import (
    Audience,
    Invitation,
    Link,
    LinkMedium,
    invitation_of,
    screen_link_of,
)
from surveybot.records.round.rounds import Round
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.destination.destination_kinds import years_of_choice
from surveybot.rules.roster.people import StudentState
from surveybot.rules.school_settings import SchoolSettings
from surveybot.rules.survey.neutral_order import order_for
from surveybot.rules.survey.questionnaire import Survey, in_language
from surveybot.steps.answer.look_after import look_after
from surveybot.steps.answer.take import take_answer
from surveybot.web import doors
from surveybot.web.desk import desk_of
from surveybot.web.doors import StaffVisit
from surveybot.web.forms import Fault, form_class, read
from surveybot.web.language import gettext as _
from surveybot.web.own_contact import give_by_staff
from surveybot.web.staff.scope import round_here, student_here, survey_of, survey_title, takes_answers
from surveybot.web.student.contact import typed_contact
from surveybot.web.student.page import Look, questions_of

blueprint = Blueprint("staff_in_person", __name__)


@blueprint.get("/staff/rounds/<code>/answer/<student_code>")
@doors.staff()
def ask(visit: StaffVisit, code: str, student_code: str) -> str:
    row, student, invitation = _in_the_round(visit, code, student_code)
    return _answer_page(visit, row, student, invitation, MultiDict(), [])


@blueprint.post("/staff/rounds/<code>/answer/<student_code>")
@doors.staff()
def take(visit: StaffVisit, code: str, student_code: str) -> Any:
    row, student, invitation = _in_the_round(visit, code, student_code)
    survey = survey_of(visit, row.survey)
    assert invitation.id is not None
    number = visit.house.signer.read_page(invitation.id, request.form.get("page", ""))
    years = _years(visit, row, student)
    form_of = form_class(survey, visit.house.catalogue.destination_kinds, year_group=years)
    said = read(survey, form_of(request.form), shown=())
    contact = typed_contact(visit.house, invitation.student_id, survey, request.form)
    if isinstance(said, list) or contact.faults:
        faults = [*(said if isinstance(said, list) else ()), *contact.faults]
        return _answer_page(visit, row, student, invitation, request.form, faults), 422
    receipt = take_answer(
        visit.session,
        invitation_id=invitation.id,
        link=None,
        survey=survey,
        content=said.content,
        consents={},
        page_number=number,
        given_by=Audience.STAFF,
        medium=LinkMedium.STAFF,
        staff_id=visit.staff.id,
        now=visit.now,
    )
    care = look_after(desk_of(visit), survey, receipt, said.content, invitation_id=invitation.id)
    if receipt.new:
        note_deed(
            visit.session,
            "answer_written_down",
            at=visit.now,
            school_id=visit.school_id,
            staff_id=visit.staff.id,
            subject=student.code,
            details={"round": row.code, "version": receipt.version},
        )
    give_by_staff(visit.session, student, contact.known, staff_id=visit.staff.id, now=visit.now)
    flash(_("The answer of %s is written down.") % student.full_name, "done")
    if care.promise:
        said_so = {"adult": care.promise.adult, "by_when": care.promise.by_when}
        flash(_("They asked for help. %(adult)s will get back to them by %(by_when)s.") % said_so, "note")
    if care.worried:
        flash(_("The safeguarding lead has been told. Follow your school's procedure."), "problem")
    return redirect(f"/staff/rounds/{row.code}/mine" if visit.tutor_groups else f"/staff/rounds/{row.code}")


@blueprint.get("/staff/rounds/<code>/screen/<student_code>")
@doors.staff()
def screen(visit: StaffVisit, code: str, student_code: str) -> str:
    row, student, invitation = _in_the_round(visit, code, student_code)
    assert invitation.id is not None
    link = screen_link_of(visit.session, invitation.id)
    where = _address(visit, link) if link else ""
    return render_template(
        "staff/screen.html",
        visit=visit,
        row=row,
        student=student,
        title=survey_title(row.survey),
        address=where,
        picture=Markup(qr_svg(where, title=_("QR code of the survey"))) if where else "",  # noqa: S704
    )


@blueprint.post("/staff/rounds/<code>/screen/<student_code>")
@doors.staff()
def make_link(visit: StaffVisit, code: str, student_code: str) -> Any:
    """One lasting link for the screen; asked for again, the same one."""
    row, student, invitation = _in_the_round(visit, code, student_code)
    assert invitation.id is not None
    if screen_link_of(visit.session, invitation.id) is None:
        visit.session.add(
            Link(
                school_id=visit.school_id,
                student_id=student.id,
                invitation_id=invitation.id,
                audience=invitation.audience,
                medium=LinkMedium.STAFF,
                created_at=visit.now,
            )
        )
    return redirect(f"/staff/rounds/{row.code}/screen/{student.code}")


def _in_the_round(visit: StaffVisit, code: str, student_code: str) -> tuple[Round, Student, Invitation]:
    row, student = round_here(visit, code), student_here(visit, student_code)
    assert row.id is not None
    assert student.id is not None
    invitation = invitation_of(visit.session, row.id, student.id)
    if invitation is None or student.state is StudentState.DECEASED or not takes_answers(visit, row):
        abort(404)
    return row, student, invitation


def _answer_page(
    visit: StaffVisit,
    row: Round,
    student: Student,
    invitation: Invitation,
    values: MultiDict[str, str],
    faults: list[Fault],
) -> str:
    survey = survey_of(visit, row.survey)
    look = _look(visit, survey, invitation, _years(visit, row, student))
    assert invitation.id is not None
    return render_template(
        "staff/answer.html",
        visit=visit,
        row=row,
        student=student,
        title=in_language(survey.titles, "en"),
        school_name=visit.school.name,
        colour=look.settings.colour,
        faults=[(fault.control, fault.text) for fault in faults],
        inner=Markup(questions_of(look, values, faults)),  # noqa: S704 - rendered by an escaping template
        page_number=visit.house.signer.new_page(invitation.id),
        back=f"/staff/rounds/{row.code}/mine" if visit.tutor_groups else f"/staff/rounds/{row.code}",
    )


def _years(visit: StaffVisit, row: Round, student: Student) -> int:
    return years_of_choice(row.year_group, born=student.date_of_birth, on=london_date(visit.now))


def _look(visit: StaffVisit, survey: Survey, invitation: Invitation, years: int) -> Look:
    """The student's own page without its consents: those are the student's, on the page or on paper."""
    settings = SchoolSettings.from_stored(visit.school.settings)
    la_name = visit.house.catalogue.local_authorities.get(settings.la, "")
    suggested = near(visit.session, la=settings.la, la_name=la_name, own_urn=visit.school.urn)
    assert invitation.id is not None
    return Look(
        survey=survey.slug,
        version=survey.version,
        school_name=visit.school.name,
        stored=tuple(visit.school.settings.items()),
        year_group=years,
        order=order_for(invitation.id),
        of_parent=False,
        purposes=(),
        decider=None,
        near=tuple(provider.name for provider in suggested),
    )


def _address(visit: StaffVisit, link: Link) -> str:
    assert link.id is not None
    token = visit.house.signer.sign(LinkPurpose.SURVEY, link.id)
    return address(visit.house.settings.public_url, LinkPurpose.SURVEY, token)
