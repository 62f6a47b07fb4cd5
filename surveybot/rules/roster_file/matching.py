"""Whose row is this? UPN, then ULN, then admission number, then surname, forename and date of birth.

Two answers are an error: a wrong guess would hand one person's answers and consents to another.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from surveybot.rules.plain_text import fold, short
from surveybot.rules.roster_file.checks import IDENTIFIERS, fold_admission, name_key
from surveybot.rules.roster_file.fields import RosterField
from surveybot.rules.roster_file.rows import RosterRow, RowFault
from surveybot.rules.roster_file.stored import StoredStudent

STORED: Mapping[RosterField, Callable[[StoredStudent], str | None]] = {
    RosterField.UPN: lambda student: student.values["upn"],
    RosterField.ULN: lambda student: student.values["uln"],
    RosterField.ADMISSION_NUMBER: lambda student: fold_admission(student.values["admission_number"]),
}


@dataclass(frozen=True, slots=True)
class Matches:
    of_row: Mapping[int, StoredStudent]  # by row number; a row that is not there is a new student
    errors: tuple[RowFault, ...]


def match(rows: Sequence[RosterRow], stored: Sequence[StoredStudent]) -> Matches:
    """Find the stored student of each row; no student is given to two rows."""
    return _Matcher(stored).match(rows)


class _Matcher:
    def __init__(self, stored: Sequence[StoredStudent]) -> None:
        self.by_number = {
            field: {number_of(student): student for student in stored if number_of(student)}
            for field, number_of in STORED.items()
        }
        self.by_name: dict[object, list[StoredStudent]] = {}
        for student in stored:
            key = name_key(
                student.values["surname"], student.values["forename"], student.values["date_of_birth"]
            )
            self.by_name.setdefault(key, []).append(student)
        self.found: dict[int, StoredStudent] = {}
        self.row_of: dict[int, int] = {}  # student id -> row number
        self.errors: list[RowFault] = []

    def match(self, rows: Sequence[RosterRow]) -> Matches:
        rest = [row for row in rows if not self._by_number(row)]
        for row in rest:
            self._by_name(row)
        return Matches(self.found, tuple(sorted(self.errors, key=lambda fault: fault.row)))

    def _by_number(self, row: RosterRow) -> bool:
        """Settle a row by its numbers; False where none of them is known."""
        hits = {
            field: student
            for field, number_of in IDENTIFIERS.items()
            if (student := self.by_number[field].get(number_of(row))) is not None
        }
        if not hits:
            return False
        field, student = next(iter(hits.items()))
        others = [other for other in hits.values() if other.id != student.id]
        if others:
            self._error(
                row, field, f"belongs to {student.code}, but another number of the row to {others[0].code}"
            )
        elif self._is_someone_else(row, student):
            self._error(row, field, f"belongs to {student.code}, who has another surname and date of birth")
        else:
            self._settle(row, student, field)
        return True

    def _by_name(self, row: RosterRow) -> None:
        namesakes = self.by_name.get(name_key(row.surname, row.forename, row.date_of_birth), [])
        possible = [student for student in namesakes if not self._is_taken_by_another(student, row)]
        if len(possible) > 1:
            codes = ", ".join(student.code for student in possible)
            self._error(
                row, RosterField.SURNAME, f"has the name and birthday of more than one student: {codes}"
            )
        elif possible:
            self._settle(row, possible[0], RosterField.SURNAME)

    def _is_taken_by_another(self, student: StoredStudent, row: RosterRow) -> bool:
        """A namesake whom another row has by number, and whose number differs from this row's."""
        if student.id not in self.row_of:
            return False
        pairs = [(IDENTIFIERS[field](row), number_of(student)) for field, number_of in STORED.items()]
        return any(mine and theirs and mine != theirs for mine, theirs in pairs)

    @staticmethod
    def _is_someone_else(row: RosterRow, student: StoredStudent) -> bool:
        same_day = row.date_of_birth == student.values["date_of_birth"]
        names = {fold(student.values["surname"]), fold(student.values["forename"])}
        return not same_day and not names & {fold(row.surname), fold(row.forename)} - {""}

    def _settle(self, row: RosterRow, student: StoredStudent, field: RosterField) -> None:
        if student.id in self.row_of:
            self._error(row, field, f"is {student.code}, who is row {self.row_of[student.id]} already")
            return
        self.row_of[student.id] = row.number
        self.found[row.number] = student

    def _error(self, row: RosterRow, field: RosterField, problem: str) -> None:
        value = IDENTIFIERS[field](row) if field in IDENTIFIERS else row.full_name
        self.errors.append(
            RowFault(
                row.number,
                field.label,
                short(value or ""),
                problem,
                "Correct the row, or the student's page, so that they agree.",
            )
        )
