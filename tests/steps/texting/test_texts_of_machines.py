"""Machines are never answered, nothing that may be a person's is dropped, and the log gives nothing away."""

import pytest

from surveybot.records.texting.texts import TextReason, TextState
from tests.steps.phone import AMIRA, NOBODY, PARENT, Phones

pytestmark = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)


def test_a_wrong_number_is_answered_once_whatever_its_machine_sends(phones: Phones) -> None:
    replies = [phones.text(AMIRA, "Sorry, you have the wrong number.") for _ in range(12)]
    phones.wait(days=3)
    replies.append(phones.text(AMIRA, "Sorry, you have the wrong number."))
    assert [place for place, reply in enumerate(replies) if reply] == [0]
    assert [text.state for text in phones.texts()].count(TextState.INBOX) == 1


def test_a_person_reads_what_else_a_wrong_number_says(phones: Phones) -> None:
    phones.text(AMIRA, "wrong number")
    assert phones.text(AMIRA, "wrong number i said, try her dad") == ""
    assert phones.last().state is TextState.INBOX


@pytest.mark.parametrize("number", [AMIRA, PARENT])
def test_what_looks_automatic_waits_for_a_person_and_is_not_answered(phones: Phones, number: str) -> None:
    for _ in range(3):
        assert phones.text(number, "I'm driving with Driving Focus turned on.") == ""
    first, *again = phones.texts()
    assert (first.reason, first.state) == (TextReason.AUTOMATIC, TextState.INBOX)
    assert first.student_id is not None
    assert {text.state for text in again} == {TextState.HANDLED}


@pytest.mark.parametrize(("number", "body"), [("60777", "college"), (NOBODY, "This is an automated message")])
def test_a_machine_of_nobody_here_bothers_nobody(phones: Phones, number: str, body: str) -> None:
    assert phones.text(number, body) == ""
    assert (phones.last().reason, phones.last().state) == (TextReason.AUTOMATIC, TextState.HANDLED)


def test_the_log_says_of_a_worry_what_it_says_of_every_text(
    phones: Phones, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="surveybot")
    lines = []
    for body in ("hello", "i want to die"):
        caplog.clear()
        assert phones.text(AMIRA, body)
        number = str(phones.last().id)
        lines.append([record.getMessage().replace(number, "N") for record in caplog.records])
    assert lines[0] == lines[1] != []
