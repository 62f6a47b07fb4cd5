import time
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func
from sqlalchemy.engine import Engine
from sqlmodel import Session, select

from surveybot.records import database
from surveybot.records.audit import AuditEntry
from surveybot.records.roster.students import (
    Contact,
    Leaving,
    Route,
    Student,
    contacts_of,
    leavings_of,
    routes_of,
)
from surveybot.records.schools import School
from surveybot.rules.delivery.channels import RouteKind, RouteOwner
from surveybot.rules.roster.identifiers import upn_letter
from surveybot.rules.roster.people import LeavingKind, StudentState
from surveybot.rules.roster_file.changes import Changes, Enrolment
from surveybot.steps.roster.enrol import (
    RosterRefused,
    enrol,
    preview,
    read_roster,
    read_school_roster,
    remember_mapping,
)
from tests.conftest import NOW, SmallSchool
from tests.statements import noted

HEADINGS = "Surname,Forename,DOB,Year,Adno,Reg Group"
OWN_MOBILE = (RouteOwner.STUDENT, RouteKind.MOBILE)


def upn(serial: int) -> str:
    body = f"9314000{20:02}{serial:03}"
    return upn_letter("A" + body) + body


def csv_of(*lines: str, headings: str = HEADINGS) -> bytes:
    return "\n".join((headings, *lines)).encode()


def whole_class(
    session: Session, school: SmallSchool, *, more: tuple[str, ...] = (), without: str = ""
) -> bytes:
    """The small school as its own roster file would have it."""
    students = session.exec(select(Student).where(Student.school_id == school.id).order_by(Student.code))
    lines = [
        f"{one.surname},{one.forename},{one.date_of_birth:%d/%m/%Y},{one.year_group},{one.admission_number},{one.tutor_group}"
        for one in students
        if one.forename != without
    ]
    return csv_of(*lines, *more)


class Office:
    """Imports files into one school, each in a transaction of its own."""

    def __init__(self, engine: Engine, school: SmallSchool) -> None:
        self.engine = engine
        self.school = school

    def look(self, data: bytes, now: datetime = NOW) -> Changes:
        with database.reading(self.engine) as session:
            return self._preview(session, data, now)

    def take(self, data: bytes, now: datetime = NOW, **options: Any) -> Enrolment:
        with database.writing(self.engine) as session:
            changes = self._preview(session, data, now)
            return enrol(session, self.row(session), changes, now=now, **options)

    def _preview(self, session: Session, data: bytes, now: datetime) -> Changes:
        reading = read_roster(data, "roster.csv", on=now.date(), made_up=True)
        return preview(session, self.row(session), reading, now=now)

    def row(self, session: Session) -> School:
        school = session.get(School, self.school.id)
        assert school is not None
        return school

    def file(self, **options: Any) -> bytes:
        with database.reading(self.engine) as session:
            return whole_class(session, self.school, **options)

    def student(self, forename: str) -> Student:
        with database.reading(self.engine) as session:
            return session.exec(
                select(Student).where(Student.school_id == self.school.id, Student.forename == forename)
            ).one()

    def routes(self, student: Student) -> dict[tuple[RouteOwner, RouteKind], Route]:
        assert student.id is not None
        with database.reading(self.engine) as session:
            return {(route.owner, route.kind): route for route in routes_of(session, student.id)}

    def leavings(self, student: Student) -> list[Leaving]:
        assert student.id is not None
        with database.reading(self.engine) as session:
            return leavings_of(session, student.id)


@pytest.fixture
def office(engine: Engine, school: SmallSchool) -> Office:
    return Office(engine, school)


def counts(enrolment: Enrolment) -> tuple[int, int, int, int]:
    return enrolment.added, enrolment.changed, enrolment.unchanged, enrolment.left


def test_the_schools_own_roster_changes_nothing(office: Office) -> None:
    assert counts(office.take(office.file())) == (0, 0, 12, 0)


def test_the_same_file_twice_changes_nothing(office: Office) -> None:
    headings = (
        HEADINGS + ",Student Mobile,Personal Email,Contact 1 Name,Contact 1 Email,PP,Postcode,Attendance"
    )
    new = (
        "Ünal,Ayşe,01/02/2010,11,90001,11B,07700900300,ayse@gmail.com,Ela Ünal,ela@example.org,Y,LS1 1AA,93.4"
    )
    data = office.file().replace(HEADINGS.encode(), headings.encode()) + b"\n" + new.encode()
    assert counts(office.take(data)) == (1, 0, 12, 0)
    before = office.student("Ayşe")
    assert counts(office.take(data)) == (0, 0, 13, 0)
    assert office.student("Ayşe").changed_at == before.changed_at


