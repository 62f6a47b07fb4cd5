"""Who is at school, who has left, and what kinds of leaving there are."""

from datetime import date
from enum import StrEnum

from surveybot.rules.academic_year import current_summer


class StudentState(StrEnum):
    ON_ROLL = "on_roll"
    LEFT = "left"
    DECEASED = "deceased"


class LeavingKind(StrEnum):
    NORMAL = "normal"
    EARLY = "early"
    MOVED_SCHOOL = "moved_school"
    JOINED_YEAR_12 = "joined_year_12"


class StaffRole(StrEnum):
    CAREERS_LEADER = "careers_leader"
    ADVISER = "adviser"
    TUTOR = "tutor"
    ADMIN = "admin"


def has_left(state: StudentState, last_summer: int | None, on: date) -> bool:
    """Whether somebody is out of school on that day.

    Staff say so, or a September has come after the last summer that they were to finish in: whoever goes on
    into the own sixth form gets a later summer from the autumn's roster. Until that roster is in, the
    cautious answer holds, and nobody is written to as if still at school.
    """
    if state is StudentState.LEFT:
        return True
    return last_summer is not None and current_summer(on) > last_summer
