"""Take an answer: a new version of it, or the same receipt again when the same page comes twice.

One transaction of the caller's holds the answer, its destination facts and its consents. Two posts of the
same page at the same moment meet in the database's UNIQUE key; neither sees an error.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlmodel import Session

from surveybot.records import database
from surveybot.records.answer.answers import NewAnswer, Stored, add_answer, latest_answer, same_answer
from surveybot.records.answer.consents import EarlierWord, add_consents
from surveybot.records.destination.destinations import add_facts
from surveybot.records.round.invitations import Audience, LinkMedium, mark_answered
from surveybot.rules.answer.answer_facts import AnswerMeaning, meaning_of
from surveybot.rules.answer.consent import Actor, Decision, Purpose
from surveybot.rules.destination.destinations import FactMethod, FactSource
from surveybot.rules.short_codes import ALPHABET
from surveybot.rules.survey.questionnaire import Survey
from surveybot.rules.survey.wordings import Controllers, Wordings
from surveybot.steps.answer.settle import Said, facts_said
from surveybot.steps.consent.record_consent import AboutWhom, consent_events

TRIES = 64  # one of those who send at the same moment wins each
_SOURCES = {
    Audience.STUDENT: FactSource.STUDENT,
    Audience.PARENT: FactSource.PARENT,
    Audience.STAFF: FactSource.STAFF,
}


class AnswerNotTaken(RuntimeError):
    """The row could not be written: its invitation is gone, or too many sent at the same moment."""


@dataclass(frozen=True, slots=True)
class ShownWords:
    """Who was asked for consent, in which words, about whom."""

    about: AboutWhom
    actor: Actor
    wordings: Wordings
    controllers: Controllers
    language: str = "en"
    actor_name: str = ""  # if not the student
    before: Mapping[Purpose, EarlierWord] | None = None  # what this decider said before; None: look it up


@dataclass(frozen=True, slots=True)
class Receipt:
    receipt: str
    version: int
    new: bool  # False: this page with this content had been taken before
    answer_id: int
    school_id: int
    student_id: int
    meaning: AnswerMeaning
    facts: int = 0  # how many were added to the ledger

    @property
    def knew_nothing(self) -> bool:
        """The same as before, of somebody about whom nothing is known: no guess is stored."""
        return self.new and self.meaning.same and not self.facts


def take_answer(
    session: Session,
    *,
    invitation_id: int,
    link: int | None,
    survey: Survey,
    content: Mapping[str, Any],
    consents: Mapping[Purpose, Decision],
    page_number: str,
    given_by: Audience,
    medium: LinkMedium,
    staff_id: int | None = None,
    shown: ShownWords | None = None,
    places: Mapping[str, int] | None = None,
    now: datetime,
) -> Receipt:
    """Store an answer and what follows from it; `link` is the number of the link row it came through.

    `consents` are part of what makes an answer another one; they are recorded where `shown` says whose they
    are and which words asked for them. `places` spares settle a look at the directory.
    """
    meaning = meaning_of(survey, content)
    new = NewAnswer(
        invitation_id=invitation_id,
        survey=survey.slug,
        page_number=page_number,
        content_sha256=_hash(content, consents),
        content=dict(content),
        receipt=_new_receipt(),
        given_by=given_by,
        staff_id=staff_id,
        medium=medium,
        link_id=link,
        wants_help=meaning.wants_help,
        answered_at=now,
    )
    stored, is_new = _store(session, new)
    facts = 0
    if is_new:
        events = _events(session, new, stored, shown, consents) if shown is not None and consents else []
        facts = _follow_up(session, new, stored, meaning, places, events)
    return Receipt(
        receipt=stored.receipt,
        version=stored.version,
        new=is_new,
        answer_id=stored.id,
        school_id=stored.school_id,
        student_id=stored.student_id,
        meaning=meaning,
        facts=facts,
    )


def _store(session: Session, new: NewAnswer) -> tuple[Stored, bool]:
    """The new row, or the one that was there; tried again where only a version or receipt was taken.

    A page that says again what it said before something else was said counts: the last that was sent is
    what somebody was thanked for, and a late repeat cannot be told from a change of mind.
    """
    said = new.content_sha256
    for _ in range(TRIES):
        if stored := add_answer(session, new):
            return stored, True
        if same_answer(session, new) and (found := latest_answer(session, new.invitation_id)):
            latest, content = found
            if content in (said, _hash_after(said, latest.version - 1)):
                return latest, False
            new = replace(new, content_sha256=_hash_after(said, latest.version))
    raise AnswerNotTaken(f"invitation {new.invitation_id}")


def _follow_up(
    session: Session,
    new: NewAnswer,
    stored: Stored,
    meaning: AnswerMeaning,
    places: Mapping[str, int] | None,
    events: Sequence[dict[str, Any]],
) -> int:
    """Write what follows from an answer, in one trip; the number of its facts."""
    facts = facts_said(session, _said(new, stored), meaning, places=places)
    with database.together(session):
        mark_answered(
            session,
            new.invitation_id,
            half=meaning.half,
            declined=meaning.declined,
            wants_help=meaning.wants_help,
            now=new.answered_at,
        )
        add_facts(session, facts)
        add_consents(session, events)
    return len(facts)


def _said(new: NewAnswer, stored: Stored) -> Said:
    return Said(
        school_id=stored.school_id,
        student_id=stored.student_id,
        source=_SOURCES[new.given_by],
        method=_method(new),
        answer_id=stored.id,
        staff_id=new.staff_id,
        at=new.answered_at,
    )


def _method(new: NewAnswer) -> FactMethod:
    """A text that was answered by text, not by its link, has no link."""
    if new.staff_id is not None:
        return FactMethod.IN_PERSON
    by_text = new.link_id is None and new.medium is LinkMedium.SMS
    return FactMethod.TEXT if by_text else FactMethod.LINK


def _events(
    session: Session, new: NewAnswer, stored: Stored, shown: ShownWords, consents: Mapping[Purpose, Decision]
) -> list[dict[str, Any]]:
    return consent_events(
        session,
        student=shown.about,
        decisions=consents,
        actor=shown.actor,
        actor_name=shown.actor_name,
        wordings=shown.wordings,
        controllers=shown.controllers,
        language=shown.language,
        before=shown.before,
        medium=new.medium,
        link_id=new.link_id,
        answer_id=stored.id,
        now=new.answered_at,
    )


def _hash(content: Mapping[str, Any], consents: Mapping[Purpose, Decision]) -> str:
    """One spelling for one content, whatever the order of its keys."""
    whole = {"content": content, "consents": consents}
    return sha256(json.dumps(whole, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _hash_after(content: str, version: int) -> str:
    """The same content on the same page is another answer where something else was said in between."""
    return sha256(f"{content} after {version}".encode()).hexdigest()


def _new_receipt() -> str:
    """Eight letters and digits that can be read out: 7K2M-9QXA."""
    signs = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{signs[:4]}-{signs[4:]}"
