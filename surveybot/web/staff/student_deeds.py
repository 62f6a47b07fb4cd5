"""What staff do about one student: mark, record a signed paper, send a new link."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template
from wtforms import BooleanField, RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from surveybot.records.audit import note_deed
from surveybot.records.report.student_history import locked_links_of
from surveybot.records.roster.students import Student
from surveybot.rules.answer.consent import Actor, ObjectionDecision, Purpose
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.may_ask import SKIP_IN_WORDS, Skip
from surveybot.rules.roster.people import StaffRole, StudentState
from surveybot.rules.school_settings import SchoolSettings
from surveybot.rules.survey.wordings import STATUTORY
from surveybot.steps.answer.send_new_link import send_new_link
from surveybot.steps.consent.record_consent import NotTheirDecision
from surveybot.steps.consent.record_paper import record_paper
from surveybot.steps.roster.mark_student import mark_deceased, mark_left, mark_moved, mark_returned
from surveybot.web import doors
from surveybot.web.doors import LEADERS, StaffVisit
from surveybot.web.forms import StaffForm
from surveybot.web.language import gettext as _
from surveybot.web.staff.scope import student_here

blueprint = Blueprint("staff_student_deeds", __name__)

WHOLE_SCHOOL = (*LEADERS, StaffRole.ADVISER)


class MarkForm(StaffForm):
    state = RadioField(
        _("What happened?"),
        choices=[
            SelectChoice("left", _("Left the school")),
            SelectChoice("moved", _("Moved to another school before finishing")),
            SelectChoice("returned", _("Came back, or the mark was a mistake")),
            SelectChoice("deceased", _("Died")),
        ],
        validators=[InputRequired(_("Choose what happened"))],
    )
    sure = BooleanField(
        _("I have checked the name: this is the right student"),
        validators=[InputRequired(_("Tick the box when you have checked the name"))],
    )


class PaperForm(StaffForm):
    """One yes or no per purpose is added below; nothing is set, and what isn't on the paper stays open."""

    signed_by = RadioField(
        _("Who signed the paper?"),
        choices=[
            SelectChoice(Actor.SELF, _("The student")),
            SelectChoice(Actor.PARENT, _("A parent or carer")),
        ],
        validators=[InputRequired(_("Choose who signed the paper"))],
    )
    name = StringField(_("Name of the parent or carer"), validators=[Length(max=200)])


def _either_or(*choices: SelectChoice) -> RadioField:
    """One of two words, or nothing: what isn't on the paper stays open."""

    def check(_form: Any, field: RadioField) -> None:
        if field.data and field.data not in {choice.value for choice in choices}:
            raise ValidationError(_("Choose one of the two, or leave it open"))

    return RadioField(choices=list(choices), validators=[check], validate_choice=False)


for _purpose in Purpose:
    setattr(PaperForm, _purpose.value, _either_or(SelectChoice("yes", _("Yes")), SelectChoice("no", _("No"))))
PaperForm.objection = _either_or(
    SelectChoice(ObjectionDecision.OBJECTED, _("Objects")),
    SelectChoice(ObjectionDecision.LIFTED, _("Takes the objection back")),
)


@blueprint.get("/staff/students/<code>/mark")
@doors.staff(*LEADERS)
def ask_to_mark(visit: StaffVisit, code: str) -> str:
    return _mark_page(visit, student_here(visit, code), MarkForm(formdata=None))


@blueprint.post("/staff/students/<code>/mark")
@doors.staff(*LEADERS)
def mark(visit: StaffVisit, code: str) -> Any:
    student = student_here(visit, code)
    form = MarkForm()
    if not form.validate():
        return _mark_page(visit, student, form), 422
    flash(_mark(visit, student, str(form.state.data)), "done")
    _note(visit, student, "student_marked", {"as": form.state.data})
    return redirect(f"/staff/students/{student.code}")


@blueprint.get("/staff/students/<code>/paper")
@doors.staff(*WHOLE_SCHOOL)
def ask_for_paper(visit: StaffVisit, code: str) -> str:
    return _paper_page(visit, student_here(visit, code), PaperForm(formdata=None))


