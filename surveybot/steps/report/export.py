"""Gather the rows of the local authority's file: from facts, never from answers, as they stand that day."""

from datetime import datetime

from sqlmodel import Session

from surveybot.catalogue import Catalogue
from surveybot.records.answer.consents import objections_of_students
from surveybot.records.destination.destinations import facts_of_students
from surveybot.records.roster.students import Contact, Leaving, Student, cohort, first_contacts
from surveybot.records.schools import School
from surveybot.rules.answer.consent import ObjectionFact
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.destination.destinations import Fact
from surveybot.rules.report.la_rows import Person, SchoolIdentity
from surveybot.rules.report.la_sheet import ExportSheet, make_sheet
from surveybot.rules.school_settings import SchoolSettings

INTENDED = "intended"


class UnknownProfile(LookupError):
    """No profile of that name is shipped; `known` names those that are."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"There is no profile {name!r}. There are: {', '.join(known)}.")
        self.known = known


def export_intended(
    session: Session,
    school: School,
    *,
    leaving: int,
    profile: str,
    now: datetime,
    catalogue: Catalogue,
    year_group: int = 11,
) -> ExportSheet:
    """Where everybody who finishes that year group in that summer intends to go, as it stands now."""
    if profile not in catalogue.profiles:
        raise UnknownProfile(profile, sorted(catalogue.profiles))
    return make_sheet(
        _people(session, school.id or 0, leaving=leaving, year_group=year_group),
        school=_identity(school),
        profile=catalogue.profiles[profile],
        kinds=catalogue.destination_kinds,
        on=london_date(now),
    )


def _identity(school: School) -> SchoolIdentity:
    settings = SchoolSettings.from_stored(school.settings)
    return SchoolIdentity(urn=school.urn, name=school.name, laestab=settings.laestab, ukprn=settings.ukprn)


def _people(session: Session, school_id: int, *, leaving: int, year_group: int) -> list[Person]:
    """Everybody of the cohort with what a row needs: four queries, however many there are."""
    members = cohort(session, school_id, leaving=leaving, year_group=year_group)
    ids = [student.id for student, _leaving in members if student.id is not None]
    facts = facts_of_students(session, ids)
    objections = objections_of_students(session, ids)
    first = first_contacts(session, ids)
    return [
        _person(
            student,
            leaving_row,
            first.get(id_),
            facts.get(id_, []),
            [event.as_fact() for event in objections.get(id_, [])],
        )
        for (student, leaving_row), id_ in zip(members, ids, strict=True)
    ]


def _person(
    student: Student,
    leaving: Leaving,
    parent: Contact | None,
    facts: list[Fact],
    objections: list[ObjectionFact],
) -> Person:
    return Person(
        code=student.code,
        upn=student.upn or "",
        uln=student.uln or "",
        surname=student.surname,
        forename=student.forename,
        preferred_name=student.preferred_name,
        date_of_birth=student.date_of_birth,
        sex=student.sex,
        address=(student.address1, student.address2, student.address3),
        town=student.town,
        postcode=student.postcode,
        home_la=student.home_la,
        parent_name=parent.name if parent else "",
        parent_address=parent.address if parent else "",
        year_group=leaving.year_group,
        summer=leaving.summer,
        state=student.state,
        left_on=leaving.left_on,
        leaving_kind=leaving.kind,
        objections=tuple(objections),
        facts=tuple(facts),
    )
