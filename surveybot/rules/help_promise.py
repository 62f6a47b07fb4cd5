"""When a named adult will have got back to somebody: by four in the afternoon of a school day."""

from datetime import datetime, time, timedelta

from surveybot.rules.contact_hours import SUNDAY, bank_holidays
from surveybot.rules.dates_in_words import LONDON, from_wall, london_date, say_on

SAME_DAY_UNTIL = time(12, 0)
PROMISED_HOUR = 16
SATURDAY = 5


def promised_by(asked_at: datetime, *, nation: str = "ENG") -> datetime:
    """Today at four where it was asked before noon on a school day, else the next one."""
    day = london_date(asked_at)
    if asked_at.astimezone(LONDON).time() >= SAME_DAY_UNTIL:
        day += timedelta(days=1)
    while day.weekday() in (SATURDAY, SUNDAY) or day in bank_holidays(nation, day.year):
        day += timedelta(days=1)
    return from_wall(day, PROMISED_HOUR)


def promise_in_words(at: datetime, *, now: datetime) -> str:
    """ "4pm today", or "4pm on Mon 23 Nov"."""
    day = london_date(at)
    if day == london_date(now):
        return "4pm today"
    return f"4pm on {say_on(day).rsplit(' ', 1)[0]}"