def test_a_new_student_comes_with_routes_contacts_and_a_leaving(office: Office) -> None:
    headings = HEADINGS + ",Student Mobile,Contact 1 Name,Contact 1 Mobile,Contact 1 Relationship"
    data = csv_of("Sow,Awa,01/02/2012,9,777,9C,07700900300,Fatou Sow,07700900301,Mother", headings=headings)
    assert counts(office.take(data)) == (1, 0, 0, 0)
    awa = office.student("Awa")
    assert awa.code.startswith("S-")
    assert {key: route.address for key, route in office.routes(awa).items()} == {
        OWN_MOBILE: "+447700900300",
        (RouteOwner.CONTACT_1, RouteKind.MOBILE): "+447700900301",
    }
    assert [(one.year_group, one.summer, one.left_on) for one in office.leavings(awa)] == [(11, 2028, None)]
    with database.reading(office.engine) as session:
        assert [(one.name, one.relationship) for one in contacts_of(session, awa.id or 0)] == [
            ("Fatou Sow", "Mother")
        ]


def test_a_preview_shows_old_and_new_and_writes_nothing(office: Office) -> None:
    data = office.file().replace(
        b"Khan,Amira,03/10/2009,11,00001,11A", b"Khan-Shah,Amira,03/10/2009,11,00001,11B"
    )
    changes = office.look(data)
    (change,) = changes.changed
    assert [(line.label, line.old, line.new) for line in change.lines] == [
        ("Surname", "Khan", "Khan-Shah"),
        ("Tutor group", "11A", "11B"),
    ]
    assert office.student("Amira").surname == "Khan"
    assert counts(office.take(data)) == (0, 1, 11, 0)
    assert (office.student("Amira").surname, office.student("Amira").tutor_group) == ("Khan-Shah", "11B")


def test_a_file_with_one_error_is_not_taken_at_all(office: Office) -> None:
    data = office.file(more=("New,Person,01/02/2010,11,90001,11A", "Bad,Person,01/02/10,11,90002,11A"))
    changes = office.look(data)
    assert [(error.row, error.column) for error in changes.errors] == [(15, "DOB")]
    with pytest.raises(RosterRefused):
        office.take(data)
    with database.reading(office.engine) as session:
        assert session.exec(select(func.count()).select_from(Student)).one() == 12


def test_an_empty_cell_takes_nothing_away(office: Office) -> None:
    headings = HEADINGS + ",Student Mobile,Student Email,Postcode"
    data = office.file().replace(HEADINGS.encode(), headings.encode()).replace(b"00001,11A", b"00001,,,,")
    assert counts(office.take(data)) == (0, 0, 12, 0)
    amira = office.student("Amira")
    assert (amira.tutor_group, amira.postcode) == ("11A", "ZZ1 1ZZ")
    assert office.routes(amira)[OWN_MOBILE].address == "+447700900101"


def own_mobile_of(office: Office, **at: object) -> None:
    with database.writing(office.engine) as session:
        query = select(Route).where(Route.student_id == office.student("Amira").id)
        route = session.exec(query.where(Route.kind == RouteKind.MOBILE)).one()
        for name, value in at.items():
            setattr(route, name, value)


def test_a_number_that_the_student_has_proven_is_not_replaced_by_the_offices(office: Office) -> None:
    own_mobile_of(office, proven_at=NOW)
    headings = HEADINGS + ",Student Mobile"
    other = csv_of("Khan,Amira,03/10/2009,11,1,11A,07700 900399", headings=headings)
    assert any("proven" in notice.problem for notice in office.look(other).notices)
    assert counts(office.take(other, confirm_left=True))[1] == 0
    kept = office.routes(office.student("Amira"))[OWN_MOBILE]
    assert (kept.address, kept.proven_at) == ("+447700900101", NOW)


