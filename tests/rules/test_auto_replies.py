"""Machines are never answered, and nobody is answered without end."""

from datetime import UTC, datetime, timedelta

import pytest

from surveybot.rules.auto_replies import MOST_REPLIES, Automatic, Heard, automatic, is_a_loop

NOW = datetime(2026, 1, 20, 10, 0, tzinfo=UTC)
STUDENT = "+447700900101"


@pytest.mark.parametrize(
    ("sender", "text", "kind"),
    [
        ("60777", "Your bill is ready", Automatic.SHORT_CODE),
        ("606060", "college", Automatic.SHORT_CODE),
        ("+85258", "hello", Automatic.SHORT_CODE),
        ("Vodafone", "You have used 80% of your data", Automatic.NAMED_SENDER),
        ("", "hello", Automatic.NAMED_SENDER),
        (STUDENT, "I'm out of the office until Monday", Automatic.OUT_OF_OFFICE),
        (STUDENT, "Automatic reply: thanks for your message", Automatic.OUT_OF_OFFICE),
        (STUDENT, "I'm driving with Driving Focus turned on.", Automatic.OUT_OF_OFFICE),
        (STUDENT, "Sorry, I can't talk right now. I'll call you later.", Automatic.OUT_OF_OFFICE),
        (STUDENT, "This number does not accept replies", Automatic.MACHINE),
        (STUDENT, "Please do not reply to this message", Automatic.MACHINE),
        (STUDENT, "Message not delivered", Automatic.MACHINE),
        (STUDENT, "Your verification code is 123456", Automatic.MACHINE),
        (STUDENT, "You have 1 new voicemail", Automatic.MACHINE),
    ],
)
def test_a_machine_is_known_as_one(sender: str, text: str, kind: Automatic) -> None:
    assert automatic(sender, text) is kind


@pytest.mark.parametrize(
    "text",
    ["college", "1", "not driving yet", "office job", "working in an office", "cant talk about it", ""],
)
def test_a_person_is_no_machine(text: str) -> None:
    assert automatic(STUDENT, text) is None


def test_the_same_sentence_over_and_over_is_a_loop() -> None:
    earlier = [Heard("Thanks for your text!", NOW - timedelta(seconds=n), True) for n in (10, 20, 30)]
    assert is_a_loop("thanks for your text", earlier, now=NOW)
    assert not is_a_loop("thanks for your text", earlier[:2], now=NOW)
    assert not is_a_loop("college", earlier, now=NOW)


def test_a_key_may_be_pressed_for_question_after_question() -> None:
    assert not is_a_loop("1", [Heard("1", NOW, True)] * 6, now=NOW)


def test_nobody_gets_answers_without_end() -> None:
    earlier = [Heard(f"text {n}", NOW - timedelta(minutes=n), True) for n in range(MOST_REPLIES)]
    assert is_a_loop("another", earlier, now=NOW)
    assert not is_a_loop("another", earlier, now=NOW + timedelta(hours=1))
