"""Staff hold, cancel and let go: a row, a reminder, or an occasion for everybody, also who joins later."""

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session, select

from surveybot.config import Settings
from surveybot.records import database
from surveybot.records.plan.planned import PlannedReminder, PlannedState, find_cohort
from surveybot.records.plan.planned_rounds import reminders_of
from surveybot.records.roster.students import Leaving, Route, Student
from surveybot.records.round.invitations import Invitation
from surveybot.rules.delivery.channels import Channel, RouteKind, RouteOwner
from surveybot.steps.plan.steer_plan import NoReason, steer_occasion, steer_reminder
from tests.conftest import SmallSchool
from tests.steps.planning import CATALOGUE, Bot, at


@pytest.fixture
def bot(engine: Engine, settings: Settings, school: SmallSchool) -> Bot:
    made = Bot(engine, settings, school)
    made.start("2026-01-05T08:00")
    made.tick("2026-01-05T08:01")
    return made


def steer(bot: Bot, action: str, survey: str = "after-mocks", reason: str = "Inspection week") -> int:
    with database.writing(bot.engine) as session:
        cohort = find_cohort(session, bot.school.id, leaving=2026, year_group=11)
        check_in = CATALOGUE.check_ins.find(survey, "year-11")
        assert cohort and check_in
        return steer_occasion(session, cohort, check_in, 0, action, reason=reason, by="leader@example.org")


def join(bot: Bot, name: str, *, summer: int = 2026) -> None:
    """Somebody new in Year 11, who can be reached by email."""
    with database.writing(bot.engine) as session:
        student = session.get_one(Student, bot.school.ids["Amira"])
        values = student.model_dump(exclude={"id", "code", "admission_number"})
        new = Student(**values, code=f"S-{name:>06}", admission_number=name)
        session.add(new)
        session.flush()
        assert new.id is not None
        leaving = Leaving(school_id=bot.school.id, student_id=new.id, year_group=11, summer=summer)
        route = Route(
            school_id=bot.school.id,
            student_id=new.id,
            owner=RouteOwner.STUDENT,
            kind=RouteKind.SCHOOL_EMAIL,
            channel=Channel.EMAIL,
            address=f"{name.casefold()}@pupils.example.org",
            changed_at=bot.now,
        )
        session.add_all([leaving, route])
        bot.school.ids[name] = new.id


def asked(bot: Bot, name: str) -> list[str]:
    ids = bot.school.ids[name]
    return [row.step for row in bot.deliveries() if row.student_id == ids]


@pytest.mark.parametrize(("action", "state"), [("hold", "held"), ("cancel", "cancelled")])
def test_what_is_held_or_cancelled_for_everybody_binds_whoever_joins_later(
    bot: Bot, action: str, state: str
) -> None:
    assert steer(bot, action) == 12
    join(bot, "NEW1")
    bot.tick("2026-01-20T12:00")
    join(bot, "NEW2")  # on the day itself
    for when in ("2026-01-26T10:00", "2026-01-28T10:00"):
        bot.tick(when)
    assert bot.states("after-mocks") == {f"{state}:Inspection week": 14}
    assert not bot.wire.taken and not bot.rounds()


def test_once_it_is_let_go_everybody_is_asked_and_who_joins_then_too(bot: Bot) -> None:
    steer(bot, "hold")
    join(bot, "NEW1")
    bot.tick("2026-01-20T12:00")
    assert steer(bot, "resume", reason="") == 13
    bot.tick("2026-01-26T10:00")
    join(bot, "NEW2")
    bot.tick("2026-01-27T10:00")
    assert asked(bot, "Amira") == asked(bot, "NEW1") == asked(bot, "NEW2") == ["invitation"]


def test_another_occasion_and_another_cohort_are_not_touched(bot: Bot) -> None:
    bot.start("2026-01-05T08:02", leaving=2027)
    steer(bot, "cancel")
    join(bot, "LATER", summer=2027)
    bot.tick("2026-01-05T10:00")
    states = {(row.survey, row.leaving): row.state for row in bot.rows("LATER")}
    assert states["after-mocks", 2027] is PlannedState.PLANNED
    assert "cancelled:Inspection week" not in bot.states("before-leaving")


