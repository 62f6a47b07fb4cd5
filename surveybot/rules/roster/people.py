"""Who is at school, who has left, and what kinds of leaving there are."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from surveybot.rules.calendar.academic_year import current_summer


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


LEADING = frozenset({StaffRole.CAREERS_LEADER, StaffRole.ADMIN})
"""Who opens rounds, adds staff, and hears of what stops the bot."""


@dataclass(frozen=True, slots=True)
class LastLeaving:
    """The last leaving of a student: the summer that is their own, and whether they went before it."""

    summer: int
    left_on: date | None = None
    kind: LeavingKind = LeavingKind.NORMAL

    @property
    def with_the_others(self) -> bool:
        """Whether they went with their cohort, when lessons were over."""
        before = self.kind in (LeavingKind.EARLY, LeavingKind.MOVED_SCHOOL)
        return not before and self.left_on is not None and self.left_on >= last_term(self.summer)


def last_term(summer: int) -> date:
    """From when on going is no leaving early: lessons of Year 11 and 13 are over, and only exams are left."""
    return date(summer, 6, 1)


def has_left(state: StudentState, last: LastLeaving | None, on: date) -> bool:
    """Whether somebody is out of school on that day.

    Staff say so, or a September has come after the last summer that they were to finish in: whoever goes on
    into the own sixth form gets a later summer from the autumn's roster. Until that roster is in, the
    cautious answer holds, and nobody is written to as if still at school. Who went with their cohort has
    left in that September too: their results come in August.
    """
    over = last is not None and current_summer(on) > last.summer
    if state is StudentState.LEFT:
        return over or last is None or not last.with_the_others
    return over
