"""The people of a calendar: how each can be reached, what they are called, and how long a text to them is."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from surveybot.records.roster.students import Student
from surveybot.rules.delivery.may_ask import Person
from surveybot.steps.calendar.entry import Who
from surveybot.steps.calendar.parts import Reader
from surveybot.steps.plan.plan_check_ins import CohortPeople


@dataclass(frozen=True)
class CalendarPeople:
    cohort: CohortPeople
    shared: set[str]  # numbers behind which there are several people

    def person(self, student_id: int) -> Person | None:
        """None where somebody has left the cohort since."""
        found = self.cohort.followed.get(student_id)
        return found.person if found else None

    def who(self, student_id: int) -> Who:
        student = self._students.get(student_id)
        return Who(student.full_name, student.code) if student else Who("", "")

    def reader(self, student_id: int, *, is_leaver: bool) -> Reader:
        return Reader.of(
            self._students[student_id],
            self.cohort.followed[student_id].person,
            is_leaver=is_leaver,
            shared=self.shared,
        )

    @cached_property
    def _students(self) -> Mapping[int, Student]:
        return {student.id: student for student, _ in self.cohort.people if student.id is not None}
