"""A made-up student texts back: the same code as behind the hook of real texts takes every word."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from surveybot.demo.sayings import reply_to
from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import Invitation
from surveybot.records.schools import School
from surveybot.rules.texting.reply_destinations import meaning
from surveybot.rules.texting.text_talk import Ask, Talk
from surveybot.steps.texting.caller import threads_with
from surveybot.steps.texting.converse import take_text
from surveybot.steps.texting.desk import Desk, Inbound
from surveybot.steps.texting.somebody import is_open
from surveybot.steps.texting.talk import open_question, talk_about

MOST_TURNS = 9
A_MOMENT = timedelta(seconds=50)
TO = "demo"


def text(desk: Desk, number: str, body: str, *, sid: str) -> str:
    """One text from a number; what went back."""
    return take_text(desk, Inbound(sid, number, TO, body)).reply


def chat(
    desk: Desk,
    invitation: Invitation,
    number: str,
    *,
    first_name: str,
    content: Callable[[], dict[str, Any]],
    dice: random.Random,
    sid: str,
    turns: int = MOST_TURNS,
) -> None:
    """Answer question after question until nothing is asked, or the turns are used up."""
    said = content()
    for turn in range(turns):
        found = _asked(desk, invitation, number)
        if found is None:
            return
        talk, ask = found
        lines = {kind: meaning(line) for line in talk.offer.lines for kind in line.kinds}
        reply = text(desk, number, reply_to(dice, ask, said, line_of=lines), sid=f"{sid}-{turn}")
        if _names_two(reply, first_name):
            reply = text(desk, number, first_name, sid=f"{sid}-{turn}-who")
        if not reply:
            return
        desk = replace(desk, now=desk.now + A_MOMENT)


def _asked(desk: Desk, invitation: Invitation, number: str) -> tuple[Talk, Ask] | None:
    """What the next reply belongs to, as somebody sees it who looks at the phone."""
    student = desk.session.get_one(Student, invitation.student_id)
    threads = threads_with(desk.session, number, [student])
    thread = next((one for one in threads if one.invitation.id == invitation.id), None)
    if thread is None or not is_open(desk, thread):
        return None
    school = desk.session.get_one(School, invitation.school_id)
    ask = open_question(desk, thread, school)
    return (talk_about(desk, thread, school), ask) if ask else None


def _names_two(reply: str, first_name: str) -> bool:
    return f"{first_name} or " in reply or f" or {first_name}" in reply
