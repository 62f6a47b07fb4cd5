"""What the commands of rounds say and do where a round asks tutors: its counts are of staff."""

from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from surveybot.commands.entrance import Entrance, refuse, say, the_school
from surveybot.records.audit import note_deed
from surveybot.records.report.message_counts import MessageCounts, staff_message_counts
from surveybot.records.report.tutor_progress import TutorProgress, progress_of_tutor_rounds
from surveybot.records.round.rounds import Round
from surveybot.rules.calendar.dates_in_words import say_at
from surveybot.steps.round.open_round import RoundRefused
from surveybot.steps.tutor_rounds.open_round import TutorRoundPlan, open_tutor_round, plan_tutor_round


def open_for_tutors(entrance: Entrance, urn: str, *, dry_run: bool, as_json: bool, **wanted: Any) -> None:
    """Open a round that asks tutors, or say which of them would get what."""
    now = entrance.now()
    with entrance.reading() if dry_run else entrance.writing() as session:
        school = the_school(session, urn)
        try:
            plan = plan_tutor_round(session, school, now=now, **wanted)
            row = None
            if not dry_run:
                row = open_tutor_round(
                    session, school, plan, entrance.catalogue, opened_by="command", now=now
                )
        except RoundRefused as error:
            refuse(str(error))
        except IntegrityError:
            refuse("This round was opened a moment ago by somebody else. See: surveybot round list")
        if row is not None:
            note_deed(session, "round_opened", at=now, school_id=school.id, subject=row.code)
        answer = _opening(plan, row)
    say(answer, as_json=as_json, in_words=lambda: _opening_in_words(plan, answer))


def _opening(plan: TutorRoundPlan, row: Round | None) -> dict[str, Any]:
    """The keys of every opened round, and whom each tutor is asked about, by code."""
    return {
        "round": row.code if row else None,
        "invited": len(plan.lists),
        "unreachable": 0,
        "by_channel": {"sms": 0, "email": len(plan.lists)},
        "sms_segments": 0,
        "first_send_at": plan.first_send_at,
        "skipped": [],
        "destination_year": plan.destination_year,
        "students_unknown": len(plan.unknown),
        "students_known": plan.known,
        "tutors": [
            {
                "email": one.member.email,
                "groups": list(one.groups),
                "students": [{"student": each.student.code, "why": each.why} for each in one.students],
            }
            for one in plan.lists
        ],
    }


def _opening_in_words(plan: TutorRoundPlan, answer: dict[str, Any]) -> str:
    lines = [
        f"Round {answer['round']} is open." if answer["round"] else "Nothing was written. This would happen:",
        f"  {len(plan.unknown)} students are unknown in destination year {plan.destination_year}, "
        f"{plan.known} are known.",
        f"  {len(plan.lists)} of the staff get an email: {say_at(plan.first_send_at)}. "
        f"Closes: {say_at(plan.closes_at)}.",
    ]
    lines += [
        f"    {one.member.email} ({', '.join(one.groups) or 'no group'}): {len(one.students)} students"
        for one in plan.lists
    ]
    return "\n".join(lines)


def standing_of_tutor_rounds(
    session: Session, school_id: int, rows: list[Round]
) -> dict[int, dict[str, Any]]:
    """How the rounds that ask tutors stand, by round id, with the keys that every round has."""
    found = progress_of_tutor_rounds(session, school_id, rows)
    messages = staff_message_counts(session, list(found))
    return {key: _standing(found[key], messages.get(key, MessageCounts())) for key in found}


def _standing(counts: TutorProgress, messages: MessageCounts) -> dict[str, Any]:
    return {
        "invited": counts.tutors,
        "sent": messages.sent,
        "delivered": messages.delivered,
        "undelivered": messages.undelivered,
        "answered": counts.tutors_done,
        "declined": 0,
        "wants_help": counts.passed_on,
        "unreachable": 0,
        "students": counts.students,
        "students_done": counts.done,
        "students_unknown": counts.unknown,
    }


def line_of_tutor_round(one: dict[str, Any]) -> str:
    return (
        f"{one['round']}  {one['survey']}, {one['state']}: {one['answered']} of {one['invited']} tutors "
        f"done, {one['sent']} sent, {one['students_done']} of {one['students']} students done, "
        f"{one['students_unknown']} still unknown, {one['wants_help']} passed on, "
        f"closes {say_at(one['closes_at'])}"
    )
