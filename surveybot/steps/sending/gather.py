"""Load what a batch of messages needs: a handful of queries, however many messages there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from surveybot.records.answer.contact_proofs import ContactProof
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.going_out import add_links, links_of_deliveries
from surveybot.records.delivery.opt_outs import stopped_addresses
from surveybot.records.delivery.outbox import contacts_of_students, rows_by_id, shared_numbers
from surveybot.records.report.tutor_progress import busy_tutors
from surveybot.records.roster.students import Contact, Student
from surveybot.records.round.invitations import Audience, Invitation, LinkMedium
from surveybot.records.round.rounds import Round
from surveybot.records.schools import School
from surveybot.records.staff import StaffMember
from surveybot.records.texting.texts import held_numbers
from surveybot.rules.calendar.results_day import is_its_day
from surveybot.rules.delivery.channels import Channel, RouteOwner
from surveybot.rules.delivery.contact_hours import DEFAULT_WINDOW, Window
from surveybot.rules.delivery.may_ask import Person, Skip
from surveybot.rules.roster.people import StudentState
from surveybot.rules.school_settings import SchoolSettings
from surveybot.steps.roster.people import load_people
from surveybot.steps.sending.queue import PROOF, TO_BUSY_TUTORS

SIGN_IN = "sign-in"


@dataclass(frozen=True, slots=True)
class Batch:
    """The rows around some deliveries, by id."""

    schools: dict[int, School]
    settings: dict[int, SchoolSettings]
    rounds: dict[int, Round]
    invitations: dict[int, Invitation]
    students: dict[int, Student]
    staff: dict[int, StaffMember]
    contacts: dict[tuple[int, RouteOwner], Contact]
    people: dict[tuple[int, RouteOwner], Person]
    held: frozenset[str] = frozenset()  # numbers that wait for a person
    to_prove: Mapping[int, str | Skip] = field(default_factory=dict)  # what is asked at an address, by number
    busy_tutors: frozenset[tuple[int, int]] = frozenset()  # (round, staff): somebody is left on their list

    def person(self, delivery: Delivery) -> Person | None:
        return self.people.get((delivery.student_id or 0, delivery.owner))

    def extra_asks(self, delivery: Delivery, *, on: date) -> int:
        """How many more than the caps say: some, on the day that a round about results opens."""
        round_row = self.rounds.get(delivery.round_id or 0)
        if round_row is None or not is_its_day(round_row.survey, round_row.opens_at, on):
            return 0
        return self.settings.get(delivery.school_id or 0, SchoolSettings()).results_day_extra_asks


def gather(session: Session, deliveries: Sequence[Delivery], *, on: date) -> Batch:
    students = rows_by_id(session, Student, [one.student_id for one in deliveries])
    schools = rows_by_id(session, School, [one.school_id for one in deliveries])
    people = _people(session, deliveries, students, on)
    rounds = rows_by_id(session, Round, [one.round_id for one in deliveries])
    numbers = {r.address for one in people.values() for r in one.routes if r.channel is Channel.SMS}
    return Batch(
        schools=schools,
        settings={key: SchoolSettings.from_stored(school.settings) for key, school in schools.items()},
        rounds=rounds,
        invitations=rows_by_id(session, Invitation, [one.invitation_id for one in deliveries]),
        students=students,
        staff=rows_by_id(session, StaffMember, [one.staff_id for one in deliveries]),
        contacts=_contacts(session, deliveries),
        people=people,
        held=frozenset(held_numbers(session, numbers)),
        to_prove=_to_prove(session, deliveries, people),
        busy_tutors=_busy_tutors(session, deliveries, rounds),
    )


def _to_prove(
    session: Session, deliveries: Sequence[Delivery], people: Mapping[tuple[int, RouteOwner], Person]
) -> dict[int, str | Skip]:
    """Where to ask whether an address is theirs, or why not; no query where nothing is asked."""
    asking = [one for one in deliveries if one.template == PROOF]
    proofs = rows_by_id(session, ContactProof, [one.facts.get("proof") for one in asking])
    stopped = stopped_addresses(session, [one.address for one in proofs.values()]) if proofs else ()
    found: dict[int, str | Skip] = {}
    for key, proof in proofs.items():
        person = people.get((proof.student_id, RouteOwner.STUDENT))
        if person is None or person.state is StudentState.DECEASED:
            found[key] = Skip.DECEASED
        elif not proof.is_unanswered:
            found[key] = Skip.ANSWERED
        else:
            found[key] = Skip.OPTED_OUT if proof.address in stopped else proof.address
    return found


def window_of(settings: SchoolSettings) -> Window:
    """A school's hours; two times that cannot be a window mean the default, never all day."""
    if settings.window_opens < settings.window_closes:
        return Window(settings.window_opens, settings.window_closes)
    return DEFAULT_WINDOW


