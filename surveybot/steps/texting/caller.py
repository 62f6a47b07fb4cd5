"""Who may have written: the people behind a number, what they were asked, and what was asked last."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session

from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.opt_outs import OptOut, last_words
from surveybot.records.roster.students import Student, routes_to, students_with_ids
from surveybot.records.round.invitations import Audience, Invitation
from surveybot.records.round.rounds import Round, RoundState
from surveybot.records.schools import School, all_schools, schools_by_id
from surveybot.records.texting.readers import school_that_reads
from surveybot.records.texting.texts import (
    Conversation,
    InboundText,
    TalkState,
    asks_sent_to,
    conversations_with,
    deliveries_with_ids,
    has_open_worry,
    held_numbers,
    invitations_with_rounds,
    texts_from,
)
from surveybot.rules.delivery.channels import Channel, RouteOwner
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.rules.delivery.may_ask import Skip
from surveybot.rules.roster.people import StudentState

NOT_ARRIVED = frozenset({DeliveryState.UNDELIVERED, DeliveryState.FAILED_PERMANENT, DeliveryState.HELD})
STILL_ON_ITS_WAY = frozenset({"queued", "accepted", "scheduled", "sending"})
"""A provider's words for a text that has not left yet; no word at all counts as arrived."""

IN_ONE_SITTING = timedelta(hours=24)
LATELY = timedelta(hours=2)


@dataclass(slots=True)
class Thread:
    """One student's survey over this number, begun or not."""

    student: Student
    invitation: Invitation
    round: Round
    asked_at: datetime  # when its last question arrived
    said: str = ""  # the words of the message that asked
    conversation: Conversation | None = None
    questions: Sequence[Delivery] = ()  # of the conversation, those that arrived, oldest first

    def is_live(self, now: datetime) -> bool:
        return self.round.state is not RoundState.CLOSED and self.round.closes_at > now

    @property
    def talk_state(self) -> TalkState | None:
        return self.conversation.state if self.conversation else None

    @property
    def answered_elsewhere(self) -> bool:
        """On the page, or with staff, after we last talked: the text form has nothing more to ask."""
        answered_at = self.invitation.answered_at or self.invitation.declined_at
        if answered_at is None or self.talk_state is TalkState.DONE:
            return False
        return self.conversation is None or answered_at > self.conversation.last_at


@dataclass(frozen=True, slots=True)
class Caller:
    """Everything that is known of a number that has written."""

    number: str
    students: Sequence[Student]  # whose own number it is
    others: Sequence[Student]  # whose parent or carer it is
    schools: dict[int, School]
    threads: Sequence[Thread]  # the one that was asked last comes first
    earlier: Sequence[InboundText]
    last_word: OptOut | None
    on_hold: bool
    worried: bool  # a worry of this number is open with a person
    names: tuple[str, ...] = field(default=())
    reader: School | None = None  # in whose inbox a stranger is read; it may not be theirs

    @property
    def stopped(self) -> bool:
        return self.last_word is not None and self.last_word.stopped

    @property
    def school(self) -> School | None:
        """The school that wrote last, else the one of the people behind the number."""
        if self.threads:
            return self.schools.get(self.threads[0].round.school_id)
        people = [*self.students, *self.others]
        if people:
            return self.schools.get(people[0].school_id)
        return next(iter(self.schools.values()), None) if len(self.schools) == 1 else None

    @property
    def inbox(self) -> School | None:
        """Where a person reads what this number writes; never nowhere, as long as there is a school."""
        return self.school or self.reader

    def threads_of(self, student: Student) -> list[Thread]:
        return [thread for thread in self.threads if thread.student.id == student.id]


def load_caller(session: Session, text: InboundText, *, now: datetime) -> Caller:
    """Whoever is behind a text: a handful of queries, however many people share the number."""
    number = text.from_number
    routes = routes_to(session, Channel.SMS, [number])
    people = {row.id: row for row in students_with_ids(session, {route.student_id for route in routes})}
    right = [route for route in routes if route.bad_reason != Skip.WRONG_NUMBER]
    own = {route.student_id for route in right if route.owner is RouteOwner.STUDENT}
    theirs = {route.student_id for route in right} - own
    alive = {key: row for key, row in people.items() if row.state is not StudentState.DECEASED}
    students = [row for key, row in alive.items() if key in own]
    others = [row for key, row in alive.items() if key in theirs]
    schools = schools_by_id(session, {row.school_id for row in people.values()})
    if not schools:
        every = all_schools(session)
        schools = {row.id: row for row in every if row.id is not None} if len(every) == 1 else {}
    return Caller(
        number=number,
        students=students,
        others=others,
        schools=schools,
        threads=threads_with(session, number, students),
        earlier=[one for one in texts_from(session, number, since=now - LATELY) if one.id != text.id],
        last_word=last_words(session, [number]).get(number),
        on_hold=bool(held_numbers(session, [number])),
        worried=has_open_worry(session, number),
        names=tuple(row.first_name for row in students),
        reader=None if schools else school_that_reads(session, number),
    )


def threads_with(session: Session, number: str, students: Sequence[Student]) -> list[Thread]:
    """What these students were asked over this number; the one that was asked last comes first."""
    known = {row.id: row for row in students if row.id is not None}
    threads: dict[int, Thread] = {}
    for delivery, invitation, row in asks_sent_to(session, number, known):
        if invitation.id is not None and invitation.audience is Audience.STUDENT:
            at = delivery.accepted_at or delivery.composed_at or delivery.created_at
            threads.setdefault(
                invitation.id, Thread(known[invitation.student_id], invitation, row, at, delivery.body_text)
            )
    talks = [talk for talk in conversations_with(session, number) if talk.student_id in known]
    missing = {talk.invitation_id for talk in talks} - threads.keys()
    for key, (invitation, row) in invitations_with_rounds(session, missing).items():
        threads[key] = Thread(known[invitation.student_id], invitation, row, row.opens_at)
    _with_talks(session, threads, talks)
    return sorted(threads.values(), key=lambda thread: thread.asked_at, reverse=True)


def _with_talks(session: Session, threads: dict[int, Thread], talks: Sequence[Conversation]) -> None:
    asked = [entry["delivery"] for talk in talks for entry in talk.asked]
    sent = deliveries_with_ids(session, asked)
    for talk in talks:
        thread = threads[talk.invitation_id]
        thread.conversation = talk
        questions = [sent[entry["delivery"]] for entry in talk.asked if entry["delivery"] in sent]
        thread.questions = [one for one in questions if has_arrived(one)]
        if thread.questions:
            newest = thread.questions[-1]
            thread.asked_at = max(thread.asked_at, newest.accepted_at or newest.created_at)


def has_arrived(question: Delivery) -> bool:
    """Whether a question counts as read: a reply belongs to the last that was delivered."""
    if question.state is DeliveryState.DELIVERED:
        return True
    return question.state not in NOT_ARRIVED and question.provider_status not in STILL_ON_ITS_WAY
