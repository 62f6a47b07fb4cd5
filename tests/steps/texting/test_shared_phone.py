"""Two students on one phone: no consent is taken back, and nothing refused, by a guess at who writes."""

import pytest

from surveybot.records import database
from surveybot.records.answer.consents import consents_of
from surveybot.records.texting.texts import TextReason
from surveybot.rules.answer.consent import Decision
from tests.steps.phone import SHARED, Phones

pytestmark = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)

WHO = "Two people share this number. Who is writing: Grace or Harri? Text just the first name."


@pytest.fixture(autouse=True)
def both_asked(phones: Phones) -> None:
    """Grace's is the newest question, put a moment ago."""
    phones.ask("Grace", SHARED)
    phones.ask("Harri", SHARED)
    phones.text(SHARED, "grace: hello")


def decisions(phones: Phones, name: str) -> set[Decision]:
    with database.reading(phones.engine) as session:
        return {event.decision for event in consents_of(session, phones.school.ids[name])}


@pytest.mark.parametrize("word", ["withdraw", "I withdraw my consent", "REFUSE"])
def test_whoever_withdraws_or_refuses_without_a_name_is_asked_for_it(phones: Phones, word: str) -> None:
    before = decisions(phones, "Grace"), decisions(phones, "Harri")
    assert phones.text(SHARED, word) == WHO
    assert phones.last().reason is TextReason.WHO_WRITES
    assert (decisions(phones, "Grace"), decisions(phones, "Harri")) == before


@pytest.mark.parametrize(
    ("word", "decision"), [("withdraw", Decision.WITHDRAWN), ("refuse", Decision.REFUSED)]
)
def test_the_name_alone_then_says_whose_wish_it_was(phones: Phones, word: str, decision: Decision) -> None:
    before = decisions(phones, "Grace")
    phones.text(SHARED, word)
    assert "you" in phones.text(SHARED, "Harri")
    assert decision in decisions(phones, "Harri")
    assert decisions(phones, "Grace") == before


def test_with_the_name_it_needs_no_question(phones: Phones) -> None:
    assert "taken back" in phones.text(SHARED, "Harri: withdraw")
    assert Decision.WITHDRAWN in decisions(phones, "Harri")


def test_also_after_both_are_done_the_name_is_asked_for(phones: Phones) -> None:
    for text in ("grace: dunno", "grace: no", "harri: dunno", "harri: no"):
        phones.text(SHARED, text)
    assert phones.text(SHARED, "withdraw") == WHO
    assert "taken back" in phones.text(SHARED, "harri")


def test_a_kind_of_destination_is_no_name_of_a_college(phones: Phones) -> None:
    assert "Grace: Which one?" in phones.text(SHARED, "grace: college")
    assert "Did you mean: sixth form?" in phones.text(SHARED, "Grace: sixth form")
    for text in ("grace 1", "grace: another school", "grace 0", "grace 2"):
        phones.text(SHARED, text)
    assert phones.answers("Grace")[0].content["options"] == [{"kind": "school_sixth_form"}]