def numbers_shared(session: Session, numbers: Sequence[str]) -> set[str]:
    return shared_numbers(session, numbers) if numbers else set()


def link_ids(
    session: Session, deliveries: Sequence[Delivery], batch: Batch, *, now: datetime
) -> dict[int, int]:
    """The link that each message carries, by delivery: the one of an earlier try, or a new one."""
    wanted = [one for one in deliveries if one.student_id is not None and one.id is not None]
    found = links_of_deliveries(session, [one.id for one in wanted if one.id is not None])
    found |= add_links(session, [_new_link(one, batch, now) for one in wanted if one.id not in found])
    for one in deliveries:
        kind, _, number = one.dedupe_key.partition(":")
        if kind == SIGN_IN and number.isdecimal() and one.id is not None:
            found[one.id] = int(number)  # made by steps/staff/sign_in, with a life of its own
    return found


def _new_link(delivery: Delivery, batch: Batch, now: datetime) -> dict[str, Any]:
    invitation = batch.invitations.get(delivery.invitation_id or 0)
    of_student = delivery.owner is RouteOwner.STUDENT
    audience = Audience.STUDENT if of_student else Audience.PARENT
    return {
        "school_id": delivery.school_id,
        "student_id": delivery.student_id,
        "invitation_id": delivery.invitation_id,
        "delivery_id": delivery.id,
        "audience": invitation.audience if invitation else audience,
        "medium": LinkMedium.SMS if delivery.channel is Channel.SMS else LinkMedium.EMAIL,
        "created_at": delivery.composed_at or now,
    }


def _busy_tutors(
    session: Session, deliveries: Sequence[Delivery], rounds: dict[int, Round]
) -> frozenset[tuple[int, int]]:
    of_tutors = {one.round_id for one in deliveries if one.template in TO_BUSY_TUTORS}
    asked = [row for key, row in rounds.items() if key in of_tutors]
    return frozenset(busy_tutors(session, asked)) if asked else frozenset()


def _contacts(session: Session, deliveries: Sequence[Delivery]) -> dict[tuple[int, RouteOwner], Contact]:
    ids = {one.student_id for one in deliveries if one.owner is not RouteOwner.STUDENT and one.student_id}
    owners = {1: RouteOwner.CONTACT_1, 2: RouteOwner.CONTACT_2}
    found = contacts_of_students(session, ids) if ids else []
    return {(contact.student_id, owners[contact.position]): contact for contact in found}


def _people(
    session: Session, deliveries: Sequence[Delivery], students: dict[int, Student], on: date
) -> dict[tuple[int, RouteOwner], Person]:
    people: dict[tuple[int, RouteOwner], Person] = {}
    for owner in RouteOwner:  # three at the most
        ids = {one.student_id for one in deliveries if one.owner is owner}
        asked = [students[one] for one in ids if one in students]
        if asked:
            found = load_people(session, asked, owner, on=on)
            people |= {(key, owner): person for key, person in found.items()}
    return people
