"""surveybot round ...: open, list, follow, pause, resume, close; its links stand in round_links."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any

import click
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from surveybot.catalogue import Catalogue
from surveybot.commands.entrance import (
    WallTime,
    enter,
    json_option,
    leaving_option,
    refuse,
    say,
    school_option,
    the_school,
)
from surveybot.commands.round_links import links, the_round
from surveybot.commands.round_plans import as_answer, in_words
from surveybot.commands.tutor_rounds import (
    line_of_tutor_round,
    open_for_tutors,
    standing_of_tutor_rounds,
)
from surveybot.records.audit import note_deed
from surveybot.records.report.message_counts import MessageCounts, message_counts
from surveybot.records.report.round_progress import Progress, progress_of_rounds
from surveybot.records.round.rounds import Round, RoundState, rounds_of
from surveybot.records.schools import School
from surveybot.rules.calendar.dates_in_words import say_at
from surveybot.rules.survey.questionnaire_check import AskedOf
from surveybot.steps.plan.exam_weeks import ExamWeeks, allow_in_exam_weeks, exam_weeks
from surveybot.steps.round.open_results import opening_of
from surveybot.steps.round.open_round import RoundPlan, RoundRefused, open_round, plan_round
from surveybot.steps.round.steer_round import close_round, pause_round, resume_round
from surveybot.steps.sending.render import segments_of_plan


@click.group()
def command() -> None:
    """Rounds: one survey, asked of one cohort."""


@command.command("open")
@click.argument("survey")
@school_option
@leaving_option
@click.option("--year-group", type=click.Choice(["11", "13"]), default="11", show_default=True)
@click.option("--tutor-group", default="", help="Only this group.")
@click.option("--opens", type=WallTime(), help="Europe/London unless it has an offset. Default: now.")
@click.option("--closes", type=WallTime(), help="Default: as the survey says.")
@click.option("--in-exam-weeks", "why", metavar="REASON", default="", help="Ask during their exams.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing.")
@click.option("--list", "by_name", is_flag=True, help="Name everybody who gets it, and who does not.")
@json_option
def open_command(
    survey: str,
    urn: str,
    leaving: int,
    year_group: str,
    tutor_group: str,
    opens: datetime | None,
    closes: datetime | None,
    why: str,
    dry_run: bool,
    by_name: bool,
    as_json: bool,
) -> None:
    """Open a round of SURVEY, or with --dry-run say who would get what, when, and who would not."""
    entrance = enter()
    if survey not in entrance.catalogue.surveys:
        refuse(f"There is no survey {survey!r}. There are: {', '.join(sorted(entrance.catalogue.surveys))}.")
    if entrance.catalogue.survey(survey).audience is AskedOf.STAFF:
        open_for_tutors(
            entrance,
            urn,
            survey=entrance.catalogue.survey(survey),
            leaving=leaving,
            year_group=int(year_group),
            tutor_group=tutor_group,
            opens_at=opens,
            closes_at=closes,
            dry_run=dry_run,
            as_json=as_json,
        )
        return
    now = entrance.now()
    with entrance.reading() if dry_run else entrance.writing() as session:
        school = the_school(session, urn)
        try:
            asked = entrance.catalogue.survey_at(survey, school.settings)
            opens_at = opening_of(
                entrance.catalogue,
                school,
                asked,
                leaving=leaving,
                year_group=int(year_group),
                wanted=opens,
                now=now,
            )
            plan = plan_round(
                session,
                school,
                asked,
                leaving=leaving,
                year_group=int(year_group),
                tutor_group=tutor_group,
                opens_at=opens_at,
                closes_at=closes,
                now=now,
                any_hour=entrance.settings.demo,
            )
            row = None if dry_run else open_round(session, school, plan, opened_by="command", now=now)
        except RoundRefused as error:
            refuse(str(error))
        except IntegrityError:
            refuse("This round was opened a moment ago by somebody else. See: surveybot round list")
        weeks = None if why else _exams(entrance.catalogue, school, plan)
        if row is not None and why.strip():
            allow_in_exam_weeks(session, row, reason=why, by="command", now=now)
        if row is not None:
            note_deed(session, "round_opened", at=now, school_id=school.id, subject=row.code)
        segments = segments_of_plan(session, school, plan, entrance.settings)
    answer = as_answer(plan, row, segments, weeks, by_name=by_name)
    say(answer, as_json=as_json, in_words=lambda: in_words(plan, answer, weeks, by_name=by_name))


def _exams(catalogue: Catalogue, school: School, plan: RoundPlan) -> ExamWeeks | None:
    return exam_weeks(
        catalogue,
        school,
        plan.survey,
        leaving=plan.leaving,
        year_group=plan.year_group,
        at=plan.first_send_at,
    )


@command.command("list")
@school_option
@json_option
def list_command(urn: str, as_json: bool) -> None:
    """The rounds of a school, newest first."""
    entrance = enter()
    with entrance.reading() as session:
        school = the_school(session, urn)
        assert school.id is not None
        answer = _standing(session, school.id, rounds_of(session, school.id))
    say(answer, as_json=as_json, in_words=lambda: "\n".join(map(_line, answer)) or "No round yet.")


def _standing(session: Session, school_id: int, rows: list[Round]) -> list[dict[str, Any]]:
    messages = message_counts(session, [row.id for row in rows if row.id is not None])
    people = progress_of_rounds(session, school_id)
    of_tutors = standing_of_tutor_rounds(session, school_id, rows)
    return [
        _one_standing(row, messages.get(row.id or 0, MessageCounts()), people.get(row.id or 0, Progress()))
        | of_tutors.get(row.id or 0, {})
        for row in rows
    ]


def _one_standing(row: Round, messages: MessageCounts, people: Progress) -> dict[str, Any]:
    return {
        "round": row.code,
        "survey": row.survey,
        "state": row.state,
        **asdict(messages),
        "answered": people.answered,
        "declined": people.declined,
        "wants_help": people.wants_help,
        "unreachable": people.unreachable,
        "closes_at": row.closes_at,
    }


def _line(one: dict[str, Any]) -> str:
    if "students_unknown" in one:
        return line_of_tutor_round(one)
    return (
        f"{one['round']}  {one['survey']}, {one['state']}: {one['answered']} of {one['invited']} answered, "
        f"{one['sent']} sent, {one['unreachable']} unreachable, {one['wants_help']} want help, "
        f"closes {say_at(one['closes_at'])}"
    )


@command.command("status")
@click.argument("code", metavar="ROUND")
@json_option
def status(code: str, as_json: bool) -> None:
    """How far ROUND has come."""
    entrance = enter()
    with entrance.reading() as session:
        row = the_round(session, code)
        answer = _standing(session, row.school_id, [row])[0]
    say(answer, as_json=as_json, in_words=lambda: _line(answer))


def _steer(code: str, deed: str, *, as_json: bool) -> None:
    entrance = enter()
    now = entrance.now()
    with entrance.writing() as session:
        row = the_round(session, code)
        steer: dict[str, Callable[[Session, Round], bool]] = {
            "paused": pause_round,
            "resumed": resume_round,
            "closed": partial(close_round, now=now),
        }
        if steer[deed](session, row):
            note_deed(session, f"round_{deed}", at=now, school_id=row.school_id, subject=row.code)
        elif row.state is RoundState.CLOSED and deed != "closed":
            refuse(
                f"Round {row.code} is closed, so it cannot be {deed}. Open a new one: surveybot round open"
            )
        answer = {"round": row.code, "state": row.state}
    say(answer, as_json=as_json, in_words=lambda: f"Round {answer['round']} is {answer['state']}.")


@command.command("pause")
@click.argument("code", metavar="ROUND")
@json_option
def pause(code: str, as_json: bool) -> None:
    """Stop sending for ROUND; answers still come in."""
    _steer(code, "paused", as_json=as_json)


@command.command("resume")
@click.argument("code", metavar="ROUND")
@json_option
def resume(code: str, as_json: bool) -> None:
    """Send again for ROUND."""
    _steer(code, "resumed", as_json=as_json)


@command.command("close")
@click.argument("code", metavar="ROUND")
@json_option
def close(code: str, as_json: bool) -> None:
    """End ROUND; what was not sent is cancelled, late answers count for 60 days."""
    _steer(code, "closed", as_json=as_json)


command.add_command(links)
