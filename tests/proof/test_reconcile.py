"""What the provider sent twice, or without us, comes to light in the night, and nothing else does."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.engine import Engine
from sqlmodel import col, func, select

from surveybot.cli import main
from surveybot.config import Settings
from surveybot.records import database
from surveybot.records.audit import AuditEntry
from surveybot.records.delivery.deliveries import Delivery
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.senders.base import CannotSay, Found, Message, Senders
from surveybot.steps.sending.night_findings import Difference, Reconciled
from surveybot.steps.sending.reconcile import NothingToAsk, reconcile, reconcile_if_due
from tests.conftest import NOW
from tests.fakes.listing import Listing
from tests.fakes.twilio import ACCOUNT, SENDER, TOKEN
from tests.proof.ledger import twilio_process
from tests.proof.rig import Rig, add_messages, add_people, how_many, make_rig


def send_behind_our_back(rig: Rig, to: str, text: str) -> None:
    sender = rig.sender()
    message = Message(delivery_id=0, channel=Channel.SMS, to=to, text=text, composed_at=NOW)
    sender.send(message)
    sender.close()


def send_everything(rig: Rig, engine: Engine, senders: Senders) -> None:
    """Until no message waits. What a stalled machine put off for a minute does not wait for a real one."""
    while how_many(engine, DeliveryState.PENDING):
        if not rig.tick(engine, senders).sent:
            rig.ledger.clock.move_on(61)


CLAIMS = ("delivered", "undelivered")


@dataclass
class Injected:
    """What was put in, as a comparison should name it."""

    doubled: tuple[int, ...]
    unknown: tuple[int, ...]
    differs: tuple[Difference, ...]

    def false(self, result: Reconciled) -> int:
        named = {*result.twice} - {*self.doubled}, {*result.unknown} - {*self.unknown}
        return sum(map(len, named)) + len({*result.differs} - {*self.differs})


def inject(rig: Rig, engine: Engine, each: int, many: int) -> Injected:
    """Every so many rows one of each kind; half of the contradictions each way round."""
    with database.writing(engine) as session:
        rows = session.exec(select(Delivery).order_by(col(Delivery.id))).all()
        step = many // each
        doubled, unknown, wrong_yes, wrong_no = (rows[first::step][:each] for first in range(4))
        for row in doubled:
            send_behind_our_back(rig, row.to_address, row.body_text)
        for number in range(each):
            send_behind_our_back(rig, "+447700900999", f"Somebody else's text {number}")
        for row in unknown:
            rig.ledger.says(row.provider_id or "", None)
        for wrong, ours, theirs in ((wrong_yes, *CLAIMS), (wrong_no, *CLAIMS[::-1])):
            for row in wrong:
                row.state, row.provider_status, row.ended_at = DeliveryState(ours), ours, row.accepted_at
                rig.ledger.says(row.provider_id or "", theirs)
        differs = [Difference(row.id or 0, *CLAIMS) for row in wrong_yes]
        differs += [Difference(row.id or 0, *CLAIMS[::-1]) for row in wrong_no]
        twice, nowhere = (tuple(row.id or 0 for row in ones) for ones in (doubled, unknown))
    return Injected(twice, nowhere, tuple(sorted(differs, key=lambda one: one.delivery_id)))


@pytest.mark.slow
def test_whatever_is_wrong_among_many_is_found_and_nothing_else(
    engine: Engine, migrated_url: str, settings: Settings, tmp_path: Path, proof: bool
) -> None:
    many, injected = (10_000, 50) if proof else (300, 5)
    with twilio_process(tmp_path, judged=True) as ledger:
        rig = make_rig(engine, migrated_url, settings, ledger)
        school, students = add_people(engine, min(many, 1000))
        add_messages(engine, school, students, many, now=ledger.clock())
        sender = rig.sender()
        senders = Senders(sms=sender)
        sender._http.timeout = (10, 60)  # ten thousand in one list
        send_everything(rig, engine, senders)
        first, second = (reconcile(engine, senders, now=ledger.clock()) for _ in range(2))
        assert first == Reconciled(listed=many, moved=many)  # sent meanwhile, and nobody had said so
        assert second == Reconciled(listed=many, moved=0)
        ledger.clock.move_on(2 * 3600)
        put = inject(rig, engine, injected, many)
        result = reconcile(engine, senders, now=ledger.clock())
        again = reconcile(engine, senders, now=ledger.clock())
        senders.close()
        assert ledger.violations() == []
    found = (result.twice, result.nobodys, result.unknown, result.differs)
    print(
        f"\nPROOF reconcile, {engine.dialect.name}: {injected} doubles, {injected} strangers, "
        f"{injected} unknown and {len(put.differs)} contradictions among {many} texts: "
        f"{', '.join(str(len(ones)) for ones in found)} found, {put.false(result)} false"
    )
    assert (result.twice, result.unknown, result.differs) == (put.doubled, put.unknown, put.differs)
    assert len(set(result.nobodys)) == injected
    # What the provider delivered after all is no contradiction any more; its word of a failure stays one.
    assert again.differs == tuple(one for one in put.differs if one.ours == "delivered")
    assert (again.twice, again.nobodys, again.unknown, again.moved) == (*found[:3], 0)
    with database.reading(engine) as session:
        entries = session.execute(
            select(col(AuditEntry.deed), func.count()).group_by(col(AuditEntry.deed))
        ).all()
        states = {row.id: row.state for row in session.exec(select(Delivery))}
        [comparison] = session.exec(
            select(AuditEntry).where(AuditEntry.deed == "reconciled").order_by(col(AuditEntry.id)).limit(1)
        ).all()
    assert dict(entries) == {
        "text_sent_twice": injected,
        "text_without_row": injected,
        "text_unknown_to_provider": injected,
        "text_status_differs": 2 * injected,
        "reconciled": 4,
    }
    assert {states[one.delivery_id] for one in put.differs} == {DeliveryState.DELIVERED}
    assert comparison.details["compared"] == {str(school): many}
    _the_commands_show_it(rig, engine)


def _the_commands_show_it(rig: Rig, engine: Engine) -> None:
    environ = {
        "DATABASE_URL": rig.url,
        "SECRET_KEYS": "1:a-key-for-tests-only-0123456789abcdef",
        "PUBLIC_URL": "https://school.example.org",
        "SURVEYBOT_INSTANCE": "proof",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_FROM": SENDER,
        "TWILIO_API_URL": "http://127.0.0.1:9",  # nobody listens there
    }
    engine.dispose()
    runner = CliRunner()
    checked = runner.invoke(main, ["check", "--json"], env=environ)
    found = {one["what"]: one for one in json.loads(checked.stdout)}
    assert not found["reconciled"]["ok"]
    assert "went out twice" in found["reconciled"]["found"]
    refused = runner.invoke(main, ["sending", "reconcile", "--json"], env=environ)
    assert refused.exit_code == 1
    assert "no whole list" in refused.output


def test_it_happens_once_a_night_after_three_and_again_after_no_answer(engine: Engine) -> None:
    provider = Listing([])
    senders = Senders(sms=provider)  # type: ignore[arg-type]
    night = NOW.replace(hour=3)
    assert reconcile_if_due(engine, senders, now=night - timedelta(minutes=1)) is None
    provider.silent = True
    with pytest.raises(CannotSay):
        reconcile_if_due(engine, senders, now=night)
    provider.silent = False
    assert reconcile_if_due(engine, senders, now=night) is not None
    for hours in (0, 5, 20, 23.9):
        assert reconcile_if_due(engine, senders, now=night + timedelta(hours=hours)) is None
    assert reconcile_if_due(engine, senders, now=night + timedelta(hours=24)) is not None
    assert provider.asked == 3
    assert reconcile_if_due(engine, Senders(), now=night + timedelta(days=3)) is None
    with pytest.raises(NothingToAsk):
        reconcile(engine, Senders(), now=night)


def test_a_doubt_is_ended_by_the_list_and_a_text_that_is_not_on_it_is_looked_up(
    engine: Engine, migrated_url: str, settings: Settings
) -> None:
    school, students = add_people(engine, 2)
    add_messages(engine, school, students, 2, now=NOW)
    with database.writing(engine) as session:
        first, second = session.exec(select(Delivery).order_by(col(Delivery.id))).all()
        first.state, first.was_ambiguous, first.body_text = DeliveryState.AMBIGUOUS, True, "one"
        second.state, second.provider_id, second.body_text = DeliveryState.ACCEPTED, "SM2", "two"
        second.accepted_at = NOW - timedelta(hours=2)
        first.composed_at = second.composed_at = NOW - timedelta(hours=2)
    provider = Listing([Found("SM1", "sent", "", "one", NOW, "")])
    result = reconcile(engine, Senders(sms=provider), now=NOW)  # type: ignore[arg-type]
    assert (result.moved, result.twice, result.nobodys) == (2, (), ())
    with database.reading(engine) as session:
        first, second = session.exec(select(Delivery).order_by(col(Delivery.id))).all()
    assert (first.state, first.provider_id) == (DeliveryState.ACCEPTED, "SM1")
    assert second.state is DeliveryState.DELIVERED


def test_words_that_were_said_before_are_no_double_and_what_the_bot_answered_hides_no_stranger(
    engine: Engine, migrated_url: str, settings: Settings
) -> None:
    """The same words to the same number: one known, one in doubt; and one that the bot said in an answer."""
    school, students = add_people(engine, 3)
    add_messages(engine, school, students, 3, now=NOW)
    here, there = "+447700900001", "+447700900002"
    with database.writing(engine) as session:
        known, lost, answer = session.exec(select(Delivery).order_by(col(Delivery.id))).all()
        for row, state, number in (
            (known, DeliveryState.ACCEPTED, here),
            (lost, DeliveryState.AMBIGUOUS, here),
            (answer, DeliveryState.ACCEPTED, there),
        ):
            row.state, row.to_address, row.body_text, row.composed_at = state, number, "Thank you.", NOW
            row.accepted_at = NOW
        known.provider_id, lost_id = "SM1", lost.id
    listed = [
        Found(f"SM{n}", "sent", "", "Thank you.", NOW, to) for n, to in ((1, here), (2, here), (3, there))
    ]
    result = reconcile(engine, Senders(sms=Listing(listed)), now=NOW)  # type: ignore[arg-type]
    assert (result.twice, result.nobodys) == ((), ("SM3",))
    with database.reading(engine) as session:
        assert session.get_one(Delivery, lost_id).provider_id == "SM2"
