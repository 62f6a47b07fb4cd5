"""Rounds: one survey, asked of one cohort, between two times."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import text
from sqlmodel import Field, Index, Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from surveybot.records.database import UTCDateTime, word_column
from surveybot.records.schools import School


class RoundState(StrEnum):
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


class Round(SQLModel, table=True):
    __tablename__ = "round"
    __table_args__ = (
        Index(  # one open round per survey and cohort, however often the button is pressed
            "uq_round_running",
            "school_id",
            "survey",
            "leaving",
            "year_group",
            "tutor_group",
            unique=True,
            sqlite_where=text("state <> 'closed'"),
            postgresql_where=text("state <> 'closed'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=8, unique=True)
    school_id: int = Field(foreign_key="school.id", index=True)
    survey: str = Field(max_length=60)  # the slug of a questionnaire
    leaving: int
    year_group: int
    tutor_group: str = Field(default="", max_length=20)  # empty: the whole year group
    opens_at: datetime = Field(sa_type=UTCDateTime)
    closes_at: datetime = Field(sa_type=UTCDateTime)
    state: RoundState = Field(default=RoundState.OPEN, sa_type=word_column(RoundState))
    opened_by: str = Field(default="", max_length=254)  # a staff email, or "command"
    created_at: datetime = Field(sa_type=UTCDateTime)


def find_round(session: Session, code: str) -> Round | None:
    return session.exec(select(Round).where(Round.code == code)).one_or_none()


def rounds_of(session: Session, school_id: int) -> list[Round]:
    """The rounds of a school, newest first."""
    return list(
        session.exec(
            select(Round)
            .where(Round.school_id == school_id)
            .order_by(col(Round.opens_at).desc(), col(Round.id).desc())
        )
    )


def hold_rounds(session: Session, school_id: int) -> None:
    """Nobody else opens a round of this school until the transaction ends; SQLite has one writer anyway.

    The key of the running round does not know that a whole year group holds every tutor group.
    """
    session.exec(select(School.id).where(School.id == school_id).with_for_update(key_share=True)).one()


def running_rounds(
    session: Session, school_id: int, survey: str, *, leaving: int, year_group: int
) -> list[Round]:
    """The rounds of one survey and cohort that are not closed."""
    return list(
        session.exec(
            select(Round).where(
                Round.school_id == school_id,
                Round.survey == survey,
                Round.leaving == leaving,
                Round.year_group == year_group,
                Round.state != RoundState.CLOSED,
            )
        )
    )


def any_ended(session: Session, *, now: datetime) -> bool:
    return session.exec(_ended(now).limit(1)).first() is not None


def ended_rounds(session: Session, *, now: datetime) -> list[Round]:
    """The rounds whose time is over and that nobody has closed."""
    return list(session.exec(_ended(now)))


def _ended(now: datetime) -> SelectOfScalar[Round]:
    return select(Round).where(text("round.state <> 'closed'"), col(Round.closes_at) <= now)
