"""surveybot calendar: everything the bot will send to a summer's leavers, and what already went."""

from datetime import datetime
from typing import Any

import click

from surveybot.commands.entrance import (
    Entrance,
    enter,
    json_option,
    leaving_option,
    refuse,
    say,
    school_option,
    the_school,
)
from surveybot.commands.steer_calendar import Choice, steer, the_student
from surveybot.records.audit import note_deed
from surveybot.records.plan.planned import find_cohort
from surveybot.rules.calendar.dates_in_words import say_at
from surveybot.rules.delivery.may_ask import SKIP_IN_WORDS, Skip
from surveybot.rules.school_settings import SchoolSettings
from surveybot.steps.calendar.entry import COSTS, GONE, Entry, cost_in_pence
from surveybot.steps.calendar.show import View, calendars_of, end_of_plan, entries_of_person
from surveybot.steps.plan.plan_check_ins import plan_check_ins, start_cohort, stop_cohort


@click.command()
@school_option
@leaving_option
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Default: the end of destination year 3.")
@click.option("--to-come", is_flag=True, help="Leave out what already went.")
@click.option("--student", metavar="STUDENT", help="The calendar of one person, or only their row.")
@click.option("--start", is_flag=True, help="Set the cohort up: from now on the bot asks by itself.")
@click.option("--stop", is_flag=True, help="Ask nothing more by itself.")
@click.option("--year-group", type=click.Choice(["11", "13"]), help="Only this one; default: both.")
@click.option(
    "--hold", metavar="SURVEY", help="Hold what is to come of this survey, also for who joins later."
)
@click.option("--cancel", metavar="SURVEY", help="Cancel it.")
@click.option("--release", metavar="SURVEY", help="Let it go after all.")
@click.option("--reason", default="", help="Why it is held or cancelled.")
@click.option("--step", help="Only this step of the plan, such as november.")
@click.option("--destination-year", type=click.IntRange(0, 14), help="Only this one.")
@click.option("--reminder", type=click.IntRange(1, 3), help="Only this reminder of the open round.")
@json_option
def command(
    urn: str,
    leaving: int,
    until: datetime | None,
    to_come: bool,
    student: str | None,
    start: bool,
    stop: bool,
    year_group: str | None,
    hold: str | None,
    cancel: str | None,
    release: str | None,
    reason: str,
    step: str | None,
    destination_year: int | None,
    reminder: int | None,
    as_json: bool,
) -> None:
    """What goes when, to how many, over which channel, at what cost; who is left out and why; what went."""
    groups = (int(year_group),) if year_group else (11, 13)
    wishes = {"hold": hold, "cancel": cancel, "resume": release}
    actions = [(action, survey) for action, survey in wishes.items() if survey]
    if start + stop + len(actions) > 1:
        refuse("Give one of --start, --stop, --hold, --cancel and --release.")
    entrance = enter()
    if start or stop:
        _steer(entrance, urn, leaving, groups, start=start)
    for action, survey in actions:
        choice = Choice(survey, leaving, groups, step, destination_year, reminder, student)
        steer(entrance, urn, choice, action, reason)
    with entrance.reading() as session:
        school = the_school(session, urn)
        view = View(session, school, entrance.catalogue, entrance.settings.public_url, entrance.now())
        last = until.date() if until else end_of_plan(leaving)
        shown = _of_person(view, student) if student else _of_cohort(view, leaving, last, groups)
        settings = SchoolSettings.from_stored(school.settings)
    entries = [one for one in shown if not (to_come and one.state in GONE)]
    entries.sort(key=lambda one: (one.send_at, one.year_group, one.message))
    say(
        [_json(one, settings) for one in entries],
        as_json=as_json,
        in_words=lambda: _in_words(entries, settings),
    )


def _of_cohort(view: View, leaving: int, until: Any, groups: tuple[int, ...]) -> list[Entry]:
    found = calendars_of(view, leaving=leaving, until=until)
    if not found:
        refuse(f"Nobody finishes in summer {leaving}. Import the roster first: surveybot roster import")
    return [entry for one in found if one.year_group in groups for entry in one.entries]


def _of_person(view: View, code: str) -> list[Entry]:
    return entries_of_person(view, the_student(view.session, view.school, code))


def _steer(entrance: Entrance, urn: str, leaving: int, groups: tuple[int, ...], *, start: bool) -> None:
    now = entrance.now()
    with entrance.writing() as session:
        school = the_school(session, urn)
        assert school.id is not None
        for year_group in groups:
            if start:
                row = start_cohort(
                    session, school, leaving=leaving, year_group=year_group, started_by="command", now=now
                )
                plan_check_ins(session, school, row, entrance.catalogue, now=now)
            elif known := find_cohort(session, school.id, leaving=leaving, year_group=year_group):
                stop_cohort(session, known)
        note_deed(
            session,
            "plan_started" if start else "plan_stopped",
            at=now,
            school_id=school.id,
            details={"leaving": leaving, "year_groups": list(groups)},
        )


def _json(entry: Entry, settings: SchoolSettings) -> dict[str, Any]:
    """The keys that scripts rely on, and some more; names only of those to whom it does not go."""
    return {
        "send_at": entry.send_at,
        "survey": entry.survey,
        "destination_year": entry.destination_year,
        "channel": entry.channel,
        "people": entry.people,
        "reason": entry.reason or None,
        "year_group": entry.year_group,
        "step": entry.step,
        "message": entry.message,
        "asks": "tutors" if entry.of_staff else "students",
        "state": entry.state,
        "last_at": entry.last_at,
        "segments": entry.segments if entry.state in COSTS else 0,
        "pence": round(cost_in_pence(entry, settings), 2),
        "why": _why(entry) or None,
        "students": [{"student": one.code, "name": one.name} for one in entry.who],
    }


def _in_words(entries: list[Entry], settings: SchoolSettings) -> str:
    if not entries:
        return "Nothing more is planned for this cohort."
    pence = sum(cost_in_pence(one, settings) for one in entries)
    lines = [_line(one, settings) for one in entries]
    return "\n".join([*lines, f"Texts in this list cost about £{pence / 100:.2f}."])


def _line(entry: Entry, settings: SchoolSettings) -> str:
    what = f"{entry.survey}, {entry.message.replace('-', ' ')}" + (
        f", destination year {entry.destination_year}" if entry.destination_year else ""
    )
    how = f"{entry.channel}" if entry.channel else "nobody is asked"
    pence = cost_in_pence(entry, settings)
    cost = f", £{pence / 100:.2f}" if pence else ""
    said = f"{say_at(entry.send_at)}  Year {entry.year_group}  {what}: {entry.people}, {how}{cost}"
    why = f"{entry.state.replace('_', ' ')}: {_why(entry)}" if entry.reason else entry.state.replace("_", " ")
    names = f" - {', '.join(one.name for one in entry.who)}" if entry.who else ""
    return f"{said} ({why}){names}" if entry.reason or entry.state in GONE else said


def _why(entry: Entry) -> str:
    return SKIP_IN_WORDS[Skip(entry.reason)] if entry.reason in list(Skip) else entry.reason
