"""What the people of the made-up school do, each through the real steps, at a time of the pretended clock."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from surveybot.demo.chat import chat, text
from surveybot.demo.lives import DECISIONS, Fate, Life
from surveybot.demo.sayings import content_of_answer
from surveybot.records.answer.consents import consents_of
from surveybot.records.audit import note_deed
from surveybot.records.destination.destinations import last_actual, last_intended
from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import Audience, Invitation, LinkMedium
from surveybot.records.round.rounds import Round
from surveybot.records.schools import School
from surveybot.records.time_lapse import Received
from surveybot.rules.answer.consent import Actor, Decision, Purpose
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.school_settings import SchoolSettings
from surveybot.rules.survey.questionnaire import Survey
from surveybot.rules.survey.questionnaire_check import AskPurposes
from surveybot.steps.answer.take import ShownWords, take_answer
from surveybot.steps.consent.withdraw import everything, withdraw
from surveybot.steps.sending.receive import Report, receive
from surveybot.steps.texting.desk import Desk

TAKEN_LATE = timedelta(days=60)
"""So long after its end a round still takes an answer, marked late."""

STOPS = ("STOP", "STOP PLEASE", "stop texting me")


@dataclass(frozen=True, slots=True)
class Asked:
    """A message that reached somebody of the cohort, and how that person is."""

    received: Received
    life: Life

    def dice(self, of: str) -> random.Random:
        """The same for the same message, on every machine and after every restart."""
        message, about = self.received.message, self.received.about
        key = (self.life.person.admission_number, about.survey, about.leaving, about.opens_at, message.step)
        return random.Random(f"{key} {message.channel} {of}")  # noqa: S311 - made up, not secret

    @property
    def sid(self) -> str:
        return f"LAPSE{self.received.message.id}"


def _invitation(desk: Desk, asked: Asked) -> Invitation | None:
    """Where an answer still fits: not answered yet, and not too late."""
    assert asked.received.message.invitation_id is not None
    row = desk.session.get_one(Invitation, asked.received.message.invitation_id)
    closes_at = desk.session.get_one(Round, row.round_id).closes_at
    return None if row.answered_at or desk.now > closes_at + TAKEN_LATE else row


def answer_by_link(desk: Desk, asked: Asked) -> None:
    """The page of the link is filled in and sent."""
    row = _invitation(desk, asked)
    if row is None or asked.received.link_id is None or asked.received.medium is None:
        return
    survey = desk.catalogue.survey(asked.received.about.survey)
    student, dice = desk.session.get_one(Student, row.student_id), asked.dice("said")
    content = _content(desk, asked, row, dice)
    consents = _decisions(desk, asked.life, survey, row.student_id)
    if not content and not consents:
        return
    assert row.id is not None
    take_answer(
        desk.session,
        invitation_id=row.id,
        link=asked.received.link_id,
        survey=survey,
        content=content,
        consents=consents,
        page_number=f"{dice.getrandbits(48):012x}",
        given_by=Audience.STUDENT,
        medium=asked.received.medium,
        shown=_words(desk, student),
        now=desk.now,
    )


def answer_by_text(desk: Desk, asked: Asked) -> None:
    _chat(desk, asked)


def begin_by_text(desk: Desk, asked: Asked) -> None:
    """One reply, and then the phone is put away."""
    _chat(desk, asked, turns=1)


def _chat(desk: Desk, asked: Asked, **how: Any) -> None:
    row = _invitation(desk, asked)
    if row is None:
        return
    student = desk.session.get_one(Student, row.student_id)
    dice = asked.dice("said")
    chat(
        desk,
        row,
        asked.received.message.to_address,
        first_name=student.first_name,
        content=lambda: _content(desk, asked, row, dice),
        dice=dice,
        sid=asked.sid,
        **how,
    )


def text_a_wish(desk: Desk, asked: Asked) -> None:
    """STOP, a wrong number, or a withdrawal, in the words of their sender."""
    words = {
        Fate.STOPS: asked.dice("words").choice(STOPS),
        Fate.WITHDRAWS_BY_TEXT: "I withdraw my consent",
        Fate.WRONG_NUMBER: "Sorry, wrong number",
    }[asked.life.fate]
    text(desk, asked.received.message.to_address, words, sid=f"{asked.sid}-wish")


def withdraw_on_page(desk: Desk, asked: Asked) -> None:
    """The page behind every link: all purposes at once, no birthday asked."""
    message = asked.received.message
    student = desk.session.get_one(Student, message.student_id)
    words = _words(desk, student)
    withdraw(
        desk.session,
        student=student,
        purposes=everything(desk.session, student),
        actor=Actor.SELF,
        wordings=words.wordings,
        controllers=words.controllers,
        language="en",
        medium=asked.received.medium or LinkMedium.SMS,
        link_id=asked.received.link_id,
        now=desk.now,
    )


def tell_what_became_of_it(desk: Desk, asked: Asked, *, arrived: bool) -> None:
    """The network's report about a text: delivered, or there is no such number any more."""
    message = asked.received.message
    assert message.id is not None
    status, code = ("delivered", "") if arrived else ("undelivered", "30005")
    receive(desk.session, Report(message.id, message.provider_id or "", status, code), now=desk.now)


