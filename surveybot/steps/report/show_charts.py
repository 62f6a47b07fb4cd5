"""Gather the charts of one cohort: what became of everybody, who answers, who can be reached."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from surveybot.catalogue import Catalogue
from surveybot.records.destination.chart_facts import (
    GroupCount,
    response_by_group,
    rounds_of_cohort,
    told_by_cohort,
)
from surveybot.records.plan.cohort_facts import leavings_of_students
from surveybot.records.roster.students import cohort
from surveybot.records.round.rounds import Round
from surveybot.records.schools import School
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.may_ask import Asking, Person, RouteFacts, Skip, first_way
from surveybot.rules.plan.check_in_plan import HORIZONS
from surveybot.rules.report.cohort_charts import Destinations, SixthForm, destinations_by_year
from surveybot.rules.report.suppression import hide_small
from surveybot.rules.school_settings import SchoolSettings
from surveybot.steps.roster.people import load_people


@dataclass(frozen=True, slots=True)
class RoundBar:
    row: Round
    people: int
    answered: int


@dataclass(frozen=True, slots=True)
class GroupBar:
    """One tutor group; no numbers where it has too few people, or would betray another."""

    group: str
    invitations: int | None
    answered: int | None


@dataclass(frozen=True, slots=True)
class Reach:
    """So many people: over a channel, or why not; None where the number is too small."""

    way: Channel | Skip
    people: int | None


@dataclass(frozen=True, slots=True)
class Charts:
    people: int
    destinations: Destinations
    rounds: Sequence[RoundBar]
    groups: Sequence[GroupBar]
    reach: Sequence[Reach]
    small_number: int


def charts_of(
    session: Session, school: School, catalogue: Catalogue, *, leaving: int, year_group: int, now: datetime
) -> Charts:
    """Ten queries, however many people and rounds there are."""
    assert school.id is not None
    small = SchoolSettings.from_stored(school.settings).small_number
    on = london_date(now)
    students = [student for student, _ in cohort(session, school.id, leaving=leaving, year_group=year_group)]
    ids = [student.id for student in students if student.id is not None]
    of_cohort = {"leaving": leaving, "year_group": year_group}
    people = load_people(session, students, on=on)
    return Charts(
        people=len(ids),
        destinations=destinations_by_year(
            ids,
            told_by_cohort(session, school.id, **of_cohort),
            _sixth_form(session, ids) if year_group == 11 else {},
            catalogue.destination_kinds,
            leaving=leaving,
            years=HORIZONS[year_group],
            today=on,
            small_number=small,
        ),
        rounds=[RoundBar(*found) for found in rounds_of_cohort(session, school.id, **of_cohort) if found[1]],
        groups=_groups(response_by_group(session, school.id, **of_cohort), small),
        reach=_reach(list(people.values()), small),
        small_number=small,
    )


def _sixth_form(session: Session, ids: Sequence[int]) -> dict[int, SixthForm]:
    return {
        student_id: SixthForm(row.summer, row.left_on)
        for student_id, rows in leavings_of_students(session, ids).items()
        for row in rows
        if row.year_group == 13
    }


def _groups(found: Sequence[GroupCount], small: int) -> list[GroupBar]:
    shown = hide_small([one.people for one in found], below=small)
    return [
        GroupBar(one.group, None, None)
        if people is None
        else GroupBar(one.group, one.invitations, one.answered)
        for one, people in zip(found, shown, strict=True)
    ]


def _reach(people: Sequence[Person], small: int) -> list[Reach]:
    """Over which way everybody could be asked once they have left; texts go first."""
    asking = Asking(after_leaving=True)
    ways: Counter[Channel | Skip] = Counter()
    for person in people:
        way = first_way(replace(person, after_leaving=True), asking, Channel.SMS)
        ways[way.channel if isinstance(way, RouteFacts) else way] += 1
    order = [way for way in (*Channel, *Skip) if ways[way]]
    shown = hide_small([ways[way] for way in order], below=small)
    return [Reach(way, people) for way, people in zip(order, shown, strict=True)]
