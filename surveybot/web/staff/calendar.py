"""The calendar: what goes when and to whom, by month and by person; staff hold and cancel with a reason."""

from collections.abc import Callable
from datetime import date
from functools import partial
from itertools import groupby
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request

from surveybot.records.audit import note_deed
from surveybot.records.plan.planned import find_cohort
from surveybot.records.plan.planned_rounds import planned_reminder, planned_row, round_codes
from surveybot.records.roster.students import summers_of
from surveybot.rules.calendar.academic_year import current_summer
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.school_settings import SchoolSettings
from surveybot.steps.calendar.entry import Entry, Standing, cost_in_pence
from surveybot.steps.calendar.show import CalendarOf, View, calendars_of, end_of_plan, entries_of_person
from surveybot.steps.plan.plan_check_ins import dates_of, plan_check_ins, start_cohort, stop_cohort
from surveybot.steps.plan.steer_plan import ACTIONS, NoReason, steer_occasion, steer_reminder, steer_rows
from surveybot.web import doors
from surveybot.web.doors import LEADERS, StaffVisit
from surveybot.web.language import gettext as _
from surveybot.web.staff import plain_words
from surveybot.web.staff.scope import student_here, survey_title

blueprint = Blueprint("staff_calendar", __name__)

STATES: dict[Standing, plain_words.Tag] = {
    Standing.PLANNED: (_("To come"), "wait"),
    Standing.HELD: (_("On hold"), "warn"),
    Standing.CANCELLED: (_("Cancelled"), "off"),
    Standing.SKIPPED: (_("Left out"), "off"),
    Standing.SEALED: (_("Ready, sealed"), "wait"),
    Standing.WAITING: (_("Going out"), "wait"),
    Standing.SENT: (_("Sent"), "good"),
    Standing.NOT_SENT: (_("Not sent"), "off"),
}
STEERS = {
    Standing.PLANNED: ("hold", "cancel"),
    Standing.SKIPPED: ("hold", "cancel"),
    Standing.HELD: ("resume", "cancel"),
    Standing.CANCELLED: ("resume",),
}
"""What staff can do about a row that is still to come."""
BUTTONS = {"hold": _("Hold"), "cancel": _("Cancel"), "resume": _("Let it go after all")}


@blueprint.get("/staff/calendar")
@doors.staff(*LEADERS)
def show(visit: StaffVisit) -> str:
    summers = summers_of(visit.session, visit.school_id)
    leaving = request.args.get("leaving", type=int) or _first(summers, london_date(visit.now))
    found = calendars_of(_view(visit), leaving=leaving, until=end_of_plan(leaving))
    return render_template(
        "staff/calendar.html",
        visit=visit,
        leaving=leaving,
        summers=summers,
        calendars=found,
        unofficial=_unofficial(visit, found, leaving),
        la_dates=_la_dates(visit, leaving),
        **_shared(visit, [entry for one in found for entry in one.entries]),
    )


@blueprint.get("/staff/calendar/students/<code>")
@doors.staff(*LEADERS)
def person(visit: StaffVisit, code: str) -> str:
    student = student_here(visit, code)
    entries = entries_of_person(_view(visit), student)
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
def steer_everybody(visit: StaffVisit) -> Any:
    """One occasion of a whole cohort: everybody's row that is still to come, and whoever joins later."""
    leaving, year_group = _cohort()
    cohort = find_cohort(visit.session, visit.school_id, leaving=leaving, year_group=year_group)
    check_in = visit.house.catalogue.check_ins.find(
        request.form.get("survey", ""), request.form.get("step", "")
    )
    if cohort is None or check_in is None:
        abort(404)
    year = request.form.get("destination_year", type=int, default=0)
    return _steer(
        visit,
        partial(steer_occasion, visit.session, cohort, check_in, year),
        f"/staff/calendar?leaving={leaving}",
    )


@blueprint.post("/staff/calendar/rows/<int:number>")
@doors.staff(*LEADERS)
def steer_row(visit: StaffVisit, number: int) -> Any:
    """One person's row."""
    row = planned_row(visit.session, visit.school_id, number)
    student = student_here(visit, request.form.get("student", ""))
    if row is None or row.student_id != student.id:
        abort(404)
    return _steer(
        visit, partial(steer_rows, visit.session, [row]), f"/staff/calendar/students/{student.code}"
    )


@blueprint.post("/staff/calendar/reminders/<int:number>")
@doors.staff(*LEADERS)
def steer_one_reminder(visit: StaffVisit, number: int) -> Any:
    """One reminder of a round, for everybody."""
    found = planned_reminder(visit.session, visit.school_id, number)
    if found is None:
        abort(404)
    reminder, row = found
    return _steer(
        visit, partial(steer_reminder, visit.session, reminder), f"/staff/calendar?leaving={row.leaving}"
    )


def _steer(visit: StaffVisit, steer: Callable[..., int], back: str) -> Any:
    action = request.form.get("action", "")
    if action not in ACTIONS:
        abort(422)
    try:
        changed = steer(action, reason=request.form.get("reason", ""), by=visit.staff.email)
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


def _la_dates(visit: StaffVisit, leaving: int) -> dict[tuple[int, int], list[tuple[date, str]]]:
    """The days for which the authority needs figures of these leavers, by month, to the end of the plan."""
    rules = visit.house.catalogue.calendar_at(visit.school.settings).la_dates
    days = sorted(
        (rule.rule.on(summer), rule.name)
        for summer in range(leaving, end_of_plan(leaving).year + 1)
        for rule in rules
    )
    return {month: list(found) for month, found in groupby(days, key=lambda one: (one[0].year, one[0].month))}


def _view(visit: StaffVisit) -> View:
    house = visit.house
    return View(visit.session, visit.school, house.catalogue, house.settings.public_url, visit.now)


def _shared(visit: StaffVisit, entries: list[Entry]) -> dict[str, Any]:
    settings = SchoolSettings.from_stored(visit.school.settings)
    rounds = {one.round_id for one in entries if one.round_id is not None}
    return {
        "states": STATES,
        "steers": STEERS,
        "buttons": BUTTONS,
        "channels": plain_words.CHANNELS,
        "title_of": survey_title,
        "why": plain_words.why_on_calendar,
        "months": _by_month,
        "month_name": lambda key: f"{date(key[0], key[1], 1):%B %Y}",
        "pounds": lambda rows: sum(cost_in_pence(one, settings) for one in rows) / 100,
        "codes": round_codes(visit.session, rounds),
    }


def _by_month(
    entries: list[Entry], days: dict[tuple[int, int], list[Any]]
) -> list[tuple[tuple[int, int], list[Entry]]]:
    """The months in which anything goes, or the authority needs figures."""
    found: dict[tuple[int, int], list[Entry]] = {month: [] for month in days}
    for entry in entries:
        found.setdefault(entry.month, []).append(entry)
    return sorted(found.items())


def _note(visit: StaffVisit, deed: str, **details: Any) -> None:
    note_deed(
        visit.session,
        deed,
        at=visit.now,
        school_id=visit.school_id,
        staff_id=visit.staff.id,
        details=details,
    )
