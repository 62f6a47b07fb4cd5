"""Machines are never answered, and nobody is answered without end."""

from datetime import UTC, datetime, timedelta

import pytest

from surveybot.rules.texting.auto_replies import MOST_REPLIES, Automatic, Heard, automatic, is_a_loop

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
        (STUDENT, "123456 is your login code", Automatic.MACHINE),
        (STUDENT, "This number is not in use. This is an automated message.", Automatic.MACHINE),
        (STUDENT, "Your message could not be delivered", Automatic.MACHINE),
        (STUDENT, "This inbox is not monitored", Automatic.MACHINE),
        (STUDENT, "Thank you for your message. We will get back to you shortly.", Automatic.OUT_OF_OFFICE),
        (STUDENT, "I am currently away and will reply on my return", Automatic.OUT_OF_OFFICE),
        (STUDENT, "Out of office", Automatic.OUT_OF_OFFICE),
        (STUDENT, "I'm driving right now, I'll get back to you", Automatic.OUT_OF_OFFICE),
        (STUDENT, "I'm driving.", Automatic.OUT_OF_OFFICE),
    ],
)
def test_a_machine_is_known_as_one(sender: str, text: str, kind: Automatic) -> None:
    assert automatic(sender, text) is kind


@pytest.mark.parametrize(
    "text",
    [
        *("college", "1", "not driving yet", "office job", "working in an office", "cant talk about it", ""),
        *("i had no reply from the college yet", "no reply yet from bt", "im driving lorries with my dad"),
        *("applied for an apprenticeship w bt but no reply", "i am driving lorries with my dad"),
        *(
            "im away till monday will reply then",
            "i work in a call centre, code is 12345",
            "im learning driving",
        ),
        *(
            "they do not reply to my emails",
            "my phone cant receive texts half the time",
            "my text failed earlier",
        ),
        *(
            "i had an automatic response from the college",
            "got an automated email from bt",
            "whats the code for uni",
        ),
        *(
            "i had 2 missed calls from this number",
            "i work out of the office in town",
            "ill call you after school",
        ),
        *("cant speak english very well", "thanks for the message, college", "thank you for your text x"),
        *(
            "my parcel job at dpd",
            "bt do not reply",
            "post code is ab1 2cd",
            "im unavailable on fridays as i work",
        ),
        *("the person you need is my mum", "away at uni", "im currently at college", "currently unemployed"),
    ],
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
