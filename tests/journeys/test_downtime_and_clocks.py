"""A worker that was off, clocks that are wrong: nothing twice, nothing outside the hours, nothing too late.

Every case goes through the real worker; the judges are the pretend provider's ledger and what staff read.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from alembic import command
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.cli import main
from surveybot.config import Settings
from surveybot.links import LinkPurpose
from surveybot.records import database, migrations
from surveybot.records.roster.students import Leaving, Student
from surveybot.records.schools import School
from surveybot.records.worker.trusted_clock import trusted_clock
from surveybot.rules.calendar.clock_jumps import is_far_leap
from surveybot.rules.calendar.dates_in_words import LONDON
from surveybot.rules.delivery.contact_hours import is_allowed
from surveybot.senders.base import Accepted, Message, Renew, Senders, always
from surveybot.steps.plan.ask_about_clock import say_clock_is_right
from surveybot.steps.round.open_round import RoundRefused, open_round, plan_round
from surveybot.worker import Worker
from tests.commands.test_worker import environ
from tests.conftest import STAFF, Clock, SmallSchool
from tests.steps.planning import CATALOGUE, Bot, at
from tests.steps.sending.outbox import Wire, open_for
from tests.web.holders import give_link, token
from tests.web.staff_room import post

SignIn = Callable[..., FlaskClient]
STAFF_MAIL = {email for email, *_ in STAFF}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class TimedWire(Wire):
    """The provider's ledger with the time at which each message came, by a clock that is right."""

    clock: Callable[[], datetime] = datetime.now
    came_at: list[datetime] = field(default_factory=list)

    def send(self, message: Message, renew: Renew = always) -> Accepted:
        accepted = super().send(message, renew)
        self.came_at.append(self.clock())
        return accepted


@dataclass
class Machine:
    """A worker on a machine whose clock may be wrong; `true` is the time that it should show."""

    bot: Bot
    wire: TimedWire
    true: datetime
    wrong_by: timedelta = timedelta(0)

    def run(self, until: str, *, every: timedelta = timedelta(minutes=2)) -> None:
        """Tick, as the running worker does, up to and with that time."""
        end = at(until)
        while self.true < end:
            self.true = min(end, self.true + every)
            self.bot.now = self.true + self.wrong_by
            self.bot.worker.tick_safely()

    def off(self, until: str) -> None:
        """Nothing runs; a new worker starts, which remembers nothing. After months a person looks."""
        self.true = at(until) - timedelta(seconds=30)
        with database.writing(self.bot.engine) as session:
            row = trusted_clock(session)
            if row is not None and is_far_leap(self.true, row.right_at, leap=None):
                say_clock_is_right(session, now=self.true)
        self.bot.worker = self.new_worker()
        self.run(until)

    def new_worker(self) -> Worker:
        old = self.bot.worker
        return replace(old, watch=type(old.watch)(), counter=lambda: self.true.timestamp())

    def went(self) -> list[str]:
        return sorted({f"{one:%d %b %H:%M}" for one in self.wire.came_at})


@pytest.fixture
def machine(
    engine: Engine, settings: Settings, school: SmallSchool, caplog: pytest.LogCaptureFixture
) -> Iterator[Machine]:
    """Hillview's cohort of 2026 runs; after-mocks is due on Mon 26 Jan 2026 at ten."""
    wire = TimedWire()
    bot = Bot(engine, settings, school, wire=wire)
    bot.start("2026-01-05T08:00")
    made = Machine(bot, wire, at("2026-01-05T08:00"))
    wire.clock = lambda: made.true
    bot.worker = made.new_worker()
    made.run("2026-01-05T08:02")
    with caplog.at_level(logging.ERROR, "surveybot.worker"):
        yield made
    assert "the tick failed" not in caplog.text
    asked_at = [when for when, one in zip(wire.came_at, wire.taken, strict=True) if one.to not in STAFF_MAIL]
    assert all(is_allowed(one) for one in asked_at)
    said = Counter((row.student_id, row.dedupe_key) for row in bot.deliveries() if row.accepted_at)
    assert len(wire.taken) == sum(said.values()) and max(said.values(), default=1) == 1


@pytest.fixture
def reads(sign_in: SignIn, clock: Clock, machine: Machine) -> Callable[[str], str]:
    def page(path: str) -> str:
        clock.time = machine.bot.now
        return sign_in("careers_leader").get(path).text

    return page


