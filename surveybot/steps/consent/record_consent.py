"""Write down what somebody decided: consent per purpose, and the statutory objection.

Both are ledgers: a row is added with the age on that day, the version and hash of the exact words, and the
controllers they named (UK GDPR Article 7(1)); nothing is changed. What was said before through the same
link, in the same words, is not written twice.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NotRequired, Protocol, TypedDict, Unpack

from sqlmodel import Session

from surveybot.records.answer.consents import (
    EarlierWord,
    Objection,
    add_consents,
    earlier_words,
    objections_of,
)
from surveybot.records.round.invitations import LinkMedium
from surveybot.rules.answer.consent import (
    Actor,
    ConsentFact,
    Decision,
    ObjectionDecision,
    Purpose,
    age_on,
    objection_decider,
)
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.survey.wordings import STATUTORY, Controllers, Wordings


class AboutWhom(Protocol):
    """What is needed of a student; the row itself will do."""

    @property
    def id(self) -> int | None: ...
    @property
    def school_id(self) -> int: ...
    @property
    def date_of_birth(self) -> date: ...


class Occasion(TypedDict):
    """Who decides, in front of which words, and how they came here: for `**occasion`."""

    actor: Actor
    actor_name: NotRequired[str]
    wordings: Wordings
    controllers: Controllers
    language: str
    medium: LinkMedium
    link_id: NotRequired[int | None]


class NotTheirDecision(Exception):
    """A student under 16, or the parent of one who is 16, spoke about the statutory objection."""

    def __init__(self, decider: Actor) -> None:
        super().__init__(f"the decision is with: {decider}")
        self.decider = decider


def record_consents(
    session: Session,
    *,
    student: AboutWhom,
    decisions: Mapping[Purpose, Decision],
    now: datetime,
    **occasion: Unpack[Occasion],
) -> list[ConsentFact]:
    """Add one event per purpose that says something new; what was added."""
    rows = consent_events(session, student=student, decisions=decisions, now=now, **occasion)
    add_consents(session, rows)
    return [ConsentFact(row["purpose"], row["decision"], row["actor"], now) for row in rows]


def consent_events(
    session: Session,
    *,
    student: AboutWhom,
    decisions: Mapping[Purpose, Decision],
    actor: Actor,
    wordings: Wordings,
    controllers: Controllers,
    language: str,
    medium: LinkMedium,
    now: datetime,
    actor_name: str = "",
    link_id: int | None = None,
    answer_id: int | None = None,
    before: Mapping[Purpose, EarlierWord] | None = None,
) -> list[dict[str, Any]]:
    """One row per purpose, to be added; a question that was shown and left open is `asked_no_answer`.

    `before` is what the same decider said last, where the caller knows it.
    """
    assert student.id is not None
    if before is None:
        before = _last_words(earlier_words(session, student.id), actor) if decisions else {}
    rows: list[dict[str, Any]] = []
    for purpose, decision in decisions.items():
        wording = wordings.of(purpose, _asked_of(actor))
        shown = wording.show(language, controllers)
        last = before.get(purpose)
        row = {
            "school_id": student.school_id,
            "student_id": student.id,
            "purpose": purpose,
            "decision": decision,
            "actor": actor,
            "actor_name": actor_name,
            "age_on_day": age_on(student.date_of_birth, london_date(now)),
            "wording": shown.version,
            "wording_sha256": shown.sha256,
            "language": shown.language,
            "channel": medium,
            "link_id": link_id,
            "answer_id": answer_id,
            "named_controllers": controllers.as_stored(wording, shown.language),
            "supersedes_id": last.id if last else None,
            "at": now,
        }
        if last is None or not _says_nothing_new(last, row):
            rows.append(row)
    return rows


def _asked_of(actor: Actor) -> Actor:
    return Actor.PARENT if actor is Actor.PARENT else Actor.SELF


def _last_words(words: list[EarlierWord], actor: Actor) -> dict[Purpose, EarlierWord]:
    """The last event per purpose of the same decider: of the student, or of a parent."""
    return {word.purpose: word for word in words if _asked_of(word.actor) is _asked_of(actor)}


def _says_nothing_new(last: EarlierWord, row: dict[str, Any]) -> bool:
    if last.link_id != row["link_id"] or last.actor is not row["actor"]:
        return False
    left_open = row["decision"] is Decision.ASKED_NO_ANSWER
    same = (last.decision, last.wording_sha256) == (row["decision"], row["wording_sha256"])
    return left_open or same


def record_objection(
    session: Session,
    *,
    student: AboutWhom,
    decision: ObjectionDecision,
    actor: Actor,
    wordings: Wordings,
    controllers: Controllers,
    language: str,
    medium: LinkMedium,
    now: datetime,
    actor_name: str = "",
    link_id: int | None = None,
) -> Objection:
    """Object to limb (c), or lift it; raises NotTheirDecision by the age on that day in England."""
    assert student.id is not None
    today = london_date(now)
    decider = objection_decider(student.date_of_birth, today)
    if actor not in (decider, Actor.STAFF_ON_PAPER):
        raise NotTheirDecision(decider)
    shown = wordings.of(STATUTORY, decider).show(language, controllers)
    objection = Objection(
        school_id=student.school_id,
        student_id=student.id,
        decision=decision,
        actor=actor,
        actor_name=actor_name,
        age_on_day=age_on(student.date_of_birth, today),
        wording=shown.version,
        wording_sha256=shown.sha256,
        language=shown.language,
        channel=medium,
        link_id=link_id,
        at=now,
    )
    last = next(reversed(objections_of(session, student.id)), None)
    if last and _is_the_same(last, objection):
        return last
    session.add(objection)
    session.flush()
    return objection


def _is_the_same(last: Objection, new: Objection) -> bool:
    said, says = (
        (row.decision, row.actor, row.link_id, row.wording_sha256, row.age_on_day) for row in (last, new)
    )
    return said == says
