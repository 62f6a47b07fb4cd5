"""What the demo says when it is ready: where to go first."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from surveybot.config import Settings
from surveybot.demo.school import LEADER, NAME
from surveybot.links import LinkPurpose, LinkSigner, address
from surveybot.records.lived_past import somebody_unanswered
from surveybot.records.staff import find_staff
from surveybot.steps.staff.sign_in import new_sign_in_link

RULE = "─" * 78


@dataclass(frozen=True, slots=True)
class Doors:
    """The addresses to print."""

    staff: str
    student: str
    student_name: str
    public_url: str


def open_doors(session: Session, settings: Settings, *, now: datetime) -> Doors:
    """A fresh sign-in link for the careers leader, and the link of a student who has not answered."""
    signer = LinkSigner(settings.keys)
    leader = find_staff(session, LEADER)
    assert leader is not None
    sign_in = new_sign_in_link(session, leader, now=now)
    somebody = somebody_unanswered(session)
    assert sign_in.id is not None
    return Doors(
        staff=address(settings.public_url, LinkPurpose.SIGN_IN, signer.sign(LinkPurpose.SIGN_IN, sign_in.id)),
        student=address(
            settings.public_url, LinkPurpose.SURVEY, signer.sign(LinkPurpose.SURVEY, somebody.link_id)
        )
        if somebody
        else "(no round is open: open one on the staff pages)",
        student_name=f"{somebody.first_name}, {somebody.tutor_group}" if somebody else "",
        public_url=settings.public_url,
    )


def block(doors: Doors) -> str:
    """The lines to print."""
    return "\n".join(
        (
            "",
            RULE,
            f"  {NAME} is open. Everyone in it is made up, and no message leaves this machine.",
            RULE,
            f"  Careers leader   {doors.staff}",
            f"                   It asks for the address it was sent to: {LEADER}",
            "                   It works once, for 15 minutes; for another one ask at",
            f"                   {doors.public_url}/staff/sign-in and look into the mailbox",
            "",
            f"  A student        {doors.student}",
            f"                   {doors.student_name}",
            "",
            f"  Demo phone       {doors.public_url}/demo/phone",
            f"  Demo mailbox     {doors.public_url}/demo/mail",
            RULE,
            "  The contact window is off here: invitations go out at any hour.",
            "  Data and logs are in var/demo/. Ctrl-C stops; starting again keeps the data.",
            "  make demo-fresh begins anew.",
            RULE,
            "",
        )
    )
