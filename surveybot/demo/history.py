"""Live the past of the made-up school through the real steps: rosters, rounds, answers, consents, leaving.

Only the sending of past messages is written down at once, as long since delivered: their texts are gone.
"""

from datetime import date, datetime, timedelta

from sqlmodel import Session

from surveybot.catalogue import Catalogue
from surveybot.demo.asking import Asking
from surveybot.demo.calendar import PastRound, Year, open_now, opened_at, past_year, this_year
from surveybot.demo.contacts import PROVED_BY_LEAVING, PROVED_SO_FAR, prove_long_ago
from surveybot.demo.people import Person, everyone
from surveybot.demo.registry import import_roster
from surveybot.demo.school import URN, found_school
from surveybot.demo.traits import with_traits
from surveybot.records.audit import note_deed
from surveybot.records.lived_past import SEEDED, deliver_long_ago, students_by_admission_number
from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import LinkMedium
from surveybot.records.round.rounds import Round
from surveybot.records.schools import find_school
from surveybot.rules.answer.consent import Actor, ObjectionDecision, objection_decider
from surveybot.rules.calendar.academic_year import current_summer
from surveybot.rules.calendar.dates_in_words import from_wall, london_date
from surveybot.rules.roster.people import StudentState
from surveybot.rules.school_settings import SchoolSettings
from surveybot.steps.consent.record_consent import record_objection
from surveybot.steps.roster.mark_student import mark_deceased, mark_left
from surveybot.steps.round.steer_round import close_round

ANSWERED = {"autumn-intentions": 0.79, "after-mocks": 0.74, "before-leaving": 0.84, "results-day": 0.7}
ANSWERED_SO_FAR = 0.58
LATELY = timedelta(days=3)


class History:
    """The school while its past is lived, up to `now`."""

    def __init__(self, session: Session, catalogue: Catalogue, *, now: datetime) -> None:
        self.session, self.catalogue, self.now = session, catalogue, now
        self.summer = current_summer(london_date(now))
        self.people = with_traits(everyone(self.summer), on=london_date(now))
        first = past_year(self.summer - 3).roster_at
        self.school = find_school(session, URN) or found_school(session, now=first)
        self.asking = Asking(session, catalogue, self.school, summer=self.summer)
        self.by_id: dict[int, tuple[Student, Person]] = {}

    def live(self) -> Round:
        """Everything up to the opening of the round that is open now, which has no answers yet."""
        for back in (3, 2, 1):
            year = past_year(self.summer - back, asked_after_mocks=back == 1)
            self._live_year(year)
            self._end(year)
        self._live_year(this_year(self.now))
        survey = open_now(self.now)
        return self.asking.open(survey, year_group=11, summer=self.summer, at=opened_at(self.now))

    def answer_open_round(self, session: Session, row: Round) -> None:
        """Some have answered the round that is open, whose messages went out; then the past is complete."""
        self.session = self.asking.session = session
        self._know_students()
        self.asking.answer(row, self.by_id, share=ANSWERED_SO_FAR, until=self.now)
        at = max(row.opens_at, self.now - LATELY)
        prove_long_ago(self.session, self._on_roll(this_year(self.now)), share=PROVED_SO_FAR, at=at)
        note_deed(self.session, SEEDED, at=self.now, school_id=self.school.id)

    def _live_year(self, year: Year) -> None:
        self._import_roster(year)
        self._hear_news(year)
        for past in year.rounds:
            self._live_round(year, past)

    def _import_roster(self, year: Year) -> None:
        import_roster(self.session, self.school, self.people, summer=year.summer, at=year.roster_at)
        self._know_students()

    def _know_students(self) -> None:
        assert self.school.id is not None
        self.session.flush()
        self.session.expire_all()
        students = students_by_admission_number(self.session, self.school.id)
        self.by_id = {
            student.id: (student, person)
            for person in self.people
            if (student := students.get(person.admission_number)) and student.id is not None
        }

    def _present(self, year: Year) -> list[tuple[Student, Person]]:
        return [pair for pair in self.by_id.values() if pair[1].year_group(year.summer)]

    def _on_roll(self, year: Year) -> list[tuple[Student, Person]]:
        return [pair for pair in self._present(year) if pair[0].state is StudentState.ON_ROLL]

    def _hear_news(self, year: Year) -> None:
        """What the school learnt before the first round of the year."""
        for student, person in self._present(year):
            if person.trait == "deceased" and student.state is not StudentState.DECEASED:
                mark_deceased(self.session, student, now=year.roster_at)
            if year.summer == self.summer and person.trait == "left_early":
                at = max(year.roster_at, self.now - timedelta(days=20))
                mark_left(self.session, student, on=london_date(at), now=at)
            if year.summer == self.summer and person.trait == "objects":
                self._object(student, person, year.roster_at)
        self.session.flush()

    def _object(self, student: Student, person: Person, at: datetime) -> None:
        """The parent of a student under 16 objected on paper; an older one did it alone."""
        by_parent = objection_decider(student.date_of_birth, london_date(at)) is Actor.PARENT
        settings = SchoolSettings.from_stored(self.school.settings)
        record_objection(
            self.session,
            student=student,
            decision=ObjectionDecision.OBJECTED,
            actor=Actor.PARENT if by_parent else Actor.SELF,
            actor_name=person.parent.name if by_parent else "",
            wordings=self.catalogue.wordings,
            controllers=self.catalogue.controllers(self.school.name, settings),
            language="en",
            medium=LinkMedium.PAPER,
            now=at,
        )

    def _live_round(self, year: Year, past: PastRound) -> None:
        row = self.asking.open(
            past.survey, year_group=past.year_group, summer=year.summer, at=past.opens_at, days=past.days
        )
        assert row.id is not None
        deliver_long_ago(self.session, row.id)
        self.asking.answer(row, self.by_id, share=ANSWERED[past.survey], until=row.closes_at)
        close_round(self.session, row, now=row.closes_at)

    def _end(self, year: Year) -> None:
        """In June many prove an address; on the last day of August those who do not come back have left."""
        going = [pair for pair in self._on_roll(year) if pair[1].year_group(year.summer + 1) is None]
        june = from_wall(date(year.summer, 6, 15), 18)
        prove_long_ago(self.session, going, share=PROVED_BY_LEAVING, at=june)
        for student, person in self._present(year):
            finishes = person.year_group(year.summer) in (11, 13)
            comes_back = person.year_group(year.summer + 1) is not None
            if finishes and not comes_back and student.state is StudentState.ON_ROLL:
                mark_left(self.session, student, on=london_date(year.left_at), now=year.left_at)
        self.session.flush()