def test_a_changed_number_is_unproven_and_no_longer_bad(office: Office) -> None:
    amira = office.student("Amira")
    own_mobile_of(office, proven_at=NOW, bad_at=NOW, bad_reason="wrong_number")
    headings = HEADINGS + ",Student Mobile"
    same = csv_of("Khan,Amira,03/10/2009,11,1,11A,07700 900101", headings=headings)
    other = csv_of("Khan,Amira,03/10/2009,11,1,11A,07700 900399", headings=headings)
    office.take(same, confirm_left=True)
    assert office.routes(amira)[OWN_MOBILE].proven_at is not None
    office.take(other, confirm_left=True)
    fresh = office.routes(amira)[OWN_MOBILE]
    assert (fresh.address, fresh.proven_at, fresh.bad_at, fresh.bad_reason) == (
        "+447700900399",
        None,
        None,
        "",
    )


PHONES = f"{HEADINGS},Student Mobile,Contact 1 Name,Contact 1 Mobile"
OF_CONTACT_1 = (RouteOwner.CONTACT_1, RouteKind.MOBILE)


def test_a_landline_is_kept_as_no_way_to_text_and_twice_it_changes_nothing(office: Office) -> None:
    file = csv_of("Ba,Issa,01/02/2011,10,,10A,0113 243 0000,Awa Ba,+33 6 12 34 56 78", headings=PHONES)
    office.take(file)
    found = office.routes(office.student("Issa"))
    for whose, number in ((OWN_MOBILE, "+441132430000"), (OF_CONTACT_1, "+33612345678")):
        assert (found[whose].address, found[whose].bad_reason) == (number, "no_text")
        assert found[whose].bad_at is not None
    assert office.look(file).changed == ()
    office.take(csv_of("Ba,Issa,01/02/2011,10,,10A,07700 900155,Awa Ba,", headings=PHONES))
    found = office.routes(office.student("Issa"))
    assert (found[OWN_MOBILE].address, found[OWN_MOBILE].bad_at) == ("+447700900155", None)
    assert found[OF_CONTACT_1].address == "+33612345678"


def test_a_landline_takes_a_mobiles_place_only_where_the_contact_is_somebody_else(office: Office) -> None:
    row = "Ba,Issa,01/02/2011,10,,10A,07700 900155,Awa Ba,07700 900156"
    office.take(csv_of(row, headings=PHONES))
    landlines = row.replace("07700 900155", "0113 243 0000").replace("07700 900156", "0113 243 0001")
    assert office.look(csv_of(landlines, headings=PHONES)).changed == ()
    other_parent = csv_of(landlines.replace("Awa Ba", "Moussa Sow"), headings=PHONES)
    office.take(other_parent)
    found = office.routes(office.student("Issa"))
    assert found[OWN_MOBILE].address == "+447700900155"
    assert (found[OF_CONTACT_1].address, found[OF_CONTACT_1].bad_reason) == ("+441132430001", "no_text")
    assert office.look(other_parent).changed == ()


def test_a_contact_who_is_somebody_else_now_loses_the_old_addresses(office: Office) -> None:
    headings = HEADINGS + ",Contact 1 Name,Contact 1 Email"
    data = csv_of("Novak,Lena,10/10/2009,11,12,11B,Petr Novak,petr@example.org", headings=headings)
    office.take(data, confirm_left=True)
    assert {key: route.address for key, route in office.routes(office.student("Lena")).items()} == {
        (RouteOwner.STUDENT, RouteKind.SCHOOL_EMAIL): "lena@pupils.example.org",
        (RouteOwner.CONTACT_1, RouteKind.PERSONAL_EMAIL): "petr@example.org",
    }
    with database.reading(office.engine) as session:
        lena = office.student("Lena")
        assert session.exec(select(Contact.name).where(Contact.student_id == lena.id)).all() == ["Petr Novak"]


# Whose row is it?


def test_a_person_is_known_by_upn_then_uln_then_admission_number_then_name(office: Office) -> None:
    headings = "UPN,ULN,Adno,Surname,Forename,DOB,Year"
    first = csv_of(f"{upn(1)},9276308686,500,Sow,Awa,01/02/2012,9", headings=headings)
    office.take(first)
    for line in (
        f"{upn(1)},,,Sow-Ba,Awa,01/02/2012,9",
        ",9276308686,,Sow-Ba,Awa,01/02/2012,9",
        ",,000500,Sow-Ba,Awa,01/02/2012,9",
    ):
        changes = office.look(csv_of(line, headings=headings))
        assert (len(changes.added), len(changes.changed)) == (0, 1)
    by_name = office.look(csv_of(f"{upn(2)},,,SOW,Awa,01/02/2012,9", headings=headings))
    assert [line.label for line in by_name.changed[0].lines] == ["Surname", "UPN"]


