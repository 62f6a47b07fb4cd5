"""Staff send a student a fresh link, to the route that is on record, after five wrong birthdays."""

from datetime import datetime

from sqlmodel import Session

from surveybot.links import LinkPurpose
from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import Link
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.may_ask import Asking, RouteFacts, Skip, first_way
from surveybot.steps.answer.renew_link import renew_link
from surveybot.steps.roster.people import load_people


def send_new_link(session: Session, student: Student, locked: Link, *, now: datetime) -> Skip | Channel:
    """Queue it; say over which channel, or why it cannot go. The locked link stays locked."""
    assert student.id is not None
    person = load_people(session, [student], on=london_date(now))[student.id]
    way = first_way(person, Asking(after_leaving=person.after_leaving), Channel.EMAIL)
    if not isinstance(way, RouteFacts):
        return way
    renew_link(session, link=locked, purpose=LinkPurpose.PASSPORT, channel=way.channel, now=now)
    return way.channel