def rows_of_page(page: str, words: str) -> list[str]:
    """The rows of a page's tables in which these words stand."""
    return [row for row in page.split("<tr") if words in row]


# Downtime -----------------------------------------------------------------------------------------------


def test_off_for_an_hour_it_is_asked_an_hour_late(machine: Machine) -> None:
    machine.off("2026-01-26T09:50")
    machine.off("2026-01-26T10:50")
    assert machine.went() == ["26 Jan 10:50"] and len(machine.wire.taken) == 10
    machine.run("2026-01-26T11:00")
    assert len(machine.wire.taken) == 10
    (row,) = machine.bot.rounds()
    assert row.closes_at == at("2026-02-16T10:00")  # as if nothing had happened


def test_back_in_the_evening_it_is_asked_the_next_morning(machine: Machine) -> None:
    machine.off("2026-01-26T19:45")
    machine.run("2026-01-27T07:59", every=3 * HOUR)
    assert machine.wire.taken == []
    machine.run("2026-01-27T08:00")
    assert machine.went() == ["27 Jan 08:00"] and len(machine.wire.taken) == 10


def test_off_for_three_days_it_is_asked_once_and_the_reminder_keeps_its_day(machine: Machine) -> None:
    machine.off("2026-01-25T12:00")
    machine.off("2026-01-28T12:00")
    assert machine.went() == ["28 Jan 12:00"] and len(machine.wire.taken) == 10
    machine.run("2026-01-30T10:00", every=DAY)
    assert len(machine.bot.deliveries("reminder-1")) == 10
    assert machine.went() == ["28 Jan 12:00", "30 Jan 10:00"]


def test_off_for_three_days_over_a_reminder_it_is_left_out_and_says_so(
    machine: Machine, reads: Callable[[str], str]
) -> None:
    machine.run("2026-01-26T10:00", every=7 * DAY)
    machine.off("2026-02-02T12:00")  # the reminder was for Friday
    assert not machine.bot.deliveries("reminder-1")
    rows = rows_of_page(reads("/staff/calendar?leaving=2026"), "Fri 30 Jan 2026, 10:00")
    (reminder,) = [row for row in rows if "It would have come too late to make sense" in row]
    assert "Left out" in reminder
    machine.run("2026-02-05T10:00", every=DAY)
    assert machine.bot.deliveries("reminder-2")


def test_off_for_forty_days_nothing_is_made_up_for_and_every_page_says_why(
    machine: Machine, reads: Callable[[str], str]
) -> None:
    machine.off("2026-01-25T12:00")
    machine.off("2026-03-06T12:00")
    machine.run("2026-03-07T12:00", every=DAY / 4)
    assert machine.wire.taken == []
    assert machine.bot.states("after-mocks") == {"skipped:expired": 12}
    for path in (
        "/staff/calendar?leaving=2026",
        f"/staff/calendar/students/{machine.bot.school.codes['Amira']}",
    ):
        (row, *_) = rows_of_page(reads(path), "Mon 26 Jan 2026, 10:00")
        assert "Left out" in row and "It would have come too late to make sense" in row
    machine.run("2026-04-20T09:00", every=10 * DAY)
    machine.run("2026-04-24T10:00", every=HOUR * 6)
    assert machine.bot.opened().count("before-leaving") == 10  # what comes next comes as planned


def test_off_for_forty_days_with_messages_waiting_they_end_with_a_reason(
    machine: Machine, reads: Callable[[str], str]
) -> None:
    machine.off("2026-01-26T19:45")  # queued for the next morning
    assert {row.state for row in machine.bot.deliveries("invitation")} == {"pending"}
    machine.off("2026-03-07T12:00")
    assert machine.wire.taken == []
    page = reads(f"/staff/students/{machine.bot.school.codes['Amira']}")
    assert "Not sent: too late" in page and "It would have come too late to make sense" in page


def test_after_downtime_nobody_is_asked_more_than_once_a_day(machine: Machine) -> None:
    """Three days of texts behind emails, and a reminder, are owed at once."""
    machine.run("2026-01-26T10:00", every=7 * DAY)
    machine.off("2026-01-31T10:30")
    machine.run("2026-02-03T19:30", every=4 * HOUR)
    days: dict[int | None, list[date]] = {}
    for row in machine.bot.deliveries():
        if row.message_class == "ask" and row.accepted_at:
            days.setdefault(row.student_id, []).append(row.accepted_at.astimezone(LONDON).date())
    assert any(len(asked) > 1 for asked in days.values())
    assert all(len(set(asked)) == len(asked) for asked in days.values())


