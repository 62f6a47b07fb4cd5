"""Results day: sealed until eight, see-me-first first and unseen, and the cap raised for that day alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.catalogue import load_catalogue
from surveybot.config import Settings
from surveybot.records import database
from surveybot.records.audit import AuditEntry
from surveybot.records.delivery.deliveries import AskCount, Delivery
from surveybot.records.installations import take_over
from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import Invitation, Link, LinkMedium
from surveybot.records.round.rounds import Round
from surveybot.records.schools import School
from surveybot.rules.delivery.channels import Channel, RouteOwner
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.steps.round.open_results import opening_of
from surveybot.steps.round.open_round import RoundRefused, open_round, plan_round
from surveybot.steps.round.remind import plan_reminder, remind
from surveybot.steps.round.see_first import see_first
from surveybot.steps.sending.timing import Timing
from tests.conftest import SmallSchool
from tests.steps.sending.outbox import INSTANCE, Wire, days, deliveries, open_for, run

SURVEY = load_catalogue().survey("results-day")
EVE = datetime(2026, 8, 18, 12, 0, tzinfo=UTC)
EIGHT = datetime(2026, 8, 20, 7, 0, tzinfo=UTC)  # 08:00 in England


def opened(engine: Engine, school: SmallSchool, now: datetime = EVE, opens_at: datetime = EIGHT) -> int:
    with database.writing(engine) as session:
        take_over(session, INSTANCE, by="test", now=now)
        row = session.get_one(School, school.id)
        plan = plan_round(session, row, SURVEY, leaving=2026, year_group=11, opens_at=opens_at, now=now)
        made = open_round(session, row, plan, opened_by="test", now=now)
        session.flush()
        assert made.id is not None
        return made.id


def set_mark(engine: Engine, school: SmallSchool, *forenames: str, first: bool = True) -> None:
    with database.writing(engine) as session:
        for forename in forenames:
            student = session.get_one(Student, school.ids[forename])
            see_first(session, student, first=first, staff_id=school.staff["tutor"], now=EVE)


def one_at_a_time(wire: Wire) -> Wire:
    wire.threads = 1
    return wire


def test_nothing_goes_out_before_eight_and_everything_at_eight_sharp(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    opened(engine, school)
    set_mark(engine, school, "Ewa", "Imran")
    wire = Wire()
    for early in (EVE, EIGHT - timedelta(hours=12), EIGHT - timedelta(minutes=1)):
        assert run(engine, settings, wire, at=early).sent == 0
        assert run(engine, settings, wire, at=early, demo=True).sent == 0
    assert {row.state for row in deliveries(engine).values()} == {DeliveryState.PENDING}
    assert run(engine, settings, wire, at=EIGHT).sent == len(deliveries(engine)) == 10


def test_a_reminder_cannot_break_the_seal(engine: Engine, school: SmallSchool, settings: Settings) -> None:
    number = opened(engine, school)
    with database.writing(engine) as session:
        row = session.get_one(Round, number)
        assert remind(session, row, plan_reminder(session, row, SURVEY, now=EVE), now=EVE) == 0
    with database.writing(engine) as session:  # and if one were there, the claim would hold it back
        for queued in session.exec(select(Delivery)):
            queued.due_at = queued.next_at = EVE
    assert run(engine, settings, Wire(), at=EVE + timedelta(minutes=1)).sent == 0
    assert {row.next_at for row in deliveries(engine).values()} == {EIGHT}


def test_a_round_of_results_is_sealed_until_eight_whatever_the_window_says(
    engine: Engine, school: SmallSchool
) -> None:
    with database.writing(engine) as session:
        row = session.get_one(School, school.id)
        row.settings = {**row.settings, "window_opens": "07:00"}
    with database.reading(engine) as session:
        row = session.get_one(School, school.id)
        seven = EIGHT - timedelta(hours=1)
        planned = plan_round(session, row, SURVEY, leaving=2026, year_group=11, opens_at=seven, now=EVE)
    assert planned.opens_at == planned.first_send_at == EIGHT


def test_links_for_slips_are_made_when_a_sealed_round_is_opened(engine: Engine, school: SmallSchool) -> None:
    opened(engine, school)
    with database.reading(engine) as session:
        links = session.exec(select(Link)).all()
        asked = session.exec(select(Invitation)).all()
    assert {one.medium for one in links} == {LinkMedium.PAPER}
    assert len(links) == len(asked) - 1 == 11  # Kit died; Finn has no phone, and a slip


def test_without_a_time_it_opens_on_the_day_of_the_calendar_and_an_earlier_time_is_refused(
    engine: Engine, school: SmallSchool
) -> None:
    catalogue = load_catalogue()

    def opening(wanted: datetime | None, now: datetime = EVE, survey: str = "results-day") -> datetime | None:
        return opening_of(
            catalogue, row, catalogue.survey(survey), leaving=2026, year_group=11, wanted=wanted, now=now
        )

    with database.reading(engine) as session:
        row = session.get_one(School, school.id)
        assert opening(None) == EIGHT
        assert opening(None, EIGHT + timedelta(hours=3)) == EIGHT + timedelta(hours=3)
        assert opening(EIGHT + timedelta(hours=1)) == EIGHT + timedelta(hours=1)
        with pytest.raises(RoundRefused, match="Thu 20 Aug 2026, 08:00"):
            opening(EVE)
        assert opening(EVE, survey="after-mocks") == EVE


@pytest.mark.parametrize("marked", ["before", "after"])
def test_who_is_to_be_seen_first_is_written_to_first_with_the_same_words(
    engine: Engine, school: SmallSchool, settings: Settings, marked: str
) -> None:
    if marked == "before":
        set_mark(engine, school, "Lena", "Jo")
    opened(engine, school)
    if marked == "after":
        set_mark(engine, school, "Lena", "Jo")
    texts, emails = one_at_a_time(Wire()), one_at_a_time(Wire())
    run_apart(engine, settings, texts, emails)
    assert texts.taken[0].to == "+447700900106"  # Jo: of the last group, and yet the first
    assert emails.taken[0].to == "lena@pupils.example.org"
    rows = deliveries(engine).values()
    assert {row.due_at for row in rows} == {EIGHT}
    with database.reading(engine) as session:
        names = {row.id: row.first_name for row in session.exec(select(Student))}
    for wire in (texts, emails):
        alike = [one for one in wire.taken if one.to != "+447700900150"]  # the twins' phone: both are named
        assert len(alike) >= 2
        assert len({said(one.text, names.values()) for one in alike}) == 1
        assert len({said(one.html, names.values()) for one in alike}) == 1
        assert len({one.subject for one in alike}) == 1
    assert len({(row.template, row.step, row.reason, row.hold_reason, str(row.facts)) for row in rows}) == 1


def run_apart(engine: Engine, settings: Settings, texts: Wire, emails: Wire) -> None:
    from surveybot.links import LinkSigner
    from surveybot.senders.base import Senders
    from surveybot.steps.sending.tick import tick

    tick(
        engine,
        Senders(sms=texts, email=emails),
        LinkSigner(settings.keys),
        load_catalogue(),
        replace(settings, instance=INSTANCE),
        now=EIGHT,
        timing=Timing(batch=2),
    )


def said(text: str, names: object) -> str:
    """A message without what is a person's own: the first name and the token."""
    for name in sorted(names, key=len, reverse=True):  # type: ignore[call-overload]
        text = (
            text.replace(f"{name}:", "NAME:")
            .replace(f"Hi {name},", "Hi NAME,")
            .replace(f" {name},", " NAME,")
        )
    pieces = text.split("/")
    return "/".join("TOKEN" + piece[29:] if piece[:29].isalnum() else piece for piece in pieces)


