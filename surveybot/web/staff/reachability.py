"""Who can be reached after leaving: by tutor group, for the cohort, and a list of who is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request

from surveybot.records.roster.student_lists import Cohort, cohorts_of
from surveybot.rules.answer.consent import Decision
from surveybot.rules.calendar.academic_year import current_summer
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.delivery.channels import RouteKind
from surveybot.rules.roster.name_search import fold, matches
from surveybot.rules.roster.reachability import MISSING, Reach, count_by_reach
from surveybot.steps.roster.show_reachability import Reachable, reachability
from surveybot.web import doors
from surveybot.web.doors import StaffVisit
from surveybot.web.language import gettext as _
from surveybot.web.staff import plain_words
from surveybot.web.staff.tables import PER_PAGE, TableView

blueprint = Blueprint("staff_reachability", __name__)

REACHES: dict[Reach, plain_words.Tag] = {
    Reach.MOBILE_PROVEN: (_("Own mobile, proven"), "good"),
    Reach.EMAIL_PROVEN: (_("Own email, proven"), "good"),
    Reach.MOBILE_UNPROVEN: (_("Mobile, not proven"), "wait"),
    Reach.EMAIL_UNPROVEN: (_("Email, not proven"), "warn"),
    Reach.NOTHING: (_("Nothing after leaving"), "bad"),
    Reach.SAID_NO: (_("Said no to contact"), "off"),
    Reach.STAYS: (_("Stays in our sixth form"), "plain"),
}
HEADS = {
    Reach.MOBILE_PROVEN: _("Mobile proven"),
    Reach.EMAIL_PROVEN: _("Email proven"),
    Reach.MOBILE_UNPROVEN: _("Mobile not"),
    Reach.EMAIL_UNPROVEN: _("Email not"),
    Reach.NOTHING: _("Nothing"),
    Reach.SAID_NO: _("Said no"),
    Reach.STAYS: _("Stays"),
}
"""The same, where there is little room."""
ASK = {
    RouteKind.MOBILE: _("Ask by text"),
    RouteKind.PERSONAL_EMAIL: _("Ask by email"),
}
EVERYBODY, STILL_MISSING = "all", "missing"
_ORDER = {reach: place for place, reach in enumerate(Reach)}


@dataclass(frozen=True)
class Group:
    name: str
    total: int
    counts: Mapping[Reach, int]
    not_asked: int  # who has not said yes or no to contact after leaving


@blueprint.get("/staff/reachability")
@doors.staff()
def page(visit: StaffVisit) -> str:
    cohorts = cohorts_of(visit.session, visit.school_id)
    chosen = _chosen(cohorts, visit)
    everybody = [] if chosen is None else _everybody(visit, chosen)
    table = _table(chosen)
    shown = _sorted([one for one in everybody if _fits(one, table)], table)
    return render_template(
        "staff/reachability.html",
        visit=visit,
        cohorts=cohorts,
        chosen=chosen,
        table=table.holding(len(shown)),
        people=shown[table.offset : table.offset + PER_PAGE],
        whole=_group("", everybody),
        groups=_groups(everybody),
        which=table.query.get("reach", STILL_MISSING),
        missing=sum(one.reach in MISSING for one in everybody),
        reaches=REACHES,
        heads=HEADS,
        ask=ASK,
        words=plain_words,
    )


def _chosen(cohorts: Sequence[Cohort], visit: StaffVisit) -> Cohort | None:
    """The cohort of the address, else the Year 11 that leaves next, else the newest there is."""
    wanted = request.args.get("cohort", "")
    named = next((one for one in cohorts if cohort_key(one) == wanted), None)
    next_to_go = (11, current_summer(london_date(visit.now)))
    leaving = next((one for one in cohorts if (one.year_group, one.leaving) == next_to_go), None)
    return named or leaving or next(iter(cohorts), None)


def cohort_key(one: Cohort) -> str:
    return f"{one.year_group}-{one.leaving}"


def _everybody(visit: StaffVisit, chosen: Cohort) -> list[Reachable]:
    return reachability(
        visit.session,
        visit.school_id,
        leaving=chosen.leaving,
        year_group=chosen.year_group,
        tutor_groups=visit.tutor_groups,
        on=london_date(visit.now),
    )


def _table(chosen: Cohort | None) -> TableView:
    view = TableView.read(
        "/staff/reachability",
        request.args,
        filters=("cohort", "q", "group", "reach"),
        sorts=("name", "group", "reach"),
    )
    query = {**view.query, **({"cohort": cohort_key(chosen)} if chosen else {})}
    return TableView(view.path, query, view.sort, view.descending, view.page)


def _fits(one: Reachable, table: TableView) -> bool:
    student, which = one.student, table.query.get("reach", STILL_MISSING)
    names = (student.forename, student.preferred_name, student.surname, student.code)
    if not matches(table.query.get("q", ""), names):
        return False
    if table.query.get("group", student.tutor_group) != student.tutor_group:
        return False
    return which == EVERYBODY or (one.reach in MISSING if which == STILL_MISSING else one.reach == which)


def _sorted(found: list[Reachable], table: TableView) -> list[Reachable]:
    """By name, by group, or who needs help first."""

    def key(one: Reachable) -> tuple[Any, ...]:
        name = (fold(one.student.surname), fold(one.student.forename))
        first = {"reach": _ORDER[one.reach], "group": one.student.tutor_group, "name": ""}[table.sort]
        return (first, *name)

    return sorted(found, key=key, reverse=table.descending)


def _groups(everybody: Sequence[Reachable]) -> list[Group]:
    names = sorted({one.student.tutor_group for one in everybody})
    return [_group(name, [one for one in everybody if one.student.tutor_group == name]) for name in names]


def _group(name: str, people: Sequence[Reachable]) -> Group:
    open_still = (None, Decision.ASKED_NO_ANSWER)
    return Group(
        name,
        len(people),
        count_by_reach(one.reach for one in people),
        sum(one.agreed in open_still for one in people),
    )
