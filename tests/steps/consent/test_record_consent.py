"""What is written down when somebody decides: who, their age, the exact words, whom they named."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session

from surveybot.catalogue import load_catalogue
from surveybot.records import database
from surveybot.records.answer.consents import ConsentEvent, consents_of, objections_of
from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import Link, LinkMedium
from surveybot.rules.answer.consent import Actor, Decision, ObjectionDecision, Purpose, current, objects
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.survey.wordings import Controllers, text_sha256
from surveybot.steps.consent.record_consent import NotTheirDecision, record_consents, record_objection
from tests.conftest import NOW, SmallSchool

P1, P2 = Purpose.CONTACT_AFTER_LEAVING, Purpose.LA_SHARE_BACK
WORDINGS = load_catalogue().wordings
NAMED = Controllers("Hillview School", "the council for Oxfordshire", "Mill Careers")
OBJECTED, LIFTED = ObjectionDecision.OBJECTED, ObjectionDecision.LIFTED


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with database.writing(engine) as session:
        yield session


def person(session: Session, school: SmallSchool, name: str) -> Student:
    student = session.get(Student, school.ids[name])
    assert student
    return student


def a_link(session: Session, student: Student) -> int:
    link = Link(school_id=student.school_id, student_id=student.id, medium=LinkMedium.EMAIL, created_at=NOW)
    session.add(link)
    session.flush()
    assert link.id
    return link.id


def decide(
    session: Session,
    student: Student,
    decisions: dict[Purpose, Decision],
    *,
    actor: Actor = Actor.SELF,
    link_id: int | None = None,
    now: datetime = NOW,
    language: str = "en",
    controllers: Controllers = NAMED,
) -> list[ConsentEvent]:
    """The rows that a decision added."""
    assert student.id is not None
    before = len(consents_of(session, student.id))
    record_consents(
        session,
        student=student,
        decisions=decisions,
        actor=actor,
        actor_name="Pat Brown" if actor is Actor.PARENT else "",
        wordings=WORDINGS,
        controllers=controllers,
        language=language,
        medium=LinkMedium.EMAIL,
        link_id=link_id,
        now=now,
    )
    return consents_of(session, student.id)[before:]


def test_an_event_holds_all_that_a_third_party_asks_years_later(
    session: Session, school: SmallSchool
) -> None:
    chloe = person(session, school, "Chloe")
    (event,) = decide(session, chloe, {P2: Decision.GRANTED}, link_id=a_link(session, chloe))
    assert (event.purpose, event.decision, event.actor, event.at) == (P2, Decision.GRANTED, Actor.SELF, NOW)
    assert (event.age_on_day, event.language, event.channel) == (15, "en", LinkMedium.EMAIL)
    assert event.wording_sha256 == text_sha256(WORDINGS.of("P2").render("en", NAMED))
    assert [named["name"] for named in event.named_controllers] == [NAMED.school, NAMED.la, NAMED.contractor]
    again = WORDINGS.shown_then(event.wording, event.language, event.named_controllers)
    assert again
    assert again.sha256 == event.wording_sha256


def test_age_is_that_of_the_day_in_england(session: Session, school: SmallSchool) -> None:
    dewi = person(session, school, "Dewi")  # born 20 January 2010
    (before,) = decide(session, dewi, {P1: Decision.REFUSED}, now=datetime(2026, 1, 19, 23, 59, tzinfo=UTC))
    (after,) = decide(session, dewi, {P1: Decision.GRANTED}, now=datetime(2026, 1, 20, 0, 1, tzinfo=UTC))
    assert (before.age_on_day, after.age_on_day) == (15, 16)


def test_refused_never_asked_and_left_open_are_three_things(session: Session, school: SmallSchool) -> None:
    ewa = person(session, school, "Ewa")
    decide(session, ewa, {P1: Decision.REFUSED, P2: Decision.ASKED_NO_ANSWER})
    facts = [event.as_fact() for event in consents_of(session, school.ids["Ewa"])]
    assert current(facts, P1) is Decision.REFUSED
    assert current(facts, P2) is Decision.ASKED_NO_ANSWER
    assert current(facts, Purpose.PROVIDER_CONFIRM) is None


def test_a_change_names_what_it_supersedes_and_leaves_it_standing(
    session: Session, school: SmallSchool
) -> None:
    ewa = person(session, school, "Ewa")
    (first,) = decide(session, ewa, {P1: Decision.GRANTED})
    (second,) = decide(session, ewa, {P1: Decision.REFUSED}, now=NOW + timedelta(hours=1))
    assert second.supersedes_id == first.id
    assert [event.decision for event in consents_of(session, school.ids["Ewa"])] == [
        Decision.GRANTED,
        Decision.REFUSED,
    ]


def test_a_parent_supersedes_a_parent_and_reads_words_of_their_own(
    session: Session, school: SmallSchool
) -> None:
    chloe = person(session, school, "Chloe")
    decide(session, chloe, {P1: Decision.GRANTED})
    (parents,) = decide(session, chloe, {P1: Decision.REFUSED}, actor=Actor.PARENT)
    assert (parents.supersedes_id, parents.wording, parents.actor_name) == (None, "P1.1-parent", "Pat Brown")
    facts = [event.as_fact() for event in consents_of(session, school.ids["Chloe"])]
    assert current(facts, P1) is Decision.REFUSED


def test_the_same_decision_through_the_same_link_is_written_once(
    session: Session, school: SmallSchool
) -> None:
    ewa = person(session, school, "Ewa")
    link = a_link(session, ewa)
    assert len(decide(session, ewa, {P1: Decision.GRANTED}, link_id=link)) == 1
    assert decide(session, ewa, {P1: Decision.GRANTED}, link_id=link) == []
    assert decide(session, ewa, {P1: Decision.ASKED_NO_ANSWER}, link_id=link) == []
    assert len(decide(session, ewa, {P1: Decision.GRANTED}, link_id=a_link(session, ewa))) == 1


def test_other_words_are_another_decision(session: Session, school: SmallSchool) -> None:
    ewa = person(session, school, "Ewa")
    link = a_link(session, ewa)
    decide(session, ewa, {P2: Decision.GRANTED}, link_id=link)
    renamed = Controllers(NAMED.school, NAMED.la, "Another Contractor")
    assert len(decide(session, ewa, {P2: Decision.GRANTED}, link_id=link, controllers=renamed)) == 1


def test_the_language_that_was_shown_is_stored_not_the_one_that_was_wished(
    session: Session, school: SmallSchool
) -> None:
    (event,) = decide(session, person(session, school, "Ewa"), {P1: Decision.GRANTED}, language="pl")
    assert event.language == "en"


def test_no_decision_is_no_row(session: Session, school: SmallSchool) -> None:
    assert decide(session, person(session, school, "Ewa"), {}) == []
    assert consents_of(session, school.ids["Ewa"]) == []


def object_to(
    session: Session, student: Student, decision: ObjectionDecision, actor: Actor, now: datetime = NOW
) -> None:
    record_objection(
        session,
        student=student,
        decision=decision,
        actor=actor,
        wordings=WORDINGS,
        controllers=NAMED,
        language="en",
        medium=LinkMedium.EMAIL,
        now=now,
    )


def test_under_sixteen_a_parent_objects_and_the_student_cannot(session: Session, school: SmallSchool) -> None:
    chloe = person(session, school, "Chloe")
    with pytest.raises(NotTheirDecision) as refused:
        object_to(session, chloe, OBJECTED, Actor.SELF)
    assert refused.value.decider is Actor.PARENT
    object_to(session, chloe, OBJECTED, Actor.PARENT)
    (row,) = objections_of(session, school.ids["Chloe"])
    assert (row.wording, row.age_on_day) == ("S.1-parent", 15)


def test_from_the_sixteenth_birthday_the_student_objects_and_a_parent_cannot(
    session: Session, school: SmallSchool
) -> None:
    dewi = person(session, school, "Dewi")  # 16 today
    with pytest.raises(NotTheirDecision):
        object_to(session, dewi, OBJECTED, Actor.PARENT)
    object_to(session, dewi, OBJECTED, Actor.SELF)
    (row,) = objections_of(session, school.ids["Dewi"])
    assert row.wording_sha256 == text_sha256(WORDINGS.of("statutory").render("en", NAMED))


def test_a_parents_objection_holds_on_results_day_and_after_it_until_the_student_speaks(
    session: Session, school: SmallSchool
) -> None:
    chloe = person(session, school, "Chloe")  # born 31 August 2010: 15 on results day
    object_to(session, chloe, OBJECTED, Actor.PARENT)
    results_day = datetime(2026, 8, 20, 8, tzinfo=UTC)
    in_october = datetime(2026, 10, 6, 8, tzinfo=UTC)

    def withheld(at: datetime) -> bool:
        facts = [row.as_fact() for row in objections_of(session, school.ids["Chloe"])]
        return objects(facts, chloe.date_of_birth, london_date(at))

    assert withheld(results_day)
    assert withheld(in_october)
    object_to(session, chloe, LIFTED, Actor.SELF, now=in_october)
    assert not withheld(in_october)
    assert withheld(results_day)


def test_staff_may_write_down_a_paper_for_whoever_decides(session: Session, school: SmallSchool) -> None:
    object_to(session, person(session, school, "Chloe"), OBJECTED, Actor.STAFF_ON_PAPER)
    object_to(session, person(session, school, "Dewi"), OBJECTED, Actor.STAFF_ON_PAPER)
    words = [objections_of(session, school.ids[name])[0].wording for name in ("Chloe", "Dewi")]
    assert words == ["S.1-parent", "S.1"]


def test_the_same_objection_pressed_twice_is_one_row(session: Session, school: SmallSchool) -> None:
    dewi = person(session, school, "Dewi")
    for decision in (OBJECTED, OBJECTED, LIFTED):
        object_to(session, dewi, decision, Actor.SELF)
    assert [row.decision for row in objections_of(session, school.ids["Dewi"])] == [OBJECTED, LIFTED]
