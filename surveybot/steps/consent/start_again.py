"""A student lets messages start again that they had stopped on a page."""

from datetime import datetime

from sqlmodel import Session

from surveybot.records.delivery.opt_outs import OptOut, OptOutSource, last_words
from surveybot.records.roster.students import Student
from surveybot.rules.delivery.channels import Channel
from surveybot.steps.roster.prove_contact import own_routes

BY_THEMSELVES = frozenset({OptOutSource.PAGE, OptOutSource.ONE_CLICK})


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
