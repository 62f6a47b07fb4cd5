"""Read a text of a certain person: who of those at the number writes, and what becomes of it."""

from surveybot.links import LinkPurpose
from surveybot.records.roster.students import Student
from surveybot.records.texting.texts import InboundText, TalkState, TextReason
from surveybot.rules.survey.questionnaire_check import AskedOf
from surveybot.rules.texting.bare_words import bare
from surveybot.rules.texting.replies import THANKS, YES
from surveybot.rules.texting.text_talk import can_talk
from surveybot.rules.texting.who_writes import who_is_named
from surveybot.rules.texting.wishes import Wish, wish_in
from surveybot.steps.texting import wishes
from surveybot.steps.texting.caller import IN_ONE_SITTING, Caller, Thread
from surveybot.steps.texting.desk import Desk
from surveybot.steps.texting.say import own_link, say
from surveybot.steps.texting.talk import continue_talk

_OF_A_PERSON = frozenset({Wish.NEEDS_HELP, Wish.WITHDRAW, Wish.REFUSE, Wish.CHANGE})
_NEVER_BY_A_GUESS = frozenset({Wish.WITHDRAW, Wish.REFUSE})
"""Where two share a number, the last question's student may not be who writes."""


def is_open(desk: Desk, thread: Thread) -> bool:
    """Whether a reply may be read as an answer in this thread."""
    survey = desk.catalogue.surveys.get(thread.round.survey)
    fits = survey is not None and survey.audience is AskedOf.STUDENT and can_talk(survey)
    begun = thread.talk_state in (None, TalkState.OPEN)
    return fits and begun and thread.is_live(desk.now) and not thread.answered_elsewhere


def of_somebody(desk: Desk, caller: Caller, text: InboundText, wish: Wish | None) -> None:
    """What only a certain person can say."""
    if not caller.students:
        _from_no_student(desk, caller, text)
        return
    found = _who(desk, caller, text, wish)
    if found is None and bare(text.body) in THANKS:
        text.reason = TextReason.THANKS
        return
    if found is None:
        _ask_who(desk, caller, text, wish)
        return
    student, words = found
    text.student_id, text.school_id = student.id, student.school_id
    threads = caller.threads_of(student)
    thread = next((one for one in threads if is_open(desk, one)), threads[0] if threads else None)
    wish = wish if words == text.body else wish_in(words)
    if wish in _OF_A_PERSON and wish is not None:
        wishes.of_a_person(desk, caller, text, wish, student, thread)
        return
    _answer(desk, caller, text, student, thread, words)


def _who(desk: Desk, caller: Caller, text: InboundText, wish: Wish | None) -> tuple[Student, str] | None:
    """Who writes, and what they say beside their name; None where that is not clear."""
    if len(caller.students) == 1:
        return caller.students[0], text.body
    named = who_is_named(text.body, caller.names)
    if named is not None:
        student = caller.students[named.place]
        return student, named.rest or _kept_back(caller)
    if wish in _NEVER_BY_A_GUESS:
        return None
    newest = next((one for one in caller.threads if is_open(desk, one)), None)
    if newest is not None and newest.questions and desk.now - newest.asked_at < IN_ONE_SITTING:
        return newest.student, text.body
    asked = {thread.student.id for thread in caller.threads}
    return (caller.threads[0].student, text.body) if len(asked) == 1 else None


def _kept_back(caller: Caller) -> str:
    """What was written before we asked who writes."""
    newest = next((one for one in caller.earlier if one.reason is not TextReason.AUTOMATIC), None)
    return newest.body if newest is not None and newest.reason is TextReason.WHO_WRITES else ""


def _ask_who(desk: Desk, caller: Caller, text: InboundText, wish: Wish | None) -> None:
    """Two share the number; asked three times in vain, it is for a person."""
    tries = sum(one.reason is TextReason.WHO_WRITES for one in caller.earlier)
    worth_asking = wish in _NEVER_BY_A_GUESS or any(is_open(desk, one) for one in caller.threads)
    if not worth_asking or tries >= 2:
        wishes.to_inbox(text, TextReason.STRAY if not tries else TextReason.UNREADABLE)
        say(desk, caller, text, "person")
        return
    text.reason = TextReason.WHO_WRITES
    names = " or ".join(caller.names) if len(caller.names) == 2 else ", ".join(caller.names)
    say(desk, caller, text, "who-writes", {"names": names})


def _from_no_student(desk: Desk, caller: Caller, text: InboundText) -> None:
    """A parent's number, or nobody's: a person reads it, and only the parent is told so."""
    wishes.to_inbox(text, TextReason.STRAY if caller.others else TextReason.UNKNOWN)
    if caller.others:
        say(desk, caller, text, "person")


def _answer(
    desk: Desk, caller: Caller, text: InboundText, student: Student, thread: Thread | None, words: str
) -> None:
    school = caller.schools[student.school_id]
    if thread is not None and is_open(desk, thread):
        continue_talk(desk, caller, text, thread, school, words)
        return
    if bare(words) in THANKS or not bare(words):
        text.reason = TextReason.THANKS
        return
    if thread is not None and thread.talk_state is TalkState.DONE and bare(words) in YES:
        _consent_is_given_on_the_page(desk, caller, text, student, thread)
        return
    _to_a_person(desk, caller, text, student, thread)


def _consent_is_given_on_the_page(
    desk: Desk, caller: Caller, text: InboundText, student: Student, thread: Thread
) -> None:
    text.reason = TextReason.ANSWER
    link = own_link(desk, student, thread, LinkPurpose.SURVEY)
    say(desk, caller, text, "consent-page", {"link": link}, student=student, thread=thread)


def _to_a_person(
    desk: Desk, caller: Caller, text: InboundText, student: Student, thread: Thread | None
) -> None:
    """Late, stray, or with a person already; said once, and not for every text."""
    if thread is not None and thread.talk_state is TalkState.WITH_PERSON:
        wishes.to_inbox(text, TextReason.WITH_PERSON)
        text.conversation_id = thread.conversation.id if thread.conversation else None
        return
    late = thread is not None and not thread.is_live(desk.now)
    wishes.to_inbox(text, TextReason.LATE if late else TextReason.STRAY)
    told = any(one.reply and one.reason in (TextReason.LATE, TextReason.STRAY) for one in caller.earlier)
    if not told:
        say(desk, caller, text, "late" if late else "person", student=student, thread=thread)
