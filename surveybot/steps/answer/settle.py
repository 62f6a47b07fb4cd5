"""Settle: what somebody said becomes facts in the destination ledger.

Facts are only added. The name of a provider is kept as it was written; it is matched only where it is exactly
a name of the directory, since a likely one is a question to the person, not a fact.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection
from sqlmodel import Session

from surveybot.records.destination.destinations import DestinationFact, add_facts, last_intended, last_known
from surveybot.records.destination.providers import ids_by_folded_name
from surveybot.rules.answer.answer_facts import AnswerMeaning, FactValue
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.destination.destinations import FactKind, FactMethod, FactSource, PlaceStatus
from surveybot.rules.destination.provider_names import fold


@dataclass(frozen=True, slots=True)
class Said:
    """Whose facts they are, who said so, and how."""

    school_id: int
    student_id: int
    source: FactSource
    method: FactMethod
    answer_id: int | None
    staff_id: int | None
    at: datetime


def settle(
    session: Session, said: Said, meaning: AnswerMeaning, *, places: Mapping[str, int] | None = None
) -> int:
    """Append the facts of one answer; the count of new rows."""
    rows = facts_said(session, said, meaning, places=places)
    add_facts(session, rows)
    return len(rows)


def facts_said(
    session: Session, said: Said, meaning: AnswerMeaning, *, places: Mapping[str, int] | None = None
) -> list[dict[str, Any]]:
    """The rows of one answer, to be appended.

    `places` are the providers that its names were found to be, by folded name; None: look them up.
    """
    if places is None:
        named = {fold(fact.provider_name) for fact in meaning.facts if fact.provider_name}
        places = find_places(session.connection(), named)
    rows = _new_rows(said, meaning.facts, places)
    if meaning.same or meaning.no_place:
        rows += _repeated(said, meaning, _said_before(session, said.student_id, meaning))
    return rows


def _said_before(session: Session, student_id: int, meaning: AnswerMeaning) -> list[DestinationFact]:
    """The plan that was told; after leaving, the last destination, or else the first choice of the plan."""
    if not meaning.after_leaving:
        return last_intended(session, student_id)
    return last_known(session, student_id)


def find_places(connection: Connection, folded: Collection[str]) -> dict[str, int]:
    """The providers of exactly these folded names."""
    return ids_by_folded_name(connection, folded) if folded else {}


def _new_rows(said: Said, facts: Sequence[FactValue], places: Mapping[str, int]) -> list[dict[str, Any]]:
    return [
        _row(
            said,
            kind=fact.kind,
            destination=fact.destination,
            preference=fact.preference,
            provider_id=places.get(fold(fact.provider_name)) if fact.provider_name else None,
            provider_name=fact.provider_name,
            course_title=fact.course_title,
            status=fact.status,
            started_on=_month_before(fact.started_month, said.at),
        )
        for fact in facts
    ]


def _repeated(said: Said, meaning: AnswerMeaning, before: Sequence[DestinationFact]) -> list[dict[str, Any]]:
    """Facts said before, said again: all of them as verified, or the first choice as a place not given."""
    if meaning.same:
        return [
            _again(
                said,
                fact,
                kind=FactKind.ACTUAL if meaning.after_leaving else fact.kind,
                status=None if meaning.after_leaving else fact.status,
                started_on=fact.started_on,
                verified_at=said.at,
            )
            for fact in before
        ]
    first = [fact for fact in before if fact.preference == 1]
    return [_again(said, fact, kind=FactKind.OFFER, status=PlaceStatus.NO_PLACE) for fact in first]


def _again(said: Said, fact: DestinationFact, **changed: Any) -> dict[str, Any]:
    return _row(
        said,
        destination=fact.destination,
        preference=fact.preference,
        provider_id=fact.provider_id,
        provider_name=fact.provider_name,
        course_title=fact.course_title,
        verifies_id=fact.id if "verified_at" in changed else None,
        **changed,
    )


def _row(said: Said, **values: Any) -> dict[str, Any]:
    return {
        "school_id": said.school_id,
        "student_id": said.student_id,
        "source": said.source,
        "method": said.method,
        "answer_id": said.answer_id,
        "staff_id": said.staff_id,
        "ascertained_at": said.at,
        "course_level": "",
        "started_on": None,
        "verifies_id": None,
        "verified_at": None,
        **values,
    }


def _month_before(month: int | None, at: datetime) -> date | None:
    """The first day of the last such month: in November, September is this year's and June too."""
    if month is None:
        return None
    today = london_date(at)
    return date(today.year - (month > today.month), month, 1)
