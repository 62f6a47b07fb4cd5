"""A cohort as the local authority's file, with what was left out of it, and why.

Whether an objection stands is decided on the day of the export: who decides changes on the 16th birthday.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from surveybot.rules.answer.consent import objects
from surveybot.rules.destination.destination_kinds import DestinationKind
from surveybot.rules.report.la_profile import LaProfile
from surveybot.rules.report.la_rows import Person, SchoolIdentity, intended_row, withhold
from surveybot.rules.roster.people import LeavingKind, StudentState

WHOLE_ROW = "The whole row"
NOT_PART = "Not part of this return."
LEFT_EARLY = "Left the school before the end of the year."
NO_ANSWER = "No answer yet: the destination columns are empty."
NOT_ON_ROSTER = "Not on the roster."
WITHHELD = (
    "Withheld: an objection to sharing other information stands (Education and Skills Act 2008, section 72)."
)
LEFT_OUT_COLUMNS = ("Surname", "Forename", "DOB", "LeftOut", "Reason")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Who or what is not in the file, and why, in words that may travel with it."""

    student: str  # the short code: for pages, not in the file
    surname: str
    forename: str
    born: str
    what: str
    why: str

    @property
    def cells(self) -> tuple[str, ...]:
        return (self.surname, self.forename, self.born, self.what, self.why)


@dataclass(frozen=True, slots=True)
class ExportSheet:
    profile: LaProfile
    rows: tuple[tuple[str, ...], ...]
    left_out: tuple[LeftOut, ...]
    withheld: int  # rows with other information withheld
    unanswered: int

    @property
    def columns(self) -> tuple[str, ...]:
        return self.profile.headers

    @property
    def people_left_out(self) -> int:
        return sum(entry.what == WHOLE_ROW for entry in self.left_out)


def make_sheet(
    people: Iterable[Person],
    *,
    school: SchoolIdentity,
    profile: LaProfile,
    kinds: Mapping[str, DestinationKind],
    on: date,
) -> ExportSheet:
    """The rows of everybody who is part of the return, as it stands on that day."""
    rows, left_out, withheld, unanswered = [], [], 0, 0
    for person in people:
        if reason := _not_in_return(person):
            left_out.append(_left_out(person, profile, WHOLE_ROW, reason))
            continue
        objected = objects(person.objections, person.date_of_birth, on)
        values = intended_row(person, school=school, profile=profile, kinds=kinds)
        values = withhold(values) if objected else values
        rows.append(profile.arrange(values))
        withheld += objected
        unanswered += not objected and not values["IntendedDestinationCode"]
        left_out += [
            _left_out(person, profile, what, why) for what, why in _gaps(values, profile, objected=objected)
        ]
    return ExportSheet(profile, tuple(rows), tuple(left_out), withheld, unanswered)


def _not_in_return(person: Person) -> str:
    """Why a person has no row at all; empty where they have one."""
    if person.state is StudentState.DECEASED:
        return NOT_PART
    if person.leaving_kind in (LeavingKind.EARLY, LeavingKind.MOVED_SCHOOL):
        return LEFT_EARLY
    left_with_the_others = person.left_on is not None and person.left_on >= date(person.summer, 6, 1)
    return LEFT_EARLY if person.state is StudentState.LEFT and not left_with_the_others else ""


def _gaps(values: Mapping[str, str], profile: LaProfile, *, objected: bool) -> list[tuple[str, str]]:
    """What is empty in a row and why, one entry per reason."""
    header = {column.column: column.header for column in profile.columns}
    wanted = ("Address1",) if objected else ("ULN", "Address1")
    missing = [header[column] for column in wanted if column in header and not values[column]]
    gaps = [(", ".join(missing), NOT_ON_ROSTER)] if missing else []
    if objected:
        return [*gaps, (", ".join(profile.withheld_headers), WITHHELD)]
    if not values["IntendedDestinationCode"]:
        gaps.append((header.get("IntendedDestinationCode", "Destination"), NO_ANSWER))
    return gaps


def _left_out(person: Person, profile: LaProfile, what: str, why: str) -> LeftOut:
    born = profile.write_date(person.date_of_birth)
    return LeftOut(person.code, person.surname, person.forename, born, what, why)
