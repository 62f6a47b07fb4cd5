"""Ask a person whether the clock is right after it has leapt far, and take their word for it.

Until then nothing is asked, opened, closed or given up: to a clock that is a year ahead all of it looks late.
"""

from datetime import datetime

from sqlmodel import Session

from surveybot.records.audit import note_deed
from surveybot.records.schools import all_schools
from surveybot.records.worker.trusted_clock import TrustedClock, doubt, trust
from surveybot.steps.staff.tell_leaders import tell_leaders

TEMPLATE = "alert-clock"


def ask_about_clock(session: Session, row: TrustedClock, *, now: datetime) -> None:
    """Keep what the clock shows, and write to all who lead a school: once a day of that clock, at the most.

    Of two machines one may be right: it goes on, and takes the doubt away that the other one has again.
    """
    if not doubt(session, row, now=now):
        return
    schools = [school.id for school in all_schools(session) if school.id is not None]
    tell_leaders(session, schools, template=TEMPLATE, key=f"{now:%Y%m%d}", page="/staff/", now=now)


def say_clock_is_right(
    session: Session, *, now: datetime, school_id: int | None = None, staff_id: int | None = None
) -> None:
    """From here on the bot goes by this time; what came too late meanwhile is left out with its reason."""
    trust(session, now=now)
    note_deed(session, "clock_confirmed", at=now, school_id=school_id, staff_id=staff_id)
