"""The calendar: what goes when and to whom, by month and by person; staff hold and cancel with a reason."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request

from surveybot.records.audit import note_deed
from surveybot.records.planned import PlannedOccurrence, PlannedState, find_cohort
from surveybot.records.planned_rounds import occasion_rows, planned_row, round_codes
from surveybot.records.roster import summers_of
from surveybot.records.tutor_rounds import PlannedTutorRound, planned_tutor_occasion
from surveybot.rules.academic_year import current_summer
from surveybot.rules.dates_in_words import london_date
from surveybot.rules.may_ask import Skip
from surveybot.rules.questionnaire_check import AskedOf
from surveybot.rules.school_settings import SchoolSettings
from surveybot.steps.plan_check_ins import dates_of, plan_check_ins, start_cohort, stop_cohort
from surveybot.steps.show_calendar import (
    CalendarOf,
    Entry,
    calendars_of,
    cost_in_pence,
    end_of_plan,
    entries_of_person,
)
from surveybot.steps.steer_plan import ACTIONS, NoReason, steer_rows
from surveybot.web import doors
from surveybot.web.doors import LEADERS, StaffVisit
from surveybot.web.language import gettext as _
from surveybot.web.staff import plain_words
from surveybot.web.staff.scope import student_here, survey_title

blueprint = Blueprint("staff_calendar", __name__)

STATES: dict[PlannedState, plain_words.Tag] = {
    PlannedState.PLANNED: (_("To come"), "wait"),
    PlannedState.HELD: (_("On hold"), "warn"),
    PlannedState.CANCELLED: (_("Cancelled"), "off"),
    PlannedState.OPENED: (_("Asked"), "good"),
    PlannedState.SKIPPED: (_("Left out"), "off"),
}


@blueprint.get("/staff/calendar")
@doors.staff(*LEADERS)
def show(visit: StaffVisit) -> str:
    summers = summers_of(visit.session, visit.school_id)
    leaving = request.args.get("leaving", type=int) or _first(summers, london_date(visit.now))
    found = calendars_of(
        visit.session,
        visit.school,
        visit.house.catalogue,
        leaving=leaving,
        until=end_of_plan(leaving),
        now=visit.now,
    )
    return render_template(
        "staff/calendar.html",
        visit=visit,
        leaving=leaving,
        summers=summers,
        calendars=found,
        unofficial=_unofficial(visit, found, leaving),
        **_shared(visit, [entry for one in found for entry in one.entries]),
    )


@blueprint.get("/staff/calendar/students/<code>")
@doors.staff(*LEADERS)
def person(visit: StaffVisit, code: str) -> str:
    student = student_here(visit, code)
    entries = entries_of_person(visit.session, visit.school, visit.house.catalogue, student, now=visit.now)
    return render_template(
        "staff/calendar_person.html", visit=visit, student=student, entries=entries, **_shared(visit, entries)
    )


@blueprint.post("/staff/calendar/start")
@doors.staff(*LEADERS)
def start(visit: StaffVisit) -> Any:
    leaving, year_group = _cohort()
    row = start_cohort(
        visit.session,
        visit.school,
        leaving=leaving,
        year_group=year_group,
        started_by=visit.staff.email,
        now=visit.now,
    )
    plan_check_ins(visit.session, visit.school, row, visit.house.catalogue, now=visit.now)
    _note(visit, "plan_started", leaving=leaving, year_group=year_group)
    flash(_("The plan is running. Everything that will go out stands below."), "done")
    return redirect(f"/staff/calendar?leaving={leaving}")


@blueprint.post("/staff/calendar/stop")
@doors.staff(*LEADERS)
def stop(visit: StaffVisit) -> Any:
    leaving, year_group = _cohort()
    row = find_cohort(visit.session, visit.school_id, leaving=leaving, year_group=year_group)
    if row is None:
        abort(404)
    stop_cohort(visit.session, row)
    _note(visit, "plan_stopped", leaving=leaving, year_group=year_group)
    flash(_("The plan has stopped. Nothing more opens by itself; rounds that are open go on."), "done")
    return redirect(f"/staff/calendar?leaving={leaving}")


@blueprint.post("/staff/calendar/occasion")
@doors.staff(*LEADERS)
def steer_occasion(visit: StaffVisit) -> Any:
    """One occasion of a whole cohort: everybody's row that is still to come."""
    leaving = request.form.get("leaving", type=int) or abort(404)
    survey, step = request.form.get("survey", ""), request.form.get("step", "")
    year = request.form.get("destination_year", type=int, default=0)
    found = visit.house.catalogue.surveys.get(survey)
    rows: Sequence[PlannedOccurrence | PlannedTutorRound]
    if found is not None and found.audience is AskedOf.STAFF:
        rows = planned_tutor_occasion(
            visit.session, visit.school_id, leaving=leaving, step=step, destination_year=year
        )
    else:
        rows = occasion_rows(
            visit.session,
            visit.school_id,
            leaving=leaving,
            survey=survey,
            step=step,
            destination_year=year,
        )
    return _steer(visit, rows, f"/staff/calendar?leaving={leaving}")


