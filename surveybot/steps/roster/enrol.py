"""Take a school's roster in: read the file, show what it would change, then write all of it or nothing."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime

from sqlmodel import Session

from surveybot.config import TWILIO_API_URL, Settings
from surveybot.files.tables import TableFault, read_table
from surveybot.records.audit import note_deed
from surveybot.records.roster.enrolments import hold_roster, whole_roster
from surveybot.records.roster.mappings import find_mapping, save_mapping
from surveybot.records.schools import School
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.plain_text import short
from surveybot.rules.roster.people import StudentState
from surveybot.rules.roster.tables import Table
from surveybot.rules.roster_file.changes import Changes, Enrolment, RosterReading
from surveybot.rules.roster_file.checks import repeated_people, shared_addresses
from surveybot.rules.roster_file.comparing import StudentChange, compare
from surveybot.rules.roster_file.headings import Columns, fingerprint, recognised, settle_columns
from surveybot.rules.roster_file.matching import match
from surveybot.rules.roster_file.reading import is_empty, read_row
from surveybot.rules.roster_file.rows import RosterRow, RowFault, Standards
from surveybot.rules.roster_file.stored import StoredStudent, year_group_now
from surveybot.steps.roster.write_roster import write_changes

SAMPLED = 30


class RosterRefused(Exception):
    """A roster with errors, or with too many who have left, was to be written."""


def read_roster(
    data: bytes,
    file_name: str,
    *,
    on: date,
    mapping: Mapping[str, str] | None = None,
    made_up: bool = False,
    authorities: Collection[str] = (),
) -> RosterReading:
    """Read a CSV, XLSX or CTF file; whatever is wrong with it comes back as errors.

    `mapping` is the user's heading -> a RosterField word, or "" for a column to leave alone. With `made_up`,
    phone numbers and domains that are reserved for examples count as real.
    """
    standards = Standards(on=on, made_up=made_up, authorities=frozenset(authorities))
    return _read(data, file_name, standards, lambda _headings: mapping or {})


def read_school_roster(
    session: Session,
    school: School,
    data: bytes,
    file_name: str,
    *,
    on: date,
    made_up: bool = False,
    authorities: Collection[str] = (),
) -> RosterReading:
    """Read a file with the mapping that the school saved for these headings, if it saved one."""
    standards = Standards(on=on, made_up=made_up, authorities=frozenset(authorities))
    return _read(
        data,
        file_name,
        standards,
        lambda headings: find_mapping(session, _id(school), fingerprint(headings)),
    )


def remember_mapping(
    session: Session, school: School, headings: Sequence[str], mapping: dict[str, str], *, now: datetime
) -> None:
    """Keep what a person chose for the columns of a file, for the next file with the same headings."""
    save_mapping(session, _id(school), fingerprint(headings), mapping, now=now)


def _read(
    data: bytes,
    file_name: str,
    standards: Standards,
    mapping_of: Callable[[Sequence[str]], Mapping[str, str]],
) -> RosterReading:
    try:
        table = read_table(data, heading_score=recognised)
    except TableFault as fault:
        error = RowFault(fault.row, fault.column, fault.value, fault.problem, fault.fix)
        return RosterReading(file_name=file_name, errors=(error,))
    columns = settle_columns(table.headings, table.heading_row, mapping_of(table.headings))
    found = RosterReading(
        file_name=file_name,
        headings=table.headings,
        columns={heading: field.value for field, heading in columns.used.items()},
        unknown=columns.unknown,
        samples={heading: _samples(table, heading) for heading in table.headings},
        errors=columns.errors,
        notices=columns.notices,
    )
    return found if columns.errors else _read_rows(table, columns, standards, found)


def _samples(table: Table, heading: str) -> tuple[str, ...]:
    """The first three values of a column, to tell what it is by."""
    cells = (row.cells.get(heading) for row in table.rows[:SAMPLED])
    filled = dict.fromkeys(short(str(cell), 30) for cell in cells if cell is not None and str(cell).strip())
    return tuple(filled)[:3]


def _read_rows(table: Table, columns: Columns, standards: Standards, found: RosterReading) -> RosterReading:
    readings = [read_row(row, columns.used, standards) for row in table.rows if not is_empty(row)]
    rows = tuple(reading.row for reading in readings if reading.row is not None)
    errors = [fault for reading in readings for fault in reading.errors] + repeated_people(rows, columns.used)
    notices = [fault for reading in readings for fault in reading.notices] + shared_addresses(rows)
    if not readings:
        errors.append(
            RowFault(
                table.heading_row, "", "", "is the last row: the file has no students", "Export it again."
            )
        )
    return replace(
        found,
        rows=rows,
        errors=tuple(sorted(errors, key=lambda fault: fault.row)),
        notices=(*found.notices, *sorted(notices, key=lambda fault: fault.row)),
    )


def preview(session: Session, school: School, reading: RosterReading, *, now: datetime) -> Changes:
    """What the file would change: nothing is written, and with errors there is nothing else to see."""
    if reading.errors:
        return Changes(errors=reading.errors, notices=reading.notices)
    stored = whole_roster(session, _id(school))
    matches = match(reading.rows, stored)
    if matches.errors:
        return Changes(errors=matches.errors, notices=reading.notices)
    return _changes(reading, matches.of_row, stored, on=london_date(now))


def _changes(
    reading: RosterReading, student_of: Mapping[int, StoredStudent], stored: list[StoredStudent], *, on: date
) -> Changes:
    known = [(row, student_of[row.number]) for row in reading.rows if row.number in student_of]
    dead = [row for row, student in known if student.state is StudentState.DECEASED]
    compared = [
        compare(row, student, on) for row, student in known if student.state is not StudentState.DECEASED
    ]
    changed = tuple(change for change in compared if change.lines)
    year_groups = {row.year_group for row in reading.rows}
    on_roll = [
        student
        for student in stored
        if student.state is StudentState.ON_ROLL and year_group_now(student, on) in year_groups
    ]
    present = {student.id for student in student_of.values()}
    return Changes(
        added=tuple(row for row in reading.rows if row.number not in student_of),
        changed=changed,
        unchanged=len(known) - len(changed),
        left=tuple(student for student in on_roll if student.id not in present),
        on_roll=len(on_roll),
        notices=(*reading.notices, *map(_deceased, dead), *_proven_kept(compared)),
        cohorts_known=frozenset(
            student.leavings[11].summer + 2 for student in stored if 11 in student.leavings
        ),
    )


def _deceased(row: RosterRow) -> RowFault:
    return RowFault(
        row.number,
        "",
        short(row.full_name),
        "is recorded as deceased, so nothing was changed and nothing will be sent",
        "If that is a mistake, correct it on the student's page.",
    )


def _proven_kept(compared: Sequence[StudentChange]) -> list[RowFault]:
    """A notice for each address that is not taken, since the student has proven another."""
    return [
        RowFault(
            change.row.number,
            route.kind.value.replace("_", " ").capitalize(),
            short(route.address),
            "is not taken: the student has proven another one to be theirs",
            "Correct it in your own system, or type it in on the student's page: it is asked there.",
        )
        for change in compared
        for route in change.kept_routes
    ]


def enrol(
    session: Session,
    school: School,
    changes: Changes,
    *,
    now: datetime,
    confirm_left: bool = False,
    staff_id: int | None = None,
    file_sha256: str = "",
) -> Enrolment:
    """Write what the preview showed, all of it; raises RosterRefused where that may not be."""
    if changes.errors:
        raise RosterRefused("The file has errors: nothing was changed.")
    if changes.needs_confirming and not confirm_left:
        raise RosterRefused(
            f"{len(changes.left)} of {changes.on_roll} students are not in the file and would be marked "
            "as left. That is more than one in twenty: check the file, and confirm it if it is right."
        )
    write_changes(session, _id(school), changes, now=now)
    counts = Enrolment(len(changes.added), len(changes.changed), changes.unchanged, len(changes.left))
    note_deed(
        session,
        "roster_imported",
        at=now,
        school_id=school.id,
        staff_id=staff_id,
        details={**asdict(counts), "sha256": file_sha256},
    )
    return counts


def hold(session: Session, school: School) -> None:
    """Let no other import of this school come between a preview and what is written."""
    hold_roster(session, _id(school))


def _id(school: School) -> int:
    assert school.id is not None
    return school.id


def takes_examples(settings: Settings) -> bool:
    """Whether numbers and domains that are reserved for examples count as real.

    They do wherever no text can reach anybody through Twilio itself: in the demo, in a rehearsal, while
    sending is off or held to a list, and against another address than Twilio's.
    """
    live = settings.outbound.mode == "allow" and settings.twilio_api_url == TWILIO_API_URL
    return settings.demo or settings.rehearsal or not live
