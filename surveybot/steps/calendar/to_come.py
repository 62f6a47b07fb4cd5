"""What the plan still holds for one person: to come, left out, held or cancelled; and what follows it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from surveybot.catalogue import Catalogue
from surveybot.records.plan.planned import PlannedOccurrence, PlannedState
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.contact_hours import next_allowed
from surveybot.rules.delivery.may_ask import Asking, RouteFacts, first_way
from surveybot.rules.plan.check_in_dates import CohortDates
from surveybot.rules.plan.check_in_plan import CheckIn
from surveybot.rules.plan.check_ins import Occurrence, check_ins_of
from surveybot.steps.calendar.entry import Entry, Standing
from surveybot.steps.calendar.parts import TextParts
from surveybot.steps.calendar.people import CalendarPeople
from surveybot.steps.plan.remind_due import OTHER
from surveybot.steps.sending.fall_back import PATIENCE

FALLBACK = "text-after-email"
Rows = Mapping[tuple[str, int, str], PlannedOccurrence]


@dataclass(frozen=True)
class Plan:
    people: CalendarPeople
    catalogue: Catalogue
    dates: CohortDates
    parts: TextParts


def entries_to_come(plan: Plan, student_id: int, stored: Rows) -> Iterator[Entry]:
    """Rows that were opened are left out: their messages say what became of them."""
    followed, dates = plan.people.cohort.followed[student_id], plan.dates
    seen = set()
    for occurrence in check_ins_of(followed, plan.catalogue.check_ins, dates):
        row = _row_of(stored, occurrence, dates)
        if row is not None:
            seen.add(row.id)
        if row is not None and row.state is PlannedState.OPENED:
            continue
        check_in = plan.catalogue.check_ins.find(occurrence.survey, occurrence.step)
        assert check_in is not None
        entry = _entry(occurrence, row, dates.year_group)
        if entry.state is Standing.PLANNED and entry.channel is not None:
            yield _counted(plan, student_id, check_in, entry, entry, _template(check_in))
            yield from _what_follows(plan, student_id, check_in, entry)
        else:
            yield replace(entry, who=(plan.people.who(student_id),))
    for row in stored.values():
        if row.id not in seen and row.state is not PlannedState.OPENED and row.leaving == dates.leaving:
            check_in = plan.catalogue.check_ins.find(row.survey, row.step)
            if check_in and dates.year_group in check_in.year_groups and row.settled_at:
                yield replace(_stored(row, dates.year_group), who=(plan.people.who(student_id),))


def _row_of(stored: Rows, occurrence: Occurrence, dates: CohortDates) -> PlannedOccurrence | None:
    """What is stored of it in this summer; whoever repeats a year has one of each."""
    key = (occurrence.survey, occurrence.destination_year, occurrence.step)
    row = stored.get((*key[:2], f"{occurrence.step}~{dates.leaving}")) or stored.get(key)
    return row if row is not None and row.leaving == dates.leaving else None


def _entry(new: Occurrence, row: PlannedOccurrence | None, year_group: int) -> Entry:
    if row is not None and (row.settled_at is not None or row.state is PlannedState.CANCELLED):
        return _stored(row, year_group)
    held = row is not None and row.state is PlannedState.HELD
    state = Standing.SKIPPED if new.reason else Standing.PLANNED
    return Entry(
        send_at=new.due_at,
        survey=new.survey,
        step=new.step,
        destination_year=new.destination_year,
        year_group=year_group,
        message="first",
        channel=new.channel,
        state=Standing.HELD if held else state,
        reason=row.reason if row is not None and held else new.reason or "",
        row_id=row.id if row else None,
    )


def _stored(row: PlannedOccurrence, year_group: int) -> Entry:
    return Entry(
        send_at=row.due_at,
        survey=row.survey,
        step=row.step.partition("~")[0],
        destination_year=row.destination_year,
        year_group=year_group,
        message="first",
        channel=row.channel,
        state=Standing(row.state.value),
        reason=row.reason,
        row_id=row.id,
    )


def _what_follows(plan: Plan, student_id: int, check_in: CheckIn, first: Entry) -> Iterator[Entry]:
    """The reminders of a message that is still to come, and the text after an email; to whoever has not
    answered by then. The later reminders go the other way, where there is one."""
    assert first.channel is not None
    person = plan.people.cohort.followed[student_id].person
    asking = Asking(after_leaving=check_in.after_leaving)
    way = first_way(replace(person, after_leaving=check_in.after_leaving), asking, OTHER[first.channel])
    other = way.channel if isinstance(way, RouteFacts) else first.channel
    for number, at in enumerate(plan.dates.reminders(check_in, first.send_at), 1):
        channel = other if number > 1 else first.channel
        later = _later(first, at, f"reminder-{number}", channel)
        yield _counted(plan, student_id, check_in, first, later, "reminder")
    falls_back = plan.catalogue.survey(first.survey).first_channel is Channel.EMAIL
    if falls_back and (first.channel, other) == (Channel.EMAIL, Channel.SMS):
        calendar = plan.dates.calendar
        at = next_allowed(first.send_at + PATIENCE, nation=calendar.nation, window=plan.dates.window)
        if at < plan.dates.closes_at(check_in, first.send_at):
            later = _later(first, at, FALLBACK, Channel.SMS)
            yield _counted(plan, student_id, check_in, first, later, _template(check_in))


def _later(first: Entry, at: datetime, message: str, channel: Channel) -> Entry:
    return replace(first, send_at=at, message=message, channel=channel, row_id=None)


def _counted(
    plan: Plan, student_id: int, check_in: CheckIn, first: Entry, entry: Entry, template: str
) -> Entry:
    """With the parts that its text takes."""
    if entry.channel is not Channel.SMS:
        return entry
    reader = plan.people.reader(student_id, is_leaver=check_in.after_leaving)
    closes_at = plan.dates.closes_at(check_in, first.send_at)
    return replace(entry, segments=plan.parts.count(template, entry.survey, closes_at, reader))


def _template(check_in: CheckIn) -> str:
    return "goodbye" if check_in.at_the_end else "invitation"