def test_the_mark_is_undone_and_every_change_is_noted_without_a_reason(
    engine: Engine, school: SmallSchool
) -> None:
    opened(engine, school)
    set_mark(engine, school, "Amira")
    set_mark(engine, school, "Amira")
    set_mark(engine, school, "Amira", first=False)
    assert {row.next_at for row in deliveries(engine).values()} == {EIGHT}
    with database.reading(engine) as session:
        deeds = [(one.deed, one.subject, one.details) for one in session.exec(select(AuditEntry))]
        assert session.get_one(Student, school.ids["Amira"]).see_me_first is False
    code = school.codes["Amira"]
    assert deeds == [("see_first_set", code, {}), ("see_first_taken_off", code, {})]


def test_no_other_round_is_reordered_by_the_mark(engine: Engine, school: SmallSchool) -> None:
    open_for(engine, school, "after-mocks")
    set_mark(engine, school, "Lena")
    assert len({row.next_at for row in deliveries(engine).values()}) == 1


def asked_before(engine: Engine, school: SmallSchool, today: int, earlier: int) -> None:
    """Amira was asked so often today, and in the month before."""
    with database.writing(engine) as session:
        for on, asks in ((EIGHT.date(), today), ((EIGHT - days(5)).date(), earlier)):
            session.add(
                AskCount(
                    school_id=school.id,
                    student_id=school.ids["Amira"],
                    owner=RouteOwner.STUDENT,
                    on=on,
                    asks=asks,
                )
            )


