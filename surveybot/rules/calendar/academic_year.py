"""Academic years, September to August, and the summer in which a year group finishes."""

from datetime import date


def current_summer(on: date) -> int:
    """The summer that ends the academic year of that day: for 22 November 2026 it is 2027."""
    return on.year + (on.month >= 9)


def leaving_for(year_group: int, on: date) -> tuple[int, int]:
    """Which year group a student will finish (11 or 13) and in which summer.

    Years 12 and 13 finish Year 13; everyone below finishes Year 11.
    """
    last = 13 if year_group > 11 else 11
    return last, current_summer(on) + last - year_group


def destination_year(leaving: int, on: date) -> int:
    """How many destination years have begun since that summer: 0 before the September after it."""
    return max(0, current_summer(on) - leaving)
