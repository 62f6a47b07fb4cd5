"""A round: who has answered, by group and by name, live; remind, pause, resume, close."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request
from wtforms import RadioField, SelectChoice
from wtforms.validators import InputRequired

from surveybot.records.audit import note_deed
from surveybot.records.report.round_progress import (
    Part,
    PersonInRound,
    Progress,
    people_in_round,
    progress_by_group,
    together,
)
from surveybot.records.roster.student_lists import ids_by_name
from surveybot.records.round.rounds import Round
from surveybot.rules.calendar.results_day import RESULTS_SURVEY
from surveybot.steps.round.remind import plan_reminder, remind
from surveybot.steps.round.steer_round import close_round, pause_round, resume_round
from surveybot.web import doors
from surveybot.web.doors import LEADERS, StaffVisit
from surveybot.web.forms import StaffForm
from surveybot.web.language import gettext as _
from surveybot.web.staff import plain_words, tutor_pages
from surveybot.web.staff.scope import (
    asks_tutors,
    round_here,
    survey_of,
    survey_title,
    takes_answers,
)
from surveybot.web.staff.tables import PER_PAGE, TableView

blueprint = Blueprint("staff_rounds", __name__)

SORTS = ("name", "group", "answered")
FILTERS = ("part", "q", "group")
PARTS: dict[str, Part] = {part.value: part for part in Part}


class CloseForm(StaffForm):
    sure = RadioField(
        _("Do you want to close this round?"),
        choices=[
            SelectChoice("yes", _("Yes, close it now")),
            SelectChoice("no", _("No, leave it as it is")),
        ],
        validators=[InputRequired(_("Choose yes or no"))],
    )


@blueprint.get("/staff/rounds/<code>")
@doors.staff()
def show(visit: StaffVisit, code: str) -> Any:
    row = round_here(visit, code)
    if asks_tutors(visit, row):
        return tutor_pages.round_page(visit, row)
    return render_template("staff/round.html", visit=visit, **_facts(visit, row))


@blueprint.get("/staff/rounds/<code>/live")
@doors.staff()
def live(visit: StaffVisit, code: str) -> Any:
    row = round_here(visit, code)
    if asks_tutors(visit, row):
        return tutor_pages.round_page(visit, row, template="staff/tutors/round_live.html")
    return render_template("staff/round_live.html", visit=visit, **_facts(visit, row))


@blueprint.get("/staff/rounds/<code>/mine")
@doors.staff()
def mine(visit: StaffVisit, code: str) -> Any:
    """A tutor's own list of who has not answered; whoever sees the whole school gets the round's page."""
    row = round_here(visit, code)
    if asks_tutors(visit, row):
        return tutor_pages.own_list(visit, row)
    if visit.tutor_groups is None:
        return redirect(f"/staff/rounds/{row.code}?part=not-yet")
    assert row.id is not None
    groups = progress_by_group(visit.session, row.id, tutor_groups=visit.tutor_groups)
    if not groups:
        abort(404)
    found = [
        people_in_round(
            visit.session, row.id, part=part, tutor_groups=visit.tutor_groups, sort="group", limit=200
        )[0]
        for part in (Part.NOT_YET, Part.UNREACHABLE, Part.WANTS_HELP)
    ]
    return render_template(
        "staff/mine.html",
        visit=visit,
        row=row,
        title=survey_title(row.survey),
        missing=sorted([*found[0], *found[1]], key=_by_name),
        wants_help=found[2],
        all_groups=together(list(groups.values())),
        groups=groups,
        words=plain_words,
        takes_answers=takes_answers(visit, row),
    )


@blueprint.post("/staff/rounds/<code>/pause")
@doors.staff(*LEADERS)
def pause(visit: StaffVisit, code: str) -> Any:
    row = round_here(visit, code)
    if pause_round(visit.session, row):
        _note(visit, row, "round_paused")
        flash(_("The round is paused. Nothing more goes out; answers still come in."), "done")
    else:
        flash(_("Nothing has changed: only a round that is open can be paused."), "note")
    return redirect(f"/staff/rounds/{row.code}")


@blueprint.post("/staff/rounds/<code>/resume")
@doors.staff(*LEADERS)
def resume(visit: StaffVisit, code: str) -> Any:
    row = round_here(visit, code)
    if resume_round(visit.session, row):
        _note(visit, row, "round_resumed")
        flash(_("The round goes on. Messages go out again."), "done")
    else:
        flash(_("Nothing has changed: only a round that is paused can go on."), "note")
    return redirect(f"/staff/rounds/{row.code}")


@blueprint.get("/staff/rounds/<code>/close")
@doors.staff(*LEADERS)
def ask_to_close(visit: StaffVisit, code: str) -> str:
    return _close_page(visit, round_here(visit, code), CloseForm(formdata=None))


@blueprint.post("/staff/rounds/<code>/close")
@doors.staff(*LEADERS)
def close(visit: StaffVisit, code: str) -> Any:
    row = round_here(visit, code)
    form = CloseForm()
    if not form.validate():
        return _close_page(visit, row, form), 422
    if form.sure.data == "yes" and close_round(visit.session, row, now=visit.now):
        _note(visit, row, "round_closed")
        flash(_("The round is closed. An answer that comes late still counts, for 60 days."), "done")
    return redirect(f"/staff/rounds/{row.code}")


@blueprint.get("/staff/rounds/<code>/remind")
@doors.staff(*LEADERS)
def ask_to_remind(visit: StaffVisit, code: str) -> str:
    row = round_here(visit, code)
    if asks_tutors(visit, row):
        return tutor_pages.reminder_page(visit, row)
    plan = plan_reminder(visit.session, row, survey_of(visit, row.survey), now=visit.now)
    return render_template(
        "staff/remind.html",
        visit=visit,
        row=row,
        title=survey_title(row.survey),
        plan=plan,
        words=plain_words,
    )


@blueprint.post("/staff/rounds/<code>/remind")
@doors.staff(*LEADERS)
def send_reminders(visit: StaffVisit, code: str) -> Any:
    row = round_here(visit, code)
    if asks_tutors(visit, row):
        queued = tutor_pages.remind_all(visit, row)
    else:
        plan = plan_reminder(visit.session, row, survey_of(visit, row.survey), now=visit.now)
        queued = remind(visit.session, row, plan, now=visit.now)
    if queued:
        _note(visit, row, "round_reminded", people=queued)
        flash(_("%s reminders are on their way.") % queued, "done")
    else:
        flash(_("No reminder was added: everybody who can be reminded has been today."), "note")
    return redirect(f"/staff/rounds/{row.code}")


def _facts(visit: StaffVisit, row: Round) -> dict[str, Any]:
    assert row.id is not None
    groups = progress_by_group(visit.session, row.id, tutor_groups=visit.tutor_groups)
    if not groups and visit.tutor_groups is not None:
        abort(404)
    table, people = _people(visit, row)
    return {
        "row": row,
        "title": survey_title(row.survey),
        "groups": groups,
        "all_groups": together(list(groups.values())),
        "part": table.query.get("part", Part.ALL.value),
        "table": table,
        "people": people,
        "words": plain_words,
        "takes_answers": takes_answers(visit, row),
        "marks_first": row.survey == RESULTS_SURVEY and row.state != "closed",
        "takes_slips": not asks_tutors(visit, row),
        "search": request.query_string.decode("ascii", "replace"),
    }


def _people(visit: StaffVisit, row: Round) -> tuple[TableView, list[PersonInRound]]:
    table = TableView.read(f"/staff/rounds/{row.code}", request.args, filters=FILTERS, sorts=SORTS)
    wanted = table.query.get("part", "")
    search, group = table.query.get("q", ""), table.query.get("group", "")
    allowed = visit.tutor_groups
    groups = allowed if not group else frozenset({group}) & (allowed if allowed is not None else {group})
    assert row.id is not None
    people, total = people_in_round(
        visit.session,
        row.id,
        part=PARTS.get(wanted, Part.ALL),
        tutor_groups=groups,
        among=ids_by_name(visit.session, visit.school_id, search, tutor_groups=allowed) if search else None,
        sort=table.sort,
        descending=table.descending,
        limit=PER_PAGE,
        offset=table.offset,
    )
    return table.holding(total), people


def _by_name(person: PersonInRound) -> tuple[str, str, str]:
    student = person.student
    return student.tutor_group, student.surname.casefold(), student.forename.casefold()


def _close_page(visit: StaffVisit, row: Round, form: CloseForm) -> str:
    if asks_tutors(visit, row):
        return tutor_pages.close_page(visit, row, form)
    assert row.id is not None
    counts: Progress = together(list(progress_by_group(visit.session, row.id).values()))
    return render_template(
        "staff/close_round.html",
        visit=visit,
        row=row,
        title=survey_title(row.survey),
        counts=counts,
        form=form,
    )


def _note(visit: StaffVisit, row: Round, deed: str, **details: Any) -> None:
    note_deed(
        visit.session,
        deed,
        at=visit.now,
        school_id=visit.school_id,
        staff_id=visit.staff.id,
        subject=row.code,
        details=details,
    )
