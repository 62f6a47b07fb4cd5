"""Take a new email or mobile of a student's, keep the one that works until the new one is proven.

Where there is none yet, the new one is stored at once as not proven.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from surveybot.records.answer.contact_proofs import ContactProof, proofs_of, uses_domain, waiting_proofs
from surveybot.records.roster.students import Route, Student
from surveybot.records.round.invitations import Audience
from surveybot.rules.delivery.channels import RouteKind
from surveybot.rules.roster.contact_proof import GOOD_FOR
from surveybot.rules.roster.email_addresses import PERSONAL_PROVIDERS, same_address
from surveybot.steps.roster.prove_contact import (
    OWN_KINDS,
    Given,
    ask_there,
    note_contact,
    own_routes,
    store_route,
)


class Unusable(StrEnum):
    """Why an address cannot be a student's own."""

    SCHOOL_ADDRESS = "school_address"
    NOT_THEIRS = "not_theirs"  # somebody there has said so


@dataclass(frozen=True, slots=True)
class Standing:
    """One kind of route of a student's, as the student knows it."""

    newest: str = ""  # what was given last, proven or not
    still_used: str = ""  # the older one, until the newest is proven
    can_prove: bool = False


def contact_of(session: Session, student: Student) -> dict[RouteKind, Standing]:
    """Every kind of route: what was given last, and what is used until that is proven."""
    assert student.id is not None
    waiting = waiting_proofs(session, [student.id]).get(student.id, [])
    routes = own_routes(session, student)
    return {
        kind: _standing(routes.get(kind), [row for row in waiting if row.kind is kind]) for kind in RouteKind
    }


def _standing(route: Route | None, waiting: Sequence[ContactProof]) -> Standing:
    stored = route.address if route else ""
    works = route is not None and route.bad_at is None
    unproven = works and route is not None and route.proven_at is None and route.kind in OWN_KINDS
    if not waiting:
        return Standing(newest=stored, can_prove=unproven)
    newest = waiting[0].address
    older = stored if works and not same_address(stored, newest) else ""
    return Standing(newest=newest, still_used=older, can_prove=True)


def why_unusable(session: Session, student: Student, kind: RouteKind, address: str) -> Unusable | None:
    assert student.id is not None
    if kind is RouteKind.PERSONAL_EMAIL:
        domain = address.rpartition("@")[2]
        if domain not in PERSONAL_PROVIDERS and uses_domain(session, student.school_id, domain):
            return Unusable.SCHOOL_ADDRESS
    refused = (row for row in proofs_of(session, student.id) if row.refused_at is not None)
    if any(row.kind is kind and same_address(row.address, address) for row in refused):
        return Unusable.NOT_THEIRS
    return None


def change_contact(
    session: Session,
    *,
    student: Student,
    kind: RouteKind,
    address: str,
    now: datetime,
    given_by: Audience = Audience.STUDENT,
    staff_id: int | None = None,
) -> Given:
    """Keep an address that was given, and ask there; given again, it is asked again where that is time."""
    assert student.id is not None
    route = own_routes(session, student).get(kind)
    is_the_same = route is not None and same_address(route.address, address)
    waiting = [row for row in waiting_proofs(session, [student.id]).get(student.id, []) if row.kind is kind]
    known = next((row for row in waiting if same_address(row.address, address)), None)
    _end(session, [row for row in waiting if row is not known], now)
    if is_the_same and route is not None and route.proven_at is not None and route.bad_at is None:
        return Given.SAME
    if known is None:
        known = _new_proof(student, kind, address, given_by, staff_id, now)
        session.add(known)
        note_contact(session, "contact_given", student, kind, staff_id, now)
    if route is None or (route.bad_at is not None and not is_the_same):
        store_route(session, student, kind, route, known.address, now)
    session.flush()
    return ask_there(session, known, now=now)


def _new_proof(
    student: Student,
    kind: RouteKind,
    address: str,
    given_by: Audience,
    staff_id: int | None,
    now: datetime,
) -> ContactProof:
    assert student.id is not None
    return ContactProof(
        school_id=student.school_id,
        student_id=student.id,
        kind=kind,
        channel=OWN_KINDS[kind],
        address=address,
        given_by=given_by,
        staff_id=staff_id,
        given_at=now,
        expires_at=now + GOOD_FOR,
    )


def _end(session: Session, rows: Sequence[ContactProof], now: datetime) -> None:
    for row in rows:
        row.ended_at = now
        session.add(row)


def ask_again(
    session: Session, *, student: Student, kind: RouteKind, staff_id: int | None = None, now: datetime
) -> Given | None:
    """Ask again about the address that waits, else about the unproven one we have; None: there is none."""
    assert student.id is not None
    waiting = [row for row in waiting_proofs(session, [student.id]).get(student.id, []) if row.kind is kind]
    if waiting:
        return ask_there(session, waiting[0], now=now)
    route = own_routes(session, student).get(kind)
    if route is None or route.proven_at is not None or route.bad_at is not None:
        return None
    given_by = Audience.STAFF if staff_id is not None else Audience.STUDENT
    return change_contact(
        session,
        student=student,
        kind=kind,
        address=route.address,
        given_by=given_by,
        staff_id=staff_id,
        now=now,
    )


def remove_contact(session: Session, *, student: Student, kind: RouteKind, now: datetime) -> bool:
    """Take an own address away, and whatever was being asked about another; False: there was none."""
    assert student.id is not None
    waiting = [row for row in waiting_proofs(session, [student.id]).get(student.id, []) if row.kind is kind]
    _end(session, waiting, now)
    route = own_routes(session, student).get(kind)
    if route is not None:
        session.delete(route)
    if route is None and not waiting:
        return False
    note_contact(session, "contact_removed", student, kind, None, now)
    session.flush()
    return True
