"""Take a yes back, stop a channel, or say "this isn't me": what waits to be sent stops at once.

Stopping a channel and withdrawing consent are two things: the first belongs to the address, for every
student and school behind it, the second to the person.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlmodel import Session

from surveybot.records.answer.consents import consents_of
from surveybot.records.audit import note_deed
from surveybot.records.delivery.deliveries import Delivery, suppress_waiting
from surveybot.records.delivery.opt_outs import OptOut, OptOutSource, stopped_addresses
from surveybot.records.roster.students import (
    Route,
    Student,
    routes_of,
    routes_over,
    routes_to,
    students_with_ids,
)
from surveybot.records.round.invitations import Audience, Link, LinkMedium
from surveybot.rules.answer.consent import Actor, ConsentFact, Decision, Purpose
from surveybot.rules.delivery.channels import Channel, RouteOwner
from surveybot.rules.delivery.may_ask import Skip
from surveybot.rules.roster.people import StudentState
from surveybot.rules.survey.wordings import Controllers, Wordings
from surveybot.steps.consent.record_consent import record_consents

DATA_PURPOSES = (
    Purpose.CONTACT_AFTER_LEAVING,
    Purpose.LA_SHARE_BACK,
    Purpose.PROVIDER_CONFIRM,
    Purpose.ALUMNI_NETWORK,
    Purpose.PUBLISH_STORY,
)
"""What "withdraw everything" always covers; P6 and P7 only where they had been granted."""

_CHANNELS_OF = {
    Purpose.CONTACT_AFTER_LEAVING: frozenset(Channel),
    Purpose.SMS: frozenset({Channel.SMS}),
    Purpose.EMAIL: frozenset({Channel.EMAIL}),
}


def owners_of(audience: Audience) -> tuple[RouteOwner, ...]:
    """Whose routes the reader of a link may stop: a parent's link goes to contact 1."""
    return (RouteOwner.CONTACT_1,) if audience is Audience.PARENT else (RouteOwner.STUDENT,)


def everything(session: Session, student: Student) -> set[Purpose]:
    """What "withdraw everything" means for this person."""
    assert student.id is not None
    granted = {e.purpose for e in consents_of(session, student.id) if e.decision is Decision.GRANTED}
    return {*DATA_PURPOSES, *(granted & {Purpose.SMS, Purpose.EMAIL})}


def withdraw(
    session: Session,
    *,
    student: Student,
    purposes: Iterable[Purpose],
    actor: Actor,
    wordings: Wordings,
    controllers: Controllers,
    language: str,
    medium: LinkMedium,
    now: datetime,
    actor_name: str = "",
    link_id: int | None = None,
) -> list[ConsentFact]:
    """Withdraw these purposes; one that this decider has withdrawn before stays as it is."""
    assert student.id is not None
    by_parent = actor is Actor.PARENT
    last = {
        event.purpose: event.decision
        for event in consents_of(session, student.id)
        if (event.actor is Actor.PARENT) is by_parent
    }
    wanted = sorted(set(purposes))
    events = record_consents(
        session,
        student=student,
        decisions={p: Decision.WITHDRAWN for p in wanted if last.get(p) is not Decision.WITHDRAWN},
        actor=actor,
        actor_name=actor_name,
        wordings=wordings,
        controllers=controllers,
        language=language,
        medium=medium,
        link_id=link_id,
        now=now,
    )
    stop_asks_without_consent(session, student, wanted, now=now)
    return events


def stop_asks_without_consent(
    session: Session, student: Student, purposes: Iterable[Purpose], *, now: datetime
) -> None:
    """After leaving, an ask needs P1 and its channel; in school it needs neither (public task)."""
    if student.state is not StudentState.LEFT or student.id is None:
        return
    channels = {channel for purpose in purposes for channel in _CHANNELS_OF.get(purpose, ())}
    who = [(student.id, RouteOwner.STUDENT)]
    suppress_waiting(session, who, channels=channels, reason=Skip.NO_CONSENT, now=now, asks_only=True)


