"""Do what a text asks for beside an answer: stop, start, a wrong number, who we are, help, consent."""

from surveybot.links import LinkPurpose
from surveybot.records.delivery.opt_outs import OptOut, OptOutSource
from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import LinkMedium
from surveybot.records.schools import School
from surveybot.records.texting.texts import (
    Conversation,
    InboundText,
    NumberHold,
    TalkState,
    TextReason,
    TextState,
    stop_conversations,
    wrong_numbers_from,
)
from surveybot.rules.answer.consent import Actor, Decision
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.school_settings import SchoolSettings
from surveybot.rules.texting.bare_words import bare
from surveybot.rules.texting.wishes import Wish
from surveybot.steps.consent.record_consent import record_consents
from surveybot.steps.consent.withdraw import everything, stop_addresses, withdraw, wrong_number
from surveybot.steps.roster.prove_contact import refuse_everywhere
from surveybot.steps.texting.alerts import Alert, alert_safeguarding, alert_tutor
from surveybot.steps.texting.caller import Caller, Thread
from surveybot.steps.texting.desk import Desk
from surveybot.steps.texting.help import request_help
from surveybot.steps.texting.say import own_link, say
from surveybot.steps.texting.talk import continue_talk, open_purposes

LIFTED_BY_START = (OptOutSource.TEXT, OptOutSource.PROVIDER)
"""START takes back only what came from the number itself."""


def page_of(text: InboundText) -> str:
    return f"/staff/inbox/{text.id}"


def to_inbox(text: InboundText, reason: TextReason) -> None:
    text.reason, text.state = reason, TextState.INBOX


def stop(desk: Desk, caller: Caller, text: InboundText) -> None:
    """For every student and school behind the number; nothing is said back."""
    text.reason = TextReason.STOP
    only = caller.students[0] if len(caller.students) == 1 else None
    stop_addresses(
        desk.session, Channel.SMS, [caller.number], source=OptOutSource.TEXT, student=only, now=desk.now
    )
    stop_conversations(desk.session, caller.number, now=desk.now)


def start(desk: Desk, caller: Caller, text: InboundText) -> None:
    text.reason = TextReason.START
    last = caller.last_word
    if last is not None and last.stopped and last.source in LIFTED_BY_START:
        desk.session.add(
            OptOut(
                channel=Channel.SMS,
                address=caller.number,
                stopped=False,
                source=OptOutSource.TEXT,
                school_id=last.school_id,
                student_id=last.student_id,
                at=desk.now,
            )
        )


def carrier_help(desk: Desk, caller: Caller, text: InboundText) -> None:  # noqa: ARG001
    """The carrier has answered; whoever is known may need a person all the same."""
    text.reason = TextReason.CARRIER_HELP
    if caller.students:
        text.state = TextState.INBOX


def hold(desk: Desk, caller: Caller, text: InboundText) -> None:
    """Perhaps a stop: no ask goes there until a person has read it."""
    to_inbox(text, TextReason.HOLD)
    assert text.id is not None
    desk.session.add(NumberHold(number=caller.number, text_id=text.id, held_at=desk.now))


def take_wrong_number(desk: Desk, caller: Caller, text: InboundText) -> None:
    """At once, for everybody it was said to be; nothing is said about anybody; tutors are told.

    Said again, it is not answered again: whoever writes may be a machine.
    """
    text.reason = TextReason.WRONG_NUMBER
    before = wrong_numbers_from(desk.session, caller.number, but=text.id)
    if not any(bare(one.body) == bare(text.body) for one in before):
        to_inbox(text, TextReason.WRONG_NUMBER)
    for student in wrong_number(desk.session, caller.number, text_id=text.id, now=desk.now):
        key = f"text:{text.id}:{student.id}"
        alert_tutor(desk, Alert.WRONG_NUMBER, student, key=key, page=f"/staff/students/{student.code}")
    refuse_everywhere(desk.session, caller.number, now=desk.now)
    stop_conversations(desk.session, caller.number, now=desk.now)
    if not any(one.reply for one in before):
        say(desk, caller, text, "wrong-number")


def say_who_we_are(desk: Desk, caller: Caller, text: InboundText) -> None:
    text.reason = TextReason.WHO_IS_THIS
    if caller.school is None or not (caller.students or caller.others):
        text.state = TextState.INBOX
        return
    say(desk, caller, text, "who-is-this")


