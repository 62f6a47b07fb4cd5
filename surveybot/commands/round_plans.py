"""What opening a round does, or would do: as an answer, and in words for people."""

from typing import Any

from surveybot.records.roster.students import Student
from surveybot.records.round.rounds import Round
from surveybot.rules.calendar.dates_in_words import say_at, say_on
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.may_ask import skips_in_words
from surveybot.steps.plan.exam_weeks import ExamWeeks
from surveybot.steps.round.open_round import Invited, RoundPlan

CHANNELS = {Channel.EMAIL: "by email", Channel.SMS: "by text"}


def as_answer(
    plan: RoundPlan, row: Round | None, segments: int, weeks: ExamWeeks | None, *, by_name: bool
) -> dict[str, Any]:
    """The keys of the contract; `by_name` adds `asked`, everybody who gets a message."""
    answer: dict[str, Any] = {
        "round": row.code if row else None,
        "invited": len(plan.invited),
        "unreachable": len(plan.out_of_reach),
        "by_channel": dict(plan.by_channel),
        "sms_segments": segments,
        "first_send_at": weeks.free_at if weeks else plan.first_send_at,
        "skipped": [{"student": one.student.code, "reason": one.reason} for one in plan.left_out],
    }
    if by_name:
        answer["asked"] = [_as_asked(one) for one in plan.invited]
    return answer


def _as_asked(one: Invited) -> dict[str, Any]:
    return {
        "student": one.student.code,
        "name": one.student.full_name,
        "tutor_group": one.student.tutor_group,
        "channel": one.route.channel,
    }


def in_words(plan: RoundPlan, answer: dict[str, Any], weeks: ExamWeeks | None, *, by_name: bool) -> str:
    lines = [
        f"Round {answer['round']} is open." if answer["round"] else "Nothing was written. This would happen:",
        f"  Invited: {answer['invited']} ({answer['by_channel']['email']} by email, "
        f"{answer['by_channel']['sms']} by text in {answer['sms_segments']} segments)",
        f"  First messages: {say_at(answer['first_send_at'])}. Closes: {say_at(plan.closes_at)}.",
        f"  Left out: {len(plan.left_out)}",
    ]
    if weeks:
        lines.append(
            f"  They sit their exams until {say_on(weeks.exams.last)}: nothing goes out before that. "
            'Give --in-exam-weeks "why" to write to them all the same.'
        )
    who = _name if by_name else _code
    why = skips_in_words(plan.survey)
    lines += [f"    {who(one.student)}: {why[one.reason]}" for one in plan.left_out]
    if by_name:
        lines.append(f"  Asked: {len(plan.invited)}")
        lines += [f"    {_name(one.student)}: {CHANNELS[one.route.channel]}" for one in plan.invited]
    return "\n".join(lines)


def _code(student: Student) -> str:
    return student.code


def _name(student: Student) -> str:
    group = f", {student.tutor_group}" if student.tutor_group else ""
    return f"{student.code} {student.full_name}{group}"