def test_zeros_that_a_spreadsheet_ate_do_not_make_a_new_person(office: Office) -> None:
    data = office.file().replace(b",00001,", b",1,")
    assert counts(office.take(data)) == (0, 0, 12, 0)
    assert office.student("Amira").admission_number == "00001"


def test_numbers_of_two_students_in_one_row_are_an_error(office: Office) -> None:
    headings = "UPN,Adno,Surname,Forename,DOB,Year"
    office.take(csv_of(f"{upn(1)},600,Sow,Awa,01/02/2012,9", headings=headings))
    changes = office.look(csv_of(f"{upn(1)},00001,Sow,Awa,01/02/2012,9", headings=headings))
    assert [(error.row, error.value) for error in changes.errors] == [(2, upn(1))]
    assert office.school.codes["Amira"] in changes.errors[0].problem


def test_a_number_that_now_names_somebody_else_is_an_error(office: Office) -> None:
    changes = office.look(csv_of("Other,Person,01/02/2010,11,00001,11A"))
    assert "another surname and date of birth" in changes.errors[0].problem


def test_two_namesakes_in_the_school_are_an_error_unless_a_number_tells(office: Office) -> None:
    with database.writing(office.engine) as session:
        twin = session.get_one(Student, office.school.ids["Grace"])
        twin.forename = "Harri"
    errors = office.look(csv_of("Walsh,Harri,09/09/2009,11,,11B")).errors
    assert "more than one student" in errors[0].problem
    assert not office.look(csv_of("Walsh,Harri,09/09/2009,11,00008,11B")).errors


def test_two_rows_for_one_stored_student_are_an_error(office: Office) -> None:
    data = csv_of("Khan,Amira,03/10/2009,11,00001,11A", "Khan,Amira,03/10/2009,11,,11A")
    assert [error.row for error in office.look(data).errors] == [3]


def test_another_schools_student_is_nobody_here(office: Office, other_school: SmallSchool) -> None:
    changes = office.look(csv_of("Canary,Zara,03/10/2009,11,00099,11A"))
    assert len(changes.added) == 1
    office.take(csv_of("Canary,Zara,03/10/2009,11,00099,11A"), confirm_left=True)
    with database.reading(office.engine) as session:
        assert session.get_one(Student, other_school.ids["Zara"]).admission_number == "00001"


# Who has left?


def test_few_who_are_not_in_the_file_have_left(office: Office) -> None:
    more = tuple(f"Crowd,Person{place:02},01/02/2010,11,{700 + place},11A" for place in range(20))
    office.take(office.file(more=more))
    assert counts(office.take(office.file(without="Finn"))) == (0, 0, 31, 1)
    finn = office.student("Finn")
    assert finn.state is StudentState.LEFT
    (leaving,) = office.leavings(finn)
    assert (leaving.left_on, leaving.kind) == (date(2026, 1, 20), LeavingKind.EARLY)


def test_more_than_one_in_twenty_needs_confirming(office: Office) -> None:
    data = office.file(without="Finn")
    changes = office.look(data)
    assert (len(changes.left), changes.on_roll, changes.needs_confirming) == (1, 11, True)
    with pytest.raises(RosterRefused, match="more than one in twenty"):
        office.take(data)
    assert office.student("Finn").state is StudentState.ON_ROLL
    assert counts(office.take(data, confirm_left=True)) == (0, 0, 11, 1)


def test_left_touches_only_the_year_groups_of_the_file(office: Office) -> None:
    assert counts(office.take(csv_of("Sow,Awa,01/02/2012,9,777,9C"))) == (1, 0, 0, 0)


def test_leavers_are_never_touched_by_a_later_file(office: Office) -> None:
    september = datetime(2026, 9, 10, 9, tzinfo=UTC)
    data = csv_of("New,Cohort,01/02/2011,11,801,11A", "Khan,Amira,03/10/2009,12,00001,12A")
    assert counts(office.take(data, september)) == (1, 1, 0, 0)
    assert office.student("Ben").state is StudentState.ON_ROLL


