"""Ask what is due: open the round of a survey and cohort, or join the one that runs, and queue the messages.

A row that is due is looked at anew against everything that is known now; what came too late to make sense is
left out for good, and says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from surveybot.catalogue import Catalogue
from surveybot.records.plan.planned import (
    PlannedCohort,
    PlannedOccurrence,
    PlannedState,
    add_reminders,
    due_of_cohort,
    settle_planned,
    take_cohort,
)
from surveybot.records.plan.planned_rounds import (
    PlannedRound,
    invite_after_all,
    invited_to,
    reminders_to_come,
)
from surveybot.records.roster.students import Student, students_by_id
from surveybot.records.round.invitations import Audience, add_invitations
from surveybot.records.round.rounds import Round, hold_rounds, running_rounds
from surveybot.records.schools import School
from surveybot.rules.calendar.results_day import RESULTS_SURVEY, SEALED_AHEAD
from surveybot.rules.delivery.contact_hours import next_allowed
from surveybot.rules.delivery.delivery_states import MessageClass
from surveybot.rules.delivery.may_ask import Skip
from surveybot.rules.plan.check_in_dates import CohortDates
from surveybot.rules.plan.check_in_plan import CheckIn
from surveybot.rules.school_settings import unreadable
from surveybot.rules.short_codes import new_code
from surveybot.steps.plan.follow_on import follow_on
from surveybot.steps.plan.plan_check_ins import LOOK_EVERY, dates_of, fingerprint, plan_check_ins
from surveybot.steps.round.paper_links import paper_links
from surveybot.steps.round.see_first import bring_forward
from surveybot.steps.round.steer_round import close_round
from surveybot.steps.sending.queue import NewDelivery, queue_many
from surveybot.steps.tutor_rounds.open_due import open_due_tutor_rounds

OPENED_BY = "the plan"
TOO_LATE = timedelta(days=2)
"""So long before its end a round is not opened any more."""

Group = tuple[str, str, int]


class UnreadableSettings(Exception):
    """What a school has set cannot be read, so nobody knows when its people are to be asked."""

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__(", ".join(keys))
        self.keys = tuple(keys)


@dataclass(frozen=True)
class Opening:
    """The rows of one survey and step that are due together."""

    cohort: PlannedCohort
    check_in: CheckIn
    dates: CohortDates
    rows: Sequence[PlannedOccurrence]

    @property
    def closes_at(self) -> datetime:
        return max(self.dates.closes_at(self.check_in, row.due_at) for row in self.rows)


def look_at(session: Session, cohort_id: int, catalogue: Catalogue, *, now: datetime) -> int:
    """Bring one cohort's rows up to date and ask what is due; how many people were asked.

    Safe in several workers at once: a cohort that another one looks at is passed over.
    """
    cohort = take_cohort(session, cohort_id)
    if cohort is None or cohort.next_look_at is None:
        return 0
    school = session.get_one(School, cohort.school_id)
    if keys := unreadable(school.settings):
        raise UnreadableSettings(keys)
    asked, sealed = 0, now + SEALED_AHEAD
    if due_of_cohort(session, cohort_id, now=now, sealed_until=sealed) or _has_changed(
        session, school, cohort, now
    ):
        plan_check_ins(session, school, cohort, catalogue, now=now)
        follow_on(session, school, cohort, now=now)
        session.flush()
        session.expire_all()
        due = due_of_cohort(session, cohort_id, now=now, sealed_until=sealed)
        asked = sum(_open(session, one, now) for one in _openings(cohort, school, catalogue, due))
    of_tutors = open_due_tutor_rounds(session, school, cohort, catalogue, now=now)
    soon = now + LOOK_EVERY
    cohort.next_look_at = min(soon, of_tutors) if of_tutors else soon
    session.add(cohort)
    return asked


def _has_changed(session: Session, school: School, cohort: PlannedCohort, now: datetime) -> bool:
    return cohort.fingerprint != fingerprint(session, school, cohort, now=now)


def _openings(
    cohort: PlannedCohort, school: School, catalogue: Catalogue, due: Sequence[PlannedOccurrence]
) -> list[Opening]:
    """The rows that are due, by what they ask."""
    dates = dates_of(catalogue, school, leaving=cohort.leaving, year_group=cohort.year_group)
    groups: dict[Group, list[PlannedOccurrence]] = {}
    for row in due:
        groups.setdefault((row.survey, row.step, row.destination_year), []).append(row)
    found = []
    for (survey, step, _), rows in groups.items():
        check_in = catalogue.check_ins.find(survey, step)
        if check_in is not None and survey in catalogue.surveys:
            found.append(Opening(cohort, check_in, dates, rows))
    return found


def _open(session: Session, opening: Opening, now: datetime) -> int:
    late = [row for row in opening.rows if _is_too_late(opening, row, now)]
    settle_planned(session, _ids(late), state=PlannedState.SKIPPED, now=now, reason=Skip.EXPIRED)
    rows = [row for row in opening.rows if row not in late]
    out = [row for row in rows if row.state is PlannedState.SKIPPED]
    asked = [row for row in rows if row.state is PlannedState.PLANNED and row.channel is not None]
    for_good = [row for row in out if row.due_at <= now]  # while it is sealed, a way may still be found
    settle_planned(session, _ids(for_good), state=PlannedState.SKIPPED, now=now)
    if not asked:
        return 0
    round_row = _round_for(session, opening, now)
    assert round_row.id is not None
    settle_planned(session, _ids(asked), state=PlannedState.OPENED, now=now, round_id=round_row.id)
    return _invite(session, round_row, opening, asked, out, now)


def _is_too_late(opening: Opening, row: PlannedOccurrence, now: datetime) -> bool:
    return now > opening.dates.closes_at(opening.check_in, row.due_at) - TOO_LATE


def _ids(rows: Sequence[PlannedOccurrence]) -> list[int]:
    return [row.id for row in rows if row.id is not None]


def _round_for(session: Session, opening: Opening, now: datetime) -> Round:
    """The round of this survey and cohort that runs, or a new one with its reminders."""
    cohort, check_in = opening.cohort, opening.check_in
    hold_rounds(session, cohort.school_id)
    running = running_rounds(
        session, cohort.school_id, check_in.survey, leaving=cohort.leaving, year_group=cohort.year_group
    )
    row = next((one for one in running if not one.tutor_group), None)
    if row is not None and row.closes_at <= now:
        close_round(session, row, now=now)
        session.flush()
        row = None
    if row is None:
        row = Round(
            code=new_code("R"),
            school_id=cohort.school_id,
            survey=check_in.survey,
            leaving=cohort.leaving,
            year_group=cohort.year_group,
            opens_at=min(one.due_at for one in opening.rows),
            closes_at=opening.closes_at,
            opened_by=OPENED_BY,
            created_at=now,
        )
    row.closes_at = max(row.closes_at, opening.closes_at)
    session.add(row)
    session.flush()
    _plan_reminders(session, row, opening, now)
    return row


def _plan_reminders(session: Session, row: Round, opening: Opening, now: datetime) -> None:
    """Once for a round; those whose day has passed are not made up for."""
    assert row.id is not None
    if reminders_to_come(session, row.id):
        return
    first = min(one.due_at for one in opening.rows)
    days = opening.dates.reminders(opening.check_in, first)
    to_come = [(number, at) for number, at in enumerate(days, 1) if at > now + timedelta(hours=12)]
    last = max((number for number, _ in to_come), default=0)
    add_reminders(
        session,
        [
            {
                "school_id": row.school_id,
                "round_id": row.id,
                "number": number,
                "is_last": number == last,
                "due_at": at,
                "state": PlannedState.PLANNED,
                "reason": "",
                "changed_by": "",
                "told_tutors_at": None,
            }
            for number, at in to_come
        ],
    )


def _invite(
    session: Session,
    round_row: Round,
    opening: Opening,
    asked: Sequence[PlannedOccurrence],
    out: Sequence[PlannedOccurrence],
    now: datetime,
) -> int:
    """Write invitations and first messages; whoever was invited before, by anybody, is not asked again."""
    assert round_row.id is not None
    already = invited_to(session, PlannedRound.of(round_row))
    new = [row for row in asked if row.student_id not in already]
    left = [row for row in out if row.student_id not in already and row.reason != Skip.ANSWERED]
    channels = {row.student_id: row.channel for row in asked if row.student_id in already}
    numbers = invite_after_all(session, round_row.id, channels)
    if not new and not left and not numbers:
        return 0
    shared = {
        "school_id": round_row.school_id,
        "round_id": round_row.id,
        "audience": Audience.STUDENT,
        "created_at": now,
    }
    rows = [
        *({**shared, "student_id": row.student_id, "channel": row.channel, "skipped": None} for row in new),
        *({**shared, "student_id": row.student_id, "channel": None, "skipped": row.reason} for row in left),
    ]
    new += [row for row in asked if row.student_id in numbers]
    numbers |= add_invitations(session, rows) if rows else {}
    students = students_by_id(session, round_row.school_id, [row.student_id for row in new])
    messages = [_message(row, round_row, opening, numbers, now) for row in _in_order(new, students)]
    queued = queue_many(session, messages, now=now)
    if round_row.survey == RESULTS_SURVEY:
        paper_links(session, round_row, now=now)  # for slips, also of whoever no message reaches
        bring_forward(session, round_row)
    return queued


def _in_order(rows: Sequence[PlannedOccurrence], students: Mapping[int, Student]) -> list[PlannedOccurrence]:
    """Those first whom staff want to see first; nothing in the message says so."""
    return sorted(rows, key=lambda row: not students[row.student_id].see_me_first)


def _message(
    row: PlannedOccurrence, round_row: Round, opening: Opening, numbers: Mapping[int, int], now: datetime
) -> NewDelivery:
    assert row.channel is not None
    goodbye = opening.check_in.at_the_end
    return NewDelivery(
        dedupe_key=f"round:{round_row.id}:student:{row.student_id}:invitation",
        school_id=round_row.school_id,
        student_id=row.student_id,
        round_id=round_row.id,
        invitation_id=numbers[row.student_id],
        message_class=MessageClass.ASK,
        template="goodbye" if goodbye else "invitation",
        step="goodbye" if goodbye else "invitation",
        channel=row.channel,
        due_at=next_allowed(
            max(now, row.due_at), nation=opening.dates.calendar.nation, window=opening.dates.window
        ),
        not_after=round_row.closes_at,
    )
