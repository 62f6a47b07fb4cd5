"""What staff do with a text that waits for them: say whether it is a stop, answer, file, close."""

from datetime import datetime, timedelta

from sqlmodel import Session

from surveybot.records.audit import note_deed
from surveybot.records.delivery.opt_outs import OptOutSource, stopped_addresses
from surveybot.records.follow_ups import HelpRequest
from surveybot.records.roster.students import Route, Student, routes_to
from surveybot.records.texting.text_inbox import STAFF_REPLY, others_wait, release_unread
from surveybot.records.texting.texts import (
    Conversation,
    InboundText,
    TalkState,
    TextState,
    held_numbers,
    lift_holds,
    stop_conversations,
)
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import MessageClass
from surveybot.rules.delivery.may_ask import Skip
from surveybot.rules.delivery.text_length import plain
from surveybot.steps.consent.withdraw import stop_addresses
from surveybot.steps.sending.queue import queue_delivery
from surveybot.steps.texting.say import TEMPLATE

GOOD_FOR = timedelta(days=1)
LONGEST_REPLY = 300
"""Letters: two parts of a text."""


class CannotAnswer(Exception):
    """No text may go to this number; `reason` says why."""

    def __init__(self, reason: Skip) -> None:
        super().__init__(reason)
        self.reason = reason


def is_held(session: Session, text: InboundText) -> bool:
    return bool(held_numbers(session, [text.from_number]))


def decide_hold(session: Session, text: InboundText, *, is_stop: bool, staff_id: int, now: datetime) -> None:
    """Somebody has read what may have been a stop. A stop is the number's own, so that START can lift it."""
    number = text.from_number
    lift_holds(session, number, now=now)
    if is_stop:
        stop_addresses(session, Channel.SMS, [number], source=OptOutSource.TEXT, now=now)
        stop_conversations(session, number, now=now)
    else:
        release_unread(session, {route.student_id for route in routes_to(session, Channel.SMS, [number])})
    _end(session, text, TextState.CLOSED, staff_id=staff_id, now=now)
    _note(session, text, "text_read", staff_id=staff_id, now=now, stop=is_stop)


def answer_text(session: Session, text: InboundText, words: str, *, staff_id: int, now: datetime) -> None:
    """A text back, at once, to the number that wrote; raises CannotAnswer where none may go there."""
    route = _route_back(session, text)
    queue_delivery(
        session,
        now=now,
        dedupe_key=f"{STAFF_REPLY}:{text.id}:{now.timestamp():.0f}",
        message_class=MessageClass.REPLY,
        template=TEMPLATE,
        step=STAFF_REPLY,
        channel=Channel.SMS,
        owner=route.owner,
        due_at=now,
        not_after=now + GOOD_FOR,
        school_id=route.school_id,
        student_id=route.student_id,
        facts={"words": plain(words)[:LONGEST_REPLY]},
    )
    _end(session, text, TextState.CLOSED, staff_id=staff_id, now=now)
    _note(session, text, "text_answered", staff_id=staff_id, now=now)


def why_no_answer(session: Session, text: InboundText) -> Skip | None:
    """Why no text may go back to where this one came from; None where it may."""
    try:
        _route_back(session, text)
    except CannotAnswer as refusal:
        return refusal.reason
    return None


def _route_back(session: Session, text: InboundText) -> Route:
    """The route of this school that the text came over, preferably of the student it is filed with."""
    routes = routes_to(session, Channel.SMS, [text.from_number])
    here = [route for route in routes if route.school_id == text.school_id]
    if not here:
        raise CannotAnswer(Skip.NO_ROUTE)
    if stopped_addresses(session, [text.from_number]):
        raise CannotAnswer(Skip.OPTED_OUT)
    good = [route for route in here if route.bad_at is None]
    if not good:
        raise CannotAnswer(Skip.WRONG_NUMBER)
    return min(good, key=lambda route: (route.student_id != text.student_id, route.id or 0))


def file_text(session: Session, text: InboundText, student: Student, *, staff_id: int, now: datetime) -> None:
    """Put a text with a student of the same school."""
    assert student.school_id == text.school_id
    text.student_id = student.id
    _end(session, text, TextState.FILED, staff_id=staff_id, now=now)
    note_deed(
        session,
        "text_filed",
        at=now,
        school_id=text.school_id,
        staff_id=staff_id,
        subject=student.code,
        details={"text": text.id},
    )


def close_text(session: Session, text: InboundText, *, staff_id: int, now: datetime) -> None:
    _end(session, text, TextState.CLOSED, staff_id=staff_id, now=now)
    _note(session, text, "text_closed", staff_id=staff_id, now=now)


def end_help_request(session: Session, request: HelpRequest, *, staff_id: int, now: datetime) -> None:
    """Somebody has got back to the student; done twice, the first time counts."""
    if request.done_at is not None:
        return
    request.done_at, request.done_by = now, staff_id
    session.add(request)
    details = {"request": request.id}
    note_deed(session, "help_given", at=now, school_id=request.school_id, staff_id=staff_id, details=details)


def _end(session: Session, text: InboundText, state: TextState, *, staff_id: int, now: datetime) -> None:
    """The text is dealt with; a conversation that waited for it goes on with the bot."""
    text.state, text.handled_by, text.handled_at = state, staff_id, now
    session.add(text)
    talk = session.get(Conversation, text.conversation_id) if text.conversation_id else None
    assert text.id is not None
    if talk is None or talk.state is not TalkState.WITH_PERSON:
        return
    if not others_wait(session, text.conversation_id or 0, but=text.id):
        talk.state, talk.tries, talk.last_at = TalkState.OPEN, 0, now
        session.add(talk)


def _note(
    session: Session, text: InboundText, deed: str, *, staff_id: int, now: datetime, **details: bool
) -> None:
    """Which text, by its number; never what it says."""
    note_deed(
        session,
        deed,
        at=now,
        school_id=text.school_id,
        staff_id=staff_id,
        details={"text": text.id, **details},
    )
