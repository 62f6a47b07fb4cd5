"""Open the tutor rounds of a cohort's plan when they are due; one that would ask nobody is left out."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlmodel import Session

from surveybot.catalogue import Catalogue
from surveybot.records.plan.planned import PlannedCohort, PlannedState
from surveybot.records.plan.steered_occasions import Occasion, SteeredOccasion, steered_occasions
from surveybot.records.round.tutor_rounds import PlannedTutorRound, planned_tutor_rounds
from surveybot.records.schools import School
from surveybot.rules.delivery.may_ask import Skip
from surveybot.rules.plan.check_in_plan import CheckIn, Path
from surveybot.steps.plan.plan_check_ins import dates_of
from surveybot.steps.round.open_round import RoundRefused
from surveybot.steps.tutor_rounds.open_round import NobodyUnknown, open_tutor_round, plan_tutor_round

OPENED_BY = "the plan"
TOO_LATE = timedelta(days=2)
"""So long before its end a round is not opened any more."""

ALREADY_OPEN = "a round that asks the same tutors was open already"


def open_due_tutor_rounds(
    session: Session, school: School, cohort: PlannedCohort, catalogue: Catalogue, *, now: datetime
) -> datetime | None:
    """Open what is due, once each; when the next one is due, or None where no more is planned."""
    dates = dates_of(catalogue, school, leaving=cohort.leaving, year_group=cohort.year_group)
    assert cohort.id is not None
    stored = {(row.destination_year, row.step): row for row in planned_tutor_rounds(session, cohort.id)}
    steered = steered_occasions(session, cohort.id)
    to_come = []
    for check_in in catalogue.check_ins.of_year(cohort.year_group):
        if check_in.path is not Path.TUTORS:
            continue
        row = stored.get((check_in.destination_year, check_in.step))
        due_at = dates.due_at(check_in, check_in.destination_year)
        if row is not None and row.state is not PlannedState.PLANNED:
            continue
        if due_at is None or (row is None and due_at < cohort.started_at):
            if row is not None:
                session.delete(row)  # switched off since
            continue
        row = row or _new(cohort, check_in, due_at, steered)
        row.due_at = due_at
        session.add(row)
        if row.state is not PlannedState.PLANNED:
            continue
        if due_at > now:
            to_come.append(due_at)
            continue
        _settle(session, school, cohort, catalogue, check_in, row, now)
    return min(to_come, default=None)


def _new(
    cohort: PlannedCohort,
    check_in: CheckIn,
    due_at: datetime,
    steered: Mapping[Occasion, SteeredOccasion],
) -> PlannedTutorRound:
    assert cohort.id is not None
    standing = steered.get(Occasion(check_in.survey, check_in.destination_year, check_in.step))
    return PlannedTutorRound(
        school_id=cohort.school_id,
        cohort_id=cohort.id,
        destination_year=check_in.destination_year,
        step=check_in.step,
        due_at=due_at,
        state=standing.state if standing else PlannedState.PLANNED,
        reason=standing.reason if standing else "",
    )


def _settle(
    session: Session,
    school: School,
    cohort: PlannedCohort,
    catalogue: Catalogue,
    check_in: CheckIn,
    row: PlannedTutorRound,
    now: datetime,
) -> None:
    dates = dates_of(catalogue, school, leaving=cohort.leaving, year_group=cohort.year_group)
    closes_at = dates.closes_at(check_in, row.due_at)
    row.settled_at = now
    if now > closes_at - TOO_LATE:
        row.state, row.reason = PlannedState.SKIPPED, Skip.EXPIRED
        return
    try:
        plan = plan_tutor_round(
            session,
            school,
            catalogue.survey(check_in.survey),
            leaving=cohort.leaving,
            year_group=cohort.year_group,
            opens_at=row.due_at,
            closes_at=closes_at,
            now=now,
        )
    except NobodyUnknown:
        row.state, row.reason = PlannedState.SKIPPED, Skip.ANSWERED
    except RoundRefused:
        row.state, row.reason = PlannedState.SKIPPED, ALREADY_OPEN
    else:
        opened = open_tutor_round(session, school, plan, catalogue, opened_by=OPENED_BY, now=now)
        row.state, row.round_id = PlannedState.OPENED, opened.id