def test_who_repeats_the_year_is_bound_by_the_cohort_they_join(bot: Bot) -> None:
    bot.start("2026-01-05T08:02", leaving=2027)
    with database.writing(bot.engine) as session:
        later = find_cohort(session, bot.school.id, leaving=2027, year_group=11)
        check_in = CATALOGUE.check_ins.find("after-mocks", "year-11")
        assert later and check_in
        steer_occasion(session, later, check_in, 0, "hold", reason="Not next year", by="x@example.org")
    bot.tick("2026-01-26T10:00")

    def repeats(session: Session) -> None:
        row = session.exec(select(Leaving).where(Leaving.student_id == bot.school.ids["Amira"])).one()
        row.summer = 2027
        session.add(row)

    with database.writing(bot.engine) as session:
        repeats(session)
    bot.tick("2026-09-10T10:00")
    mocks = {row.leaving: (row.state, row.reason) for row in bot.rows("Amira") if row.survey == "after-mocks"}
    assert mocks[2027] == (PlannedState.HELD, "Not next year")
    assert mocks[2026][0] is PlannedState.OPENED


def test_nobody_holds_without_a_reason(bot: Bot) -> None:
    with pytest.raises(NoReason):
        steer(bot, "hold", reason="  ")
    assert bot.states("after-mocks")["planned"] == 10


def test_a_reminder_is_held_cancelled_and_let_go_and_the_one_before_is_then_the_last(bot: Bot) -> None:
    bot.tick("2026-01-26T10:00")

    def change(action: str) -> dict[int, tuple[str, bool]]:
        with database.writing(bot.engine) as session:
            (row,) = session.exec(select(PlannedReminder).where(PlannedReminder.number == 2))
            steer_reminder(session, row, action, reason="Snow", by="leader@example.org")
            return {
                n: (one.state.value, one.is_last) for n, one in reminders_of(session, row.round_id).items()
            }

    assert change("hold") == {1: ("planned", False), 2: ("held", True)}
    assert change("cancel") == {1: ("planned", True), 2: ("cancelled", False)}
    bot.tick("2026-01-29T10:00")
    assert len(bot.deliveries("last-reminder")) == 1  # the first is the last now
    bot.tick("2026-02-05T10:00")
    assert not bot.deliveries("reminder-2")
    assert change("resume")[2] == ("planned", True)
    bot.tick("2026-02-05T10:10")
    assert bot.deliveries("reminder-2")


def test_tutors_hear_once_before_the_only_reminder_of_a_round(bot: Bot, engine: Engine) -> None:
    bot.tick("2026-08-20T07:00")  # results day has one reminder, four days later
    (reminder,) = _planned_reminders(engine)
    assert reminder.is_last
    bot.tick("2026-08-23T07:30")
    assert len(bot.deliveries("last-reminder")) == 1
    bot.tick("2026-08-23T08:30")
    assert len(bot.deliveries("last-reminder")) == 1


def test_a_tutor_with_nobody_left_hears_of_no_reminder(bot: Bot) -> None:
    bot.tick("2026-01-26T10:00")
    with database.writing(bot.engine) as session:
        for row in session.exec(select(Invitation)):
            student = session.get_one(Student, row.student_id)
            if student.tutor_group == "11A":
                row.answered_at = bot.now
                session.add(row)
    bot.tick("2026-02-04T10:00")
    assert not bot.deliveries("last-reminder")


def _planned_reminders(engine: Engine) -> list[PlannedReminder]:
    with database.reading(engine) as session:
        rows = session.exec(select(PlannedReminder).where(PlannedReminder.state == PlannedState.PLANNED))
        return [row for row in rows if row.due_at >= at("2026-08-01T00:00")]
