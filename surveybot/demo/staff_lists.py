"""What staff do with the lists that the program gives them: tutors' lists, and who is seen first."""

import random
from collections.abc import Mapping

from surveybot.demo.lives import Life
from surveybot.demo.school import LEADER, staff_cards
from surveybot.records.lived_past import students_by_admission_number
from surveybot.records.round.rounds import Round
from surveybot.records.round.tutor_rounds import unknown_students
from surveybot.records.schools import School
from surveybot.records.staff import StaffMember, find_staff
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.plan.unknown_destinations import HowKnown
from surveybot.rules.roster.people import StaffRole, StudentState
from surveybot.steps.round.see_first import see_first
from surveybot.steps.texting.desk import Desk
from surveybot.steps.tutor_rounds.say import Known, OnList, pass_on, tell

SEEN_FIRST = 6
KNOWS, PASSES_ON = 0.55, 0.72
VAGUE = ("not_sure", "rather_not_say", "looking", "something_else")
"""What nobody would write down of another."""


def answer_own_list(
    desk: Desk, lives: Mapping[str, Life], *, round_id: int, staff_id: int, tutor_group: str
) -> None:
    """A tutor says what is known of each on the list, or passes somebody on; of the others nothing, yet."""
    row = desk.session.get_one(Round, round_id)
    school = desk.session.get_one(School, row.school_id)
    calendar = desk.catalogue.calendar_at(school.settings)
    tutor = desk.session.get_one(StaffMember, staff_id)
    if desk.now > row.closes_at:
        return
    for unknown, student in unknown_students(desk.session, [round_id], tutor_groups=[tutor_group]):
        life = lives.get(student.admission_number or "")
        if life is None or unknown.word is not None:
            continue
        dice = random.Random(f"list {student.admission_number} {london_date(desk.now)}")  # noqa: S311
        one, drawn = OnList(row, unknown, student, tutor), dice.random()
        plan = life.plan_on(london_date(desk.now))
        if drawn < KNOWS and plan.destination not in VAGUE:
            how, today = dice.choice(list(HowKnown)), london_date(desk.now)
            known = Known(plan.destination, how, today, provider=plan.provider, course=plan.course)
            tell(desk.session, one, known, now=desk.now)
        elif KNOWS <= drawn < PASSES_ON:
            pass_on(desk.session, calendar, one, to=_adviser(desk), now=desk.now)


def _adviser(desk: Desk) -> StaffMember | None:
    email = next(card.email for card in staff_cards() if card.role is StaffRole.ADVISER)
    return find_staff(desk.session, email)


def mark_whom_to_see_first(desk: Desk, school_id: int, lives: Mapping[str, Life]) -> None:
    """A week before the results: some of the cohort, whoever the dice say."""
    leader = find_staff(desk.session, LEADER)
    assert leader is not None
    known = students_by_admission_number(desk.session, school_id)
    dice = random.Random("seen first")  # noqa: S311 - made up, not secret
    for number in dice.sample(sorted(lives), min(SEEN_FIRST, len(lives))):
        student = known.get(number)
        if student is not None and student.state is StudentState.ON_ROLL:
            see_first(desk.session, student, first=True, staff_id=leader.id, now=desk.now)