def test_who_stays_for_year_12_gets_a_second_leaving(office: Office) -> None:
    september = datetime(2026, 9, 10, 9, tzinfo=UTC)
    joiner = "Joiner,New,01/02/2010,12,802,12A"
    office.take(csv_of("Khan,Amira,03/10/2009,12,00001,12A", joiner), september)
    assert [(one.year_group, one.summer) for one in office.leavings(office.student("Amira"))] == [
        (11, 2026),
        (13, 2028),
    ]
    (leaving,) = office.leavings(office.student("New"))
    assert (leaving.summer, leaving.kind) == (2028, LeavingKind.JOINED_YEAR_12)
    later = datetime(2026, 11, 10, 9, tzinfo=UTC)
    assert counts(office.take(csv_of(joiner), later, confirm_left=True)) == (0, 0, 1, 1)
    assert office.student("Amira").state is StudentState.LEFT


def test_who_repeats_a_year_finishes_a_summer_later(office: Office) -> None:
    september = datetime(2026, 9, 10, 9, tzinfo=UTC)
    office.take(csv_of("Khan,Amira,03/10/2009,11,00001,11A"), september)
    assert [(one.year_group, one.summer) for one in office.leavings(office.student("Amira"))] == [(11, 2027)]


def test_who_is_in_the_file_again_has_returned(office: Office) -> None:
    whole = office.file()
    office.take(office.file(without="Finn"), confirm_left=True)
    assert counts(office.take(whole)) == (0, 1, 11, 0)
    finn = office.student("Finn")
    assert finn.state is StudentState.ON_ROLL
    (leaving,) = office.leavings(finn)
    assert (leaving.left_on, leaving.kind) == (None, LeavingKind.NORMAL)


def test_a_file_never_revives_the_dead(office: Office) -> None:
    data = office.file().replace(b"Moss,Kit", b"Moss,Kitty")
    changes = office.look(data)
    assert any("deceased" in notice.problem for notice in changes.notices)
    assert counts(office.take(data)) == (0, 0, 12, 0)
    kit = office.student("Kit")
    assert kit.state is StudentState.DECEASED
    assert counts(office.take(office.file(without="Kit"))) == (0, 0, 11, 0)


# Mapping, audit, size.


def test_a_mapping_is_remembered_for_the_same_headings(office: Office) -> None:
    data = csv_of("Sow,Awa,01/02/2012,9", headings="Nachname,Vorname,Geboren,Klasse")
    chosen = {
        "Nachname": "surname",
        "Vorname": "forename",
        "Geboren": "date_of_birth",
        "Klasse": "year_group",
    }
    with database.writing(office.engine) as session:
        row = office.row(session)
        assert read_school_roster(session, row, data, "x.csv", on=NOW.date()).errors
        remember_mapping(session, row, tuple(chosen), chosen, now=NOW)
    with database.reading(office.engine) as session:
        reading = read_school_roster(session, office.row(session), data, "x.csv", on=NOW.date())
    assert [row.full_name for row in reading.rows] == ["Awa Sow"]


def test_an_import_is_noted_without_names(office: Office) -> None:
    office.take(office.file(), file_sha256="ab" * 32, staff_id=office.school.staff["careers_leader"])
    with database.reading(office.engine) as session:
        entry = session.exec(select(AuditEntry)).one()
    assert (entry.deed, entry.staff_id) == ("roster_imported", office.school.staff["careers_leader"])
    assert entry.details == {"added": 0, "changed": 0, "unchanged": 12, "left": 0, "sha256": "ab" * 32}


def crowd(number: int, *, mobile: int = 900000) -> bytes:
    headings = HEADINGS + ",Student Mobile,Student Email,Contact 1 Name,Contact 1 Email,Postcode"
    lines = (
        f"Crowd{place},Person,01/02/{2015 - place % 7},{6 + 5 - place % 5},{place + 5000},11A,"
        f"07700{mobile + place % 1000},p{place}@pupils.example.org,Parent,c{place}@example.org,LS1 1AA"
        for place in range(number)
    )
    return csv_of(*lines, headings=headings)


def test_no_query_is_made_per_row(office: Office) -> None:
    with noted() as few:
        office.take(crowd(60), confirm_left=True)
    with noted() as many:
        office.take(crowd(600), confirm_left=True)
    assert 0 < len(many) <= len(few) + 6


@pytest.mark.slow
def test_two_thousand_students_take_less_than_four_seconds_of_work(office: Office) -> None:
    started = time.process_time()  # a busy machine makes it wait, not work
    assert office.take(crowd(2000), confirm_left=True).added == 2000
    assert time.process_time() - started < 4
    assert office.take(crowd(2000)).unchanged == 2000
