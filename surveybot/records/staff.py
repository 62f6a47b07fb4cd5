"""Staff and what they may do at which school; one person may belong to several."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from surveybot.records.database import UTCDateTime, word_column
from surveybot.rules.people import StaffRole


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
