"""One student's data as a row of the local authority's file.

An objection stops "other information" only: name, address, date of birth and a parent's name and address
still go (Education and Skills Act 2008, s.72).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from surveybot.rules.answer.consent import ObjectionFact
from surveybot.rules.answer.offer_status import offer_status
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.destination.destination_kinds import DestinationKind
from surveybot.rules.destination.destinations import Fact, FactKind, current, learnt_at
from surveybot.rules.report.la_profile import COLUMNS, KEPT_AT_OBJECTION, LaProfile
from surveybot.rules.roster.people import LeavingKind, StudentState

OWN = "own_sixth_form"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolIdentity:
    urn: str
    name: str
    laestab: str = ""
    ukprn: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What a row is made of; `parent_address` is empty where it is the student's own."""

    code: str
    surname: str
    forename: str
    date_of_birth: date
    year_group: int
    summer: int
    upn: str = ""
    uln: str = ""
    preferred_name: str = ""
    sex: str = ""
    address: tuple[str, str, str] = ("", "", "")
    town: str = ""
    postcode: str = ""
    home_la: str = ""
    parent_name: str = ""
    parent_address: str = ""
    state: StudentState = StudentState.ON_ROLL
    left_on: date | None = None
    leaving_kind: LeavingKind = LeavingKind.NORMAL
    objections: tuple[ObjectionFact, ...] = ()
    facts: tuple[Fact, ...] = ()


def withhold(values: Mapping[str, str]) -> dict[str, str]:
    """The same row with nothing but what an objection cannot stop."""
    kept = {column: value if column in KEPT_AT_OBJECTION else "" for column, value in values.items()}
    return {**kept, "InformationWithheld": "Y"}


def intended_row(
    person: Person,
    *,
    school: SchoolIdentity,
    profile: LaProfile,
    kinds: Mapping[str, DestinationKind],
) -> dict[str, str]:
    """Every column by our own name, before any objection; what is not known is empty."""
    return {
        **dict.fromkeys(COLUMNS, ""),
        **_identity(person, school, profile),
        **_intention(person.facts, school, profile, kinds),
        **_activity(person.facts, school, profile, kinds),
        "InformationWithheld": "N",
    }


def _identity(person: Person, school: SchoolIdentity, profile: LaProfile) -> dict[str, str]:
    own_address = ", ".join(part for part in (*person.address, person.town, person.postcode) if part)
    return {
        "SchoolURN": school.urn,
        "SchoolLAEstab": school.laestab,
        "UPN": person.upn,
        "ULN": person.uln,
        "Surname": person.surname,
        "Forename": person.forename,
        "PreferredName": person.preferred_name,
        "DOB": profile.write_date(person.date_of_birth),
        "Sex": person.sex,
        "Address1": person.address[0],
        "Address2": person.address[1],
        "Address3": person.address[2],
        "Town": person.town,
        "Postcode": person.postcode,
        "HomeLACode": person.home_la,
        "ParentName": person.parent_name,
        "ParentAddress": (person.parent_address or own_address) if person.parent_name else "",
        "YearGroup": str(person.year_group),
    }


def _intention(
    facts: Sequence[Fact],
    school: SchoolIdentity,
    profile: LaProfile,
    kinds: Mapping[str, DestinationKind],
) -> dict[str, str]:
    now = current(facts, FactKind.INTENDED)
    first, second = now.first, now.choice(2)
    kind = kinds.get(first.destination) if first else None
    if first is None or kind is None:
        return {}
    own, provider = first.destination == OWN, first.provider
    return {
        "IntendedDestinationCode": kind.intended(profile.generation, first.status),
        "IntendedProviderName": _provider_name(first, school),
        "IntendedProviderUKPRN": school.ukprn if own else (provider and provider.ukprn) or "",
        "IntendedProviderURN": school.urn if own else (provider and provider.urn) or "",
        "CourseTitle": first.course_title,
        "CourseLevel": first.course_level,
        "OfferStatusCode": offer_status(facts, kinds),
        "SecondChoiceProvider": _provider_name(second, school) if second else "",
        "DateAscertained": profile.write_date(london_date(learnt_at(first, facts))),
        "DateVerified": profile.write_date(_day(first.verified_at)),
        "Source": first.source.value,
    }


def _activity(
    facts: Sequence[Fact],
    school: SchoolIdentity,
    profile: LaProfile,
    kinds: Mapping[str, DestinationKind],
) -> dict[str, str]:
    actual = current(facts, FactKind.ACTUAL).first
    kind = kinds.get(actual.destination) if actual else None
    if actual is None or kind is None:
        return {}
    return {
        "ActivityCode": kind.activity_code,
        "ActivityProviderName": _provider_name(actual, school),
        "ActivityStartDate": profile.write_date(actual.started_on),
    }


def _provider_name(fact: Fact, school: SchoolIdentity) -> str:
    return school.name if fact.destination == OWN else fact.provider_name


def _day(at: datetime | None) -> date | None:
    return london_date(at) if at else None
