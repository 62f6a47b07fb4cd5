"""Who is at school, who has left, and what kinds of leaving there are."""

from enum import StrEnum


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