def stop_channel(
    session: Session,
    *,
    student: Student,
    channel: Channel,
    source: OptOutSource,
    now: datetime,
    owners: Collection[RouteOwner] = (RouteOwner.STUDENT,),
    address: str = "",
) -> int:
    """Stop every address of this person over a channel, and the one given; say how many are new."""
    assert student.id is not None
    own = {
        route.address
        for route in routes_of(session, student.id)
        if route.channel is channel and route.owner in owners
    }
    addresses = own | ({address} if address else set())
    return stop_addresses(session, channel, addresses, source=source, student=student, now=now)


def stop_addresses(
    session: Session,
    channel: Channel,
    addresses: Collection[str],
    *,
    source: OptOutSource,
    now: datetime,
    student: Student | None = None,
) -> int:
    """Stop these addresses for every student and school behind them; say how many were not stopped yet."""
    new = set(addresses) - stopped_addresses(session, addresses)
    session.add_all(
        OptOut(
            channel=channel,
            address=address,
            source=source,
            school_id=student.school_id if student else None,
            student_id=student.id if student else None,
            at=now,
        )
        for address in sorted(new)
    )
    session.flush()
    _stop_what_cannot_arrive(session, routes_to(session, channel, addresses), Skip.OPTED_OUT, now=now)
    return len(new)


def _stop_what_cannot_arrive(
    session: Session, routes: Collection[Route], reason: Skip, *, now: datetime
) -> None:
    """Of those behind these routes of one channel, stop what waits for whoever has no other way left."""
    if not routes:
        return
    channel = next(iter(routes)).channel
    all_ways = routes_over(session, channel, {route.student_id for route in routes})
    stopped = stopped_addresses(session, {route.address for route in all_ways})
    open_to = {
        (route.student_id, route.owner)
        for route in all_ways
        if route.bad_at is None and route.address not in stopped
    }
    cut_off = {(route.student_id, route.owner) for route in routes} - open_to
    suppress_waiting(session, cut_off, channels=[channel], reason=reason, now=now)


def wrong_person(session: Session, *, link: Link, now: datetime) -> None:
    """The reader is not the person asked: mark the address that carried the link, and tell staff.

    The address is wrong for everybody whose own it was said to be, so nothing goes there any more; a paper
    link has no address, and is revoked instead. Said twice, it is the same.
    """
    carrier = session.get(Delivery, link.delivery_id) if link.delivery_id else None
    if carrier is not None and carrier.to_address:
        found = routes_to(session, carrier.channel, [carrier.to_address])
        of_student = link.audience is Audience.STUDENT
        routes = [r for r in found if r.bad_at is None and (r.owner is RouteOwner.STUDENT) is of_student]
        _mark_wrong(session, routes, now=now)
        _tell_staff(session, link, {route.student_id for route in routes}, now=now)
    elif link.revoked_at is None and link.student_id is not None:
        link.revoked_at = now
        session.add(link)
        _tell_staff(session, link, {link.student_id}, now=now)


def wrong_number(session: Session, number: str, *, text_id: int | None, now: datetime) -> list[Student]:
    """Whoever has this number is none of those it stands with: no text goes there for any of them.

    Says whose number it was said to be, of whichever school, so that their tutors can be told.
    """
    routes = [route for route in routes_to(session, Channel.SMS, [number]) if route.bad_at is None]
    _mark_wrong(session, routes, now=now)
    students = students_with_ids(session, {route.student_id for route in routes})
    for student in students:
        details = {"text": text_id, "medium": Channel.SMS}
        note_deed(
            session,
            "wrong_person",
            at=now,
            school_id=student.school_id,
            subject=student.code,
            details=details,
        )
    return students


def _tell_staff(session: Session, link: Link, student_ids: Collection[int], *, now: datetime) -> None:
    for student in students_with_ids(session, student_ids):
        note_deed(
            session,
            "wrong_person",
            at=now,
            school_id=student.school_id,
            subject=student.code,
            details={"link": link.id, "medium": link.medium},
        )


def _mark_wrong(session: Session, routes: Collection[Route], *, now: datetime) -> None:
    for route in routes:
        route.bad_at, route.bad_reason, route.changed_at = now, Skip.WRONG_NUMBER, now
    session.add_all(routes)
    session.flush()
    _stop_what_cannot_arrive(session, routes, Skip.WRONG_NUMBER, now=now)
