"""Open a round: choose, see everything that would happen, send it to yourself first, open."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request
from sqlalchemy.exc import IntegrityError
from wtforms import RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, ValidationError

from surveybot.records.audit import last_deeds, note_deed
from surveybot.records.roster.student_lists import cohorts_of, tutor_groups_of
from surveybot.records.round.rounds import Round, running_rounds
from surveybot.rules.calendar.dates_in_words import UnclearTime, read_at
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import MessageClass
from surveybot.rules.delivery.may_ask import Skip, skips_in_words
from surveybot.rules.school_settings import SchoolSettings
from surveybot.rules.survey.questionnaire_check import AskedOf
from surveybot.steps.plan.exam_weeks import ExamWeeks, allow_in_exam_weeks, exam_weeks
from surveybot.steps.round.open_results import opening_of
from surveybot.steps.round.open_round import RoundPlan, RoundRefused, open_round, plan_round
from surveybot.steps.sending.queue import queue_delivery
from surveybot.steps.sending.render import render_preview, segments_of_plan
from surveybot.web import doors
from surveybot.web.doors import LEADERS, StaffVisit
from surveybot.web.forms import StaffForm
from surveybot.web.language import gettext as _
from surveybot.web.staff import plain_words
from surveybot.web.staff.new_tutor_round import open_for_tutors, tutor_preview
from surveybot.web.staff.scope import survey_title

blueprint = Blueprint("staff_new_round", __name__)

FIELDS = ("survey", "cohort", "group", "opens", "closes")
SHOWN = 500
"""How many of those who get it stand in the list by name; the counts are of all."""


def _is_a_time(_form: Any, field: Any) -> None:
    try:
        _time(field.data)
    except UnclearTime as error:
        raise ValidationError(str(error)) from None


def _time(text: str | None) -> datetime | None:
    return read_at(text) if text and text.strip() else None


class RoundForm(StaffForm):
    survey = RadioField(
        _("Which survey?"), validate_choice=True, validators=[InputRequired(_("Choose a survey"))]
    )
    cohort = SelectField(_("Whom?"), validators=[InputRequired(_("Choose a year group"))])
    group = SelectField(_("Tutor group"))
    opens = StringField(_("Opens"), validators=[_is_a_time])
    closes = StringField(_("Closes"), validators=[_is_a_time])


@blueprint.get("/staff/rounds/new")
@doors.staff(*LEADERS)
def choose(visit: StaffVisit) -> str:
    return _choose_page(visit, _form(visit, request.args if request.args else None))


@blueprint.get("/staff/rounds/new/preview")
@doors.staff(*LEADERS)
def preview(visit: StaffVisit) -> Any:
    form = _form(visit, request.args)
    if not form.validate():
        return _choose_page(visit, form), 422
    try:
        if _asks_tutors(visit, form):
            return tutor_preview(visit, _wanted(visit, form), _query(form))
        plan = _plan(visit, form)
    except RoundRefused as refused:
        return _choose_page(visit, form, refused), 422
    return render_template("staff/preview.html", visit=visit, **_preview(visit, form, plan))


@blueprint.post("/staff/rounds/new/test")
@doors.staff(*LEADERS)
def send_to_myself(visit: StaffVisit) -> Any:
    """Email the message to the person who opens the round, at the address of their account alone."""
    form = _form(visit, request.form)
    if not form.validate():
        return _choose_page(visit, form), 422
    if _asks_tutors(visit, form):
        refused = RoundRefused(_("The preview shows this email in full: it holds nobody's name."))
        return _choose_page(visit, form, refused), 422
    cohort = str(form.cohort.data)
    queue_delivery(
        visit.session,
        dedupe_key=f"test:{visit.staff.id}:{form.survey.data}:{visit.now:%Y%m%d%H%M%S}",
        message_class=MessageClass.STAFF,
        template="test-to-self",
        step="test-to-self",
        channel=Channel.EMAIL,
        due_at=visit.now,
        school_id=visit.school_id,
        staff_id=visit.staff.id,
        facts={"survey": form.survey.data, "year_group": int(cohort.split("-")[0])},
        now=visit.now,
    )
    flash(_("The message is on its way to %s.") % visit.staff.email, "done")
    return redirect(f"/staff/rounds/new/preview?{urlencode(_query(form))}")


@blueprint.post("/staff/rounds/new/open")
@doors.staff(*LEADERS)
def open_it(visit: StaffVisit) -> Any:
    form = _form(visit, request.form)
    if not form.validate():
        return _choose_page(visit, form), 422
    assert visit.staff.id is not None
    number = visit.house.signer.read_page(visit.staff.id, request.form.get("request", ""))
    if code := _opened_before(visit, number):
        return redirect(f"/staff/rounds/{code}")
    try:
        if _asks_tutors(visit, form):
            return open_for_tutors(visit, _wanted(visit, form), number)
        plan = _plan(visit, form)
        row = open_round(visit.session, visit.school, plan, opened_by=visit.staff.email, now=visit.now)
    except RoundRefused as refused:
        return _choose_page(visit, form, refused), 422
    except IntegrityError:  # somebody else's click was faster by a moment
        visit.session.rollback()
        return _choose_page(visit, form, RoundRefused(_("This round was opened a moment ago."))), 422
    why = request.form.get("exam_reason", "").strip()
    if why:
        allow_in_exam_weeks(visit.session, row, reason=why, by=visit.staff.email, now=visit.now)
    note_deed(
        visit.session,
        "round_opened",
        at=visit.now,
        school_id=visit.school_id,
        staff_id=visit.staff.id,
        subject=row.code,
        details={
            "request": number,
            "invited": len(plan.invited),
            "left_out": len(plan.left_out),
            "in_exams": why,
        },
    )
    flash(_("The round is open. %s students are asked.") % len(plan.invited), "done")
    return redirect(f"/staff/rounds/{row.code}")


def _form(visit: StaffVisit, data: Mapping[str, str] | None) -> RoundForm:
    form = RoundForm(formdata=data)
    surveys = visit.house.catalogue.surveys.values()
    form.survey.choices = [
        SelectChoice(survey.slug, survey_title(survey.slug))
        for survey in sorted(surveys, key=lambda survey: (survey.stage, survey.slug))
    ]
    form.cohort.choices = [
        SelectChoice("", _("Choose a year group")),
        *(
            SelectChoice(
                f"{one.year_group}-{one.leaving}",
                _("Year %(year)s finishing in summer %(summer)s (%(number)s students)")
                % {"year": one.year_group, "summer": one.leaving, "number": one.students},
            )
            for one in cohorts_of(visit.session, visit.school_id)
        ),
    ]
    form.group.choices = [
        SelectChoice("", _("The whole year group")),
        *(SelectChoice(group, group) for group in tutor_groups_of(visit.session, visit.school_id)),
    ]
    if form.group.data is None:
        form.group.data = ""
    return form


def _cohort(form: RoundForm) -> tuple[int, int]:
    """The year group and the summer, as the list named them."""
    year_group, _dash, summer = str(form.cohort.data).partition("-")
    return int(year_group), int(summer)


def _plan(visit: StaffVisit, form: RoundForm) -> RoundPlan:
    return plan_round(visit.session, visit.school, **_wanted(visit, form), any_hour=visit.house.settings.demo)


def _wanted(visit: StaffVisit, form: RoundForm) -> dict[str, Any]:
    """What was chosen, as the steps that plan a round take it."""
    year_group, summer = _cohort(form)
    survey = visit.house.catalogue.survey_at(str(form.survey.data), visit.school.settings)
    opens_at = opening_of(
        visit.house.catalogue,
        visit.school,
        survey,
        leaving=summer,
        year_group=year_group,
        wanted=_time(form.opens.data),
        now=visit.now,
    )
    return {
        "survey": survey,
        "leaving": summer,
        "year_group": year_group,
        "tutor_group": str(form.group.data or ""),
        "opens_at": opens_at,
        "closes_at": _time(form.closes.data),
        "now": visit.now,
    }


def _asks_tutors(visit: StaffVisit, form: RoundForm) -> bool:
    return visit.house.catalogue.survey(str(form.survey.data)).audience is AskedOf.STAFF


def _query(form: RoundForm) -> dict[str, str]:
    return {name: str(form[name].data) for name in FIELDS if form[name].data}


def _opened_before(visit: StaffVisit, number: str) -> str | None:
    """The round that this very page has opened already: the button was pressed twice."""
    assert visit.staff.id is not None
    deeds = last_deeds(visit.session, "round_opened", staff_id=visit.staff.id)
    return next((deed.subject for deed in deeds if deed.details.get("request") == number), None)


def _choose_page(visit: StaffVisit, form: RoundForm, refused: RoundRefused | None = None) -> str:
    return render_template(
        "staff/new_round.html",
        visit=visit,
        form=form,
        refused=str(refused) if refused else "",
        running=_running(visit, form) if refused else [],
        surveys=visit.house.catalogue.surveys,
        query=urlencode(_query(form)),
    )


def _running(visit: StaffVisit, form: RoundForm) -> list[Round]:
    year_group, summer = _cohort(form)
    return running_rounds(
        visit.session, visit.school_id, str(form.survey.data), leaving=summer, year_group=year_group
    )


def _preview(visit: StaffVisit, form: RoundForm, plan: RoundPlan) -> dict[str, Any]:
    assert visit.staff.id is not None
    house = visit.house
    segments = segments_of_plan(visit.session, visit.school, plan, house.settings)
    pence = SchoolSettings.from_stored(visit.school.settings).pence_per_segment
    left_out = [one for one in plan.left_out if one.reason is not Skip.DECEASED]
    return {
        "plan": plan,
        "title": survey_title(plan.survey.slug),
        "message": render_preview(house.catalogue, visit.school, plan, public_url=house.settings.public_url),
        "segments": segments,
        "pounds": segments * pence / 100,
        "pence": pence,
        "by_channel": plan.by_channel,
        "groups": _by_group(plan),
        "left_out": left_out,
        "reasons": Counter(one.reason for one in left_out),
        "invited": plan.invited[:SHOWN],
        "more": len(plan.invited) - SHOWN,
        "fields": _query(form),
        "query": urlencode(_query(form)),
        "request_number": house.signer.new_page(visit.staff.id),
        "weeks": _exams(visit, plan),
        "sends": house.settings.outbound.mode != "deny",
        "words": plain_words,
        "why": skips_in_words(plan.survey),
    }


def _exams(visit: StaffVisit, plan: RoundPlan) -> ExamWeeks | None:
    return exam_weeks(
        visit.house.catalogue,
        visit.school,
        plan.survey,
        leaving=plan.leaving,
        year_group=plan.year_group,
        at=plan.first_send_at,
    )


def _by_group(plan: RoundPlan) -> list[tuple[str, int, int, int]]:
    """Per tutor group: by email, by text, left out."""
    email = Counter(one.student.tutor_group for one in plan.invited if one.route.channel is Channel.EMAIL)
    text = Counter(one.student.tutor_group for one in plan.invited if one.route.channel is Channel.SMS)
    out = Counter(one.student.tutor_group for one in plan.left_out if one.reason is not Skip.DECEASED)
    names = sorted({*email, *text, *out})
    return [(name, email[name], text[name], out[name]) for name in names]
