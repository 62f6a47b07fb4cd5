"""What the nightly comparison found stands on a page of those who lead, in plain words, for their school."""

import html
from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy.engine import Engine

from surveybot.records import database
from surveybot.records.staff import StaffPost
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.rules.roster.people import StaffRole
from surveybot.senders.base import Found
from tests.conftest import SmallSchool
from tests.fakes.listing import EARLIER, compare, text

SignIn = Callable[..., FlaskClient]
PAGE = "/staff/comparison"


def seen(client: FlaskClient) -> str:
    return " ".join(html.unescape(client.get(PAGE).text).split())


def make_admin(engine: Engine, school: SmallSchool, role: str) -> None:
    with database.writing(engine) as session:
        session.add(StaffPost(staff_id=school.staff[role], school_id=school.id, role=StaffRole.ADMIN))


def test_each_finding_is_told_in_plain_words_with_what_to_do(
    engine: Engine, school: SmallSchool, sign_in: SignIn
) -> None:
    leader = sign_in("careers_leader")
    assert "Nothing has been compared yet" in seen(leader)
    twice = text(engine, school, "Amira", DeliveryState.ACCEPTED)
    text(engine, school, "Ben", DeliveryState.ACCEPTED)
    failed = text(engine, school, "Chloe", DeliveryState.DELIVERED)
    arrived = text(engine, school, "Dewi", DeliveryState.UNDELIVERED)
    again = Found("SM-again", "sent", "", twice.text, EARLIER, twice.to)
    said = (_with(failed, "undelivered"), _with(arrived, "delivered"))
    compare(engine, [twice, again, *said], forgotten=["SM-Ben"])
    page = seen(leader)
    assert "The last comparison found 4 things to look at. 4 texts were compared." in page
    for words in (
        "The provider sent this text more than once.",
        "We handed this text over, and the provider does not know it.",
        "We say that this text arrived; the provider says that it did not.",
        "We said that this text did not arrive; the provider says that it did.",
        "reach them another way",
    ):
        assert words in page
    for forename in ("Amira", "Ben", "Chloe", "Dewi"):
        assert f'/staff/students/{school.codes[forename]}"' in page
    assert "Comparison with the provider</a>: 4" in leader.get("/staff/inbox").text


def _with(found: Found, status: str) -> Found:
    return Found(found.provider_id, status, "", found.text, found.made_at, found.to)


def test_where_nothing_is_wrong_it_says_so_and_how_many_were_compared(
    engine: Engine, school: SmallSchool, sign_in: SignIn
) -> None:
    leader = sign_in("careers_leader")
    compare(engine, [text(engine, school, name, DeliveryState.ACCEPTED) for name in ("Amira", "Ben")])
    assert "Last night's comparison found nothing wrong" in seen(leader)
    assert "2 texts were compared." in seen(leader)
    assert PAGE in leader.get("/staff/doubts").text


def test_a_text_of_nobodys_is_for_those_who_administrate(
    engine: Engine, school: SmallSchool, sign_in: SignIn
) -> None:
    compare(engine, [Found("SM-stranger", "sent", "", "Somebody else's words", EARLIER, "+447700900999")])
    leader = sign_in("careers_leader")
    assert "found nothing wrong" in seen(leader)
    assert "SM-stranger" not in seen(leader)
    make_admin(engine, school, "careers_leader")
    page = seen(leader)
    assert "a text went out from your provider's account" in page.lower()
    assert "SM-stranger" in page
    assert "change the account's keys" in page
    assert "900999" not in page
    assert "Somebody else's words" not in page


def test_no_school_reads_of_another_and_no_tutor_of_any(
    engine: Engine, school: SmallSchool, other_school: SmallSchool, sign_in: SignIn
) -> None:
    theirs = text(engine, other_school, "Zara", DeliveryState.ACCEPTED)
    compare(engine, [theirs, Found("SM-2", "sent", "", theirs.text, EARLIER, theirs.to)])
    ours = seen(sign_in("careers_leader"))
    assert "found nothing wrong" in ours
    assert "0 texts were compared" in ours
    assert "Canary" not in ours
    assert "The last comparison found one thing" in seen(sign_in("careers_leader", at=other_school))
    assert sign_in("tutor").get(PAGE).status_code in (403, 404)
    assert PAGE not in sign_in("tutor").get("/staff/inbox").text
