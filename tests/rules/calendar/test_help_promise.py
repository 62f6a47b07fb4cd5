"""A promise is kept on a day on which school is open."""

from datetime import UTC, datetime

import pytest

from surveybot.catalogue import load_catalogue
from surveybot.rules.calendar.help_promise import (
    is_in_holidays,
    promise_in_words,
    promised_by,
    promised_in_holidays,
)

CALENDAR = load_catalogue().calendar_at({})
AT_WORK = [  # asked, promised, in words, school holidays between
    ((2026, 1, 20, 10, 0), (2026, 1, 20, 16, 0), "4pm today", False),
    ((2026, 1, 20, 12, 0), (2026, 1, 21, 16, 0), "4pm on Wed 21 Jan", False),
    ((2026, 1, 23, 15, 0), (2026, 1, 26, 16, 0), "4pm on Mon 26 Jan", False),  # a Friday afternoon
    ((2026, 5, 1, 15, 0), (2026, 5, 5, 15, 0), "4pm on Tue 5 May", False),  # before a bank holiday
    ((2026, 8, 4, 9, 0), (2026, 9, 1, 15, 0), "4pm on Tue 1 Sep", True),
    ((2026, 8, 30, 9, 0), (2026, 9, 1, 15, 0), "4pm on Tue 1 Sep", False),  # a Sunday before a bank holiday
    ((2026, 10, 26, 9, 0), (2026, 11, 2, 16, 0), "4pm on Mon 2 Nov", True),  # half term
    ((2026, 12, 22, 9, 0), (2027, 1, 4, 16, 0), "4pm on Mon 4 Jan", True),
    ((2026, 12, 24, 20, 0), (2027, 1, 4, 16, 0), "4pm on Mon 4 Jan", True),
    ((2027, 3, 24, 9, 0), (2027, 4, 5, 15, 0), "4pm on Mon 5 Apr", True),  # Easter
]


@pytest.mark.parametrize(("asked", "promised", "words", "holidays"), AT_WORK)
def test_somebody_gets_back_by_four_on_a_school_day(
    asked: tuple[int, ...], promised: tuple[int, ...], words: str, holidays: bool
) -> None:
    now = datetime(*asked, tzinfo=UTC)  # type: ignore[misc,arg-type]
    by = promised_by(now, CALENDAR)
    assert by == datetime(*promised, tzinfo=UTC)  # type: ignore[misc,arg-type]
    assert promise_in_words(by, now=now) == words
    assert is_in_holidays(now, CALENDAR) is holidays


def test_a_schools_own_term_dates_count() -> None:
    own = load_catalogue().calendar_at({"calendar.autumn.2027": "2026-09-07/2026-12-18"})
    assert promised_by(datetime(2026, 8, 30, 9, tzinfo=UTC), own) == datetime(2026, 9, 7, 15, tzinfo=UTC)


def test_whoever_is_there_in_the_holidays_gets_back_on_any_weekday() -> None:
    asked = datetime(
        2026, 12, 24, 20, tzinfo=UTC
    )  # Christmas is a Friday, and the Monday after a holiday too
    assert promised_in_holidays(asked, CALENDAR) == datetime(2026, 12, 29, 16, tzinfo=UTC)
