"""Write down what stands on a signed paper: yes or no per purpose, and the statutory objection."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import LinkMedium
from surveybot.rules.answer.consent import Actor, Decision, ObjectionDecision, Purpose, objection_decider
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.survey.wordings import Controllers, Wordings
from surveybot.steps.consent.record_consent import (
    NotTheirDecision,
    Occasion,
    record_consents,
    record_objection,
)
from surveybot.steps.consent.withdraw import stop_asks_without_consent


def record_paper(
    session: Session,
    *,
    student: Student,
    signed_by: Actor,
    name: str,
    said: Mapping[Purpose, bool],
    objection: ObjectionDecision | None,
    wordings: Wordings,
    controllers: Controllers,
    now: datetime,
) -> None:
    """Record what was signed by the student (SELF) or a parent; raises NotTheirDecision before it writes."""
    decider = objection_decider(student.date_of_birth, london_date(now))
    if objection is not None and signed_by is not decider:
        raise NotTheirDecision(decider)
    occasion: Occasion = {
        "actor": Actor.PARENT if signed_by is Actor.PARENT else Actor.STAFF_ON_PAPER,
        "actor_name": name,
        "wordings": wordings,
        "controllers": controllers,
        "language": "en",
        "medium": LinkMedium.PAPER,
        "link_id": None,
    }
    decisions = {
        purpose: Decision.GRANTED if agrees else Decision.REFUSED for purpose, agrees in said.items()
    }
    record_consents(session, student=student, decisions=decisions, now=now, **occasion)
    refused = [purpose for purpose, agrees in said.items() if not agrees]
    stop_asks_without_consent(session, student, refused, now=now)
    if objection is not None:
        record_objection(session, student=student, decision=objection, now=now, **occasion)
