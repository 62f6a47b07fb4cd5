"""One lasting link per invited student of a round, for QR slips and for a screen in class."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import LinkMedium, add_links, paper_links_of
from surveybot.records.round.rounds import Round
from surveybot.records.round.tutor_rounds import asked_tutors


@dataclass(frozen=True, slots=True)
class PaperLink:
    student: Student
    link_id: int


class NoLinks(Exception):
    """This round asks tutors: students have no links to it."""

    def __str__(self) -> str:
        return (
            "This round asks tutors, and no student has a link to it. "
            "Each tutor signs in at the address in the email, /staff/rounds/ROUND/mine."
        )


def paper_links(session: Session, row: Round, *, now: datetime) -> list[PaperLink]:
    """The links of a round's invited students, by group and name; asked again, the same ones."""
    assert row.id is not None
    if asked_tutors(session, [row.id]):
        raise NoLinks
    known = paper_links_of(session, row.id)
    missing = [
        {
            "school_id": row.school_id,
            "student_id": student.id,
            "invitation_id": invitation.id,
            "audience": invitation.audience,
            "medium": LinkMedium.PAPER,
            "created_at": now,
        }
        for invitation, student, link_id in known
        if link_id is None
    ]
    if missing:
        add_links(session, missing)
        known = paper_links_of(session, row.id)
    return [PaperLink(student, link_id) for _, student, link_id in known if link_id is not None]
