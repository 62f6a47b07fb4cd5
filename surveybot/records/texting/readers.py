"""Where a text is read that comes from nobody's number, in an installation of several schools."""

from sqlmodel import Session, col, select

from surveybot.records.schools import School
from surveybot.records.staff import StaffPost
from surveybot.records.texting.texts import InboundText
from surveybot.rules.roster.people import StaffRole


def school_that_reads(session: Session, number: str) -> School | None:
    """The school that the number wrote to last; else one with an administrator; else the first by name.

    One inbox, not all: a stranger's words are for as few as possible, but somebody must read them.
    """
    before = (
        select(School)
        .join(InboundText, col(InboundText.school_id) == School.id)
        .where(InboundText.from_number == number)
        .order_by(col(InboundText.id).desc())
    )
    with_admin = (
        select(School)
        .join(StaffPost, col(StaffPost.school_id) == School.id)
        .where(StaffPost.role == StaffRole.ADMIN)
        .order_by(School.name)
    )
    for query in (before, with_admin, select(School).order_by(School.name)):
        if school := session.exec(query.limit(1)).first():
            return school
    return None
