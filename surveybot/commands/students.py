"""surveybot student ...: mark a student."""

import click

from surveybot.commands.entrance import enter, refuse
from surveybot.records.audit import note_deed
from surveybot.records.roster import find_student
from surveybot.rules.dates_in_words import london_date
from surveybot.rules.short_codes import read_code
from surveybot.steps.mark_student import mark_deceased, mark_left, mark_returned


@click.group()
def command() -> None:
    """One student: by the S- code that every list shows."""


@command.command("mark")
@click.argument("student")
@click.argument("state", type=click.Choice(["deceased", "left", "returned"]))
def mark(student: str, state: str) -> None:
    """Mark STUDENT as deceased (ends every message at once), left or returned."""
    entrance = enter()
    now = entrance.now()
    with entrance.writing() as session:
        row = find_student(session, read_code(student))
        if row is None:
            refuse(f"There is no student {student}. The code begins with S-; every list shows it.")
        if state == "deceased":
            stopped = mark_deceased(session, row, now=now)
            click.echo(f"{row.code} is marked. {stopped} waiting messages were stopped.")
        elif state == "left":
            mark_left(session, row, on=london_date(now), now=now)
            click.echo(f"{row.code} has left.")
        else:
            mark_returned(session, row, now=now)
            click.echo(f"{row.code} is on the roll again.")
        note_deed(
            session,
            "student_marked",
            at=now,
            school_id=row.school_id,
            subject=row.code,
            details={"as": state},
        )
