"""What the bot will ask: one row per person and occurrence, and the cohorts whose plan is running.

Due is a row. The UNIQUE key makes each occurrence single, however often it is planned or opened, and by
however many workers. Rows still to come follow the roster, the consents and the calendar; one that was
opened, held or cancelled stays as it is.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    UniqueConstraint,
    and_,
    func,
    insert,
    or_,
    text,
    update,
)
from sqlalchemy.engine import CursorResult
from sqlmodel import Field, Index, Session, SQLModel, col, select

from surveybot.records.database import UTCDateTime, word_column
from surveybot.rules.calendar.results_day import RESULTS_SURVEY
from surveybot.rules.delivery.channels import Channel


class PlannedState(StrEnum):
    PLANNED = "planned"  # to come
    HELD = "held"  # by staff: waits for them
    CANCELLED = "cancelled"  # by staff, for good
    OPENED = "opened"  # asked, in the round that is named
    SKIPPED = "skipped"  # left out, with the reason; before its day this may change


TO_COME = (PlannedState.PLANNED, PlannedState.SKIPPED)
SINGLE = ("school_id", "student_id", "survey", "destination_year", "step")
"""No two rows have all of these in common: that makes each occurrence single."""


class PlannedOccurrence(SQLModel, table=True):
    __tablename__ = "planned_occurrence"
    __table_args__ = (
        UniqueConstraint(*SINGLE, name="uq_planned_occurrence"),
        Index("ix_planned_cohort", "cohort_id", "due_at"),
        Index(  # what is due: rows to come only, so that it stays small however long the past grows
            "ix_planned_due",
            "due_at",
            "cohort_id",
            sqlite_where=text("settled_at IS NULL AND state IN ('planned', 'skipped')"),
            postgresql_where=text("settled_at IS NULL AND state IN ('planned', 'skipped')"),
        ),
        Index("ix_planned_student", "student_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    cohort_id: int = Field(foreign_key="planned_cohort.id")
    school_id: int = Field(foreign_key="school.id")
    student_id: int = Field(foreign_key="student.id")
    survey: str = Field(max_length=60)
    destination_year: int
    step: str = Field(max_length=30)  # of reference/check_in_plan.toml
    leaving: int
    due_at: datetime = Field(sa_type=UTCDateTime)
    state: PlannedState = Field(default=PlannedState.PLANNED, sa_type=word_column(PlannedState))
    channel: Channel | None = Field(default=None, sa_type=word_column(Channel))  # as things stand
    reason: str = Field(default="", max_length=200)  # of may_ask, or why staff held or cancelled it
    changed_by: str = Field(default="", max_length=254)  # a staff email, where staff did
    round_id: int | None = Field(default=None, foreign_key="round.id", index=True)
    settled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # opened, or left out for good


class PlannedCohort(SQLModel, table=True):
    """A cohort whose plan is running: set up once by a careers leader."""

    __tablename__ = "planned_cohort"
    __table_args__ = (
        UniqueConstraint("school_id", "leaving", "year_group"),
        Index("ix_planned_cohort_look", "next_look_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id")
    leaving: int
    year_group: int
    started_at: datetime = Field(sa_type=UTCDateTime)  # nothing from before is made up for
    started_by: str = Field(default="", max_length=254)
    next_look_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # None: stopped
    fingerprint: str = Field(default="", max_length=64)  # of what the rows were worked out from


class PlannedReminder(SQLModel, table=True):
    """A reminder of a round that the plan opened: for everybody who has not finished then."""

    __tablename__ = "planned_reminder"
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        Index(
            "ix_planned_reminder_due",
            "due_at",
            sqlite_where=text("state = 'planned'"),
            postgresql_where=text("state = 'planned'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id")
    round_id: int = Field(foreign_key="round.id")
    number: int
    is_last: bool = False
    due_at: datetime = Field(sa_type=UTCDateTime)
    told_tutors_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    other_channel: bool | None = None  # None: from the second reminder on
    state: PlannedState = Field(default=PlannedState.PLANNED, sa_type=word_column(PlannedState))
    reason: str = Field(default="", max_length=200)
    changed_by: str = Field(default="", max_length=254)

    @property
    def goes_the_other_way(self) -> bool:
        return self.number > 1 if self.other_channel is None else self.other_channel


def find_cohort(session: Session, school_id: int, *, leaving: int, year_group: int) -> PlannedCohort | None:
    return session.exec(
        select(PlannedCohort).where(
            PlannedCohort.school_id == school_id,
            PlannedCohort.leaving == leaving,
            PlannedCohort.year_group == year_group,
        )
    ).one_or_none()


def cohorts_of(session: Session, school_id: int) -> list[PlannedCohort]:
    """The cohorts of a school that were set up, newest leavers first."""
    query = select(PlannedCohort).where(PlannedCohort.school_id == school_id)
    return list(
        session.exec(query.order_by(col(PlannedCohort.leaving).desc(), col(PlannedCohort.year_group)))
    )


def cohorts_to_look_at(
    session: Session, *, now: datetime, limit: int, but_not: Collection[int] = ()
) -> list[int]:
    """The numbers of cohorts whose rows are to be compared with the roster again, longest waiting first."""
    query = select(col(PlannedCohort.id)).where(
        col(PlannedCohort.next_look_at) <= now, col(PlannedCohort.id).not_in(but_not)
    )
    return [one for one in session.exec(query.order_by(col(PlannedCohort.next_look_at)).limit(limit)) if one]


def cohorts_due(session: Session, *, now: datetime, limit: int, but_not: Collection[int] = ()) -> list[int]:
    """The numbers of cohorts with rows that are due; the partial index holds nothing but rows to come.

    Rows of cohorts that were stopped, or of those named, take no room from others.
    """
    stopped = select(col(PlannedCohort.id)).where(col(PlannedCohort.next_look_at).is_(None))
    first = (
        select(col(PlannedOccurrence.cohort_id), col(PlannedOccurrence.due_at))
        .where(
            text(
                "planned_occurrence.settled_at IS NULL AND planned_occurrence.state IN ('planned', 'skipped')"
            ),
            col(PlannedOccurrence.due_at) <= now,
            col(PlannedOccurrence.cohort_id).not_in(stopped),
            col(PlannedOccurrence.cohort_id).not_in(but_not),
        )
        .order_by(col(PlannedOccurrence.due_at))
        .limit(10_000)
        .subquery()
    )
    query = select(first.c.cohort_id).group_by(first.c.cohort_id).order_by(func.min(first.c.due_at))
    return list(session.exec(query.limit(limit)))


def cohorts_by_id(session: Session, ids: Sequence[int]) -> list[PlannedCohort]:
    """In the order of the numbers, each once."""
    found = {row.id: row for row in session.exec(select(PlannedCohort).where(col(PlannedCohort.id).in_(ids)))}
    return [found[one] for one in dict.fromkeys(ids) if one in found]


def take_cohort(session: Session, cohort_id: int) -> PlannedCohort | None:
    """The cohort, ours until the transaction ends; None where another worker has it."""
    query = select(PlannedCohort).where(PlannedCohort.id == cohort_id)
    return session.exec(query.with_for_update(skip_locked=True)).one_or_none()


def rows_of_cohort(session: Session, cohort_id: int) -> list[PlannedOccurrence]:
    query = select(PlannedOccurrence).where(PlannedOccurrence.cohort_id == cohort_id)
    return list(session.exec(query.order_by(col(PlannedOccurrence.due_at), col(PlannedOccurrence.id))))


def due_of_cohort(
    session: Session, cohort_id: int, *, now: datetime, sealed_until: datetime
) -> list[PlannedOccurrence]:
    """The rows whose time has come, asked or left out; also the results that are made ready."""
    row = PlannedOccurrence
    sealed = and_(col(row.survey) == RESULTS_SURVEY, col(row.due_at) <= sealed_until)
    query = select(row).where(
        row.cohort_id == cohort_id,
        or_(col(row.due_at) <= now, sealed),
        col(row.settled_at).is_(None),
        col(row.state).in_(TO_COME),
    )
    return list(session.exec(query.order_by(col(row.due_at), col(row.id))))


def settle_planned(
    session: Session,
    ids: Collection[int],
    *,
    state: PlannedState,
    now: datetime,
    round_id: int | None = None,
    reason: str | None = None,
) -> int:
    """Say once and for all what became of these rows; those that somebody else settled are left."""
    if not ids:
        return 0
    values: dict[str, Any] = {"state": state, "settled_at": now}
    values |= {"round_id": round_id} if round_id is not None else {}
    values |= {"reason": reason} if reason is not None else {}
    result = session.execute(
        update(PlannedOccurrence)
        .where(col(PlannedOccurrence.id).in_(ids), col(PlannedOccurrence.settled_at).is_(None))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    return result.rowcount


def add_reminders(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        session.execute(insert(PlannedReminder), rows)


def due_reminders(session: Session, school_id: int, *, now: datetime, limit: int) -> list[PlannedReminder]:
    """A school's reminders whose time has come, ours until the transaction ends."""
    query = (
        select(PlannedReminder)
        .where(
            text("planned_reminder.state = 'planned'"),
            col(PlannedReminder.due_at) <= now,
            PlannedReminder.school_id == school_id,
        )
        .order_by(col(PlannedReminder.due_at), col(PlannedReminder.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.exec(query))


def schools_to_remind(session: Session, *, now: datetime, ahead: timedelta) -> list[int]:
    """The schools with a reminder that is due, or a last one within that time of which no tutor has heard."""
    told = and_(col(PlannedReminder.is_last), col(PlannedReminder.told_tutors_at).is_(None))
    query = select(PlannedReminder.school_id).where(
        text("planned_reminder.state = 'planned'"),
        col(PlannedReminder.due_at) <= now + ahead,
        or_(col(PlannedReminder.due_at) <= now, told),
    )
    return sorted(set(session.exec(query)))
