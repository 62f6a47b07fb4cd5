"""Tutors are asked where leavers are: once, only those with somebody unknown, and never by name."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session, col, select

from surveybot.catalogue import load_catalogue
from surveybot.config import Settings
from surveybot.records import database
from surveybot.records.audit import AuditEntry
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.destination.destinations import DestinationFact, facts_of
from surveybot.records.follow_ups import HelpRequest, PassedOn, open_request_of
from surveybot.records.plan.planned import PlannedReminder, find_cohort
from surveybot.records.report.tutor_progress import progress_of_tutor_rounds
from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import Invitation, Link
from surveybot.records.round.rounds import RoundState
from surveybot.records.round.tutor_rounds import (
    PlannedTutorRound,
    TutorFact,
    unknown_student,
)
from surveybot.records.schools import School
from surveybot.records.staff import StaffMember
from surveybot.rules.destination.destinations import FactKind, FactSource, current
from surveybot.rules.plan.unknown_destinations import HowKnown, TutorWord
from surveybot.steps.calendar.show import View, calendars_of
from surveybot.steps.plan.steer_plan import steer_occasion
from surveybot.steps.roster.mark_student import mark_deceased
from surveybot.steps.round.open_round import RoundRefused, plan_round
from surveybot.steps.round.paper_links import NoLinks, paper_links
from surveybot.steps.round.steer_round import close_round
from surveybot.steps.tutor_rounds.say import Known, OnList, pass_on, take_back, tell
from tests.conftest import SmallSchool
from tests.steps.planning import Bot, at
from tests.steps.tutors import COLLEGE, OCTOBER, learn, open_now, plan, the_round

GROUP_A = ("Amira", "Ben", "Chloe", "Dewi", "Ewa")
DAY = timedelta(days=1)


CALENDAR = load_catalogue().calendar_at({})


def letters(engine: Engine) -> list[tuple[str, int | None, str]]:
    with database.reading(engine) as session:
        rows = session.exec(select(Delivery).order_by(col(Delivery.id)))
        return [(row.template, row.staff_id, row.state) for row in rows]


def on_list(session: Session, school: SmallSchool, code: str, forename: str, role: str = "tutor") -> OnList:
    row = the_round(session, code)
    unknown = unknown_student(session, row.id or 0, school.ids[forename])
    assert unknown is not None
    student = session.get_one(Student, school.ids[forename])
    return OnList(row, unknown, student, session.get_one(StaffMember, school.staff[role]))


def known(**changes: Any) -> Known:
    plain: dict[str, Any] = {"destination": COLLEGE, "how": HowKnown.FAMILY, "learned_on": date(2026, 10, 2)}
    return Known(**{**plain, **changes})


def test_each_tutor_gets_one_email_about_those_who_are_unknown_and_leaders_the_rest(
    engine: Engine, school: SmallSchool
) -> None:
    learn(engine, school, "Amira", "Grace")
    learn(engine, school, "Ben", destination="looking")
    with database.reading(engine) as session:
        planned = plan(session, school)
    whose = {one.member.email: [each.student.forename for each in one.students] for one in planned.lists}
    assert whose["tutor@example.org"] == ["Chloe", "Dewi", "Ben", "Ewa"]
    assert set(whose["leader@example.org"]) == {"Finn", "Harri", "Imran", "Jo", "Lena"}  # 11B has no tutor
    assert (planned.destination_year, planned.known) == (1, 2)
    code = open_now(engine, school)
    asked = {("tutor-unknowns", school.staff[role], "pending") for role in ("tutor", "careers_leader")}
    assert set(letters(engine)) == asked
    with database.reading(engine) as session:
        assert session.exec(select(Invitation)).first() is None
        row = session.exec(select(Delivery)).first()
        assert row is not None
        assert row.facts == {"page": f"/staff/rounds/{code}/mine"}


def test_a_tutor_with_nobody_unknown_gets_nothing_and_with_nobody_at_all_there_is_no_round(
    engine: Engine, school: SmallSchool
) -> None:
    learn(engine, school, *GROUP_A)
    open_now(engine, school)
    assert [staff for _, staff, _ in letters(engine)] == [school.staff["careers_leader"]]
    with database.reading(engine) as session, pytest.raises(RoundRefused, match="nothing to ask tutors"):
        plan(session, school, now=OCTOBER + 60 * DAY, group="11A")


def test_opened_by_hand_it_makes_no_link_and_no_invitation_and_no_command_makes_one(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    """Each email holds the plain address of the own list; students have nothing to open."""
    bot = Bot(engine, settings, school)
    bot.start("2026-10-05T08:00")
    code = open_now(engine, school)
    bot.tick("2026-10-05T09:00")
    bodies = [row.body_text for row in bot.deliveries("tutor-unknowns")]
    assert len(bodies) == 2 and all(f"/staff/rounds/{code}/mine" in body for body in bodies)
    assert not [body for body in bodies if "/r/" in body or "/me/" in body]
    with database.writing(engine) as session:
        with pytest.raises(NoLinks):
            paper_links(session, the_round(session, code), now=OCTOBER)
        assert session.exec(select(Invitation)).all() == []
        assert [one for one in session.exec(select(Link)) if one.student_id is not None] == []


def test_a_second_round_and_one_before_september_are_refused(engine: Engine, school: SmallSchool) -> None:
    open_now(engine, school)
    survey = load_catalogue().survey("tutor-unknowns")
    with database.reading(engine) as session:
        with pytest.raises(RoundRefused, match="already open"):
            plan(session, school)
        with pytest.raises(RoundRefused, match="from the September after"):
            plan(session, school, now=at("2026-08-31T09:00"))
        with pytest.raises(RoundRefused, match="no links"):
            row = session.get_one(School, school.id)
            plan_round(session, row, survey, leaving=2026, year_group=11, now=OCTOBER)


def test_the_plan_opens_the_round_when_it_is_due_reminds_once_and_asks_nobody_twice(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    bot = Bot(engine, settings, school)
    bot.start("2026-10-04T09:00")
    bot.tick("2026-10-04T09:00")
    bot.tick("2026-10-05T08:55")
    assert bot.wire.taken == []
    for when in ("2026-10-05T09:00", "2026-10-05T09:00", "2026-10-05T11:00"):
        bot.tick(when)
    assert bot.wire.addresses() == ["leader@example.org", "tutor@example.org"]
    (mail, _) = bot.wire.taken
    (row,) = bot.rounds()
    assert f"https://school.example.org/staff/rounds/{row.code}/mine" in mail.text
    assert not any(name in mail.text + mail.subject for name in (*GROUP_A, "/r/", "11A"))
    learn(engine, school, *GROUP_A, now=at("2026-10-10T09:00"))
    bot.tick("2026-10-12T09:00")
    bot.tick("2026-10-12T10:00")
    assert bot.wire.addresses() == ["leader@example.org", "leader@example.org", "tutor@example.org"]


def test_a_round_of_the_plan_that_would_ask_nobody_is_left_out_and_says_so(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    learn(engine, school, *[name for name in school.ids if name != "Kit"], now=at("2026-09-20T09:00"))
    bot = Bot(engine, settings, school)
    bot.start("2026-10-04T09:00")
    bot.tick("2026-10-05T09:00")
    assert bot.rounds() == []
    with database.reading(engine) as session:
        rows = {(row.destination_year, row.step): row for row in session.exec(select(PlannedTutorRound))}
    assert (rows[1, "autumn"].state, rows[1, "autumn"].reason) == ("skipped", "answered")
    assert rows[3, "november-3"].due_at == at("2028-11-23T10:00")


def test_the_calendar_shows_tutor_rounds_beforehand_and_one_that_is_held_does_not_open(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    bot = Bot(engine, settings, school)
    bot.start("2026-10-04T09:00")
    bot.tick("2026-10-04T09:00")

    def shown(session: Session) -> dict[tuple[int, str, str], tuple[int, str]]:
        row = session.get_one(School, school.id)
        until = date(2029, 8, 31)
        view = View(session, row, load_catalogue(), "https://school.example.org", bot.now)
        (found,) = calendars_of(view, leaving=2026, until=until)
        return {
            (one.destination_year, one.step, one.message): (one.people, one.state)
            for one in found.entries
            if one.of_staff
        }

    with database.writing(engine) as session:
        entries = shown(session)
        assert entries[1, "autumn", "first"] == entries[3, "november-3", "reminder-1"] == (2, "planned")
        cohort = find_cohort(session, school.id, leaving=2026, year_group=11)
        autumn = load_catalogue().check_ins.find("tutor-unknowns", "autumn")
        assert cohort and autumn
        held = steer_occasion(session, cohort, autumn, 1, "hold", reason="Half term", by="leader@example.org")
        assert held == 1
        session.flush()
        assert shown(session)[1, "autumn", "first"] == (2, "held")
    bot.tick("2026-10-05T09:00")
    assert bot.rounds() == []


def test_who_became_known_before_the_email_went_spares_the_tutor(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    bot = Bot(engine, settings, school)
    bot.start("2026-10-01T09:00")
    open_now(engine, school)
    learn(engine, school, *GROUP_A)
    bot.tick("2026-10-05T09:01")
    assert bot.wire.addresses() == ["leader@example.org"]
    states = {staff: state for _, staff, state in letters(engine)}
    assert states[school.staff["tutor"]] == "suppressed"


def test_what_a_tutor_knows_becomes_a_fact_with_who_how_and_when(engine: Engine, school: SmallSchool) -> None:
    code = open_now(engine, school)
    with database.writing(engine) as session:
        one = on_list(session, school, code, "Amira")
        said = known(provider="Saltern College", course="Bricklaying", started_month=9)
        assert tell(session, one, said, now=OCTOBER)
        assert not tell(session, one, said, now=OCTOBER)  # the button was pressed twice
    with database.reading(engine) as session:
        (fact,) = session.exec(select(DestinationFact)).all()
        (how,) = session.exec(select(TutorFact)).all()
        deeds = session.exec(select(AuditEntry).where(AuditEntry.deed == "tutor_told")).all()
    assert (fact.source, fact.method, fact.staff_id) == ("staff", "tutor", school.staff["tutor"])
    assert (fact.provider_name, fact.course_title) == ("Saltern College", "Bricklaying")
    assert (fact.started_on, fact.ascertained_at) == (date(2026, 9, 1), at("2026-10-02T11:00"))
    assert (how.how, how.fact_id, how.said_at) == (HowKnown.FAMILY, fact.id, OCTOBER)
    assert [(deed.subject, deed.details) for deed in deeds] == [(school.codes["Amira"], {"round": code})]


def test_a_word_taken_back_is_corrected_by_a_row_and_never_a_later_word_of_the_student(
    engine: Engine, school: SmallSchool
) -> None:
    learn(engine, school, "Amira", destination="looking", now=at("2026-09-20T09:00"))
    code = open_now(engine, school)
    with database.writing(engine) as session:
        for name in ("Amira", "Ben"):
            tell(session, on_list(session, school, code, name), known(), now=OCTOBER)
    learn(engine, school, "Ben", destination="apprenticeship", now=OCTOBER + DAY)
    with database.writing(engine) as session:
        for name in ("Amira", "Ben"):
            assert take_back(session, on_list(session, school, code, name), now=OCTOBER + 2 * DAY)
            assert not take_back(session, on_list(session, school, code, name), now=OCTOBER + 2 * DAY)
    with database.reading(engine) as session:
        amira = facts_of(session, school.ids["Amira"])
        ben = current(facts_of(session, school.ids["Ben"]), FactKind.ACTUAL).first
        assert [fact.destination for fact in amira] == ["looking", COLLEGE, "looking"]
        first = current(amira, FactKind.ACTUAL).first
        assert first is not None and (first.destination, first.source) == ("looking", FactSource.STAFF)
        assert ben is not None and ben.destination == "apprenticeship"
        row = the_round(session, code)
        counts = progress_of_tutor_rounds(session, school.id, [row])[row.id or 0]
    assert (counts.students, counts.unknown, counts.done) == (11, 10, 1)


@pytest.mark.parametrize("role", ["adviser", "careers_leader"])
def test_a_student_is_passed_on_once_with_an_alert_that_names_nobody(
    engine: Engine, school: SmallSchool, role: str
) -> None:
    code = open_now(engine, school)
    with database.writing(engine) as session:
        to = session.get_one(StaffMember, school.staff[role]) if role == "adviser" else None
        one = on_list(session, school, code, "Dewi")
        assert pass_on(session, CALENDAR, one, to=to, note="Phone is off", now=OCTOBER)
        assert not pass_on(session, CALENDAR, one, to=to, note="Phone is off", now=OCTOBER)
    with database.reading(engine) as session:
        (passed,) = session.exec(select(PassedOn)).all()
        request = session.get_one(HelpRequest, passed.request_id)
        alerts = session.exec(select(Delivery).where(Delivery.template == "alert-passed-on")).all()
        assert open_request_of(session, school.ids["Dewi"]) is None  # the student has asked for nothing
    assert (passed.note, request.done_at) == ("Phone is off", None)
    assert [(row.staff_id, row.facts) for row in alerts] == [
        (school.staff[role], {"page": "/staff/inbox/help"})
    ]
    with database.writing(engine) as session:  # heard of after all: that ends it
        assert tell(session, on_list(session, school, code, "Dewi"), known(), now=OCTOBER + DAY)
    with database.reading(engine) as session:
        assert session.get_one(HelpRequest, request.id).done_at == OCTOBER + DAY
        assert on_list(session, school, code, "Dewi").unknown.word is TutorWord.TOLD


def test_counts_are_of_staff_and_who_died_is_on_no_list(engine: Engine, school: SmallSchool) -> None:
    code = open_now(engine, school)
    with database.writing(engine) as session:
        mark_deceased(session, session.get_one(Student, school.ids["Ewa"]), now=OCTOBER)
        for name in ("Amira", "Ben", "Chloe"):
            tell(session, on_list(session, school, code, name), known(), now=OCTOBER)
        one = on_list(session, school, code, "Dewi")
        pass_on(session, CALENDAR, one, to=None, now=OCTOBER)
    with database.reading(engine) as session:
        row = the_round(session, code)
        counts = progress_of_tutor_rounds(session, school.id, [row])[row.id or 0]
    assert (counts.tutors, counts.tutors_done) == (2, 1)
    assert (counts.students, counts.done, counts.unknown, counts.passed_on) == (10, 4, 7, 1)


def test_a_closed_round_reminds_nobody(engine: Engine, school: SmallSchool, settings: Settings) -> None:
    bot = Bot(engine, settings, school)
    bot.start("2026-10-01T09:00")
    code = open_now(engine, school)
    bot.tick("2026-10-05T09:01")
    with database.writing(engine) as session:
        close_round(session, the_round(session, code), now=OCTOBER + DAY)
    bot.tick("2026-10-12T09:00")
    assert len(bot.wire.taken) == 2
    with database.reading(engine) as session:
        assert the_round(session, code).state is RoundState.CLOSED
        (reminder,) = session.exec(select(PlannedReminder)).all()
    assert (reminder.state, reminder.due_at) == ("skipped", at("2026-10-12T09:00"))
