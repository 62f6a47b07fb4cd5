"""The rounds of a plan that ask tutors and are still to come: whom, follows from what is known by then."""

from collections.abc import Iterator
from dataclasses import replace

from sqlmodel import Session

from surveybot.catalogue import Catalogue
from surveybot.records.plan.planned import PlannedCohort, PlannedState
from surveybot.records.report.tutor_progress import staffing_of
from surveybot.records.round.tutor_rounds import planned_tutor_rounds
from surveybot.records.schools import School
from surveybot.records.staff import staff_of_school
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.plan.check_in_dates import CohortDates
from surveybot.rules.plan.check_in_plan import Path
from surveybot.steps.calendar.entry import Entry, Standing
from surveybot.steps.calendar.people import CalendarPeople


def tutor_rounds(
    session: Session,
    school: School,
    catalogue: Catalogue,
    people: CalendarPeople,
    dates: CohortDates,
    cohort: PlannedCohort | None,
) -> Iterator[Entry]:
    """What was opened is left out: its messages say what became of it."""
    assert school.id is not None
    rows = planned_tutor_rounds(session, cohort.id) if cohort and cohort.id else []
    stored = {(row.destination_year, row.step): row for row in rows}
    staffing = staffing_of(staff_of_school(session, school.id))
    asked = {one for student, _ in people.cohort.people for one in staffing.asked_about(student.tutor_group)}
    for check_in in catalogue.check_ins.of_year(dates.year_group):
        row = stored.get((check_in.destination_year, check_in.step))
        due_at = row.due_at if row else dates.due_at(check_in, check_in.destination_year)
        if check_in.path is not Path.TUTORS or due_at is None:
            continue
        if row is not None and row.state is PlannedState.OPENED:
            continue
        first = Entry(
            send_at=due_at,
            survey=check_in.survey,
            step=check_in.step,
            destination_year=check_in.destination_year,
            year_group=dates.year_group,
            message="first",
            channel=Channel.EMAIL,
            state=Standing(row.state.value) if row else Standing.PLANNED,
            reason=row.reason if row else "",
            people=len(asked),
            row_id=row.id if row else None,
            of_staff=True,
        )
        yield first
        if first.state is Standing.PLANNED:
            for number, at in enumerate(dates.reminders(check_in, due_at), 1):
                yield replace(first, send_at=at, message=f"reminder-{number}", row_id=None)