def care(desk: Desk, caller: Caller, text: InboundText, *, silent: bool) -> None:
    """A worry: the safeguarding lead at once, and fixed words with numbers to ring, not every time anew."""
    to_inbox(text, TextReason.WORRY)
    text.safeguarding = True
    reader = {caller.reader.id or 0: caller.reader} if caller.reader else {}
    for school_id, school in (caller.schools or reader).items():
        settings = SchoolSettings.from_stored(school.settings)
        alert_safeguarding(
            desk, school_id=school_id, settings=settings, key=f"text:{text.id}", page=page_of(text)
        )
    for thread in caller.threads:
        if thread.conversation is not None and thread.conversation.state is TalkState.OPEN:
            thread.conversation.state = TalkState.WITH_PERSON
            desk.session.add(thread.conversation)
    cared = any(earlier.reason is TextReason.WORRY and earlier.reply for earlier in caller.earlier)
    if not silent and not cared:
        say(desk, caller, text, "care")


def of_a_person(
    desk: Desk, caller: Caller, text: InboundText, wish: Wish, student: Student, thread: Thread | None
) -> None:
    """The wishes that are somebody's own: it must be clear who writes."""
    school = caller.schools[student.school_id]
    if wish is Wish.NEEDS_HELP:
        _help(desk, caller, text, student, thread, school)
    elif wish is Wish.WITHDRAW:
        _withdraw(desk, caller, text, student, thread, school)
    elif wish is Wish.REFUSE:
        _refuse(desk, caller, text, student, thread, school)
    elif wish is Wish.CHANGE:
        _change(desk, caller, text, student, thread, school)


def _help(
    desk: Desk, caller: Caller, text: InboundText, student: Student, thread: Thread | None, school: School
) -> None:
    text.reason = TextReason.NEEDS_HELP
    invitation_id = thread.invitation.id if thread else None
    promise = request_help(desk, student, school, invitation_id=invitation_id, text=text)
    say(desk, caller, text, "help", promise.as_values(), student=student, thread=thread)


def _withdraw(
    desk: Desk, caller: Caller, text: InboundText, student: Student, thread: Thread | None, school: School
) -> None:
    text.reason = TextReason.WITHDRAW
    settings = SchoolSettings.from_stored(school.settings)
    withdraw(
        desk.session,
        student=student,
        purposes=everything(desk.session, student),
        actor=Actor.SELF,
        wordings=desk.catalogue.wordings,
        controllers=desk.catalogue.controllers(school.name, settings),
        language="en",
        medium=LinkMedium.SMS,
        now=desk.now,
    )
    link = own_link(desk, student, thread, LinkPurpose.PASSPORT)
    say(desk, caller, text, "withdrawn", {"link": link}, student=student, thread=thread)


def _refuse(
    desk: Desk, caller: Caller, text: InboundText, student: Student, thread: Thread | None, school: School
) -> None:
    """A no by text counts; a yes is only ever given on the page."""
    purposes = open_purposes(desk, thread) if thread else []
    if not purposes:
        to_inbox(text, TextReason.REFUSE)
        say(desk, caller, text, "person", student=student, thread=thread)
        return
    text.reason = TextReason.REFUSE
    settings = SchoolSettings.from_stored(school.settings)
    record_consents(
        desk.session,
        student=student,
        decisions=dict.fromkeys(purposes, Decision.REFUSED),
        actor=Actor.SELF,
        wordings=desk.catalogue.wordings,
        controllers=desk.catalogue.controllers(school.name, settings),
        language="en",
        medium=LinkMedium.SMS,
        now=desk.now,
    )
    link = own_link(desk, student, thread, LinkPurpose.PASSPORT)
    say(desk, caller, text, "refused", {"link": link}, student=student, thread=thread)


def _change(
    desk: Desk, caller: Caller, text: InboundText, student: Student, thread: Thread | None, school: School
) -> None:
    """Say it all again: the first question once more, and a new version at the end."""
    if thread is None or thread.conversation is None or not thread.is_live(desk.now):
        to_inbox(text, TextReason.CHANGE)
        say(desk, caller, text, "person", student=student, thread=thread)
        return
    talk: Conversation = thread.conversation
    talk.state, talk.draft, talk.asked, talk.tries = TalkState.OPEN, {}, [], 0
    thread.questions = ()
    continue_talk(desk, caller, text, thread, school, "")
    text.reason = TextReason.CHANGE