# Clocks -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jump", [-HOUR, DAY, -40 * HOUR], ids=["an hour back", "a day on", "40 hours back"])
def test_while_a_clock_is_wrong_nothing_goes_and_then_everything_goes_once(
    machine: Machine, reads: Callable[[str], str], jump: timedelta
) -> None:
    machine.off("2026-01-26T09:40")
    machine.wrong_by = jump
    machine.run("2026-01-26T09:48")
    assert machine.wire.taken == []
    assert "The clock of the machine that sends has jumped" in reads("/staff/")
    machine.wrong_by = timedelta(0)
    machine.run("2026-01-26T09:58")
    assert machine.wire.taken == []
    machine.run("2026-01-26T10:04")
    assert machine.went() == ["26 Jan 10:00"] and len(machine.wire.taken) == 10
    assert "has jumped" not in reads("/staff/")
    machine.wrong_by = jump
    machine.run("2026-01-26T10:40", every=timedelta(minutes=5))
    machine.wrong_by = timedelta(0)
    machine.run("2026-01-26T11:00", every=timedelta(minutes=5))
    assert len(machine.wire.taken) == 10 and len(machine.bot.rounds()) == 1


def test_a_clock_that_went_back_while_nothing_ran_is_noticed_at_the_start(machine: Machine) -> None:
    machine.off("2026-01-26T09:40")
    machine.wrong_by = -40 * HOUR
    machine.off("2026-01-26T09:50")
    assert machine.bot.worker.watch.held_until > machine.true.timestamp()
    machine.wrong_by = timedelta(0)
    machine.run("2026-01-26T10:08")
    assert machine.went() in (["26 Jan 10:00"], ["26 Jan 10:02"]) and len(machine.wire.taken) == 10


@pytest.mark.parametrize("leap", [-400 * DAY, 400 * DAY], ids=["400 days back", "400 days on"])
@pytest.mark.parametrize("restarted", [False, True], ids=["while it runs", "while it was off"])
def test_after_a_far_leap_nothing_is_lost_and_a_person_is_asked(
    machine: Machine, reads: Callable[[str], str], leap: timedelta, restarted: bool
) -> None:
    """However long it stays wrong: rows, rounds and messages are as they were when it is right again."""
    machine.run("2026-01-26T10:00", every=7 * DAY)
    machine.run("2026-01-26T19:40", every=2 * HOUR)
    open_for(machine.bot.engine, machine.bot.school, "check-in-november", now=machine.true)
    machine.run("2026-01-26T19:44")
    before = states(machine)
    machine.wrong_by = leap
    if restarted:
        machine.off("2026-01-26T19:50")
    machine.run("2026-01-27T07:40", every=HOUR)
    assert states(machine) == before
    asked = [row for row in machine.bot.deliveries("alert") if row.template == "alert-clock"]
    assert [row.state for row in asked] == ["accepted"]  # it went, once, by the same worker
    assert "a person has to look first" in reads("/staff/")
    machine.wrong_by = timedelta(0)
    machine.run("2026-01-27T12:00", every=timedelta(minutes=10))
    page = reads("/staff/")
    assert "a person has to look first" not in page and "has jumped" not in page
    assert len(machine.wire.taken) > len(before["sent"])


def test_of_two_machines_the_one_that_is_right_goes_on_and_nobody_hears_of_the_other_twice(
    machine: Machine,
) -> None:
    wrong = replace(
        machine.new_worker(), name="worker-2", clock=lambda: machine.true + 400 * DAY, senders=Senders()
    )
    machine.run("2026-01-26T09:56", every=6 * HOUR)
    for when in ("2026-01-26T09:58", "2026-01-26T09:59", "2026-01-26T10:00", "2026-01-26T10:01"):
        machine.run(when)
        wrong.tick_safely()
    assert len(machine.bot.deliveries("alert")) == 1
    assert len([one for one in machine.wire.taken if one.to not in STAFF_MAIL]) == 10
    assert machine.bot.states("after-mocks")["opened"] == 10


