"""Load what may_ask needs to know of many students at once: four queries, however many they are."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlmodel import Session

from surveybot.records.answer.consents import ConsentEvent, consents_of_students
from surveybot.records.delivery.opt_outs import stopped_addresses
from surveybot.records.roster.students import Route, Student, last_leavings, routes_of_students
from surveybot.rules.answer.consent import Decision, Purpose, current
from surveybot.rules.delivery.channels import RouteOwner
from surveybot.rules.delivery.may_ask import Person, RouteFacts
from surveybot.rules.roster.people import has_left

CONTACT_PURPOSES = (Purpose.CONTACT_AFTER_LEAVING, Purpose.SMS, Purpose.EMAIL)


def load_people(
    session: Session, students: Sequence[Student], owner: RouteOwner = RouteOwner.STUDENT, *, on: date
) -> dict[int, Person]:
    """One Person per student, by id, as of that day, with the routes of the student or of a contact."""
    ids = [student.id for student in students if student.id is not None]
    routes = routes_of_students(session, ids, owner)
    stopped = stopped_addresses(session, {route.address for found in routes.values() for route in found})
    consents = consents_of_students(session, ids)
    leavings = last_leavings(session, ids)
    return {
        student.id: _person(
            student,
            has_left(student.state, leavings.get(student.id), on),
            routes.get(student.id, ()),
            stopped,
            consents.get(student.id, ()),
        )
        for student in students
        if student.id is not None
    }


def _person(
    student: Student, gone: bool, routes: Sequence[Route], stopped: set[str], events: Sequence[ConsentEvent]
) -> Person:
    return Person(
        state=student.state,
        after_leaving=gone,
        routes=tuple(_route_facts(route, stopped) for route in routes),
        consents=_standing(events),
    )


def _route_facts(route: Route, stopped: set[str]) -> RouteFacts:
    return RouteFacts(
        kind=route.kind,
        channel=route.channel,
        address=route.address,
        proven=route.proven_at is not None,
        bad_reason=(route.bad_reason or "bad") if route.bad_at else "",
        stopped=route.address in stopped,
    )


def _standing(events: Sequence[ConsentEvent]) -> Mapping[Purpose, Decision | None]:
    facts = [event.as_fact() for event in events]
    return {purpose: current(facts, purpose) for purpose in CONTACT_PURPOSES} if facts else {}
