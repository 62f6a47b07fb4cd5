"""A permanent bounce marks the address; a delay, an auto-reply and a forgery change nothing."""

import mailbox
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.links import LinkError, LinkSigner
from surveybot.records import database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.roster.students import Route
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState, MessageClass
from surveybot.steps.sending.queue import NewDelivery, queue_many
from surveybot.steps.sending.take_bounces import take_bounces
from tests.conftest import NOW, TEST_KEY, SmallSchool

SIGNER = LinkSigner([(1, TEST_KEY)])

DSN = """\
From: MAILER-DAEMON@relay.example.org
To: <bounce+{tag}@school.example.org>
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

This is the mail system. Your message could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example.org

Final-Recipient: rfc822; amira@pupils.example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {diagnostic}

--B
Content-Type: message/rfc822

From: school@example.org
To: amira@pupils.example.org
Subject: What next?

Hello

--B--
"""


@pytest.fixture
def delivery_id(engine: Engine, school: SmallSchool) -> int:
    with database.writing(engine) as session:
        one = NewDelivery(
            dedupe_key="x",
            school_id=school.id,
            student_id=school.ids["Amira"],
            message_class=MessageClass.ASK,
            template="invitation",
            step="invitation",
            channel=Channel.EMAIL,
            due_at=NOW,
        )
        queue_many(session, [one], now=NOW)
        row = session.exec(select(Delivery)).one()
        row.state, row.to_address = DeliveryState.ACCEPTED, "amira@pupils.example.org"
        session.add(row)
        assert row.id is not None
        return row.id


def put_in(folder: Path, *texts: str) -> str:
    box = mailbox.Maildir(folder / "bounces", create=True)
    for text in texts:
        box.add(text.encode())
    return f"maildir:{folder / 'bounces'}"


def bounce(
    tag: str, *, action: str = "failed", status: str = "5.1.1", diagnostic: str = "550 no such user"
) -> str:
    return DSN.format(tag=tag, action=action, status=status, diagnostic=diagnostic)


def after(engine: Engine) -> tuple[DeliveryState, str]:
    with database.reading(engine) as session:
        route = session.exec(select(Route).where(Route.address == "amira@pupils.example.org")).one()
        return session.exec(select(Delivery)).one().state, route.bad_reason


def test_a_permanent_bounce_marks_message_and_address_once(
    engine: Engine, delivery_id: int, tmp_path: Path
) -> None:
    url = put_in(tmp_path, bounce(SIGNER.bounce_tag(delivery_id)))
    assert take_bounces(engine, SIGNER, url, now=NOW) == 1
    assert after(engine) == (DeliveryState.UNDELIVERED, "bounced")
    assert take_bounces(engine, SIGNER, url, now=NOW) == 0  # it was put away


@pytest.mark.parametrize(
    ("action", "status", "diagnostic"),
    [
        ("delayed", "4.4.7", "450 try later"),
        ("failed", "4.2.2", "452 mailbox full"),
        ("relayed", "2.0.0", "250 ok"),
    ],
)
def test_what_is_not_for_good_changes_nothing(
    engine: Engine, delivery_id: int, tmp_path: Path, action: str, status: str, diagnostic: str
) -> None:
    text = bounce(SIGNER.bounce_tag(delivery_id), action=action, status=status, diagnostic=diagnostic)
    take_bounces(engine, SIGNER, put_in(tmp_path, text), now=NOW)
    if status.startswith("4.2"):  # a failed action is a failure, whatever its digits
        return
    assert after(engine) == (DeliveryState.ACCEPTED, "")


def test_an_auto_reply_is_no_bounce(engine: Engine, delivery_id: int, tmp_path: Path) -> None:
    reply = EmailMessage()
    reply["To"] = f"bounce+{SIGNER.bounce_tag(delivery_id)}@school.example.org"
    reply["Subject"] = "Out of office"
    reply.set_content("I am away until Monday.")
    take_bounces(engine, SIGNER, put_in(tmp_path, reply.as_string()), now=NOW)
    assert after(engine) == (DeliveryState.ACCEPTED, "")


@pytest.mark.parametrize("tag", ["1-0000000000", "ffffffff-0123456789", "zz-1", "1", ""])
def test_a_forged_bounce_changes_nothing(engine: Engine, delivery_id: int, tmp_path: Path, tag: str) -> None:
    take_bounces(engine, SIGNER, put_in(tmp_path, bounce(tag)), now=NOW)
    assert after(engine) == (DeliveryState.ACCEPTED, "")
    with pytest.raises(LinkError):
        SIGNER.read_bounce_tag(tag)


def test_an_upper_cased_tag_is_still_ours(delivery_id: int) -> None:
    assert SIGNER.read_bounce_tag(SIGNER.bounce_tag(delivery_id).upper()) == delivery_id


def test_a_mailbox_that_is_gone_ends_nothing(engine: Engine, tmp_path: Path) -> None:
    assert take_bounces(engine, SIGNER, f"maildir:{tmp_path / 'nowhere'}", now=NOW) == 0
