"""The list of students, and one student with everything that the school knows of the route."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request

from surveybot.records.answer.answers import Answer, answers_of
from surveybot.records.answer.consents import ConsentEvent, Objection, consents_of, objections_of
from surveybot.records.delivery.opt_outs import stopped_addresses
from surveybot.records.report.student_history import (
    deliveries_of_student,
    facts_of_student,
    locked_links_of,
    rounds_of_student,
)
from surveybot.records.roster.student_lists import ids_by_name, list_students, tutor_groups_of
from surveybot.records.roster.students import Student, contacts_of, leavings_of, routes_of
from surveybot.records.round.invitations import Invitation
from surveybot.records.round.rounds import Round
from surveybot.records.round.tutor_rounds import tutor_facts_of
from surveybot.rules.answer.consent import Decision, Purpose, age_on, current, objection_decider, objects
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.roster.people import StudentState
from surveybot.web import doors
from surveybot.web.doors import StaffVisit
from surveybot.web.staff import plain_words
from surveybot.web.staff.answer_words import answer_in_words, fact_in_words
from surveybot.web.staff.contact import routes_for_page
from surveybot.web.staff.scope import student_here, survey_title, takes_answers, words_kept_back
from surveybot.web.staff.tables import PER_PAGE, TableView

blueprint = Blueprint("staff_students", __name__)

STATES: dict[str, StudentState] = {state.value: state for state in StudentState}


@dataclass(frozen=True)
class StudentRound:
    row: Round
    title: str
    invitation: Invitation
    answers: list[Answer]  # newest first
    in_words: list[list[tuple[str, list[str]]]]
    takes_answers: bool


@dataclass(frozen=True)
class PurposeStand:
    purpose: Purpose
    words: str
    tag: plain_words.Tag
    events: list[ConsentEvent]  # newest first


@blueprint.get("/staff/students")
@doors.staff()
def students(visit: StaffVisit) -> str:
    table = TableView.read(
        "/staff/students",
        request.args,
        filters=("q", "group", "state"),
        sorts=("name", "group", "year", "state"),
    )
    search = table.query.get("q", "")
    scope = visit.tutor_groups
    rows, total = list_students(
        visit.session,
        visit.school_id,
        tutor_groups=scope,
        among=ids_by_name(visit.session, visit.school_id, search, tutor_groups=scope) if search else None,
        tutor_group=table.query.get("group", ""),
        state=STATES.get(table.query.get("state", "")),
        sort=table.sort,
        descending=table.descending,
        limit=PER_PAGE,
        offset=table.offset,
    )
    return render_template(
        "staff/students.html",
        visit=visit,
        table=table.holding(total),
        students=rows,
        groups=tutor_groups_of(visit.session, visit.school_id, tutor_groups=scope),
        words=plain_words,
    )


@blueprint.get("/staff/students/<code>")
@doors.staff()
def student(visit: StaffVisit, code: str) -> str:
    row = student_here(visit, code)
    assert row.id is not None
    routes = routes_of(visit.session, row.id)
    return render_template(
        "staff/student.html",
        visit=visit,
        student=row,
        age=age_on(row.date_of_birth, london_date(visit.now)),
        routes=routes,
        **routes_for_page(visit, row, routes),
        stopped=stopped_addresses(visit.session, [route.address for route in routes]),
        contacts=contacts_of(visit.session, row.id),
        leavings=leavings_of(visit.session, row.id),
        rounds=_rounds(visit, row),
        facts=[
            (fact, fact_in_words(visit.house.catalogue, fact))
            for fact in facts_of_student(visit.session, row.id)
        ],
        tutor_facts=tutor_facts_of(visit.session, row.id),
        deliveries=deliveries_of_student(visit.session, row.id),
        locked=locked_links_of(visit.session, row.id),
        words=plain_words,
        **_consents(visit, row, london_date(visit.now)),
    )


def _rounds(visit: StaffVisit, student: Student) -> list[StudentRound]:
    assert student.id is not None
    answers: dict[int, list[Answer]] = {}
    for answer in answers_of(visit.session, student.id):
        answers.setdefault(answer.invitation_id, []).append(answer)
    found, kept_back = [], words_kept_back(visit, student.id)
    for row, invitation in rounds_of_student(visit.session, student.id):
        said = sorted(answers.get(invitation.id or 0, []), key=lambda answer: -answer.version)
        in_words = [answer_in_words(visit.house.catalogue, answer, kept_back=kept_back) for answer in said]
        found.append(
            StudentRound(row, survey_title(row.survey), invitation, said, in_words, takes_answers(visit, row))
        )
    return found


def _consents(visit: StaffVisit, student: Student, today: date) -> dict[str, Any]:
    assert student.id is not None
    events = consents_of(visit.session, student.id)
    objections: list[Objection] = objections_of(visit.session, student.id)
    facts = [event.as_fact() for event in events]
    stands = [
        PurposeStand(
            purpose,
            words,
            _tag(current(facts, purpose)),
            [event for event in reversed(events) if event.purpose is purpose],
        )
        for purpose, words in plain_words.PURPOSES.items()
    ]
    return {
        "consents": stands,
        "objections": list(reversed(objections)),
        "objects": objects([one.as_fact() for one in objections], student.date_of_birth, today),
        "decider": objection_decider(student.date_of_birth, today),
    }


def _tag(decision: Decision | None) -> plain_words.Tag:
    return plain_words.NEVER_ASKED if decision is None else plain_words.DECISIONS[decision]
