"""Every list of the staff pages has a last page, and no address leads past it."""

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine

from surveybot.web.staff import inbox, reachability, rounds, students
from tests.conftest import SmallSchool
from tests.web.staff_room import a_round

SignIn = Callable[..., FlaskClient]

LISTS = (
    "/staff/students?state=student&sort=-group",
    "/staff/rounds/{code}?part=not-yet",
    "/staff/rounds/{code}/live?part=not-yet",
    "/staff/reachability?cohort=11-2026&reach=all",
    "/staff/inbox?q=",
)


@pytest.mark.parametrize("address", LISTS)
def test_past_its_end_a_list_shows_its_last_page(
    sign_in: SignIn, engine: Engine, school: SmallSchool, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (inbox, reachability, rounds, students):
        monkeypatch.setattr(module, "PER_PAGE", 4)
    monkeypatch.setattr("surveybot.web.staff.tables.PER_PAGE", 4)
    client, address = sign_in("careers_leader"), address.format(code=a_round(engine, school))
    there = client.get(f"{address}&page=99")
    assert there.status_code == 302
    assert client.get(there.location).status_code == 200
    asked, led_to = urlsplit(address), urlsplit(there.location)
    end = {} if "inbox" in address else {"page": "3"}  # an empty list has its first page alone
    assert (led_to.path, dict(parse_qsl(led_to.query))) == (asked.path, dict(parse_qsl(asked.query)) | end)
