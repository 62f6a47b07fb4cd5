"""What happens while a claimed batch goes out counts for each message that has not gone yet."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session, col, select

from surveybot.config import Settings
from surveybot.records import database
from surveybot.records.delivery.deliveries import AskCount
from surveybot.records.delivery.opt_outs import OptOut, OptOutSource
from surveybot.records.installations import disown
from surveybot.records.roster.students import Route, Student
from surveybot.records.round.invitations import Invitation
from surveybot.records.round.rounds import Round
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.rules.delivery.kill_switch import Scope
from surveybot.rules.roster.people import StudentState
from surveybot.senders.base import Accepted, Message, Renew, always
from surveybot.steps.round.steer_round import close_round, pause_round
from surveybot.steps.sending import look_again, tick
from surveybot.steps.sending.stopwatch import Stopwatch
from surveybot.steps.sending.switch_sending import pause_sending
from tests.conftest import NOW, SmallSchool
from tests.steps.sending.outbox import EMAIL, Wire, deliveries, open_for, run


@dataclass
class Busy(Wire):
    """One message at a time; while the first is on the wire, something happens to those that follow."""

    threads: int = 1
    meanwhile: Callable[[], None] = field(default=lambda: None)

    def send(self, message: Message, renew: Renew = always) -> Accepted:
        if not self.taken:
            self.meanwhile()
        return super().send(message, renew)


ALL_OF_THEM: dict[str, tuple[Callable[[Session, int], object], str, str]] = {
    "switch": (lambda s, _: pause_sending(s, Scope(), by="test", now=NOW), "held", "switch"),
    "channel": (lambda s, _: pause_sending(s, Scope(None, EMAIL), by="test", now=NOW), "held", "switch"),
    "round paused": (lambda s, r: pause_round(s, s.get_one(Round, r)), "held", "paused"),
    "round closed": (lambda s, r: close_round(s, s.get_one(Round, r), now=NOW), "expired", ""),
    "copy": (lambda s, _: disown(s), "held", "copy"),
}


@pytest.mark.parametrize("what", ALL_OF_THEM)
def test_what_stops_all_stops_the_rest_of_a_batch_too(
    engine: Engine, school: SmallSchool, settings: Settings, what: str
) -> None:
    happens, state, hold_reason = ALL_OF_THEM[what]
    round_id, wire = open_for(engine, school), Busy()

    def meanwhile() -> None:
        with database.writing(engine) as session:
            happens(session, round_id)

    wire.meanwhile = meanwhile
    only_emails(engine)
    run(engine, settings, wire)
    rows = [row for row in deliveries(engine).values() if row.channel is EMAIL]
    assert len(rows) == 9
    assert len(wire.taken) == 1
    rest = [row for row in rows if row.state is not DeliveryState.ACCEPTED]
    assert {(row.state, row.hold_reason, row.attempt) for row in rest} == {(state, hold_reason, 0)}
    with database.reading(engine) as session:
        assert len(session.exec(select(AskCount).where(AskCount.asks > 0)).all()) == 1


def only_emails(engine: Engine) -> None:
    with database.writing(engine) as session:
        pause_sending(session, Scope(None, Channel.SMS), by="test", now=NOW)


def stop(session: Session, student: Student, route: Route) -> None:
    session.add(OptOut(channel=EMAIL, address=route.address, source=OptOutSource.ONE_CLICK, at=NOW))


def die(session: Session, student: Student, route: Route) -> None:
    student.state = StudentState.DECEASED


def leave(session: Session, student: Student, route: Route) -> None:
    student.state = StudentState.LEFT


def answer(session: Session, student: Student, route: Route) -> None:
    session.exec(select(Invitation).where(Invitation.student_id == student.id)).one().answered_at = NOW


def wrong(session: Session, student: Student, route: Route) -> None:
    route.bad_at, route.bad_reason = NOW, "wrong_number"


OF_ONE: dict[str, tuple[Callable[[Session, Student, Route], None], str]] = {
    "opted_out": (stop, "suppressed"),
    "deceased": (die, "suppressed"),
    "left": (leave, "suppressed"),
    "answered": (answer, "suppressed"),
    "wrong_number": (wrong, "suppressed"),
}


@pytest.mark.parametrize("reason", OF_ONE)
def test_what_stops_one_stops_that_one_alone(
    engine: Engine, school: SmallSchool, settings: Settings, reason: str
) -> None:
    happens, state = OF_ONE[reason]
    open_for(engine, school)
    only_emails(engine)
    wire, whose = Busy(), []

    def meanwhile() -> None:
        with database.writing(engine) as session:
            claimed = [row for row in deliveries(engine).values() if row.state is DeliveryState.DISPATCHING]
            last = max(claimed, key=lambda row: row.id or 0)
            student = session.get_one(Student, last.student_id)
            route = session.exec(select(Route).where(Route.address == last.to_address)).one()
            happens(session, student, route)
            whose.append(last.id)

    wire.meanwhile = meanwhile
    run(engine, settings, wire)
    row = next(row for row in deliveries(engine).values() if row.id == whose[0])
    assert (row.state, row.reason) == (state, reason)
    assert row.id not in [message.delivery_id for message in wire.taken]
    assert len(wire.taken) == 8


def test_a_batch_that_outlasts_the_hours_waits_for_the_morning(
    engine: Engine, school: SmallSchool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Claimed at 19:29; the first takes two minutes."""
    later = [timedelta()]

    class Watch(Stopwatch):
        def now(self) -> Any:
            return super().now() + later[0]

    monkeypatch.setattr(tick, "Stopwatch", Watch)
    open_for(engine, school)
    only_emails(engine)
    wire = Busy(meanwhile=lambda: later.__setitem__(0, timedelta(minutes=2)))
    run(engine, settings, wire, at=NOW.replace(hour=19, minute=29))
    waiting = [row for row in deliveries(engine).values() if row.reason == "window"]
    assert len(wire.taken) == 1
    assert len(waiting) == 8
    assert {row.next_at.hour for row in waiting} == {8}


def test_who_answers_elsewhere_in_the_meantime_stops_nobody_else(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    """Something happened, and it changes nothing for this message: it goes all the same."""
    open_for(engine, school)
    only_emails(engine)

    def meanwhile() -> None:
        with database.writing(engine) as session:
            for route in session.exec(select(Route).where(col(Route.channel) == EMAIL)):
                route.changed_at = NOW + timedelta(seconds=1)
            pause_sending(session, Scope(None, Channel.SMS), by="test", now=NOW)

    wire = Busy(meanwhile=meanwhile)
    run(engine, settings, wire)
    assert len(wire.taken) == 9


def test_an_address_that_changes_in_the_meantime_gets_the_message_instead(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    open_for(engine, school)
    only_emails(engine)

    def meanwhile() -> None:
        with database.writing(engine) as session:
            for route in session.exec(select(Route).where(col(Route.channel) == EMAIL)):
                route.address, route.changed_at = f"new.{route.address}", NOW + timedelta(seconds=1)

    wire = Busy(meanwhile=meanwhile)
    run(engine, settings, wire)
    run(engine, settings, wire, at=NOW + timedelta(minutes=2))
    assert len(wire.taken) == 9
    assert sum(address.startswith("new.") for address in wire.addresses()) == 8


def test_what_cannot_be_looked_at_does_not_go(
    engine: Engine, school: SmallSchool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise OSError("no disk")

    monkeypatch.setattr(look_again, "grounds_now", broken)
    open_for(engine, school)
    wire = Wire()
    run(engine, settings, wire)
    assert wire.taken == []
    assert {row.state for row in deliveries(engine).values()} == {DeliveryState.PENDING}
