"""Staff and what they may do at which school; one person may belong to several."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import UniqueConstraint, update
from sqlmodel import Field, Session, SQLModel, col, select

from surveybot.records.database import UTCDateTime, word_column
from surveybot.rules.roster.people import LEADING, StaffRole


class StaffMember(SQLModel, table=True):
    __tablename__ = "staff_member"

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(max_length=254, unique=True)  # lower case
    name: str = Field(max_length=200)
    totp_secret: str | None = Field(default=None, max_length=64)
    totp_confirmed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    totp_last_step: int = 0  # a code is good once
    totp_failures: int = 0
    session_generation: int = 0  # raised to end every session
    created_at: datetime = Field(sa_type=UTCDateTime)


class StaffPost(SQLModel, table=True):
    """One role of one person at one school."""

    __tablename__ = "staff_post"
    __table_args__ = (UniqueConstraint("staff_id", "school_id", "role", "tutor_group"),)

    id: int | None = Field(default=None, primary_key=True)
    staff_id: int = Field(foreign_key="staff_member.id", index=True)
    school_id: int = Field(foreign_key="school.id", index=True)
    role: StaffRole = Field(sa_type=word_column(StaffRole))
    tutor_group: str = Field(default="", max_length=20)


def find_staff(session: Session, email: str) -> StaffMember | None:
    return session.exec(select(StaffMember).where(StaffMember.email == email.strip().lower())).one_or_none()


def posts_of(session: Session, staff_id: int) -> list[StaffPost]:
    return list(
        session.exec(select(StaffPost).where(StaffPost.staff_id == staff_id).order_by(col(StaffPost.id)))
    )


def staff_of_school(session: Session, school_id: int) -> list[tuple[StaffMember, StaffPost]]:
    """Every post at a school with its person, by name."""
    query = (
        select(StaffMember, StaffPost)
        .join(StaffPost, col(StaffPost.staff_id) == col(StaffMember.id))
        .where(StaffPost.school_id == school_id)
        .order_by(StaffMember.name, col(StaffPost.id))
    )
    return list(session.exec(query))


def leaders_of_schools(session: Session, school_ids: Collection[int]) -> dict[int, int]:
    """Everybody who leads one of these schools, by number, with one school that they lead."""
    query = (
        select(StaffPost.staff_id, StaffPost.school_id)
        .where(col(StaffPost.school_id).in_(school_ids), col(StaffPost.role).in_(LEADING))
        .order_by(col(StaffPost.id).desc())
    )
    return dict(session.exec(query).all())


def count_code_try(session: Session, staff_id: int, *, step: int) -> int | None:
    """Count one try at a code before it is looked at: the number of failures in a row if it fails too.

    None where codes up to that step are refused. Tries that come at once queue up for the row.
    """
    counted = (
        update(StaffMember)
        .where(col(StaffMember.id) == staff_id, col(StaffMember.totp_last_step) <= step)
        .values(totp_failures=StaffMember.totp_failures + 1)
        .returning(col(StaffMember.totp_failures))
        .execution_options(synchronize_session=False)
    )
    return session.execute(counted).scalar_one_or_none()


def spend_codes_to(session: Session, staff_id: int, *, step: int) -> bool:
    """Let no code of this step or an earlier one be taken again; False where that was so already."""
    spent = (
        update(StaffMember)
        .where(col(StaffMember.id) == staff_id, col(StaffMember.totp_last_step) < step)
        .values(totp_last_step=step, totp_failures=0)
        .returning(col(StaffMember.id))
        .execution_options(synchronize_session=False)
    )
    return session.execute(spent).scalar_one_or_none() is not None
