"""What the school has stored of a student, as far as a roster file could change it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from surveybot.rules.calendar.academic_year import current_summer
from surveybot.rules.delivery.channels import RouteKind, RouteOwner
from surveybot.rules.roster.people import StudentState
from surveybot.rules.roster_file.rows import RosterContact

PERSON_FIELDS = (
    *("surname", "forename", "preferred_name", "date_of_birth", "year_group", "upn", "uln"),
    *("admission_number", "tutor_group", "sex", "address1", "address2", "address3", "town", "postcode"),
    *("home_la", "first_language", "pupil_premium", "sen_provision", "ehcp", "looked_after", "eal"),
    "attendance",
)
"""The columns of a student that a roster file may write."""


@dataclass(frozen=True, slots=True)
class StoredRoute:
    id: int
    address: str
    proven: bool  # by a round trip, and it still works
    no_text: bool = False  # a landline, say


@dataclass(frozen=True, slots=True)
class StoredLeaving:
    id: int
    summer: int
    left_on: date | None


@dataclass(frozen=True, slots=True)
class StoredStudent:
    id: int
    code: str
    state: StudentState
    values: Mapping[str, Any]  # by PERSON_FIELDS
    contacts: Mapping[int, RosterContact]  # by position
    routes: Mapping[tuple[RouteOwner, RouteKind], StoredRoute]
    leavings: Mapping[int, StoredLeaving]  # by year group, 11 or 13

    @property
    def full_name(self) -> str:
        return f"{self.values['forename']} {self.values['surname']}".strip()


def year_group_now(student: StoredStudent, on: date) -> int | None:
    """The year group that a student of the roll is in on that day, or None once the cohort has finished.

    A cohort that has passed its summer are leavers, whatever year group was stored last: whoever
    stays on gets a row for Year 13 from the first file that has them in Year 12.
    """
    leaving = student.leavings.get(13) or student.leavings.get(11)
    if leaving is None:
        return int(student.values["year_group"])
    last = 13 if 13 in student.leavings else 11
    years_left = leaving.summer - current_summer(on)
    return None if years_left < 0 else last - years_left
