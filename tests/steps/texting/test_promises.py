"""Whoever asks for help in the holidays is promised what can be kept, and told whom to ring."""

from datetime import UTC, datetime

import pytest

from surveybot.records import database
from surveybot.records.follow_ups import HelpRequest
from surveybot.records.schools import School
from tests.steps.phone import AMIRA, Phones

pytestmark = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)

RING = "To talk sooner, free: National Careers Service 0800 100 900"


def at(phones: Phones, *when: int, **settings: str) -> None:
    phones.now = datetime(*when, tzinfo=UTC)  # type: ignore[misc,arg-type]
    with database.writing(phones.engine) as session:
        row = session.get_one(School, phones.school.id)
        row.settings = {**row.settings, "help_adult": "Mrs Patel", **settings}


def test_in_the_holidays_the_first_school_day_is_promised(phones: Phones) -> None:
    at(phones, 2026, 8, 4, 8)
    assert phones.text(AMIRA, "i need help") == (
        f"Thank you for asking. Mrs Patel at Hillview School will get back to you by 4pm on Tue 1 Sep. {RING}"
    )
    (request,) = phones.rows(HelpRequest)
    assert request.promised_by == datetime(2026, 9, 1, 15, tzinfo=UTC)


def test_where_somebody_stands_in_for_the_holidays_they_are_named(phones: Phones) -> None:
    at(phones, 2026, 8, 4, 8, holiday_adult="Mr Okoro")
    reply = phones.text(AMIRA, "i need help")
    assert "Mr Okoro at Hillview School will get back to you by 4pm today." in reply
    assert RING in reply


def test_in_term_no_other_number_is_named(phones: Phones) -> None:
    at(phones, 2026, 1, 20, 10, holiday_adult="Mr Okoro")
    reply = phones.text(AMIRA, "i need help")
    assert "Mrs Patel" in reply
    assert "0800" not in reply
