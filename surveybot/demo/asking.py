"""Rounds of the made-up school: opened through the real steps, answered by people with plans of their own."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from surveybot.catalogue import Catalogue
from surveybot.demo.people import Person
from surveybot.demo.plans import Plan, draw_plan, say
from surveybot.demo.school import LEADER
from surveybot.records.lived_past import links_of_round
from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import Audience, Invitation, LinkMedium
from surveybot.records.round.rounds import Round
from surveybot.records.schools import School
from surveybot.rules.answer.consent import Actor, Decision, Purpose
from surveybot.rules.school_settings import SchoolSettings
from surveybot.rules.survey.questionnaire import Survey
from surveybot.rules.survey.questionnaire_check import AskPurposes
from surveybot.steps.answer.take import ShownWords, take_answer
from surveybot.steps.round.open_round import open_round, plan_round

DECISIONS = {Decision.GRANTED: 64, Decision.REFUSED: 17, Decision.ASKED_NO_ANSWER: 19}


@dataclass(frozen=True, slots=True)
class Asked:
    """One person with a link to one round."""

    row: Round
    invitation: Invitation
    student: Student
    person: Person
    link_id: int
    medium: LinkMedium


class Asking:
    """Who plans what and who decided what, over all the rounds of the past; `summer` is this year's."""

    def __init__(self, session: Session, catalogue: Catalogue, school: School, *, summer: int) -> None:
        self.session, self.catalogue, self.school, self.summer = session, catalogue, school, summer
        self.dice = random.Random("the past of Marlbridge")  # noqa: S311 - made up, not secret
        self.plans: dict[tuple[int, int], Plan] = {}
        self.decided: dict[tuple[int, Purpose], Decision] = {}

    def open(
        self, survey: str, *, year_group: int, summer: int, at: datetime, days: int | None = None
    ) -> Round:
        """Plan and open a round at a time in the past."""
        plan = plan_round(
            self.session,
            self.school,
            self.catalogue.survey(survey),
            leaving=summer,
            year_group=year_group,
            opens_at=at,
            closes_at=at + timedelta(days=days) if days else None,
            now=at,
            any_hour=True,
        )
        return open_round(self.session, self.school, plan, opened_by=LEADER, now=at)

    def answer(
        self, row: Round, people: Mapping[int, tuple[Student, Person]], *, share: float, until: datetime
    ) -> None:
        """So many of those with a link answer, each at some time until then."""
        assert row.id is not None
        survey = self.catalogue.survey(row.survey)
        for invitation, link_id, medium in links_of_round(self.session, row.id):
            if self.dice.random() < share:
                student, person = people[invitation.student_id]
                asked = Asked(row, invitation, student, person, link_id, medium)
                self._answer(survey, asked, self._some_time(row.opens_at, until))

    def _some_time(self, start: datetime, end: datetime) -> datetime:
        """Most answer soon; nobody in the small hours."""
        at = start + min(timedelta(hours=0.2 + self.dice.expovariate(1 / 45)), (end - start) * 0.98)
        evening_before = at - timedelta(hours=7)
        return evening_before if at.hour < 6 and evening_before > start else at

    def _answer(self, survey: Survey, asked: Asked, at: datetime) -> None:
        assert asked.invitation.id is not None
        decisions = self._decisions(survey, asked.invitation.student_id)
        take_answer(
            self.session,
            invitation_id=asked.invitation.id,
            link=asked.link_id,
            survey=survey,
            content=say(self.dice, survey.slug, self._plan(asked), asked.row.year_group),
            consents=decisions,
            page_number=f"{self.dice.getrandbits(48):012x}",
            given_by=Audience.STUDENT,
            medium=asked.medium,
            shown=self._words(asked.student),
            now=at,
        )

    def _plan(self, asked: Asked) -> Plan:
        """What becomes of somebody is known once their Year 11 is over; for the others it is drawn."""
        key = (asked.invitation.student_id, asked.row.year_group)
        if key not in self.plans:
            stays = asked.person.stays if asked.person.cohort < self.summer else None
            self.plans[key] = draw_plan(self.dice, asked.row.year_group, stays=stays)
        return self.plans[key]

    def _decisions(self, survey: Survey, student_id: int) -> dict[Purpose, Decision]:
        """What is decided about each purpose that the page asks; nearly everybody stays with their word."""
        decisions = {}
        for purpose in survey.purposes:
            before = self.decided.get((student_id, purpose), Decision.ASKED_NO_ANSWER)
            settled = before is not Decision.ASKED_NO_ANSWER
            if settled and survey.ask_purposes is AskPurposes.IF_OPEN:
                continue
            keeps = settled and self.dice.random() < 0.95
            drawn = self.dice.choices(list(DECISIONS), list(DECISIONS.values()))[0]
            decisions[purpose] = self.decided[student_id, purpose] = before if keeps else drawn
        return decisions

    def _words(self, student: Student) -> ShownWords:
        settings = SchoolSettings.from_stored(self.school.settings)
        return ShownWords(
            about=student,
            actor=Actor.SELF,
            wordings=self.catalogue.wordings,
            controllers=self.catalogue.controllers(self.school.name, settings),
        )
