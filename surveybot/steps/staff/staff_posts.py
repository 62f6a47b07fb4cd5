"""Give staff a role at a school, and take one away."""

from datetime import datetime

from sqlmodel import Session

from surveybot.records.staff import StaffMember, StaffPost, find_staff, posts_of, staff_of_school
from surveybot.rules.roster.people import LEADING, StaffRole


class LastLeader(Exception):
    """Nobody would be left at the school who can open rounds or add staff."""


def add_post(
    session: Session,
    *,
    email: str,
    name: str,
    school_id: int,
    role: StaffRole,
    tutor_group: str = "",
    now: datetime,
) -> StaffMember:
    """Add the person where they are new, and the role where they don't have it; the same again does nothing.

    A person who works at another school keeps the name that they have there.
    """
    staff = find_staff(session, email)
    if staff is None:
        staff = StaffMember(email=email.strip().lower(), name=name.strip(), created_at=now)
        session.add(staff)
        session.flush()
    assert staff.id is not None
    wanted = (school_id, role, tutor_group)
    if wanted not in [(post.school_id, post.role, post.tutor_group) for post in posts_of(session, staff.id)]:
        session.add(StaffPost(staff_id=staff.id, school_id=school_id, role=role, tutor_group=tutor_group))
        session.flush()
    return staff


def remove_post(session: Session, staff: StaffMember, post: StaffPost) -> None:
    """Take a role away and end every session of that person; raises LastLeader."""
    others = [other for _, other in staff_of_school(session, post.school_id) if other.id != post.id]
    if post.role in LEADING and not any(other.role in LEADING for other in others):
        raise LastLeader
    session.delete(post)
    staff.session_generation += 1
