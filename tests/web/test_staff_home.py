"""The first page of the staff room, as each role sees it."""

from collections.abc import Callable

from flask.testing import FlaskClient

from tests.conftest import SmallSchool

SignIn = Callable[..., FlaskClient]


def test_without_signing_in_a_page_asks_for_it_and_remembers_where_one_was_going(
    client: FlaskClient, school: SmallSchool
) -> None:
    answer = client.get("/staff/rounds/R-ABC123/mine")
    assert answer.status_code == 302
    assert answer.location == "/staff/sign-in?next=%2Fstaff%2Frounds%2FR-ABC123%2Fmine"


def test_a_careers_leader_without_a_round_is_told_to_open_one(sign_in: SignIn) -> None:
    page = sign_in("careers_leader").get("/staff/").text
    assert "No round yet" in page
    assert 'href="/staff/rounds/new"' in page


def test_a_tutor_is_not_shown_what_only_leaders_may_do(sign_in: SignIn) -> None:
    page = sign_in("tutor").get("/staff/").text
    assert "No round yet" in page
    assert "/staff/rounds/new" not in page
    assert 'href="/staff/export"' not in page
