"""surveybot student ...: mark a student."""

from datetime import datetime

import click
from sqlmodel import Session

from surveybot.commands.entrance import enter, json_option, refuse, say
from surveybot.records.audit import note_deed
from surveybot.records.roster.students import Student, find_student
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.short_codes import read_code
from surveybot.steps.roster.mark_student import mark_deceased, mark_left, mark_moved, mark_returned


@click.group()
def command() -> None:
    """One student: by the S- code that every list shows."""


@command.command("mark")
@click.argument("student")
@click.argument("state", type=click.Choice(["deceased", "left", "moved", "returned"]))
@json_option
def mark(student: str, state: str, as_json: bool) -> None:
    """Mark STUDENT as deceased (ends every message at once), left, moved (to another school) or returned."""
    entrance = enter()
    now = entrance.now()
    with entrance.writing() as session:
        row = find_student(session, read_code(student))
        if row is None:
            refuse(f"There is no student {student}. The code begins with S-; every list shows it.")
        said = _mark(session, row, state, now)
        note_deed(
            session,
            "student_marked",
            at=now,
            school_id=row.school_id,
            subject=row.code,
            details={"as": state},
        )
        answer = {"student": row.code, "state": row.state}
    say(answer, as_json=as_json, in_words=lambda: said)


def _mark(session: Session, row: Student, state: str, now: datetime) -> str:
    """Do it, and say what was done."""
    today = london_date(now)
    if state == "deceased":
        stopped = mark_deceased(session, row, now=now)
        return f"{row.code} is marked. {stopped} waiting messages were stopped."
    if state == "left":
        mark_left(session, row, on=today, now=now)
        return f"{row.code} has left."
    if state == "moved":
        mark_moved(session, row, on=today, now=now)
        return f"{row.code} has moved to another school, and is asked nothing more."
    mark_returned(session, row, now=now)
    return f"{row.code} is on the roll again."