@blueprint.post("/staff/calendar/rows/<int:number>")
@doors.staff(*LEADERS)
def steer_row(visit: StaffVisit, number: int) -> Any:
    """One person's row."""
    row = planned_row(visit.session, visit.school_id, number)
    student = student_here(visit, request.form.get("student", ""))
    if row is None or row.student_id != student.id:
        abort(404)
    return _steer(visit, [row], f"/staff/calendar/students/{student.code}")


def _steer(visit: StaffVisit, rows: Sequence[PlannedOccurrence | PlannedTutorRound], back: str) -> Any:
    action = request.form.get("action", "")
    if action not in ACTIONS:
        abort(422)
    try:
        changed = steer_rows(
            visit.session, rows, action, reason=request.form.get("reason", ""), by=visit.staff.email
        )
    except NoReason:
        flash(_("Say why: the next person who looks wants to know."), "problem")
        return redirect(back)
    _note(visit, f"plan_{action}", rows=changed)
    flash(_("%s rows were changed.") % changed, "done" if changed else "note")
    return redirect(back)


def _cohort() -> tuple[int, int]:
    leaving, year_group = (request.form.get(key, type=int) for key in ("leaving", "year_group"))
    if leaving is None or year_group not in (11, 13):
        abort(422)
    return leaving, year_group


def _first(summers: list[int], today: date) -> int:
    """This year's leavers, where there are any."""
    this_year = current_summer(today)
    return this_year if this_year in summers or not summers else summers[0]


def _unofficial(visit: StaffVisit, found: list[CalendarOf], leaving: int) -> list[tuple[int, date]]:
    """Results days that follow the pattern only: somebody should look them up."""
    days = []
    for one in found:
        dates = dates_of(visit.house.catalogue, visit.school, leaving=leaving, year_group=one.year_group)
        result = dates.calendar.results_day(one.year_group, leaving)
        if not result.official and result.on >= london_date(visit.now):
            days.append((one.year_group, result.on))
    return days


def _shared(visit: StaffVisit, entries: list[Entry]) -> dict[str, Any]:
    settings = SchoolSettings.from_stored(visit.school.settings)
    rounds = {one.round_id for one in entries if one.round_id is not None}
    return {
        "states": STATES,
        "channels": plain_words.CHANNELS,
        "title_of": survey_title,
        "why": _why,
        "months": lambda rows: [
            (key, list(group)) for key, group in groupby(rows, key=lambda one: one.month)
        ],
        "month_name": lambda key: f"{date(key[0], key[1], 1):%B %Y}",
        "pounds": lambda rows: sum(_cost(one, settings) for one in rows) / 100,
        "codes": round_codes(visit.session, rounds),
    }


def _cost(entry: Entry, settings: SchoolSettings) -> float:
    going = entry.state is PlannedState.PLANNED
    return cost_in_pence(entry, settings) if going else 0.0


def _why(reason: str) -> str:
    return plain_words.reason_in_words(Skip(reason)) if reason in list(Skip) else reason


def _note(visit: StaffVisit, deed: str, **details: Any) -> None:
    note_deed(
        visit.session,
        deed,
        at=visit.now,
        school_id=visit.school_id,
        staff_id=visit.staff.id,
        details=details,
    )
