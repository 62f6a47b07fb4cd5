"""surveybot calendar --hold, --cancel, --release: what the page does, by survey, person or reminder."""

from dataclasses import dataclass

from sqlmodel import Session

from surveybot.commands.entrance import Entrance, refuse, the_school
from surveybot.records.audit import note_deed
from surveybot.records.plan.planned import find_cohort
from surveybot.records.plan.planned_rounds import rows_by_student, years_of_step
from surveybot.records.report.calendar_messages import reminders_of_rounds, rounds_of_cohort
from surveybot.records.roster.students import Student, find_student
from surveybot.records.schools import School
from surveybot.rules.plan.check_in_plan import CheckIn
from surveybot.steps.plan.steer_plan import NoReason, steer_occasion, steer_reminder, steer_rows

BY = "command"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rows of a cohort's calendar are meant; None means all of them."""

    survey: str
    leaving: int
    year_groups: tuple[int, ...]
    step: str | None
    destination_year: int | None
    reminder: int | None
    student: str | None

    def means(self, survey: str, step: str, destination_year: int) -> bool:
        return (
            survey == self.survey
            and self.step in (None, step)
            and self.destination_year in (None, destination_year)
        )


def steer(entrance: Entrance, urn: str, choice: Choice, action: str, reason: str) -> None:
    """Change what is meant, or refuse where there is nothing to change."""
    with entrance.writing() as session:
        school = the_school(session, urn)
        try:
            changed = _steer(session, school, choice, entrance.catalogue.check_ins.check_ins, action, reason)
        except NoReason:
            refuse("Say why, with --reason: the next person who looks wants to know.")
        if not changed:
            refuse(f"Nothing of {choice.survey} was changed: no such row is to come. See surveybot calendar.")
        details = {"rows": changed, "survey": choice.survey, "leaving": choice.leaving}
        note_deed(session, f"plan_{action}", at=entrance.now(), school_id=school.id, details=details)


def the_student(session: Session, school: School, code: str) -> Student:
    found = find_student(session, code)
    if found is None or found.school_id != school.id:
        refuse(f"There is no student {code} at this school. The code begins with S-; every list shows it.")
    return found


def _steer(
    session: Session,
    school: School,
    choice: Choice,
    check_ins: tuple[CheckIn, ...],
    action: str,
    reason: str,
) -> int:
    if choice.reminder is not None:
        return _reminders(session, school, choice, action, reason)
    if choice.student is not None:
        student = the_student(session, school, choice.student)
        assert student.id is not None
        stored = rows_by_student(session, [student.id]).get(student.id, {}).values()
        rows = [
            row
            for row in stored
            if row.leaving == choice.leaving
            and choice.means(row.survey, row.step.partition("~")[0], row.destination_year)
        ]
        return steer_rows(session, rows, action, reason=reason, by=BY)
    return _occasions(session, school, choice, check_ins, action, reason)


def _occasions(
    session: Session,
    school: School,
    choice: Choice,
    check_ins: tuple[CheckIn, ...],
    action: str,
    reason: str,
) -> int:
    assert school.id is not None
    changed = 0
    for year_group in choice.year_groups:
        cohort = find_cohort(session, school.id, leaving=choice.leaving, year_group=year_group)
        if cohort is None or cohort.id is None:
            continue
        mine = [one for one in check_ins if year_group in one.year_groups and one.survey == choice.survey]
        for one in mine:
            for year in {one.destination_year} | years_of_step(session, cohort.id, one.survey, one.step):
                if choice.means(one.survey, one.step, year):
                    changed += steer_occasion(session, cohort, one, year, action, reason=reason, by=BY)
    return changed


def _reminders(session: Session, school: School, choice: Choice, action: str, reason: str) -> int:
    assert school.id is not None
    rounds = [
        row.id
        for year_group in choice.year_groups
        for row in rounds_of_cohort(session, school.id, leaving=choice.leaving, year_group=year_group)
        if row.survey == choice.survey and row.id is not None
    ]
    found = [one for one in reminders_of_rounds(session, rounds) if one.number == choice.reminder]
    return sum(steer_reminder(session, one, action, reason=reason, by=BY) for one in found)
