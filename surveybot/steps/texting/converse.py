"""One text that came in: exactly one effect, and the text that goes back.

The order is fixed: a text that came before, a machine, a worry, STOP and its like, and only then a reading as
an answer. Whatever is late, stray or unreadable waits for a person. Nothing of a text is ever logged, nor
what it was taken for.
"""

import logging
from dataclasses import dataclass

from surveybot.records.texting.texts import (
    InboundText,
    TextReason,
    TextState,
    add_text,
    take_turns,
    text_by_sid,
)
from surveybot.rules.plain_text import clean
from surveybot.rules.texting.auto_replies import Automatic, Heard, automatic, is_a_loop
from surveybot.rules.texting.bare_words import bare
from surveybot.rules.texting.text_hearing import answers_question
from surveybot.rules.texting.wishes import Wish, wish_in
from surveybot.rules.texting.worrying_words import worry_in
from surveybot.steps.texting import wishes
from surveybot.steps.texting.caller import Caller, load_caller
from surveybot.steps.texting.desk import Desk, Inbound
from surveybot.steps.texting.proofs import proves_the_number
from surveybot.steps.texting.somebody import is_open, of_somebody
from surveybot.steps.texting.talk import open_question, talk_about

log = logging.getLogger("surveybot.texting")

LONGEST = 1600
"""Letters that Twilio hands over at most."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What goes back: nothing, or one text with the number of its message row."""

    text_id: int
    reply: str
    delivery_id: int | None


def take_text(desk: Desk, inbound: Inbound) -> Answered:
    """Take a text in; the same MessageSid gets the same answer, and has one effect."""
    text = add_text(
        desk.session,
        InboundText(
            message_sid=inbound.message_sid,
            from_number=inbound.from_number.strip()[:40],
            to_number=inbound.to_number.strip()[:40],
            body=clean(inbound.body)[:LONGEST],
            received_at=desk.now,
        ),
    )
    if text is None:
        return _as_before(desk, inbound.message_sid)
    take_turns(desk.session, text.from_number)
    _take(desk, text)
    desk.session.add(text)
    desk.session.flush()
    return _answered(text)


def _as_before(desk: Desk, message_sid: str) -> Answered:
    known = text_by_sid(desk.session, message_sid)
    assert known is not None
    return _answered(known)


def _answered(text: InboundText) -> Answered:
    assert text.id is not None
    return Answered(text.id, text.reply, text.reply_delivery_id if text.reply else None)


def _take(desk: Desk, text: InboundText) -> None:
    machine = automatic(text.from_number, text.body)
    if machine in (Automatic.SHORT_CODE, Automatic.NAMED_SENDER):
        text.reason = TextReason.AUTOMATIC
        return
    caller = load_caller(desk.session, text, now=desk.now)
    text.school_id = caller.inbox.id if caller.inbox else None
    about = caller.students or caller.others
    if len(about) == 1:
        text.student_id = about[0].id
    worried = worry_in(text.body) is not None
    if machine and not worried:
        _keep_automatic(caller, text)
        return
    wish = _wish(desk, caller, text)
    if wish is Wish.STOP:
        wishes.stop(desk, caller, text)
    if worried:
        wishes.care(desk, caller, text, silent=wish is Wish.STOP)
    elif wish is not Wish.STOP:
        _take_the_rest(desk, caller, text, wish)
    log.info("text %s is taken", text.id)  # not for what: of a worry the log knows nothing


def _keep_automatic(caller: Caller, text: InboundText) -> None:
    """No answer to what looks like a machine; but it may be a person's, so one of ours is shown to staff."""
    text.reason = TextReason.AUTOMATIC
    known = bool(caller.students or caller.others)
    if known and not any(bare(one.body) == bare(text.body) for one in caller.earlier):
        wishes.to_inbox(text, TextReason.AUTOMATIC)
        text.safeguarding = caller.worried


def _wish(desk: Desk, caller: Caller, text: InboundText) -> Wish | None:
    """Read with the open question at hand, and with the name that belongs to the number, where it is one."""
    thread = next((one for one in caller.threads if is_open(desk, one)), None)
    school = caller.schools.get(thread.student.school_id) if thread else None

    def answers(words: str) -> bool:
        if thread is None or school is None:
            return False
        ask = open_question(desk, thread, school)
        return answers_question(talk_about(desk, thread, school), ask, words)

    names = caller.names if len(caller.names) == 1 else ()
    return wish_in(text.body, names=names, answers=answers)


def _take_the_rest(desk: Desk, caller: Caller, text: InboundText, wish: Wish | None) -> None:
    match wish:
        case Wish.START:
            wishes.start(desk, caller, text)
        case Wish.HELP:
            wishes.carrier_help(desk, caller, text)
        case Wish.WRONG_NUMBER:
            wishes.take_wrong_number(desk, caller, text)
        case _ if caller.worried:
            wishes.to_inbox(text, TextReason.WITH_PERSON)
            text.safeguarding = True
        case _ if caller.on_hold:
            wishes.to_inbox(text, TextReason.HELD)
        case Wish.HOLD:
            wishes.hold(desk, caller, text)
        case _ if _loops(desk, caller, text):
            _end_the_loop(caller, text)
        case _ if proves_the_number(desk, caller, text):
            pass
        case Wish.WHO_IS_THIS:
            wishes.say_who_we_are(desk, caller, text)
        case _:
            of_somebody(desk, caller, text, wish)


def _loops(desk: Desk, caller: Caller, text: InboundText) -> bool:
    earlier = [
        Heard(one.body, one.received_at, bool(one.reply)) for one in caller.earlier if one.id != text.id
    ]
    return is_a_loop(text.body, earlier, now=desk.now)


def _end_the_loop(caller: Caller, text: InboundText) -> None:
    """The first of them goes to a person; the others are only kept."""
    text.reason = TextReason.LOOP
    if not any(one.reason is TextReason.LOOP for one in caller.earlier):
        text.state = TextState.INBOX