def write_down(desk: Desk, invitation_id: int, life: Life, *, staff_id: int) -> None:
    """Somebody told a tutor or the adviser, who writes it down for them."""
    row = desk.session.get_one(Invitation, invitation_id)
    about = desk.session.get_one(Round, row.round_id)
    if row.answered_at or desk.now > about.closes_at + TAKEN_LATE:
        return
    dice = random.Random(f"told {life.person.admission_number} {about.survey}")  # noqa: S311
    survey = desk.catalogue.survey(about.survey)
    receipt = take_answer(
        desk.session,
        invitation_id=invitation_id,
        link=None,
        survey=survey,
        content=_said(desk, life, about, row.student_id, dice),
        consents={},
        page_number=f"{dice.getrandbits(48):012x}",
        given_by=Audience.STAFF,
        medium=LinkMedium.STAFF,
        staff_id=staff_id,
        now=desk.now,
    )
    note_deed(
        desk.session,
        "answer_written_down",
        at=desk.now,
        school_id=row.school_id,
        staff_id=staff_id,
        subject=desk.session.get_one(Student, row.student_id).code,
        details={"round": about.code, "version": receipt.version},
    )


def _content(desk: Desk, asked: Asked, row: Invitation, dice: random.Random) -> dict[str, Any]:
    return _said(desk, asked.life, asked.received.about, row.student_id, dice)


def _said(desk: Desk, life: Life, about: Round, student_id: int, dice: random.Random) -> dict[str, Any]:
    told = last_actual(desk.session, student_id) or last_intended(desk.session, student_id)
    today = london_date(desk.now)
    return content_of_answer(
        dice,
        about.survey,
        life.plan_on(today),
        year_group=about.year_group,
        known=told[0].destination if told else None,
        today=today,
    )


def _decisions(desk: Desk, life: Life, survey: Survey, student_id: int) -> Mapping[Purpose, Decision]:
    """What is decided about each purpose that the page asks: what they stand by, whatever the survey."""
    decided = {event.purpose: event.decision for event in consents_of(desk.session, student_id)}
    wanted: dict[Purpose, Decision] = {}
    for purpose in survey.purposes:
        before = decided.get(purpose, Decision.ASKED_NO_ANSWER)
        settled = before is not Decision.ASKED_NO_ANSWER
        if settled and survey.ask_purposes is AskPurposes.IF_OPEN:
            continue
        dice = random.Random(f"{purpose} {life.person.admission_number}")  # noqa: S311
        drawn = dice.choices(list(DECISIONS), list(DECISIONS.values()))[0]
        if purpose is Purpose.CONTACT_AFTER_LEAVING:
            drawn = life.contact_after_leaving
        wanted[purpose] = before if settled else drawn
    return wanted


def _words(desk: Desk, student: Student) -> ShownWords:
    school = desk.session.get_one(School, student.school_id)
    settings = SchoolSettings.from_stored(school.settings)
    return ShownWords(
        about=student,
        actor=Actor.SELF,
        wordings=desk.catalogue.wordings,
        controllers=desk.catalogue.controllers(school.name, settings),
    )


def moment_of(at: datetime, dice: random.Random, *, mean_hours: float) -> datetime:
    """Most answer soon; nobody in the small hours."""
    when = at + timedelta(minutes=3, hours=dice.expovariate(1 / mean_hours))
    return when + timedelta(hours=9) if when.hour < 6 else when