def test_a_person_says_that_the_clock_is_right_and_it_goes_on(
    machine: Machine, app: Flask, sign_in: SignIn, clock: Clock
) -> None:
    """The machine stood still for a year: what came too late says so, and what is to come comes."""
    machine.off("2026-01-26T09:40")
    machine.wrong_by = 400 * DAY  # and this is the right time
    machine.run("2026-01-26T10:20")
    assert machine.bot.states("after-mocks") == {"planned": 10, "skipped:deceased": 1, "skipped:no_route": 1}
    clock.time = machine.bot.now
    client = sign_in("careers_leader")
    post(app, client, "/staff/clock")
    machine.run("2026-01-26T10:40")
    assert machine.bot.states("after-mocks") == {"skipped:expired": 12}
    assert "a person has to look first" not in client.get("/staff/").text


def states(machine: Machine) -> dict[str, list[str]]:
    """All that a wrong clock could settle, close or give up."""
    deliveries = [row for row in machine.bot.deliveries() if row.message_class != "staff"]
    return {
        "rows": [f"{row.id} {row.state} {row.reason} {row.due_at}" for row in machine.bot.rows()],
        "rounds": [f"{row.id} {row.state} {row.closes_at}" for row in machine.bot.rounds()],
        "messages": [f"{row.id} {row.state} {row.reason}" for row in deliveries],
        "sent": [row.dedupe_key for row in deliveries if row.accepted_at],
    }


def test_a_clock_that_stays_400_days_behind_plans_nothing_from_before_the_start(machine: Machine) -> None:
    before = {(row.survey, row.due_at) for row in machine.bot.rows()}
    machine.wrong_by = -400 * DAY
    machine.run("2026-01-06T12:00", every=6 * HOUR)
    machine.wrong_by = timedelta(0)
    machine.run("2026-01-07T12:00", every=6 * HOUR)
    assert {(row.survey, row.due_at) for row in machine.bot.rows()} == before
    assert machine.wire.addresses() == ["leader@example.org"]


FORWARD = [date(2026, 3, 29), date(2027, 3, 28), date(2028, 3, 26), date(2029, 3, 25), date(2030, 3, 31)]
BACK = [date(2026, 10, 25), date(2027, 10, 31), date(2028, 10, 29), date(2029, 10, 28), date(2030, 10, 27)]


@pytest.mark.parametrize("sundays", [FORWARD, BACK], ids=["in March", "in October"])
def test_over_the_clock_change_of_each_year_it_goes_at_eight_on_the_wall(
    machine: Machine, sundays: list[date]
) -> None:
    """Asked late on Saturday: it waits through the night in which an hour is missing, or comes twice."""
    for sunday in sundays:
        saturday = datetime(sunday.year, sunday.month, sunday.day, 19, 45, tzinfo=LONDON) - DAY
        machine.off(f"{saturday.astimezone(UTC):%FT%R}")
        known = len(machine.wire.came_at)
        open_for(machine.bot.engine, machine.bot.school, "check-in-november", now=machine.true)
        day = sunday + (2 * DAY if sunday == date(2027, 3, 28) else DAY)  # a holiday follows Easter Day
        eight = datetime(day.year, day.month, day.day, 8, tzinfo=LONDON).astimezone(UTC)
        night = [f"{sunday}T{hour}" for hour in ("00:30", "00:59", "01:00", "01:30", "02:00", "12:00")]
        for when in (*night, f"{eight - timedelta(minutes=1):%FT%R}"):
            machine.run(when, every=4 * DAY)
        assert machine.wire.came_at[known:] == [], sunday
        machine.run(f"{eight:%FT%R}")
        machine.run(f"{eight + HOUR:%FT%R}", every=HOUR)
        assert set(machine.wire.came_at[known:]) == {eight}, sunday
        assert eight.hour == (7 if sunday.month == 3 else 8)


# Days that are not in every year ------------------------------------------------------------------------


def born_on_the_29th(engine: Engine, school: SmallSchool, name: str = "Amira") -> None:
    with database.writing(engine) as session:
        student = session.get_one(Student, school.ids[name])
        student.date_of_birth = date(2012, 2, 29)
        session.add(student)


