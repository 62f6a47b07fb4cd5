"""Addresses of their own: who gives one before leaving, and who says there that it is theirs."""

import random
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

from sqlmodel import Session

from surveybot.demo.chat import text
from surveybot.demo.deeds import moment_of
from surveybot.demo.lives import Fate, Life
from surveybot.demo.people import Person
from surveybot.demo.reactions import Deed
from surveybot.records.answer.contact_proofs import ContactProof
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import Audience
from surveybot.rules.delivery.channels import RouteKind
from surveybot.rules.roster.contact_proof import GOOD_FOR, ProofMethod
from surveybot.steps.roster.change_contact import change_contact
from surveybot.steps.roster.prove_contact import OWN_KINDS, prove
from surveybot.steps.texting.desk import Desk

PROVED_BY_LEAVING, PROVED_SO_FAR, ASKED_SO_FAR = 0.55, 0.14, 0.06
GIVES_ONE, SAYS_SO = 0.7, 0.85
HOURS = 6.0


def number_of(mobile: str) -> str:
    """A mobile as the office typed it, the way it is stored."""
    return "+44" + mobile.replace(" ", "")[1:]


def own_address(person: Person, dice: random.Random) -> tuple[RouteKind, str]:
    """The own mobile or a personal email; who has none makes one."""
    if person.mobile.startswith("07") and not person.trait and dice.random() < 0.5:
        return RouteKind.MOBILE, number_of(person.mobile)
    made_up = f"{person.admission_number}.{person.school_email.partition('@')[0]}@mail.example.org"
    return RouteKind.PERSONAL_EMAIL, person.personal_email or made_up


def gives_one(life: Life) -> bool:
    dice = _dice(life.person, "gives")
    silent = life.fate in (Fate.SILENT, Fate.WITHDRAWS) or bool(life.new_mobile)
    return not life.stays and not silent and dice.random() < GIVES_ONE


def give_address(desk: Desk, student: Student, life: Life) -> None:
    """On the page of their choices, some time before the last day."""
    kind, address = own_address(life.person, _dice(life.person, "which"))
    change_contact(desk.session, student=student, kind=kind, address=address, now=desk.now)


def reply_to_proof(life: Life, message: Delivery, proof: ContactProof) -> Deed | None:
    """Most say that it is theirs: by the link, or by a text that says MINE."""
    dice = _dice(life.person, f"proves {proof.kind} {proof.asks}")
    if message.accepted_at is None or dice.random() > SAYS_SO:
        return None
    at = moment_of(message.accepted_at, dice, mean_hours=HOURS)
    says: Callable[..., None] = _choose_mine
    if proof.kind is RouteKind.MOBILE and life.texts:
        says = _text_mine
    return Deed(at, f"proof {proof.id}", partial(says, proof_id=proof.id or 0))


def _choose_mine(desk: Desk, *, proof_id: int) -> None:
    proof = desk.session.get_one(ContactProof, proof_id)
    prove(desk.session, proof, method=ProofMethod.LINK, now=desk.now)


def _text_mine(desk: Desk, *, proof_id: int) -> None:
    proof = desk.session.get_one(ContactProof, proof_id)
    text(desk, proof.address, "MINE", sid=f"LAPSE-mine-{proof_id}-{proof.asks}")


def prove_long_ago(
    session: Session, people: Iterable[tuple[Student, Person]], *, share: float, at: datetime
) -> None:
    """So many have proven an address, and some were asked lately; of whom it is goes by the dice alone."""
    for student, person in people:
        dice = _dice(person, "long ago")
        drawn = dice.random()
        if drawn > share + ASKED_SO_FAR:
            continue
        assert student.id is not None
        kind, address = own_address(person, dice)
        proof = ContactProof(
            school_id=student.school_id,
            student_id=student.id,
            kind=kind,
            channel=OWN_KINDS[kind],
            address=address,
            given_by=Audience.STUDENT,
            given_at=at,
            asked_at=at,
            asks=1,
            asks_today=1,
            expires_at=at + GOOD_FOR,
        )
        session.add(proof)
        if drawn < share:
            method = ProofMethod.REPLY if kind is RouteKind.MOBILE else ProofMethod.LINK
            prove(session, proof, method=method, now=at)


def _dice(person: Person, of: str) -> random.Random:
    return random.Random(f"{of} {person.admission_number}")  # noqa: S311 - made up, not secret
