"""The first page: the school's rounds with their progress, and what to do next."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, render_template

from surveybot.records.plan.plan_troubles import troubled_cohorts
from surveybot.records.plan.planned import cohorts_of as planned_cohorts
from surveybot.records.report.round_progress import Progress, progress_of_rounds
from surveybot.records.report.tutor_progress import TutorProgress, progress_of_tutor_rounds
from surveybot.records.roster.student_lists import cohorts_of, count_students
from surveybot.records.round.rounds import Round, RoundState, rounds_of
from surveybot.records.worker.trusted_clock import clock_in_doubt
from surveybot.records.worker.worker_beats import waits_for_clock
from surveybot.rules.calendar.dates_in_words import london_date, say_at, say_on
from surveybot.rules.calendar.results_day import RESULTS_SURVEY, SEALED_AHEAD
from surveybot.rules.roster.people import StaffRole
from surveybot.rules.school_settings import unreadable
from surveybot.steps.plan.put_aside import TELL_AFTER
from surveybot.steps.round.open_results import results_soon
from surveybot.steps.sending.look_for_late import look_for_late
from surveybot.steps.sending.settle_doubt import PATIENCE
from surveybot.web import doors
from surveybot.web.language import gettext as _
from surveybot.web.staff.plain_words import ROUND_STATES, cohort_in_words
from surveybot.web.staff.scope import asks_tutors, survey_title
from surveybot.web.staff.tutor_pages import card_words

blueprint = Blueprint("staff_home", __name__)

SOON = timedelta(days=3)


@dataclass(frozen=True)
class Card:
    row: Round
    title: str
    cohort: str
    progress: Progress
    of_tutors: TutorProgress | None = None  # of a round that asks tutors

    @property
    def closed(self) -> bool:
        return self.row.state is RoundState.CLOSED


@dataclass(frozen=True)
class NextStep:
    words: str
    href: str


@blueprint.get("/staff/")
@doors.staff()
def home(visit: doors.StaffVisit) -> str:
    late = look_for_late(visit.session, now=visit.now, school_id=visit.school_id) if visit.leads else None
    return render_template("staff/home.html", visit=visit, late=late, patience=PATIENCE, **_facts(visit))


@blueprint.get("/staff/live")
@doors.staff()
def live(visit: doors.StaffVisit) -> str:
    return render_template("staff/home_live.html", visit=visit, **_facts(visit))


def _facts(visit: doors.StaffVisit) -> dict[str, Any]:
    progress = progress_of_rounds(visit.session, visit.school_id, tutor_groups=visit.tutor_groups)
    rounds = rounds_of(visit.session, visit.school_id)
    of_tutors = progress_of_tutor_rounds(
        visit.session,
        visit.school_id,
        [row for row in rounds if asks_tutors(visit, row)],
        tutor_groups=visit.tutor_groups,
    )
    cards = [
        Card(
            row,
            survey_title(row.survey),
            cohort_in_words(row),
            progress.get(row.id or 0, Progress()),
            of_tutors.get(row.id or 0),
        )
        for row in rounds
        if visit.tutor_groups is None or row.id in progress or row.id in of_tutors
    ]
    students = count_students(visit.session, visit.school_id, tutor_groups=visit.tutor_groups)
    return {
        "running": [card for card in cards if not card.closed],
        "closed": [card for card in cards if card.closed],
        "students": students,
        "steps": _next_steps(visit, cards),
        "states": ROUND_STATES,
        "is_tutor": visit.roles == {StaffRole.TUTOR},
        "card_words": card_words,
        "sends": visit.house.settings.outbound.mode != "deny",
        "waits_for_clock": waits_for_clock(visit.session),
        "clock": clock_in_doubt(visit.session),
        "stopped_plans": _stopped_plans(visit),
        "unreadable": unreadable(visit.school.settings),
    }


def _stopped_plans(visit: doors.StaffVisit) -> list[str]:
    """The plans of this school that fail, in words."""
    return [
        _("Year %(year)s, summer %(summer)s") % {"year": one[0], "summer": one[1]} if one else _("Reminders")
        for one in troubled_cohorts(visit.session, visit.school_id, least_tries=TELL_AFTER)
    ]


def _next_steps(visit: doors.StaffVisit, cards: list[Card]) -> list[NextStep]:
    steps = _results_to_prepare(visit, cards) if visit.leads else []
    for card in cards:
        if card.closed:
            continue
        page = f"/staff/rounds/{card.row.code}"
        if card.of_tutors:
            steps += _tutor_steps(visit, card, card.of_tutors, page)
        if card.progress.wants_help:
            words = _("%(number)s want help: %(title)s")
            steps.append(NextStep(_fill(words, card, card.progress.wants_help), f"{page}?part=wants-help"))
        if card.progress.unreachable:
            words = _("%(number)s cannot be reached by message: %(title)s")
            steps.append(NextStep(_fill(words, card, card.progress.unreachable), f"{page}?part=unreachable"))
        if visit.leads and card.progress.not_yet and card.row.closes_at - visit.now < SOON:
            words = _("%(number)s have not answered, and it closes soon: %(title)s")
            steps.append(NextStep(_fill(words, card, card.progress.not_yet), f"{page}/remind"))
    if visit.leads and visit.staff.totp_confirmed_at is None and cards:
        steps.append(NextStep(_("Set up your phone, before your first export"), "/staff/two-step/set-up"))
    return steps


def _results_to_prepare(visit: doors.StaffVisit, cards: list[Card]) -> list[NextStep]:
    """Slips are printed from a round that is open and sealed; the plan makes its own a week before."""
    open_for = {
        (card.row.year_group, card.row.leaving): card.row
        for card in cards
        if card.row.survey == RESULTS_SURVEY and not card.closed
    }
    planned = {
        (one.year_group, one.leaving)
        for one in planned_cohorts(visit.session, visit.school_id)
        if one.next_look_at is not None
    }
    steps = []
    for one in cohorts_of(visit.session, visit.school_id):
        cohort = (one.year_group, one.leaving)
        day = results_soon(
            visit.house.catalogue, visit.school, year_group=cohort[0], leaving=cohort[1], now=visit.now
        )
        if day is not None:
            steps.append(_results_step(cohort, day, open_for.get(cohort), planned=cohort in planned))
    return steps


def _results_step(cohort: tuple[int, int], day: datetime, row: Round | None, *, planned: bool) -> NextStep:
    year_group, leaving = cohort
    said = {"year": year_group, "day": say_at(day), "ready": say_on(london_date(day - SEALED_AHEAD))}
    if row is not None:
        words = _("Year %(year)s results come out on %(day)s: the round is ready and sealed. Print its slips")
        return NextStep(words % said, f"/staff/rounds/{row.code}/slips")
    if planned:
        words = _("Year %(year)s results come out on %(day)s: links and slips are ready from %(ready)s")
        return NextStep(words % said, f"/staff/calendar?leaving={leaving}")
    words = _("Year %(year)s results come out on %(day)s: open the round now and print its slips")
    href = f"/staff/rounds/new?survey={RESULTS_SURVEY}&cohort={year_group}-{leaving}"
    return NextStep(words % said, href)


def _tutor_steps(visit: doors.StaffVisit, card: Card, counts: TutorProgress, page: str) -> list[NextStep]:
    """A tutor's own list, and what leaders see of all."""
    if visit.tutor_groups is not None and counts.to_do:
        words = _("Do you know where they are? %(number)s students are on your list")
        return [NextStep(_fill(words, card, counts.to_do), f"{page}/mine")]
    if visit.leads and counts.unknown:
        words = _("%(number)s students are still unknown: %(title)s")
        return [NextStep(_fill(words, card, counts.unknown), page)]
    return []


def _fill(words: str, card: Card, number: int) -> str:
    return words % {"title": card.title, "number": number}
