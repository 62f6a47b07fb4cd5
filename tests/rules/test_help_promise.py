"""A promise is kept in school hours."""

from datetime import UTC, datetime

import pytest

from surveybot.rules.help_promise import promise_in_words, promised_by


@pytest.mark.parametrize(
    ("asked", "promised", "words"),
    [
        ((2026, 1, 20, 10, 0), (2026, 1, 20, 16, 0), "4pm today"),
        ((2026, 1, 20, 12, 0), (2026, 1, 21, 16, 0), "4pm on Wed 21 Jan"),
        ((2026, 1, 23, 15, 0), (2026, 1, 26, 16, 0), "4pm on Mon 26 Jan"),  # a Friday afternoon
        ((2026, 8, 30, 9, 0), (2026, 9, 1, 15, 0), "4pm on Tue 1 Sep"),  # a Sunday before a bank holiday
        ((2026, 12, 24, 20, 0), (2026, 12, 29, 16, 0), "4pm on Tue 29 Dec"),
    ],
)
def test_somebody_gets_back_by_four_on_a_school_day(
    asked: tuple[int, ...], promised: tuple[int, ...], words: str
) -> None:
    now = datetime(*asked, tzinfo=UTC)  # type: ignore[misc,arg-type]
    by = promised_by(now)
    assert by == datetime(*promised, tzinfo=UTC)  # type: ignore[misc,arg-type]
    assert promise_in_words(by, now=now) == words
