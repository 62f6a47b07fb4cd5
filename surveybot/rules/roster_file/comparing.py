"""What a row would change of a stored student: old and new of every field, before anything is written.

An empty cell takes nothing away, and a number that no text goes to takes no mobile's place. Two groups are
replaced as one: the parts of a name, and the lines of an address. A contact who is another person now loses
the addresses of the one before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from surveybot.rules.calendar.academic_year import leaving_for
from surveybot.rules.delivery.channels import RouteKind, RouteOwner
from surveybot.rules.plain_text import fold
from surveybot.rules.roster.email_addresses import same_address
from surveybot.rules.roster.people import StudentState
from surveybot.rules.roster_file.checks import fold_admission
from surveybot.rules.roster_file.fields import RosterField
from surveybot.rules.roster_file.rows import RosterContact, RosterRoute, RosterRow
from surveybot.rules.roster_file.stored import PERSON_FIELDS, StoredStudent

GROUPS = (("surname", "forename"), ("address1", "address2", "address3", "town"))
OWNERS = {1: RouteOwner.CONTACT_1, 2: RouteOwner.CONTACT_2}
ROUTE_LABELS = {
    RouteKind.SCHOOL_EMAIL: "email (school)",
    RouteKind.PERSONAL_EMAIL: "email (personal)",
    RouteKind.MOBILE: "mobile",
}
OWNER_LABELS = {
    RouteOwner.STUDENT: "Student",
    RouteOwner.CONTACT_1: "Contact 1",
    RouteOwner.CONTACT_2: "Contact 2",
}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One line of the preview."""

    label: str
    old: str
    new: str


@dataclass(slots=True)
class StudentChange:
    """Everything that a row changes of one student, ready to be written."""

    row: RosterRow
    student: StoredStudent
    lines: list[FieldChange] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    contacts: list[RosterContact] = field(default_factory=list)
    routes: list[RosterRoute] = field(default_factory=list)
    dropped_routes: list[int] = field(default_factory=list)  # route ids
    kept_routes: list[RosterRoute] = field(default_factory=list)  # not taken: the student has proven another
    strangers: set[RouteOwner] = field(default_factory=set)  # contacts who are somebody else now
    summer: tuple[int, int] | None = None  # year group and summer of a leaving that is new or moved
    returns: bool = False  # had left, and is on the roll again

    def say(self, label: str, old: Any, new: Any) -> None:
        self.lines.append(FieldChange(label, in_words(old), in_words(new)))


def in_words(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.strftime("%d/%m/%Y") if isinstance(value, date) else str(value)


def compare(row: RosterRow, student: StoredStudent, on: date) -> StudentChange:
    """The change that a row makes; its `lines` are empty where it makes none."""
    change = StudentChange(row, student)
    _compare_values(change)
    _compare_contacts(change)
    _compare_routes(change)
    _compare_leaving(change, on)
    return change


def _compare_values(change: StudentChange) -> None:
    row, stored = change.row, change.student.values
    for name in PERSON_FIELDS:
        new, old = getattr(row, name), stored[name]
        if new == old or (new in (None, "") and not _group_is_given(row, name)):
            continue
        if name == "admission_number" and fold_admission(new) == fold_admission(old):
            continue
        change.values[name] = new
        change.say(RosterField(name).label, old, new)


def _group_is_given(row: RosterRow, name: str) -> bool:
    return any(name in group and any(getattr(row, part) for part in group) for group in GROUPS)


def _compare_contacts(change: StudentChange) -> None:
    for given in change.row.contacts:
        stored = change.student.contacts.get(given.position, RosterContact(given.position))
        new = RosterContact(
            given.position,
            given.name or stored.name,
            given.relationship or stored.relationship,
            given.address or stored.address,
        )
        if new == stored:
            continue
        change.contacts.append(new)
        for part in ("name", "relationship", "address"):
            old_part, new_part = getattr(stored, part), getattr(new, part)
            if old_part != new_part:
                change.say(f"Contact {given.position} {part}", old_part, new_part)
        if stored.name and fold(stored.name) != fold(new.name):
            change.strangers.add(OWNERS[given.position])
            _drop_routes(change, OWNERS[given.position])


def _drop_routes(change: StudentChange, owner: RouteOwner) -> None:
    """Take away the addresses of a contact who is somebody else now, if the row gives no new ones."""
    given = {(route.owner, route.kind) for route in change.row.routes}
    for (whose, kind), route in change.student.routes.items():
        if whose is owner and (whose, kind) not in given:
            change.dropped_routes.append(route.id)
            change.say(_route_label(whose, kind), route.address, "")


def _compare_routes(change: StudentChange) -> None:
    stored: Mapping[Any, Any] = change.student.routes
    for route in change.row.routes:
        old = stored.get((route.owner, route.kind))
        if old is not None and same_address(old.address, route.address):
            continue
        if old is not None and old.proven and route.owner is RouteOwner.STUDENT:
            change.kept_routes.append(route)
            continue
        if route.no_text and old is not None and not old.no_text and route.owner not in change.strangers:
            continue
        change.routes.append(route)
        change.say(_route_label(route.owner, route.kind), old.address if old else "", route.address)


def _route_label(owner: RouteOwner, kind: RouteKind) -> str:
    return f"{OWNER_LABELS[owner]} {ROUTE_LABELS[kind]}"


def _compare_leaving(change: StudentChange, on: date) -> None:
    last, summer = leaving_of(change.row, on)
    stored = change.student.leavings.get(last)
    if change.student.state is StudentState.LEFT:
        change.returns = True
        change.say("On the roll", "left", "returned")
    if stored is None or (stored.summer != summer and (change.returns or stored.left_on is None)):
        change.summer = (last, summer)
        change.say(f"Finishes Year {last}", stored.summer if stored else "", summer)


def leaving_of(row: RosterRow, on: date) -> tuple[int, int]:
    """Year group (11 or 13) and summer of a row; a Year 14 finishes with this year's Year 13."""
    return leaving_for(min(row.year_group, 13), on)
