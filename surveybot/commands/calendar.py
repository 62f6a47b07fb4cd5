"""surveybot calendar: everything the bot will send to a summer's leavers, to the end of the third year."""

from typing import Any

import click

from surveybot.commands.entrance import (
    enter,
    json_option,
    leaving_option,
    refuse,
    say,
    school_option,
    the_school,
)
from surveybot.records.audit import note_deed
from surveybot.records.planned import PlannedState, find_cohort
from surveybot.rules.dates_in_words import say_at
from surveybot.rules.may_ask import SKIP_IN_WORDS, Skip
from surveybot.steps.plan_check_ins import plan_check_ins, start_cohort, stop_cohort
from surveybot.steps.show_calendar import Entry, calendars_of, end_of_plan

GONE = (PlannedState.OPENED,)


@click.command()
@school_option
@leaving_option
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Default: the end of destination year 3.")
@click.option("--past", is_flag=True, help="Also what went already.")
@click.option("--start", is_flag=True, help="Set the cohort up: from now on the bot asks by itself.")
@click.option("--stop", is_flag=True, help="Ask nothing more by itself.")
@click.option("--year-group", type=click.Choice(["11", "13"]), help="Only this one; default: both.")
@json_option
def command(
    urn: str,
    leaving: int,
    until: Any,
    past: bool,
    start: bool,
    stop: bool,
    year_group: str | None,
    as_json: bool,
) -> None:
    """What goes when, to how many, over which channel; and who is left out and why."""
    groups = (int(year_group),) if year_group else (11, 13)
    if start and stop:
        refuse("Give --start or --stop, not both.")
    if start or stop:
        _steer(urn, leaving, groups, start=start)
    entrance = enter()
    with entrance.reading() as session:
        school = the_school(session, urn)
        found = calendars_of(
            session,
            school,
            entrance.catalogue,
            leaving=leaving,
            until=until.date() if until else end_of_plan(leaving),
            now=entrance.now(),
        )
    if not found:
        refuse(f"Nobody finishes in summer {leaving}. Import the roster first: surveybot roster import")
    entries = [
        entry
        for one in found
        if one.year_group in groups
        for entry in one.entries
        if past or entry.state not in GONE
    ]
    entries.sort(key=lambda one: (one.send_at, one.year_group, one.message))
    say([_json(one) for one in entries], as_json=as_json, in_words=lambda: _in_words(entries))


def _steer(urn: str, leaving: int, groups: tuple[int, ...], *, start: bool) -> None:
    entrance = enter()
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


def _json(entry: Entry) -> dict[str, Any]:
    """The keys that scripts rely on, and some more."""
    return {
        "send_at": entry.send_at,
        "survey": entry.survey,
        "destination_year": entry.destination_year,
        "channel": entry.channel,
        "people": entry.people,
        "reason": entry.reason or None,
        "year_group": entry.year_group,
        "message": entry.message,
        "state": entry.state,
    }


def _in_words(entries: list[Entry]) -> str:
    return "\n".join(map(_line, entries)) or "Nothing more is planned for this cohort."


def _line(entry: Entry) -> str:
    words = SKIP_IN_WORDS[Skip(entry.reason)] if entry.reason in list(Skip) else entry.reason
    what = f"{entry.survey}, {entry.message.replace('-', ' ')}" + (
        f", destination year {entry.destination_year}" if entry.destination_year else ""
    )
    how = f"{entry.channel}" if entry.channel else "nobody is asked"
    said = f"{say_at(entry.send_at)}  Year {entry.year_group}  {what}: {entry.people}, {how}"
    return f"{said} ({entry.state}: {words})" if words else said
