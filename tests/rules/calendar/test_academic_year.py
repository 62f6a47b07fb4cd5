"""The year turns on 1 September."""

from datetime import date

import pytest

from surveybot.rules.calendar.academic_year import current_summer, destination_year, leaving_for


@pytest.mark.parametrize(
    ("on", "summer"),
    [
        (date(2026, 8, 31), 2026),
        (date(2026, 9, 1), 2027),
        (date(2026, 11, 22), 2027),
        (date(2027, 1, 1), 2027),
    ],
)
def test_the_summer_of_a_day(on: date, summer: int) -> None:
    assert current_summer(on) == summer


@pytest.mark.parametrize(
    ("group", "leaving"), [(7, (11, 2031)), (11, (11, 2027)), (12, (13, 2028)), (13, (13, 2027))]
)
def test_when_a_year_group_finishes(group: int, leaving: tuple[int, int]) -> None:
    assert leaving_for(group, date(2026, 11, 22)) == leaving


def test_destination_years_begin_in_september() -> None:
    assert [destination_year(2026, date(year, 9, 1)) for year in (2025, 2026, 2027, 2028)] == [0, 1, 2, 3]
    assert destination_year(2026, date(2026, 8, 31)) == 0
