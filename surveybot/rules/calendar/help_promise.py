"""When a named adult will have got back to somebody: by four in the afternoon of a school day."""

from datetime import date, datetime, time, timedelta

from surveybot.rules.calendar.academic_calendar import AcademicCalendar
from surveybot.rules.calendar.dates_in_words import LONDON, from_wall, london_date, say_on
from surveybot.rules.delivery.contact_hours import SUNDAY, bank_holidays

SAME_DAY_UNTIL = time(12, 0)
PROMISED_HOUR = 16
SATURDAY = 5


def promised_by(asked_at: datetime, calendar: AcademicCalendar) -> datetime:
    """Today at four where it was asked before noon on a school day, else on the next one."""
    return from_wall(calendar.school_day_from(_first_day(asked_at)), PROMISED_HOUR)


def promised_in_holidays(asked_at: datetime, calendar: AcademicCalendar) -> datetime:
    """The same by whoever is there in the holidays too: on any weekday that is no bank holiday."""
    day = _first_day(asked_at)
    while day.weekday() in (SATURDAY, SUNDAY) or day in bank_holidays(calendar.nation, day.year):
        day += timedelta(days=1)
    return from_wall(day, PROMISED_HOUR)


def is_in_holidays(asked_at: datetime, calendar: AcademicCalendar) -> bool:
    """Whether school holidays, and not a weekend alone, stand before the next school day."""
    return promised_by(asked_at, calendar) > promised_in_holidays(asked_at, calendar)


def _first_day(asked_at: datetime) -> date:
    day = london_date(asked_at)
    in_time = asked_at.astimezone(LONDON).time() < SAME_DAY_UNTIL
    return day if in_time else day + timedelta(days=1)


def promise_in_words(at: datetime, *, now: datetime) -> str:
    """ "4pm today", or "4pm on Mon 23 Nov"."""
    day = london_date(at)
    if day == london_date(now):
        return "4pm today"
    return f"4pm on {say_on(day).rsplit(' ', 1)[0]}"
