"""Texts at the same moment, on both databases: one MessageSid, one effect; one number, one text at a time."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.engine import Engine

from surveybot.config import Settings
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.opt_outs import OptOut
from surveybot.records.follow_ups import HelpRequest
from surveybot.records.roster.students import Route
from surveybot.records.texting.texts import Conversation, NumberHold, TalkState
from surveybot.rules.delivery.may_ask import Skip
from tests.conftest import SmallSchool
from tests.steps.phone import Phones

AMIRA, SHARED = "+447700900101", "+447700900150"


@pytest.fixture
def phones(engine: Engine, settings: Settings, school: SmallSchool) -> Phones:
    made = Phones(engine, settings, school)
    made.ask("Amira", AMIRA)
    return made


def test_two_threads_with_one_text_get_one_reply_and_have_one_effect(phones: Phones) -> None:
    phones.text(AMIRA, "hello")
    with ThreadPoolExecutor(2) as pool:
        for number in range(10):
            sid = f"SM-twice-{number}"
            one, two = pool.map(lambda _, sid=sid: phones.take(AMIRA, "dunno", sid=sid), range(2))
            assert one == two
    assert len(phones.texts()) == 11
    replies = [row for row in phones.rows(Delivery) if row.dedupe_key.startswith("text:")]
    assert len(replies) == len({row.dedupe_key for row in replies}) <= 11


def test_many_texts_of_one_number_at_once_are_read_one_after_the_other(phones: Phones) -> None:
    texts = ["hello", "college", "0", "no", "i need help", "STOP", "who is this", "dunno"]
    with ThreadPoolExecutor(len(texts)) as pool:
        list(pool.map(lambda text: phones.take(AMIRA, text), texts))
    assert len(phones.rows(Conversation)) <= 1
    assert len(phones.rows(OptOut)) == 1
    assert len(phones.rows(HelpRequest)) <= 1
    assert phones.text(AMIRA, "college") == ""


def test_a_whole_conversation_is_the_same_on_both_databases(phones: Phones) -> None:
    for text in ("im at ccb doing plumbing l2", "yes", "2"):
        phones.text(AMIRA, text)
    (answer,) = phones.answers("Amira")
    assert answer.content["options"] == [
        {"kind": "further_education_college", "provider": "ccb", "course": "plumbing l2"}
    ]
    assert phones.rows(Conversation)[0].state is TalkState.DONE


def test_holds_and_wrong_numbers_are_the_same_on_both_databases(phones: Phones) -> None:
    phones.text(AMIRA, "not interested")
    assert [hold.number for hold in phones.rows(NumberHold)] == [AMIRA]
    phones.text(SHARED, "wrong number")
    marked = [row for row in phones.rows(Route) if row.bad_reason == Skip.WRONG_NUMBER]
    assert len(marked) == 2
