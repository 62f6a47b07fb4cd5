"""Staff sign in by an emailed link: it works once, for fifteen minutes, and asks for the address again."""

from datetime import datetime, timedelta

from sqlmodel import Session

from surveybot.records.delivery.deliveries import find_delivery
from surveybot.records.round.invitations import Audience, Link, LinkMedium, use_link_once
from surveybot.records.staff import StaffMember, find_staff, posts_of
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import MessageClass
from surveybot.steps.sending.queue import queue_delivery

LINK_LIFE = timedelta(minutes=15)


class SignInRefused(Exception):
    """Nobody was signed in, and nothing was used up."""


class OldLink(SignInRefused):
    """The link was used, replaced, or is older than fifteen minutes."""


class OtherAddress(SignInRefused):
    """The address typed in is not the one that the link was sent to."""


def new_sign_in_link(session: Session, staff: StaffMember, *, now: datetime) -> Link:
    link = Link(
        staff_id=staff.id,
        audience=Audience.STAFF,
        medium=LinkMedium.EMAIL,
        created_at=now,
        expires_at=now + LINK_LIFE,
    )
    session.add(link)
    session.flush()
    return link


def ask_for_link(session: Session, email: str, *, back_to: str = "", now: datetime) -> Link | None:
    """Queue an email with a link to a known member of staff; None, and nothing, for anybody else.

    `back_to` is the page that they wanted, so that the link leads there on any device.
    """
    staff = find_staff(session, email)
    if staff is None or staff.id is None or not posts_of(session, staff.id):
        return None
    link = new_sign_in_link(session, staff, now=now)
    queue_delivery(
        session,
        dedupe_key=f"sign-in:{link.id}",
        staff_id=staff.id,
        message_class=MessageClass.STAFF,
        template="sign-in",
        step="sign-in",
        channel=Channel.EMAIL,
        facts={"back_to": back_to} if back_to else {},
        due_at=now,
        not_after=link.expires_at,
        now=now,
    )
    return link


def page_wanted(session: Session, link: Link) -> str:
    """The page for whose sake the link was asked for; empty where there was none."""
    delivery = find_delivery(session, f"sign-in:{link.id}")
    return str(delivery.facts.get("back_to", "")) if delivery else ""


def look_at_link(link: Link, *, now: datetime) -> None:
    """Raise OldLink where the link opens nothing any more; writes nothing."""
    fresh = link.used_at is None and link.revoked_at is None
    if not fresh or link.staff_id is None or link.expires_at is None or link.expires_at <= now:
        raise OldLink


def sign_in(session: Session, link: Link, email: str, *, now: datetime) -> StaffMember:
    """Use the link up for the person whose address was typed in, or raise SignInRefused."""
    look_at_link(link, now=now)
    staff = session.get(StaffMember, link.staff_id)
    if staff is None or staff.email != email.strip().lower():
        raise OtherAddress
    if link.id is None or not use_link_once(session, link.id, now=now):
        raise OldLink
    return staff
