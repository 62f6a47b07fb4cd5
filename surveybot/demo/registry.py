"""The school office takes a roster in: the file is read, looked through and imported as any other."""

from datetime import datetime

from sqlmodel import Session

from surveybot.demo.office import roster_csv
from surveybot.demo.people import Person
from surveybot.records.schools import School
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.steps.roster.enrol import enrol, preview, read_roster


def import_roster(
    session: Session, school: School, people: list[Person], *, summer: int, at: datetime
) -> None:
    """The roster of the school year that ends in `summer`."""
    on = london_date(at)
    reading = read_roster(roster_csv(people, summer), f"roster-{on.year}.csv", on=on, made_up=True)
    if reading.errors:
        raise RuntimeError(f"the made-up roster has errors: {reading.errors[:3]}")
    changes = preview(session, school, reading, now=at)
    enrol(session, school, changes, now=at, confirm_left=True)
