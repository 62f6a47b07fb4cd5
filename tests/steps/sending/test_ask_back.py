"""Texts of which nothing was heard for three days: the provider is asked, and then they end."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.records import database
from surveybot.records.delivery.deliveries import AskCount, Delivery, SchoolAskCount
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState, MessageClass
from surveybot.senders.base import Accepted, CannotSay, Found, Message, Renew, Senders, always
from surveybot.steps.sending.ask_back import SILENCE, ask_back, end_silence
from surveybot.steps.sending.timing import TIMING
from tests.conftest import NOW, SmallSchool

NUMBER, SID = "+447700900001", "SM" + "1" * 32


@dataclass
class Provider:
    """Knows these texts, or cannot say."""

    threads: int = 1
    known: list[Found] = field(default_factory=list)
    silent: bool = False

    def send(self, message: Message, renew: Renew = always) -> Accepted:
        raise AssertionError("nothing is sent here")

    def close(self) -> None:
        """Nothing is open."""

    def taken_for(self, to: str, *, since: datetime) -> list[Found]:
        if self.silent:
            raise CannotSay("no answer")
        return [one for one in self.known if to == NUMBER and one.made_at >= since]

    def taken_between(self, since: datetime, until: datetime) -> list[Found]:
        raise AssertionError("nobody asks for a list here")

    def look_up(self, provider_id: str) -> Found | None:
        found = [one for one in self.taken_for(NUMBER, since=NOW) if one.provider_id == provider_id]
        return found[0] if found else None


def texted(engine: Engine, school: SmallSchool, **changes: Any) -> None:
    fields = {
        "dedupe_key": "text:1",
        "school_id": school.id,
        "message_class": MessageClass.REPLY,
        "template": "text-reply",
        "channel": Channel.SMS,
        "due_at": NOW,
        "next_at": NOW,
        "created_at": NOW,
        "composed_at": NOW,
        "accepted_at": NOW,
        "state": DeliveryState.ACCEPTED,
        "to_address": NUMBER,
        "body_text": "Thank you.",
    }
    with database.writing(engine) as session:
        session.add(Delivery(**{**fields, **changes}))


@pytest.mark.parametrize("provider_id", [SID, None], ids=["sent", "said in an answer"])
@pytest.mark.parametrize(
    ("status", "end"),
    [
        ("delivered", DeliveryState.DELIVERED),
        ("undelivered", DeliveryState.UNDELIVERED),
        ("sent", DeliveryState.UNDELIVERED),
        ("", DeliveryState.UNDELIVERED),
        ("cannot say", DeliveryState.ACCEPTED),
    ],
)
def test_a_text_without_news_is_asked_about_and_ends(
    engine: Engine, school: SmallSchool, provider_id: str | None, status: str, end: DeliveryState
) -> None:
    texted(engine, school, provider_id=provider_id)
    provider = Provider(silent=status == "cannot say")
    if status:
        provider.known.append(Found(SID, status, "", "Thank you.", NOW, NUMBER))
    senders = Senders(sms=provider)
    assert end_silence(engine, senders, now=NOW + SILENCE - timedelta(minutes=1)) == 0
    end_silence(engine, senders, now=NOW + SILENCE + timedelta(minutes=1))
    with database.reading(engine) as session:
        row = session.exec(select(Delivery)).one()
    assert row.state is end
    assert row.reason == ("no_news" if status in ("sent", "") else row.reason)


@pytest.mark.parametrize(("days_ago", "left"), [(0, 0), (1, 1)], ids=["today", "yesterday"])
def test_an_ask_that_is_put_back_is_uncounted_only_where_its_day_is_certain(
    engine: Engine, school: SmallSchool, days_ago: int, left: int
) -> None:
    put_back = {
        "message_class": MessageClass.ASK,
        "student_id": school.ids["Amira"],
        "state": DeliveryState.AMBIGUOUS,
        "accepted_at": None,
        "composed_at": NOW - timedelta(days=days_ago),
        "ask_at": NOW,
        "asked": 1,
        "was_ambiguous": True,
    }
    texted(engine, school, **put_back)
    with database.writing(engine) as session:
        on = london_date(NOW - timedelta(days=days_ago))
        session.add(AskCount(school_id=school.id, student_id=school.ids["Amira"], asks=1, on=on))
        session.add(SchoolAskCount(school_id=school.id, asks=1, on=on))
    assert ask_back(engine, Senders(sms=Provider()), TIMING, now=NOW) == 1
    with database.reading(engine) as session:
        assert session.exec(select(Delivery)).one().state is DeliveryState.PENDING
        assert session.exec(select(AskCount)).one().asks == left
        assert session.exec(select(SchoolAskCount)).one().asks == left


def doubtful(engine: Engine, school: SmallSchool, key: str, **changes: Any) -> None:
    fields = {
        "dedupe_key": key,
        "state": DeliveryState.AMBIGUOUS,
        "was_ambiguous": True,
        "accepted_at": None,
        "ask_at": NOW,
        "asked": 1,
    }
    texted(engine, school, **{**fields, **changes})


def states(engine: Engine) -> dict[str, tuple[DeliveryState, str | None]]:
    with database.reading(engine) as session:
        rows = session.exec(select(Delivery)).all()
    return {row.dedupe_key: (row.state, row.provider_id) for row in rows}


def test_a_doubt_is_not_ended_by_another_text_of_the_same_words_to_the_same_number(
    engine: Engine, school: SmallSchool
) -> None:
    texted(engine, school, dedupe_key="known", provider_id=SID)
    doubtful(engine, school, "lost")
    provider = Provider(known=[Found(SID, "sent", "", "Thank you.", NOW, NUMBER)])
    assert ask_back(engine, Senders(sms=provider), TIMING, now=NOW) == 1
    assert states(engine) == {"known": (DeliveryState.ACCEPTED, SID), "lost": (DeliveryState.PENDING, None)}


def test_of_two_doubts_alike_one_text_on_the_list_ends_one(engine: Engine, school: SmallSchool) -> None:
    for key in ("first", "second"):
        doubtful(engine, school, key)
    provider = Provider(known=[Found(SID, "sent", "", "Thank you.", NOW, NUMBER)])
    assert ask_back(engine, Senders(sms=provider), TIMING, now=NOW) == 2
    assert sorted(states(engine).values(), key=str) == [
        (DeliveryState.ACCEPTED, SID),
        (DeliveryState.PENDING, None),
    ]


def test_a_doubt_waits_while_a_text_of_the_same_words_is_on_its_way(
    engine: Engine, school: SmallSchool
) -> None:
    doubtful(engine, school, "doubtful")
    on_its_way = {"state": DeliveryState.DISPATCHING, "lease_until": NOW + timedelta(minutes=1)}
    doubtful(engine, school, "on its way", **on_its_way)
    provider = Provider(known=[Found(SID, "sent", "", "Thank you.", NOW, NUMBER)])
    assert ask_back(engine, Senders(sms=provider), TIMING, now=NOW) == 0
    assert states(engine)["doubtful"] == (DeliveryState.AMBIGUOUS, None)


def test_silence_is_not_ended_by_another_answer_of_the_same_words(
    engine: Engine, school: SmallSchool
) -> None:
    texted(engine, school, dedupe_key="known", provider_id=SID, state=DeliveryState.DELIVERED)
    texted(engine, school, dedupe_key="silent")
    provider = Provider(known=[Found(SID, "delivered", "", "Thank you.", NOW, NUMBER)])
    assert end_silence(engine, Senders(sms=provider), now=NOW + SILENCE + timedelta(minutes=1)) == 1
    assert states(engine)["silent"] == (DeliveryState.UNDELIVERED, None)
