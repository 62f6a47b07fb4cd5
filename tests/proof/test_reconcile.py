"""What the provider sent twice, or without us, comes to light in the night, and nothing else does."""

import json
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
from surveybot.records.deliveries import Delivery
from surveybot.rules.channels import Channel
from surveybot.rules.delivery_states import DeliveryState
from surveybot.senders.base import CannotSay, Found, Message, Senders
from surveybot.steps.sending.reconcile import NothingToAsk, reconcile, reconcile_if_due
from tests.conftest import NOW
from tests.fakes.twilio import ACCOUNT, SENDER, TOKEN
from tests.proof.ledger import twilio_process
from tests.proof.rig import Rig, add_messages, add_people, how_many, make_rig


def send_behind_our_back(rig: Rig, to: str, text: str) -> None:
    sender = rig.sender()
    message = Message(delivery_id=0, channel=Channel.SMS, to=to, text=text, composed_at=NOW)
    sender.send(message)
    sender.close()


@pytest.mark.slow
def test_every_double_and_every_stranger_among_many_is_found_and_nothing_else(
    engine: Engine, migrated_url: str, settings: Settings, tmp_path: Path, proof: bool
) -> None:
    many, injected = (10_000, 50) if proof else (300, 5)
    with twilio_process(tmp_path) as ledger:
        rig = make_rig(engine, migrated_url, settings, ledger)
        school, students = add_people(engine, min(many, 1000))
        add_messages(engine, school, students, many, now=ledger.clock())
        sender = rig.sender()
        senders = Senders(sms=sender)
        sender._http.timeout = (1, 60)  # ten thousand in one list
        while how_many(engine, DeliveryState.PENDING):
            rig.tick(engine, senders)
        assert reconcile(engine, senders, now=ledger.clock()).as_dict() == {
            "listed": many,
            "moved": 0,
            "sent_twice": [],
            "without_row": [],
        }
        with database.reading(engine) as session:
            rows = session.exec(select(Delivery).order_by(col(Delivery.id))).all()
        doubled = rows[:: many // injected][:injected]
        for row in doubled:
            send_behind_our_back(rig, row.to_address, row.body_text)
        for number in range(injected):
            send_behind_our_back(rig, "+447700900999", f"Somebody else's text {number}")
        result = reconcile(engine, senders, now=ledger.clock())
        again = reconcile(engine, senders, now=ledger.clock())
        senders.close()
    print(
        f"\nPROOF reconcile, {engine.dialect.name}: {injected} doubles and {injected} strangers among "
        f"{many} texts: {len(result.twice)} and {len(result.nobodys)} found, "
        f"{len(set(result.twice) - {row.id for row in doubled})} false"
    )
    assert result.twice == again.twice == tuple(row.id for row in doubled)
    assert len(set(result.nobodys)) == injected
    with database.reading(engine) as session:
        entries = session.execute(
            select(col(AuditEntry.deed), func.count()).group_by(col(AuditEntry.deed))
        ).all()
    assert dict(entries) == {  # type: ignore[arg-type]
        "text_sent_twice": injected,
        "text_without_row": injected,
        "reconciled": 3,
    }
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


class Listing:
    """A provider that only lists."""

    threads = 1

    def __init__(self, listed: list[Found]) -> None:
        self.listed, self.asked, self.silent = listed, 0, False

    def taken_between(self, since: object, until: object) -> list[Found]:
        self.asked += 1
        if self.silent:
            raise CannotSay
        return self.listed

    def taken_for(self, to: str, *, since: object) -> list[Found]:
        raise NotImplementedError

    def look_up(self, provider_id: str) -> Found | None:
        return Found(provider_id, "delivered", "", "", NOW)

    def send(self, message: Message, renew: object = None) -> object:
        raise NotImplementedError

    def close(self) -> None:
        pass


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
    provider = Listing([Found("SM1", "sent", "", "one", NOW)])
    result = reconcile(engine, Senders(sms=provider), now=NOW)  # type: ignore[arg-type]
    assert (result.moved, result.twice, result.nobodys) == (2, (), ())
    with database.reading(engine) as session:
        first, second = session.exec(select(Delivery).order_by(col(Delivery.id))).all()
    assert (first.state, first.provider_id) == (DeliveryState.ACCEPTED, "SM1")
    assert second.state is DeliveryState.DELIVERED
