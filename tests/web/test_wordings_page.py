"""A school words a survey for itself: checked, shown first, used on the page and in texts, and taken back."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine

from surveybot.records import database
from surveybot.records.schools import School
from tests.conftest import SmallSchool
from tests.web.staff_room import post
from tests.web.test_student_page import Reader, invite

__all__ = ["invite"]

SignIn = Callable[..., FlaskClient]
PAGE = "/staff/calendar/words/check-in-year-2"
OWN = {"titles": "How is year two going?", "intro": "From all of us.", "question": "how is your year going?"}


def stored(engine: Engine, school: SmallSchool) -> dict[str, str]:
    with database.reading(engine) as session:
        kept = session.get_one(School, school.id).settings
    return {key: text for key, text in kept.items() if key.startswith("words.")}


def test_own_words_are_shown_used_and_taken_back(
    app: Flask, engine: Engine, school: SmallSchool, sign_in: SignIn, invite: Callable[..., Reader]
) -> None:
    client, reader = sign_in("careers_leader"), invite("Amira", "check-in-year-2")
    shown = post(app, client, PAGE, action="show", **OWN)
    assert shown.status_code == 200 and "how is your year going?" in shown.text
    assert stored(engine, school) == {}
    assert post(app, client, PAGE, action="keep", **OWN).status_code == 302
    assert "How is year two going?" in reader.open().text and "From all of us." in reader.open().text
    assert reader.send(still="help").status_code == 200
    assert "Your own" in client.get("/staff/calendar/words").text
    preview = "/staff/rounds/new/preview?survey=check-in-november&cohort=11-2026"
    assert client.get(preview).status_code == 200
    assert post(app, client, PAGE, action="restore").status_code == 302
    assert stored(engine, school) == {} and "What are you doing this year?" in reader.open().text


@pytest.mark.parametrize(
    ("field", "words", "fault"),
    [
        ("question", "reply YES if you are still there", "the phone network acts on"),
        ("question", "are you still where you were, 学校 or anywhere else today?", "parts"),
        ("titles", "Look at https://example.org", "web addresses"),
        ("intro", "Dear {first_name}", "leave out {"),
    ],
)
def test_words_that_cannot_go_out_are_refused(
    app: Flask, engine: Engine, school: SmallSchool, sign_in: SignIn, field: str, words: str, fault: str
) -> None:
    refused = post(app, sign_in("careers_leader"), PAGE, action="keep", **{**OWN, field: words})
    assert refused.status_code == 422 and fault in refused.text
    assert stored(engine, school) == {}


def test_an_emoji_is_kept_and_signs_that_nobody_sees_are_left_out(
    app: Flask, engine: Engine, school: SmallSchool, sign_in: SignIn
) -> None:
    words = {**OWN, "titles": "Well\u202e done \U0001f393\x7f"}
    assert post(app, sign_in("careers_leader"), PAGE, action="keep", **words).status_code == 302
    (kept,) = stored(engine, school).values()
    assert 'Well done \U0001f393"' in kept


def test_only_surveys_of_students_are_worded_and_not_by_tutors(sign_in: SignIn) -> None:
    assert sign_in("careers_leader").get("/staff/calendar/words/parent-consent").status_code == 404
    assert sign_in("tutor").get(PAGE).status_code == 403
