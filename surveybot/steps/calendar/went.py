"""What already went of a cohort's rounds, told from the messages; and what of them is still to come."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from surveybot.catalogue import Catalogue
from surveybot.records.plan.planned import PlannedReminder, PlannedState
from surveybot.records.report.calendar_messages import (
    NOT_SENT,
    MessageGroup,
    had_reminders,
    messages_of_rounds,
    not_sent,
    reminders_of_rounds,
    standings,
)
from surveybot.records.report.calendar_messages import Standing as InRound
from surveybot.records.round.invitations import Audience
from surveybot.records.round.rounds import Round
from surveybot.records.round.tutor_rounds import asked_tutors
from surveybot.rules.calendar.academic_year import destination_year
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import SENT_STATES, DeliveryState, MessageClass
from surveybot.rules.delivery.may_ask import Asking, RouteFacts, Skip, first_way
from surveybot.rules.survey.questionnaire_check import AskedOf
from surveybot.steps.calendar.entry import Entry, Standing, Who
from surveybot.steps.calendar.parts import TextParts
from surveybot.steps.calendar.people import CalendarPeople
from surveybot.steps.plan.remind_due import OTHER

MESSAGES = {
    "invitation": "first",
    "goodbye": "first",
    "fallback": "text-after-email",
    "tutor-unknowns": "first",
}


@dataclass(frozen=True)
class OpenedRounds:
    """The rounds of a cohort, by number, and the step of the plan that opened each."""

    rounds: Mapping[int, Round]
    steps: Mapping[int, str]

    def entry(self, round_id: int, at: datetime) -> Entry:
        row = self.rounds[round_id]
        return Entry(
            send_at=at,
            survey=row.survey,
            step=self.steps.get(round_id, ""),
            destination_year=destination_year(row.leaving, london_date(row.opens_at)),
            year_group=row.year_group,
            message="first",
            channel=None,
            state=Standing.SENT,
            reason="",
            round_id=round_id,
        )


def what_went(
    session: Session,
    opened: OpenedRounds,
    people: CalendarPeople,
    *,
    now: datetime,
    student_id: int | None = None,
) -> Iterator[Entry]:
    """By round, step, channel and what became of it; with the names of those to whom it did not go."""
    names: dict[tuple[int, str, Channel, str], list[Who]] = {}
    for one in not_sent(session, opened.rounds, student_id=student_id):
        names.setdefault(one[:4], []).append(people.who(one.student_id))
    groups: dict[Entry, list[MessageGroup]] = {}
    for group in messages_of_rounds(session, opened.rounds, student_id=student_id):
        groups.setdefault(_alike(opened, group, now), []).append(group)
    for plain, same in groups.items():
        first, last = _minute(min(one.first_at for one in same)), _minute(max(one.last_at for one in same))
        who = {
            who
            for one in same
            if one.state in NOT_SENT
            for who in names.get((one.round_id, one.step, one.channel, one.reason), ())
        }
        yield replace(
            plain,
            send_at=first,
            last_at=last if last != first else None,
            people=sum(one.people for one in same),
            segments=sum(one.segments for one in same),
            who=tuple(sorted(who)),
        )


def reminders(
    session: Session,
    opened: OpenedRounds,
    people: CalendarPeople,
    catalogue: Catalogue,
    parts: TextParts,
    *,
    now: datetime,
    student_id: int | None = None,
) -> Iterator[Entry]:
    """The reminders of rounds that were opened, person by person: to come, stopped, or taken away and why."""
    planned = reminders_of_rounds(session, opened.rounds)
    in_rounds: dict[int, list[InRound]] = {}
    for one in standings(session, {row.round_id for row in planned}, student_id=student_id):
        in_rounds.setdefault(one.round_id, []).append(one)
    tutors = asked_tutors(session, {row.round_id for row in planned} - in_rounds.keys())
    had = had_reminders(session, opened.rounds, student_id=student_id)
    for row in planned:
        survey = catalogue.surveys.get(opened.rounds[row.round_id].survey)
        plain = replace(
            opened.entry(row.round_id, row.due_at), message=f"reminder-{row.number}", reminder_id=row.id
        )
        if survey is None:
            continue
        if survey.audience is AskedOf.STAFF:
            if row.state is not PlannedState.OPENED and student_id is None:
                asked = len(tutors.get(row.round_id, ()))
                yield replace(_stopped(plain, row), channel=Channel.EMAIL, people=asked, of_staff=True)
            continue
        asking = Asking.of(survey)
        for one in in_rounds.get(row.round_id, ()):
            yield from _reminder(plain, row, one, opened, people, asking, parts, had, now)


def _reminder(
    plain: Entry,
    row: PlannedReminder,
    one: InRound,
    opened: OpenedRounds,
    people: CalendarPeople,
    asking: Asking,
    parts: TextParts,
    had: set[tuple[int, str, int]],
    now: datetime,
) -> Iterator[Entry]:
    person = people.person(one.student_id)
    if person is None:
        return
    named = replace(plain, who=(people.who(one.student_id),))
    if one.finished_at and one.finished_at <= min(row.due_at, now):
        yield replace(named, state=Standing.SKIPPED, reason=Skip.ANSWERED)
        return
    of_parent = one.audience == Audience.PARENT
    first = one.channel or Channel.EMAIL
    wanted = OTHER[first] if row.goes_the_other_way else first
    way = first if of_parent else first_way(person, asking, wanted)
    channel = way.channel if isinstance(way, RouteFacts) else way
    if isinstance(channel, Skip):
        if (row.round_id, plain.message, one.student_id) not in had:
            yield replace(named, state=Standing.SKIPPED, reason=channel)
    elif row.state in (PlannedState.HELD, PlannedState.CANCELLED, PlannedState.SKIPPED):
        yield _stopped(named, row)
    elif row.state is PlannedState.PLANNED:
        count = 0
        if channel is Channel.SMS:
            template = "parent-invitation" if of_parent else "reminder"
            closes_at = opened.rounds[row.round_id].closes_at
            reader = people.reader(one.student_id, is_leaver=person.after_leaving)
            count = parts.count(template, plain.survey, closes_at, reader)
        yield replace(named, state=Standing.PLANNED, channel=channel, segments=count)


def _minute(at: datetime) -> datetime:
    """As a calendar says it: the messages of one minute go together."""
    return at.replace(second=0, microsecond=0)


def _stopped(entry: Entry, row: PlannedReminder) -> Entry:
    """As the reminder itself stands: planned, or held, cancelled or left out with the reason."""
    return replace(entry, state=Standing(row.state.value), reason=row.reason)


def _alike(opened: OpenedRounds, group: MessageGroup, now: datetime) -> Entry:
    """What messages have in common that make one row, whatever the provider said of them since."""
    step = group.step.removesuffix("-again")
    opens_at = opened.rounds[group.round_id].opens_at
    state, reason = _standing(group, sealed=opens_at > now)
    return replace(
        opened.entry(group.round_id, opens_at),
        message=MESSAGES.get(step, step),
        channel=group.channel,
        state=state,
        reason=reason,
        of_staff=group.message_class is MessageClass.STAFF,
    )


def _standing(group: MessageGroup, *, sealed: bool) -> tuple[Standing, str]:
    if group.state in SENT_STATES:
        return Standing.SENT, ""
    if group.state is DeliveryState.HELD:
        return Standing.HELD, group.hold_reason
    if group.state in NOT_SENT:
        return Standing.NOT_SENT, group.reason or Skip.EXPIRED
    return Standing.SEALED if sealed else Standing.WAITING, ""
