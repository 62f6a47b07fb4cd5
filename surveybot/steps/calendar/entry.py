"""A row of the calendar: what goes when, which way, to how many and at what cost; or why it does not."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.school_settings import SchoolSettings


class Standing(StrEnum):
    PLANNED = "planned"  # to come
    HELD = "held"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"  # left out, with the reason
    SEALED = "sealed"  # ready, in a round that is not open yet
    WAITING = "waiting"  # written, and about to go
    SENT = "sent"
    NOT_SENT = "not_sent"  # it was to go, and did not: with the reason


COSTS = (Standing.PLANNED, Standing.SEALED, Standing.WAITING, Standing.SENT)
STOPPED = (Standing.HELD, Standing.CANCELLED, Standing.SKIPPED)
"""Nobody gets it, so it says no channel."""
GONE = (Standing.SENT, Standing.NOT_SENT)


@dataclass(frozen=True, slots=True, order=True)
class Who:
    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One message to one person, or a row of the page where `people` counts them."""

    send_at: datetime
    survey: str
    step: str  # of reference/check_in_plan.toml; empty where a round was opened by hand
    destination_year: int
    year_group: int
    message: str  # "first", "reminder-1", "text-after-email", "last-reminder" (to tutors) ...
    channel: Channel | None
    state: Standing
    reason: str
    people: int = 1
    segments: int = 0  # parts of text, of all of them together
    who: tuple[Who, ...] = ()  # by name; empty where it goes to them
    last_at: datetime | None = None  # where not all went at once
    round_id: int | None = None
    row_id: int | None = None
    reminder_id: int | None = None
    of_staff: bool = False  # `people` are staff, at most

    @property
    def month(self) -> tuple[int, int]:
        on = london_date(self.send_at)
        return on.year, on.month

    @property
    def order(self) -> tuple[datetime, str, str, str]:
        return self.send_at, self.survey, self.message, self.reason


def cost_in_pence(entry: Entry, settings: SchoolSettings) -> float:
    """What the texts of an entry cost, each part as it is written; what does not go costs nothing."""
    return entry.segments * settings.pence_per_segment if entry.state in COSTS else 0.0


def together(entries: Iterable[Entry]) -> list[Entry]:
    """One row for all to whom the same happens, with the names of those to whom it does not go."""
    found: dict[Entry, list[Entry]] = {}
    for entry in entries:
        stopped = entry.state in STOPPED
        plain = replace(entry, row_id=None, people=1, segments=0, who=())
        found.setdefault(replace(plain, channel=None) if stopped else plain, []).append(entry)
    return [
        replace(
            plain,
            people=sum(one.people for one in same),
            segments=sum(one.segments for one in same),
            who=() if plain.state in COSTS else tuple(sorted({who for one in same for who in one.who})),
        )
        for plain, same in found.items()
    ]
