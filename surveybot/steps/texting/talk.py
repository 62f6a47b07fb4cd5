"""Hold the survey by text: read a reply against the question that arrived last, and put the next one."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from surveybot.links import LinkPurpose
from surveybot.records.answer.consents import consents_of
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.destination.destinations import last_intended
from surveybot.records.destination.providers import find_by_name, suggest
from surveybot.records.round.invitations import Audience, LinkMedium
from surveybot.records.schools import School
from surveybot.records.texting.texts import Conversation, InboundText, TalkState, TextReason, TextState
from surveybot.rules.answer.answer_facts import SAME_AS_BEFORE
from surveybot.rules.answer.consent import Purpose, current
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.destination.destination_kinds import years_of_choice
from surveybot.rules.school_settings import SchoolSettings
from surveybot.rules.texting.bare_words import bare
from surveybot.rules.texting.replies import key_in
from surveybot.rules.texting.reply_words import offer_for
from surveybot.rules.texting.text_hearing import Heard, hear
from surveybot.rules.texting.text_talk import (
    Ask,
    AskKind,
    FindPlaces,
    Place,
    Talk,
    addressed,
    content_of,
    keys_of,
    next_ask,
    summary,
)
from surveybot.steps.answer.take import take_answer
from surveybot.steps.texting.caller import Caller, Thread, has_arrived
from surveybot.steps.texting.desk import Desk
from surveybot.steps.texting.help import request_help
from surveybot.steps.texting.say import own_link, say

MOST_TRIES = 3
_SAID_BACK_ALREADY = (AskKind.CONFIRM, AskKind.PICK, AskKind.WHICH)


def talk_about(desk: Desk, thread: Thread, school: School) -> Talk:
    catalogue = desk.catalogue
    offer = offer_for(
        catalogue.reply_words,
        catalogue.destination_kinds,
        year_group=years_of_choice(
            thread.round.year_group, born=thread.student.date_of_birth, on=london_date(thread.round.opens_at)
        ),
        own_sixth_form=SchoolSettings.from_stored(school.settings).sixth_form,
    )
    return Talk(catalogue.survey_at(thread.round.survey, school.settings), offer, catalogue.destination_kinds)


def open_question(desk: Desk, thread: Thread, school: School) -> Ask | None:
    """The question that the next reply belongs to."""
    draft, _ = as_delivered(thread)
    return next_ask(talk_about(desk, thread, school), draft)


def as_delivered(thread: Thread) -> tuple[dict[str, Any], list[Any]]:
    """The draft and the questions up to the last one that arrived; what came after is as if never asked."""
    talk = thread.conversation
    if talk is None:
        return {}, []
    arrived = {question.id for question in thread.questions if has_arrived(question)}
    asked = list(talk.asked)
    while asked and asked[-1]["delivery"] not in arrived:
        asked.pop()
    return (dict(asked[-1]["draft"]), asked) if asked else ({}, [])


def continue_talk(
    desk: Desk, caller: Caller, text: InboundText, thread: Thread, school: School, words: str
) -> None:
    """One reply in a live thread: an answer, a question asked again, or a person."""
    about = talk_about(desk, thread, school)
    draft, asked = as_delivered(thread)
    ask = next_ask(about, draft)
    talk = _the_row(desk, caller, thread)
    talk.draft, talk.asked, talk.last_at = draft, asked, desk.now
    text.conversation_id = talk.id
    line = _Line(desk, caller, text, thread, talk, about)
    if ask is None:  # all was said, and only the thanks never arrived
        line.finish(school)
        return
    prompted = bool(asked) or (bool(ask.options) and keys_of(ask.options) in thread.said)
    heard = line.hear(ask, words, prompted=prompted, places=places_near(desk, school))
    if not heard.understood:
        line.ask_again(ask, heard, prompted=bool(asked))
        return
    talk.draft, talk.tries = heard.draft, 0
    following = next_ask(about, heard.draft)
    if following is None:
        line.finish(school)
        return
    text.reason = TextReason.ANSWER
    line.ask(following)


def places_near(desk: Desk, school: School) -> FindPlaces:
    """Look a place up in the directory: an exact name is certain, a likely one a question."""
    la = SchoolSettings.from_stored(school.settings).la

    @cache  # one text is looked at more than once, and the directory is big
    def find(text: str) -> Sequence[Place]:
        exact = find_by_name(desk.session, text)
        if exact is not None:
            return [Place(exact.name, _kind(desk, exact.kind), exact=True)]
        likely = suggest(desk.session, text, aliases=desk.catalogue.provider_aliases, la=la)
        return [Place(one.name, _kind(desk, one.kind)) for one in likely]

    return find


def _kind(desk: Desk, kind: str) -> str:
    return kind if kind in desk.catalogue.destination_kinds else ""


def _the_row(desk: Desk, caller: Caller, thread: Thread) -> Conversation:
    if thread.conversation is None:
        assert thread.student.id is not None
        assert thread.invitation.id is not None
        thread.conversation = Conversation(
            number=caller.number,
            school_id=thread.student.school_id,
            student_id=thread.student.id,
            invitation_id=thread.invitation.id,
            started_at=desk.now,
            last_at=desk.now,
        )
    desk.session.add(thread.conversation)
    desk.session.flush()
    return thread.conversation


class _Line:
    """One conversation, while one text of it is read."""

    def __init__(
        self, desk: Desk, caller: Caller, text: InboundText, thread: Thread, talk: Conversation, about: Talk
    ) -> None:
        self.desk, self.caller, self.text = desk, caller, text
        self.thread, self.talk, self.about = thread, talk, about

    def hear(self, ask: Ask, words: str, *, prompted: bool, places: FindPlaces) -> Heard:
        """A key means nothing before the list has been sent: the invitation has none."""
        if not prompted and (key_in(bare(words)) or ask.kind is AskKind.NAME):
            return Heard(dict(self.talk.draft), understood=False)
        assert self.thread.student.id is not None
        has_before = bool(last_intended(self.desk.session, self.thread.student.id))
        return hear(self.about, self.talk.draft, ask, words, find=places, has_before=has_before)

    def ask(self, ask: Ask, *, wording: str = "next") -> None:
        """Put a question, with what was understood before it where there is room."""
        shared = len(self.caller.students) > 1
        question = addressed(ask, self.thread.student.first_name) if shared else ask.text
        values = {"question": question}
        if wording == "next" and ask.kind not in _SAID_BACK_ALREADY and (said := self._said()):
            values["answer"] = said
        sent = self._say(wording, values)
        if sent is not None:
            self.talk.asked = [*self.talk.asked, {"delivery": sent.id, "draft": self.talk.draft}]

    def ask_again(self, ask: Ask, heard: Heard, *, prompted: bool) -> None:
        """Three tries, then a person. The first list that is sent is no second try."""
        self.text.reason = TextReason.AGAIN
        self.talk.tries += prompted
        if self.talk.tries >= MOST_TRIES:
            self.talk.state = TalkState.WITH_PERSON
            self.text.reason, self.text.state = TextReason.UNREADABLE, TextState.INBOX
            self._say("person", {})
            return
        wording = "nothing-before" if heard.nothing_before else "again" if prompted else "question"
        self.ask(ask, wording=wording)

    def finish(self, school: School) -> None:
        """All is said: a whole answer goes into the ledger, and a receipt back."""
        assert self.thread.invitation.id is not None
        survey = self.about.survey
        receipt = take_answer(
            self.desk.session,
            invitation_id=self.thread.invitation.id,
            link=None,
            survey=survey,
            content=content_of(self.about, self.talk.draft),
            consents={},
            page_number=f"text-{self.text.id}",
            given_by=Audience.STUDENT,
            medium=LinkMedium.SMS,
            now=self.desk.now,
        )
        self.talk.state, self.text.reason = TalkState.DONE, TextReason.ANSWER
        values = {"receipt": receipt.receipt, "answer": self._said()}
        if receipt.meaning.wants_help:
            promise = request_help(
                self.desk,
                self.thread.student,
                school,
                invitation_id=self.thread.invitation.id,
                text=self.text,
                answer_id=receipt.answer_id,
            )
            self._say("done-help", values | promise.as_values())
        elif open_purposes(self.desk, self.thread):
            link = own_link(self.desk, self.thread.student, self.thread, LinkPurpose.SURVEY)
            self._say("done-ask-consent", values | {"link": link})
        else:
            self._say("done", {key: value for key, value in values.items() if value})

    def _said(self) -> str:
        option = self.talk.draft.get("option", {})
        if option.get(SAME_AS_BEFORE):
            return "Same as before"
        return summary(self.about, option) if {"kind", "line"} & option.keys() else ""

    def _say(self, wording: str, values: dict[str, str]) -> Delivery | None:
        student, thread = self.thread.student, self.thread
        return say(self.desk, self.caller, self.text, wording, values, student=student, thread=thread)


def open_purposes(desk: Desk, thread: Thread) -> list[Purpose]:
    """The purposes of the survey that this student has never decided about."""
    survey = desk.catalogue.survey(thread.round.survey)
    assert thread.student.id is not None
    facts = [event.as_fact() for event in consents_of(desk.session, thread.student.id)]
    return [purpose for purpose in survey.purposes if current(facts, purpose) is None]
