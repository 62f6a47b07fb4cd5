"""The first page: the school's rounds with their progress, and what to do next."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, render_template

from surveybot.records.round_progress import Progress, progress_of_rounds
from surveybot.records.rounds import Round, RoundState, rounds_of
from surveybot.records.student_lists import cohorts_of, count_students
from surveybot.records.tutor_progress import TutorProgress, progress_of_tutor_rounds
from surveybot.records.worker_beats import waits_for_clock
from surveybot.rules.dates_in_words import say_at
from surveybot.rules.people import StaffRole
from surveybot.rules.results_day import RESULTS_SURVEY
from surveybot.steps.open_results import results_soon
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
    return render_template("staff/home.html", visit=visit, **_facts(visit))


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
    }


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
    """Slips are printed from a round that is open and sealed; the plan's own opens on the morning itself."""
    open_for = {
        (card.row.year_group, card.row.leaving)
        for card in cards
        if card.row.survey == RESULTS_SURVEY and not card.closed
    }
    steps = []
    for one in cohorts_of(visit.session, visit.school_id):
        cohort = {"year_group": one.year_group, "leaving": one.leaving}
        day = results_soon(visit.house.catalogue, visit.school, **cohort, now=visit.now)
        if day is None or (one.year_group, one.leaving) in open_for:
            continue
        words = _("Year %(year)s results come out on %(day)s: open the round now and print its slips")
        href = f"/staff/rounds/new?survey={RESULTS_SURVEY}&cohort={one.year_group}-{one.leaving}"
        steps.append(NextStep(words % {"year": one.year_group, "day": say_at(day)}, href))
    return steps


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
