"""A new link for an old one: it goes to the stored route, never to an address that somebody types.

Once an hour and three times a day per old link. What is said to the reader is the same whether there is such
a route or not: a link may not read.
"""

from datetime import datetime, timedelta

from sqlmodel import Session

from surveybot.links import LinkPurpose
from surveybot.records.round.invitations import Audience, Invitation, Link
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.delivery.channels import Channel, RouteOwner
from surveybot.rules.delivery.delivery_states import MessageClass
from surveybot.steps.sending.queue import queue_delivery

BETWEEN = timedelta(hours=1)
A_DAY = 3
GOOD_FOR = timedelta(days=1)


def renew_link(
    session: Session, *, link: Link, purpose: LinkPurpose, channel: Channel, now: datetime
) -> bool:
    """Queue a message with a new link to the survey or the passport, as `purpose` says.

    False where one was asked for too recently or too often.
    """
    asked_today = _asked_today(link, now)
    if asked_today >= A_DAY or (link.renewed_at is not None and now - link.renewed_at < BETWEEN):
        return False
    link.renewed_at, link.renewals_today = now, asked_today + 1
    session.add(link)
    return queue_delivery(
        session,
        now=now,
        dedupe_key=f"new-link:{link.id}:{london_date(now)}:{link.renewals_today}",
        message_class=MessageClass.REPLY,
        template="new-link",
        step="new-link",
        channel=channel,
        owner=RouteOwner.CONTACT_1 if link.audience is Audience.PARENT else RouteOwner.STUDENT,
        due_at=now,
        not_after=now + GOOD_FOR,
        school_id=link.school_id,
        student_id=link.student_id,
        round_id=_round_of(session, link) if purpose is LinkPurpose.SURVEY else None,
        invitation_id=link.invitation_id,
    )


def _round_of(session: Session, link: Link) -> int | None:
    """A message of a round leads to its survey; one of no round leads to the passport."""
    invitation = session.get(Invitation, link.invitation_id) if link.invitation_id else None
    return invitation.round_id if invitation else None


def _asked_today(link: Link, now: datetime) -> int:
    if link.renewed_at is None or london_date(link.renewed_at) != london_date(now):
        return 0
    return link.renewals_today