@blueprint.post("/staff/students/<code>/paper")
@doors.staff(*WHOLE_SCHOOL)
def take_paper(visit: StaffVisit, code: str) -> Any:
    student = student_here(visit, code)
    form = PaperForm()
    if not form.validate():
        return _paper_page(visit, student, form), 422
    said = {purpose: form[purpose.value].data == "yes" for purpose in Purpose if form[purpose.value].data}
    objection = ObjectionDecision(form.objection.data) if form.objection.data else None
    if not said and objection is None:
        problems = [_("Choose at least one thing that stands on the paper")]
        return _paper_page(visit, student, form, problems), 422
    signed_by = Actor(form.signed_by.data)
    try:
        record_paper(
            visit.session,
            student=student,
            signed_by=signed_by,
            name=str(form.name.data or "").strip() if signed_by is Actor.PARENT else student.full_name,
            said=said,
            objection=objection,
            wordings=visit.house.catalogue.wordings,
            controllers=_controllers(visit),
            now=visit.now,
        )
    except NotTheirDecision as error:
        return _paper_page(visit, student, form, [_whose_decision(error)]), 422
    _note(visit, student, "paper_recorded", {"purposes": [*said], "objection": objection})
    flash(_("What stands on the paper is recorded. Keep the paper: it is the evidence."), "done")
    return redirect(f"/staff/students/{student.code}")


@blueprint.post("/staff/students/<code>/new-link")
@doors.staff()
def new_link(visit: StaffVisit, code: str) -> Any:
    student = student_here(visit, code)
    assert student.id is not None
    locked = locked_links_of(visit.session, student.id)
    if not locked:
        flash(_("No link of this student is locked."), "note")
        return redirect(f"/staff/students/{student.code}")
    sent = send_new_link(visit.session, student, locked[0], now=visit.now)
    if isinstance(sent, Skip):
        flash(_("No link can be sent: %s.") % SKIP_IN_WORDS[sent].lower(), "problem")
    else:
        way = _("by text") if sent is Channel.SMS else _("by email")
        flash(_("A new link is on its way, %s.") % way, "done")
        _note(visit, student, "link_renewed", {})
    return redirect(f"/staff/students/{student.code}")


def _mark(visit: StaffVisit, student: Student, state: str) -> str:
    if state == "deceased":
        stopped = mark_deceased(visit.session, student, now=visit.now)
        return _("It is recorded. Nothing will be sent; %s waiting messages were stopped.") % stopped
    if state == "left":
        mark_left(visit.session, student, on=london_date(visit.now), now=visit.now)
        return _("It is recorded: the student has left.")
    if state == "moved":
        mark_moved(visit.session, student, on=london_date(visit.now), now=visit.now)
        return _("It is recorded: the student is at another school now.")
    mark_returned(visit.session, student, now=visit.now)
    return _("It is recorded: the student is at school.")


def _mark_page(visit: StaffVisit, student: Student, form: MarkForm) -> str:
    return render_template(
        "staff/mark.html", visit=visit, student=student, form=form, died=StudentState.DECEASED
    )


def _paper_page(
    visit: StaffVisit, student: Student, form: PaperForm, problems: list[str] | None = None
) -> str:
    wordings, controllers = visit.house.catalogue.wordings, _controllers(visit)
    return render_template(
        "staff/paper.html",
        visit=visit,
        student=student,
        form=form,
        problems=problems or [],
        purposes=[(form[one.value], wordings.of(one).show("en", controllers)) for one in Purpose],
        statutory=wordings.of(STATUTORY).show("en", controllers),
    )


def _controllers(visit: StaffVisit) -> Any:
    return visit.house.catalogue.controllers(
        visit.school.name, SchoolSettings.from_stored(visit.school.settings)
    )


def _whose_decision(error: NotTheirDecision) -> str:
    if error.decider is Actor.SELF:
        return _("The student is 16 or over, so an objection needs the student's own signature")
    return _("The student is under 16, so an objection needs a parent's or carer's signature")


def _note(visit: StaffVisit, student: Student, deed: str, details: dict[str, Any]) -> None:
    note_deed(
        visit.session,
        deed,
        at=visit.now,
        school_id=visit.school_id,
        staff_id=visit.staff.id,
        subject=student.code,
        details=details,
    )