@pytest.mark.parametrize(
    ("extra", "today", "earlier", "goes"),
    [
        (2, 2, 0, True),  # three on the day
        (2, 3, 0, False),
        (2, 1, 4, True),  # six in thirty days
        (2, 1, 5, False),
        (0, 1, 0, False),
        (0, 0, 4, False),
        (1, 0, 4, True),
    ],
)
def test_both_caps_are_raised_on_the_day_by_what_the_school_says(
    engine: Engine, school: SmallSchool, settings: Settings, extra: int, today: int, earlier: int, goes: bool
) -> None:
    with database.writing(engine) as session:
        row = session.get_one(School, school.id)
        row.settings = {**row.settings, "results_day_extra_asks": extra}
    opened(engine, school)
    asked_before(engine, school, today, earlier)
    wire = Wire()
    run(engine, settings, wire, at=EIGHT)
    assert ("+447700900101" in wire.addresses()) is goes
    assert len(wire.taken) == 9 + goes


def test_a_text_of_another_round_that_waited_for_eight_does_not_take_the_place_of_the_results(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    results = opened(engine, school)
    other = open_for(engine, school, "before-leaving", now=EVE)
    with database.writing(engine) as session:
        for row in session.exec(select(Delivery).where(Delivery.round_id == other)):
            row.channel, row.due_at, row.next_at = Channel.SMS, EVE, EIGHT - timedelta(minutes=1)
    run(engine, settings, Wire(), at=EIGHT)
    sent = {row.round_id for row in deliveries(engine).values() if row.state is DeliveryState.ACCEPTED}
    waits = {row.round_id for row in deliveries(engine).values() if row.reason == "cap"}
    assert (sent, waits) == ({results}, {other})


def test_the_day_after_and_other_rounds_of_the_day_keep_the_usual_caps(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    opened(engine, school)
    wire = Wire()
    assert run(engine, settings, wire, at=EIGHT).sent == 10
    open_for(engine, school, "before-leaving", now=EIGHT + timedelta(hours=1))
    assert run(engine, settings, wire, at=EIGHT + timedelta(hours=1)).sent == 0
    with database.writing(engine) as session:
        row = session.exec(select(Round).where(Round.survey == "results-day")).one()
        remind(session, row, plan_reminder(session, row, SURVEY, now=EIGHT + days(1)), now=EIGHT + days(1))
    assert run(engine, settings, wire, at=EIGHT + days(1)).sent == 10  # one each, of either round
