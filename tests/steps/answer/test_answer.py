"""Answers: versions, receipts, facts and consents."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, text
from sqlalchemy.engine import Engine
from sqlmodel import Session, col, select

from surveybot.catalogue import load_catalogue
from surveybot.records import database
from surveybot.records.answer.answers import Answer
from surveybot.records.answer.asked import AskedAbout
from surveybot.records.answer.consents import ConsentEvent
from surveybot.records.destination.destinations import DestinationFact
from surveybot.records.destination.providers import Provider
from surveybot.records.round.invitations import Audience, Invitation, Link, LinkMedium
from surveybot.records.round.rounds import Round
from surveybot.rules.answer.consent import Actor, Decision, Purpose
from surveybot.rules.destination.destinations import FactKind, FactSource, PlaceStatus
from surveybot.rules.survey.wordings import Controllers
from surveybot.steps.answer.take import AnswerNotTaken, Receipt, ShownWords, take_answer
from tests.conftest import NOW, SmallSchool
from tests.statements import noted

COLLEGE = {
    "kind": "further_education_college",
    "provider": "City College",
    "course": "Plumbing",
    "status": "applied",
}
ONE_OPTION: dict[str, Any] = {"options": [COLLEGE]}


@pytest.fixture
def invited(engine: Engine, school: SmallSchool) -> tuple[int, int]:
    """Amira's invitation to results-day and the link that was printed for her."""
    return invite(engine, school, "Amira")


def invite(engine: Engine, school: SmallSchool, name: str, survey: str = "results-day") -> tuple[int, int]:
    with database.writing(engine) as session:
        round_ = session.exec(select(Round).where(Round.survey == survey)).one_or_none() or Round(
            code=f"R-{survey[:6].upper()}",
            school_id=school.id,
            survey=survey,
            leaving=2026,
            year_group=11,
            opens_at=NOW,
            closes_at=NOW + timedelta(days=14),
            created_at=NOW,
        )
        session.add(round_)
        session.flush()
        assert round_.id is not None
        invitation = Invitation(
            school_id=school.id, round_id=round_.id, student_id=school.ids[name], created_at=NOW
        )
        session.add(invitation)
        session.flush()
        link = Link(
            school_id=school.id,
            student_id=school.ids[name],
            invitation_id=invitation.id,
            medium=LinkMedium.PAPER,
            created_at=NOW,
        )
        session.add(link)
        session.flush()
        assert invitation.id and link.id
        return invitation.id, link.id


def answer(session: Session, invited: tuple[int, int], content: dict[str, Any], **changed: Any) -> Receipt:
    said: dict[str, Any] = {
        "survey": load_catalogue().survey("results-day"),
        "consents": {},
        "page_number": "0a1b2c3d4e5f",
        "given_by": Audience.STUDENT,
        "medium": LinkMedium.PAPER,
        "now": NOW,
        **changed,
    }
    return take_answer(session, invitation_id=invited[0], link=invited[1], content=content, **said)


def count(engine: Engine, table: Any) -> int:
    with database.reading(engine) as session:
        return session.exec(select(func.count()).select_from(table)).one()


def facts(engine: Engine) -> list[DestinationFact]:
    with database.reading(engine) as session:
        return list(session.exec(select(DestinationFact).order_by(col(DestinationFact.id))))


def test_the_same_page_with_the_same_content_is_the_same_receipt(
    engine: Engine, invited: tuple[int, int]
) -> None:
    with database.writing(engine) as session:
        first = answer(session, invited, ONE_OPTION)
    with database.writing(engine) as session:
        again = answer(session, invited, ONE_OPTION, now=NOW + timedelta(minutes=1))
    assert (first.new, again.new) == (True, False)
    assert (first.receipt, first.version) == (again.receipt, again.version)
    assert count(engine, Answer) == 1
    assert len(facts(engine)) == 1


