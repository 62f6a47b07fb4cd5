"""Write a previewed roster: one statement per table, whatever the number of students."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from surveybot.records.roster.enrolments import (
    add_rows,
    change_contacts,
    change_rows,
    drop_routes,
    ids_of_codes,
    taken_codes,
)
from surveybot.records.roster.students import Contact, Leaving, Route, Student
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.roster.people import LeavingKind, StudentState, last_term
from surveybot.rules.roster.phone_numbers import NO_TEXT
from surveybot.rules.roster_file.changes import Changes
from surveybot.rules.roster_file.comparing import StudentChange, leaving_of
from surveybot.rules.roster_file.rows import RosterContact, RosterRoute, RosterRow
from surveybot.rules.roster_file.stored import PERSON_FIELDS, StoredStudent, year_group_now
from surveybot.rules.short_codes import new_code


def write_changes(session: Session, school_id: int, changes: Changes, *, now: datetime) -> None:
    """Write students first, then what hangs on them, then who has left."""
    _add_students(session, school_id, changes, now)
    _change_students(session, school_id, changes.changed, now)
    _mark_left(session, changes.left, now)


def _add_students(session: Session, school_id: int, changes: Changes, now: datetime) -> None:
    codes = _new_codes(session, len(changes.added))
    coded = list(zip(codes, changes.added, strict=True))
    add_rows(session, Student, [_student(code, row, school_id, now) for code, row in coded])
    ids = ids_of_codes(session, codes)
    people = [(ids[code], row) for code, row in coded]
    add_rows(
        session,
        Contact,
        [_contact(school_id, student_id, contact) for student_id, row in people for contact in row.contacts],
    )
    add_rows(
        session,
        Route,
        [_route(school_id, student_id, route, now) for student_id, row in people for route in row.routes],
    )
    on = london_date(now)
    add_rows(
        session,
        Leaving,
        [
            _leaving(school_id, student_id, *leaving_of(row, on), cohorts_known=changes.cohorts_known)
            for student_id, row in people
        ],
    )


def _new_codes(session: Session, number: int) -> list[str]:
    """As many codes as asked for, none of which any student has."""
    codes: set[str] = set()
    while len(codes) < number:
        fresh = {new_code("S") for _ in range(number - len(codes))} - codes
        codes |= fresh - taken_codes(session, fresh)
    return sorted(codes)


def _student(code: str, row: RosterRow, school_id: int, now: datetime) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in PERSON_FIELDS},
        "code": code,
        "school_id": school_id,
        "state": StudentState.ON_ROLL,
        "see_me_first": False,
        "created_at": now,
        "changed_at": now,
    }


def _contact(school_id: int, student_id: int, contact: RosterContact) -> dict[str, Any]:
    return {"school_id": school_id, "student_id": student_id, **asdict(contact)}


def _route(school_id: int, student_id: int, route: RosterRoute, now: datetime) -> dict[str, Any]:
    return {
        "school_id": school_id,
        "student_id": student_id,
        "owner": route.owner,
        "kind": route.kind,
        "channel": route.channel,
        "address": route.address,
        "changed_at": now,
        **_way_to_text(route, now),
    }


def _way_to_text(route: RosterRoute, now: datetime) -> dict[str, Any]:
    """Whether messages may go there; a landline is kept, and is none."""
    return {"bad_at": now, "bad_reason": NO_TEXT} if route.no_text else {"bad_at": None, "bad_reason": ""}


def _leaving(
    school_id: int, student_id: int, last: int, summer: int, *, cohorts_known: frozenset[int] = frozenset()
) -> dict[str, Any]:
    joined = last == 13 and summer in cohorts_known
    return {
        "school_id": school_id,
        "student_id": student_id,
        "year_group": last,
        "summer": summer,
        "kind": LeavingKind.JOINED_YEAR_12 if joined else LeavingKind.NORMAL,
    }


def _change_students(
    session: Session, school_id: int, changed: Iterable[StudentChange], now: datetime
) -> None:
    change_rows(session, Student, [_changed_student(change, now) for change in changed])
    change_contacts(
        session,
        [
            _contact(school_id, change.student.id, contact)
            for change in changed
            for contact in change.contacts
        ],
    )
    drop_routes(session, [route_id for change in changed for route_id in change.dropped_routes])
    _change_routes(session, school_id, changed, now)
    _change_leavings(session, school_id, changed)


def _changed_student(change: StudentChange, now: datetime) -> dict[str, Any]:
    returned = {"state": StudentState.ON_ROLL, "state_at": now} if change.returns else {}
    return {"id": change.student.id, **change.values, **returned, "changed_at": now}


def _change_routes(session: Session, school_id: int, changed: Iterable[StudentChange], now: datetime) -> None:
    """A new address is unproven, and what was wrong with the old one is no longer known of it."""
    new, replaced = [], []
    for change in changed:
        for route in change.routes:
            stored = change.student.routes.get((route.owner, route.kind))
            if stored is None:
                new.append(_route(school_id, change.student.id, route, now))
                continue
            fresh = {"proven_at": None, "changed_at": now, **_way_to_text(route, now)}
            replaced.append({"id": stored.id, "address": route.address, **fresh})
    add_rows(session, Route, new)
    change_rows(session, Route, replaced)


def _change_leavings(session: Session, school_id: int, changed: Iterable[StudentChange]) -> None:
    new, moved = [], []
    for change in changed:
        if change.returns:
            moved += _taken_back(change)
        if change.summer is None:
            continue
        last, summer = change.summer
        if last in change.student.leavings:
            moved.append({"id": change.student.leavings[last].id, "summer": summer})
        else:
            new.append(_leaving(school_id, change.student.id, last, summer))
    add_rows(session, Leaving, new)
    change_rows(session, Leaving, moved)


def _taken_back(change: StudentChange) -> list[dict[str, Any]]:
    """The leavings that did not happen after all: those still ahead of the student's year group."""
    return [
        {"id": leaving.id, "left_on": None, "kind": LeavingKind.NORMAL}
        for year_group, leaving in change.student.leavings.items()
        if year_group >= change.row.year_group and leaving.left_on is not None
    ]


def _mark_left(session: Session, left: Iterable[StoredStudent], now: datetime) -> None:
    """Whoever leaves in Year 11 or above before the summer is an early leaver; below, they moved school."""
    on = london_date(now)
    change_rows(
        session,
        Student,
        [
            {"id": student.id, "state": StudentState.LEFT, "state_at": now, "changed_at": now}
            for student in left
        ],
    )
    change_rows(session, Leaving, [row for student in left for row in _ended(student, on)])


def _ended(student: StoredStudent, on: date) -> list[dict[str, Any]]:
    leaving: Mapping[int, Any] = student.leavings
    stored = leaving.get(13) or leaving.get(11)
    if stored is None or stored.left_on is not None:
        return []
    year_group = year_group_now(student, on) or 13
    kind = LeavingKind.EARLY if year_group >= 11 else LeavingKind.MOVED_SCHOOL
    if on >= last_term(stored.summer):
        return [{"id": stored.id, "left_on": on}]
    return [{"id": stored.id, "left_on": on, "kind": kind}]
