"""Ask at an address whether it is the student's, and use it once that is proven.

Whoever reads at a wrong address is asked nothing more about this student.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session

from surveybot.records.answer.contact_proofs import (
    ContactProof,
    asked_lately,
    open_proofs_to,
)
from surveybot.records.audit import note_deed
from surveybot.records.delivery.opt_outs import stopped_addresses
from surveybot.records.roster.students import Route, Student, routes_of
from surveybot.rules.delivery.channels import Channel, RouteKind, RouteOwner
from surveybot.rules.delivery.delivery_states import MessageClass
from surveybot.rules.delivery.may_ask import Skip
from surveybot.rules.roster.contact_proof import GOOD_FOR, ProofMethod, ProofState, asked_today, too_often
from surveybot.rules.roster.email_addresses import same_address
from surveybot.rules.roster.people import StudentState
from surveybot.steps.sending.queue import PROOF, queue_delivery

OWN_KINDS = {RouteKind.PERSONAL_EMAIL: Channel.EMAIL, RouteKind.MOBILE: Channel.SMS}
GOES_WITHIN = timedelta(days=1)


class Given(StrEnum):
    """What became of an address that was given."""

    ASKED = "asked"  # a message is on its way there
    SAME = "same"  # it is the one we have, and it is proven
    TOO_OFTEN = "too_often"  # stored, but nothing is sent just now
    STOPPED = "stopped"  # stored, but whoever has it told us to stop


def note_contact(
    session: Session,
    deed: str,
    student: Student,
    kind: RouteKind,
    staff_id: int | None,
    now: datetime,
    **details: str,
) -> None:
    note_deed(
        session,
        deed,
        at=now,
        school_id=student.school_id,
        staff_id=staff_id,
        subject=student.code,
        details={"kind": kind, **details},
    )


def own_routes(session: Session, student: Student) -> dict[RouteKind, Route]:
    assert student.id is not None
    return {r.kind: r for r in routes_of(session, student.id) if r.owner is RouteOwner.STUDENT}


def store_route(
    session: Session, student: Student, kind: RouteKind, route: Route | None, address: str, now: datetime
) -> Route:
    """The address as the student's route, not proven yet."""
    assert student.id is not None
    route = route or Route(
        school_id=student.school_id,
        student_id=student.id,
        owner=RouteOwner.STUDENT,
        kind=kind,
        channel=OWN_KINDS[kind],
        address="",
        changed_at=now,
    )
    route.address, route.changed_at = address, now
    route.proven_at = route.bad_at = None
    route.bad_reason = ""
    session.add(route)
    return route


def ask_there(session: Session, proof: ContactProof, *, now: datetime) -> Given:
    """Queue the message to this very address, and let its question run anew."""
    if stopped_addresses(session, [proof.address]):
        return Given.STOPPED
    earlier = asked_lately(
        session, student_id=proof.student_id, kind=proof.kind, address=proof.address, now=now
    )
    if too_often(proof.address, earlier, now=now):
        return Given.TOO_OFTEN
    proof.asks_today = 1 + (asked_today(proof.as_asked(), now) if proof.asked_at else 0)
    proof.asks, proof.asked_at, proof.expires_at = proof.asks + 1, now, now + GOOD_FOR
    session.add(proof)
    queue_delivery(
        session,
        now=now,
        dedupe_key=f"{PROOF}:{proof.id}:{proof.asks}",
        message_class=MessageClass.REPLY,
        template=PROOF,
        step=PROOF,
        channel=proof.channel,
        due_at=now,
        not_after=now + GOES_WITHIN,
        school_id=proof.school_id,
        student_id=proof.student_id,
        facts={"proof": proof.id},
    )
    return Given.ASKED


def prove(session: Session, proof: ContactProof, *, method: ProofMethod, now: datetime) -> bool:
    """The address is theirs: it becomes the route. False where there is nothing left to prove."""
    student = session.get_one(Student, proof.student_id)
    if proof.state(now) is not ProofState.OPEN or student.state is StudentState.DECEASED:
        return False
    proof.proven_at, proof.method = now, method
    session.add(proof)
    route = store_route(
        session, student, proof.kind, own_routes(session, student).get(proof.kind), proof.address, now
    )
    route.proven_at = now
    note_contact(session, "contact_proven", student, proof.kind, None, now, method=method)
    session.flush()
    return True


def refuse(session: Session, proof: ContactProof, *, now: datetime) -> bool:
    """Somebody else reads there: nothing more goes to this address for this student. False: said before.

    Only this student's own route is marked: who gave a wrong address must not silence whoever has it.
    """
    if proof.refused_at is not None or proof.ended_at is not None:
        return False
    student = session.get_one(Student, proof.student_id)
    proof.refused_at, proof.proven_at = now, None
    session.add(proof)
    route = own_routes(session, student).get(proof.kind)
    if route is not None and same_address(route.address, proof.address):
        route.bad_at, route.bad_reason, route.proven_at, route.changed_at = now, Skip.WRONG_NUMBER, None, now
        session.add(route)
    note_contact(session, "contact_refused", student, proof.kind, None, now)
    session.flush()
    return True


def refuse_everywhere(session: Session, number: str, *, now: datetime) -> None:
    """Whoever wrote from this number is none of those who gave it."""
    for proof in open_proofs_to(session, number, now=now):
        refuse(session, proof, now=now)