def test_other_content_or_another_page_is_the_next_version(engine: Engine, invited: tuple[int, int]) -> None:
    with database.writing(engine) as session:
        versions = [
            answer(session, invited, ONE_OPTION).version,
            answer(session, invited, {"plan": "changed"}).version,
            answer(session, invited, ONE_OPTION, page_number="ffffffffffff").version,
            answer(session, invited, ONE_OPTION, consents={Purpose.LA_SHARE_BACK: Decision.REFUSED}).version,
        ]
    assert versions == [1, 2, 3, 4]


def test_a_page_that_goes_back_to_what_it_said_first_counts_and_a_double_tap_of_it_does_not(
    engine: Engine, invited: tuple[int, int]
) -> None:
    said = [ONE_OPTION, ONE_OPTION, {"plan": "changed"}, ONE_OPTION, ONE_OPTION, {"plan": "changed"}]
    receipts = []
    for content in said:
        with database.writing(engine) as session:
            receipts.append(answer(session, invited, content))
    assert [receipt.version for receipt in receipts] == [1, 1, 2, 3, 3, 4]
    assert [receipt.new for receipt in receipts] == [True, False, True, True, False, True]
    with database.reading(engine) as session:
        stored = session.exec(select(Answer).order_by(text("version"))).all()
    assert [row.content for row in stored] == [said[0], said[2], said[0], said[2]]


@pytest.mark.parametrize("contents", ["same", "different"])
def test_two_posts_at_the_same_moment_lose_nothing(
    engine: Engine, invited: tuple[int, int], contents: str
) -> None:
    meet = Barrier(4)

    def post(number: int) -> Receipt:
        content = {"plan": ["same", "changed", "no_place", "need_help"][number]}
        meet.wait()
        with database.writing(engine) as session:
            return answer(session, invited, ONE_OPTION if contents == "same" else content)

    with ThreadPoolExecutor(4) as pool:
        receipts = list(pool.map(post, range(4)))
    expected = 1 if contents == "same" else 4
    assert sum(receipt.new for receipt in receipts) == expected
    assert len({receipt.receipt for receipt in receipts}) == expected
    assert count(engine, Answer) == expected
    assert {receipt.version for receipt in receipts} == set(range(1, expected + 1))


def test_every_option_becomes_a_fact_and_an_offer_becomes_two(
    engine: Engine, invited: tuple[int, int]
) -> None:
    with database.writing(engine) as session:
        provider = Provider(name="City College", folded_name="city college")
        session.add(provider)
        answer(
            session,
            invited,
            {
                "options": [
                    COLLEGE | {"status": "conditional"},
                    {"kind": "apprenticeship", "provider": "Acme"},
                ]
            },
        )
    said = [(fact.kind, fact.preference, fact.destination, fact.status) for fact in facts(engine)]
    assert said == [
        (FactKind.INTENDED, 1, "further_education_college", PlaceStatus.CONDITIONAL),
        (FactKind.OFFER, 1, "further_education_college", PlaceStatus.CONDITIONAL),
        (FactKind.INTENDED, 2, "apprenticeship", None),
    ]
    first, _, second = facts(engine)
    assert (first.provider_name, first.provider_id) == ("City College", provider.id)
    assert (second.provider_name, second.provider_id) == ("Acme", None)  # kept as it was written
    assert first.source is FactSource.STUDENT


def test_the_same_plan_repeats_the_facts_that_it_verifies(engine: Engine, invited: tuple[int, int]) -> None:
    later = NOW + timedelta(days=200)
    with database.writing(engine) as session:
        answer(session, invited, {"options": [COLLEGE, {"kind": "job"}]})
        answer(session, invited, {"plan": "same"}, now=later)
    first, second, again, also = facts(engine)
    assert (again.destination, again.provider_name, again.verifies_id) == (
        first.destination,
        "City College",
        first.id,
    )
    assert (also.destination, also.verifies_id, also.verified_at) == ("job", second.id, later)


