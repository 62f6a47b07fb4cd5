"""Tell a member of staff to look: an email with no name and no quoted word, but an address behind sign-in."""

from collections.abc import Sequence
from enum import StrEnum

from surveybot.records.roster.students import Student
from surveybot.records.staff import StaffMember, StaffPost, staff_of_school
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import MessageClass
from surveybot.rules.roster.people import StaffRole
from surveybot.rules.school_settings import SchoolSettings
from surveybot.steps.sending.queue import TO_SAFEGUARDING, NewDelivery, queue_many
from surveybot.steps.texting.desk import Desk

LEADERS = frozenset({StaffRole.CAREERS_LEADER, StaffRole.ADMIN})


class Alert(StrEnum):
    """The templates of templates/messages that begin with `alert-`."""

    SAFEGUARDING = "alert-safeguarding"
    WRONG_NUMBER = "alert-wrong-number"
    HELP = "alert-help"


def alert_safeguarding(desk: Desk, *, school_id: int, settings: SchoolSettings, key: str, page: str) -> None:
    """The school's safeguarding lead, at once; where none is named, everybody who leads."""
    if settings.safeguarding_email:
        _queue(desk, Alert.SAFEGUARDING, [None], school_id=school_id, key=key, page=page)
        return
    leaders = [member for member, post in staff_of_school(desk.session, school_id) if post.role in LEADERS]
    _queue(desk, Alert.SAFEGUARDING, leaders, school_id=school_id, key=key, page=page)


def alert_tutor(desk: Desk, alert: Alert, student: Student, *, key: str, page: str) -> None:
    """The student's tutors; where there is none, those who lead."""
    posts = staff_of_school(desk.session, student.school_id)
    tutors = [member for member, post in posts if _is_tutor(post, student)]
    leaders = [member for member, post in posts if post.role in LEADERS]
    _queue(desk, alert, tutors or leaders, school_id=student.school_id, key=key, page=page)


def alert_helper(desk: Desk, student: Student, adult: str, *, key: str, page: str) -> None:
    """The named adult, where they are on the staff list; else advisers and those who lead."""
    posts = staff_of_school(desk.session, student.school_id)
    named = [member for member, _post in posts if adult and member.name.casefold() in adult.casefold()]
    able = [member for member, post in posts if post.role in LEADERS | {StaffRole.ADVISER}]
    _queue(desk, Alert.HELP, named or able, school_id=student.school_id, key=key, page=page)


def _is_tutor(post: StaffPost, student: Student) -> bool:
    return post.role is StaffRole.TUTOR and post.tutor_group == student.tutor_group != ""


def _queue(
    desk: Desk, alert: Alert, staff: Sequence[StaffMember | None], *, school_id: int, key: str, page: str
) -> None:
    """One email each; `None` stands for the address in the school's settings."""
    rows = [
        NewDelivery(
            dedupe_key=f"{alert}:{key}:{member_id or f'lead-{school_id}'}",  # two schools have two leads
            message_class=MessageClass.STAFF,
            template=alert,
            step="alert",
            channel=Channel.EMAIL,
            due_at=desk.now,
            school_id=school_id,
            staff_id=member_id,
            facts={"page": page} | ({} if member_id else {"to": TO_SAFEGUARDING}),
        )
        for member_id in {member.id if member else None for member in staff}
    ]
    queue_many(desk.session, rows, now=desk.now)
