"""The reminders of one round: when, how often, and by which way; three at the most."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request

from surveybot.records.audit import note_deed
from surveybot.records.plan.planned import PlannedReminder, PlannedState
from surveybot.records.plan.planned_rounds import reminders_of
from surveybot.records.round.rounds import Round, RoundState
from surveybot.rules.calendar.dates_in_words import LONDON, UnclearTime, read_at
from surveybot.rules.survey.questionnaire_check import AskedOf
from surveybot.steps.round.set_reminders import FIXED, NUMBERS, ReminderFaults, Wanted, set_reminders
from surveybot.web import doors
from surveybot.web.doors import LEADERS, StaffVisit
from surveybot.web.language import gettext as _
from surveybot.web.staff import plain_words
from surveybot.web.staff.scope import round_here, survey_of, survey_title

blueprint = Blueprint("staff_reminders", __name__)


@dataclass(frozen=True, slots=True)
class Slot:
    """One of the three, as it stands in the form."""

    number: int
    day: str = ""
    time: str = ""
    other: bool = False
    sent_at: datetime | None = None  # it went: nothing to change any more
    skipped: str = ""
    fault: str = ""


@blueprint.get("/staff/rounds/<code>/reminders")
@doors.staff(*LEADERS)
def show(visit: StaffVisit, code: str) -> str:
    row = round_here(visit, code)
    assert row.id is not None
    stored = reminders_of(visit.session, row.id)
    return _page(visit, row, [_slot(number, stored.get(number)) for number in NUMBERS])


@blueprint.post("/staff/rounds/<code>/reminders")
@doors.staff(*LEADERS)
def save(visit: StaffVisit, code: str) -> Any:
    """Take all three as they were written, or nothing."""
    row = round_here(visit, code)
    assert row.id is not None
    wanted, faults = _read()
    try:
        if not faults:
            set_reminders(
                visit.session,
                row,
                wanted,
                school=visit.school,
                catalogue=visit.house.catalogue,
                by=visit.staff.email,
                now=visit.now,
            )
    except ReminderFaults as refused:
        faults = refused.faults
    if faults:
        stored = reminders_of(visit.session, row.id)
        return _page(visit, row, [_typed(n, stored.get(n), faults.get(n, "")) for n in NUMBERS]), 422
    note_deed(
        visit.session,
        "reminders_set",
        at=visit.now,
        school_id=visit.school_id,
        staff_id=visit.staff.id,
        subject=row.code,
        details={"reminders": len(wanted)},
    )
    flash(_("The reminders are saved."), "done")
    return redirect(f"/staff/rounds/{row.code}")


def _page(visit: StaffVisit, row: Round, slots: list[Slot]) -> str:
    return render_template(
        "staff/reminders.html",
        visit=visit,
        row=row,
        title=survey_title(row.survey),
        slots=slots,
        closed=row.state is RoundState.CLOSED or row.closes_at <= visit.now,
        ways=survey_of(visit, row.survey).audience is AskedOf.STUDENT,
    )


def _slot(number: int, one: PlannedReminder | None) -> Slot:
    if one is None or one.state is PlannedState.CANCELLED:
        return Slot(number, other=number > 1)
    if one.state in FIXED:
        skipped = plain_words.reason_in_words(one.reason) if one.state is PlannedState.SKIPPED else ""
        return Slot(number, sent_at=one.due_at, skipped=skipped, other=one.goes_the_other_way)
    local = one.due_at.astimezone(LONDON)
    return Slot(number, f"{local:%Y-%m-%d}", f"{local:%H:%M}", one.goes_the_other_way)


def _typed(number: int, one: PlannedReminder | None, fault: str) -> Slot:
    if one is not None and one.state in FIXED:
        return _slot(number, one)
    day, at = (request.form.get(f"{name}-{number}", "") for name in ("day", "time"))
    return Slot(number, day, at, request.form.get(f"way-{number}") == "other", fault=fault)


def _read() -> tuple[dict[int, Wanted], dict[int, str]]:
    wanted, faults = {}, {}
    for number in NUMBERS:
        day, at = (request.form.get(f"{name}-{number}", "").strip() for name in ("day", "time"))
        if not day and not at:
            continue
        try:
            on, hour = date.fromisoformat(day), time.fromisoformat(at)
            due_at = read_at(f"{on.isoformat()}T{hour:%H:%M}")
            wanted[number] = Wanted(due_at, request.form.get(f"way-{number}") == "other")
        except (ValueError, UnclearTime):
            faults[number] = _("Enter a day and a time, like 2026-09-21 and 10:00, or leave both empty.")
    return wanted, faults
