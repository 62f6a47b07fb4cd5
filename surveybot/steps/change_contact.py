"""A student changes their own email or mobile, or lets messages start again that they had stopped."""

from datetime import datetime

from sqlmodel import Session

from surveybot.records.audit import note_deed
from surveybot.records.opt_outs import OptOut, OptOutSource, last_words
from surveybot.records.roster import Route, Student, routes_of
from surveybot.rules.channels import Channel, RouteKind, RouteOwner

OWN_KINDS = {RouteKind.PERSONAL_EMAIL: Channel.EMAIL, RouteKind.MOBILE: Channel.SMS}
BY_THEMSELVES = frozenset({OptOutSource.PAGE, OptOutSource.ONE_CLICK})


def own_routes(session: Session, student: Student) -> dict[RouteKind, Route]:
    assert student.id is not None
    return {r.kind: r for r in routes_of(session, student.id) if r.owner is RouteOwner.STUDENT}


def change_contact(
    session: Session, *, student: Student, kind: RouteKind, address: str, now: datetime
) -> bool:
    """Store a new address as a route that is not proven yet, or remove an empty one; False: as it was."""
    known = own_routes(session, student).get(kind)
    if (known.address if known else "") == address:
        return False
    if not address:
        session.delete(known)
    else:
        route = known or _new_route(student, kind, now)
        route.address, route.changed_at = address, now
        route.proven_at = route.bad_at = None
        route.bad_reason = ""
        session.add(route)
    note_deed(
        session,
        "contact_changed",
        at=now,
        school_id=student.school_id,
        subject=student.code,
        details={"kind": kind, "removed": not address},
    )
    session.flush()
    return True


def _new_route(student: Student, kind: RouteKind, now: datetime) -> Route:
    assert student.id is not None
    return Route(
        school_id=student.school_id,
        student_id=student.id,
        owner=RouteOwner.STUDENT,
        kind=kind,
        channel=OWN_KINDS[kind],
        address="",
        changed_at=now,
    )


def stopped_by_themselves(session: Session, student: Student) -> dict[Channel, list[OptOut]]:
    """The stops on this student's own addresses that they made on a page, and so may lift on one.

    A STOP that came by text is the network's too, and only START from that number lifts it.
    """
    addresses = {route.address for route in own_routes(session, student).values()}
    found: dict[Channel, list[OptOut]] = {}
    for word in last_words(session, addresses).values():
        if word.stopped and word.source in BY_THEMSELVES and word.student_id == student.id:
            found.setdefault(word.channel, []).append(word)
    return found


def start_again(session: Session, *, student: Student, channel: Channel, now: datetime) -> int:
    """Lift the student's own stops of a channel; say how many there were."""
    stops = stopped_by_themselves(session, student).get(channel, [])
    session.add_all(
        OptOut(
            channel=channel,
            address=stop.address,
            stopped=False,
            source=OptOutSource.PAGE,
            school_id=student.school_id,
            student_id=student.id,
            at=now,
        )
        for stop in stops
    )
    session.flush()
    return len(stops)
