"""Say yes or no to one purpose on the consent passport."""

from datetime import datetime
from typing import Unpack

from sqlmodel import Session

from surveybot.records.answer.consents import ConsentEvent, consents_of
from surveybot.records.roster.students import Student
from surveybot.rules.answer.consent import Actor, Decision, Purpose
from surveybot.steps.consent.record_consent import Occasion, record_consents
from surveybot.steps.consent.withdraw import stop_asks_without_consent


def decide(
    session: Session,
    *,
    student: Student,
    purpose: Purpose,
    agrees: bool,
    now: datetime,
    **occasion: Unpack[Occasion],
) -> Decision:
    """Record it and say what it was: a no takes a yes back, or refuses; the same again adds no row."""
    decision = _decision(session, student, purpose, agrees=agrees, actor=occasion["actor"])
    record_consents(session, student=student, decisions={purpose: decision}, now=now, **occasion)
    if not agrees:
        stop_asks_without_consent(session, student, [purpose], now=now)
    return decision


def _decision(
    session: Session, student: Student, purpose: Purpose, *, agrees: bool, actor: Actor
) -> Decision:
    if agrees:
        return Decision.GRANTED
    last = _last_decision(session, student, purpose, actor)
    return Decision.WITHDRAWN if last in (Decision.GRANTED, Decision.WITHDRAWN) else Decision.REFUSED


def _last_decision(session: Session, student: Student, purpose: Purpose, actor: Actor) -> Decision | None:
    assert student.id is not None
    said: list[ConsentEvent] = [
        event
        for event in consents_of(session, student.id)
        if event.purpose is purpose
        and (event.actor is Actor.PARENT) is (actor is Actor.PARENT)
        and event.decision is not Decision.ASKED_NO_ANSWER
    ]
    return said[-1].decision if said else None