@pytest.mark.parametrize(
    "on", ["2027-02-28T12:00", "2027-03-01T12:00", "2028-02-28T12:00", "2028-02-29T12:00"]
)
def test_a_birthday_on_29_february_opens_the_passport_and_moves_the_decision(
    app: Flask, engine: Engine, school: SmallSchool, clock: Clock, on: str
) -> None:
    """In a common year too; the statutory objection is a parent's until the day before the 16th birthday."""
    born_on_the_29th(engine, school, "Amira")
    clock.time = at(on)
    link = give_link(app, engine, school, "Amira", created_at=clock.time)
    path = f"/me/{token(app, LinkPurpose.PASSPORT, link)}"
    client = app.test_client()
    for day, month in (("28", "2"), ("1", "3")):
        assert client.post(f"{path}/birthday", data={"day": day, "month": month}).status_code == 422
    assert client.post(f"{path}/birthday", data={"day": "29", "month": "2"}).status_code == 303
    page = client.get(f"{path}/see").text
    is_told = "From Tue 29 Feb 2028 the decision is yours" in page
    assert is_told is (on < "2028-02-29")


def test_a_parent_is_asked_until_the_day_before_a_16th_birthday_on_29_february(machine: Machine) -> None:
    engine, school = machine.bot.engine, machine.bot.school
    born_on_the_29th(engine, school, "Lena")
    with database.writing(engine) as session:
        leaving = session.exec(select(Leaving).where(Leaving.student_id == school.ids["Lena"])).one()
        leaving.summer = 2028
        session.add(leaving)
    machine.off("2028-02-28T09:00")
    with database.writing(engine) as session:
        row = session.get_one(School, school.id)
        asked = CATALOGUE.survey("parent-consent")
        with pytest.raises(RoundRefused, match="16 or over"):
            plan_round(session, row, asked, leaving=2028, year_group=11, now=machine.true + DAY)
        plan = plan_round(session, row, asked, leaving=2028, year_group=11, now=machine.true)
        open_round(session, row, plan, opened_by="test", now=machine.true)
    machine.run("2028-02-28T09:02")
    assert machine.wire.addresses() == ["+447700900199"]


@pytest.mark.parametrize(
    ("survey", "easter"),
    [("check-in-spring", date(2027, 3, 28)), ("check-in-year-2", date(2028, 4, 16))],
    ids=["Easter in March", "Easter in April"],
)
def test_the_spring_check_in_comes_after_easter_and_after_31_march(
    machine: Machine, survey: str, easter: date
) -> None:
    machine.off(f"{easter - 4 * DAY}T12:00")
    (row,) = [row for row in machine.bot.rows("Amira") if (row.survey, row.step) == (survey, "spring")]
    due = row.due_at.astimezone(LONDON)
    assert due.date() > max(easter + DAY, date(easter.year, 3, 31)) and (due.hour, due.minute) == (10, 0)
    machine.run(f"{row.due_at - timedelta(minutes=1):%FT%R}", every=DAY)
    assert machine.wire.taken == []
    machine.run(f"{row.due_at:%FT%R}")
    assert machine.wire.addresses() == ["+447700900101"]


# Results day --------------------------------------------------------------------------------------------


def test_an_upgrade_in_the_first_hour_of_results_day_makes_it_late_and_nothing_else(
    machine: Machine, migrated_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    engine = machine.bot.engine
    machine.off("2026-08-20T06:58")  # 07:58 in London: the worker is stopped
    back_to_the_release_before(engine)
    env = environ(migrated_url)
    refused = CliRunner(env=env).invoke(main, ["worker", "--once"])
    if migrations.stored_revision(engine) != migrations.wanted_revision():
        assert refused.exit_code == 1 and "surveybot migrate" in refused.output
    assert CliRunner(env=env).invoke(main, ["migrate"]).exit_code == 0
    machine.off("2026-08-20T07:20")
    assert machine.went() == ["20 Aug 07:20"] and len(machine.wire.taken) == 10
    machine.run("2026-08-20T09:00", every=timedelta(minutes=10))
    assert len(machine.wire.taken) == 10
    (row,) = [row for row in machine.bot.rounds() if row.survey == "results-day"]
    assert (row.opens_at, row.closes_at) == (at("2026-08-20T07:00"), at("2026-09-03T07:00"))


def back_to_the_release_before(engine: Engine) -> None:
    """The database as the program before this one left it."""
    config = migrations._config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