def test_a_place_not_given_is_a_fact_about_the_first_choice(engine: Engine, invited: tuple[int, int]) -> None:
    with database.writing(engine) as session:
        answer(session, invited, {"options": [COLLEGE, {"kind": "job"}]})
        answer(session, invited, {"plan": "no_place"}, now=NOW + timedelta(days=200))
    lost = facts(engine)[-1]
    assert (lost.kind, lost.status) == (FactKind.OFFER, PlaceStatus.NO_PLACE)
    assert (lost.provider_name, lost.verifies_id) == ("City College", None)
    assert len(facts(engine)) == 3


@pytest.mark.parametrize(
    ("content", "wants_help", "declined"),
    [
        ({"plan": "need_help"}, True, False),
        ({"plan": "same", "help": ["money"]}, True, False),
        ({"plan": "same", "help": ["none"]}, False, False),
        ({"options": [{"kind": "rather_not_say"}]}, False, True),
    ],
)
def test_the_invitation_says_what_the_newest_answer_says(
    engine: Engine, invited: tuple[int, int], content: dict[str, Any], wants_help: bool, declined: bool
) -> None:
    with database.writing(engine) as session:
        answer(session, invited, {"plan": "need_help"}, page_number="ffffffffffff")
        answer(session, invited, content, now=NOW + timedelta(hours=1))
    with database.reading(engine) as session:
        invitation = session.get_one(Invitation, invited[0])
    assert invitation.answered_at == NOW + timedelta(hours=1)
    assert (invitation.wants_help, invitation.declined_at is not None) == (wants_help, declined)


def test_an_answer_after_the_round_has_closed_is_marked_late(
    engine: Engine, invited: tuple[int, int]
) -> None:
    with database.writing(engine) as session:
        answer(session, invited, ONE_OPTION)
        answer(session, invited, {"plan": "changed"}, now=NOW + timedelta(days=20))
    with database.reading(engine) as session:
        late = [row.late for row in session.exec(select(Answer).order_by(text("version")))]
    assert late == [False, True]


def test_consents_are_recorded_once_with_the_answer(
    engine: Engine, school: SmallSchool, invited: tuple[int, int]
) -> None:
    from datetime import date

    shown = ShownWords(
        about=AskedAbout(school.ids["Amira"], school.id, date(2009, 10, 3)),
        actor=Actor.SELF,
        wordings=load_catalogue().wordings,
        controllers=Controllers("Hillview School", "the council for Leeds"),
    )
    consents = {
        Purpose.CONTACT_AFTER_LEAVING: Decision.REFUSED,
        Purpose.LA_SHARE_BACK: Decision.ASKED_NO_ANSWER,
    }
    for _ in range(2):
        with database.writing(engine) as session:
            receipt = answer(session, invited, {}, consents=consents, shown=shown)
    with database.reading(engine) as session:
        events = session.exec(select(ConsentEvent).where(ConsentEvent.answer_id == receipt.answer_id)).all()
    assert {event.purpose: event.decision for event in events} == consents
    assert all(event.link_id == invited[1] for event in events)


def test_a_member_of_staff_writes_down_what_a_student_said(
    engine: Engine, school: SmallSchool, invited: tuple[int, int]
) -> None:
    with database.writing(engine) as session:
        tutor = school.staff["tutor"]
        answer(
            session,
            (invited[0], None),  # type: ignore[arg-type]
            ONE_OPTION,
            staff_id=tutor,
            given_by=Audience.STUDENT,
            medium=LinkMedium.STAFF,
        )
    (fact,) = facts(engine)
    assert (fact.staff_id, fact.method.value, fact.source.value) == (tutor, "in_person", "student")


def test_an_invitation_that_is_gone_takes_no_answer(engine: Engine, invited: tuple[int, int]) -> None:
    with pytest.raises(AnswerNotTaken), database.writing(engine) as session:
        answer(session, (9_999, invited[1]), ONE_OPTION)


def test_an_answer_takes_a_fixed_number_of_statements(engine: Engine, invited: tuple[int, int]) -> None:
    many = {"options": [COLLEGE, COLLEGE, COLLEGE]}
    with noted() as statements, database.writing(engine) as session:
        answer(session, invited, many)
    assert 0 < len(statements) <= 6
