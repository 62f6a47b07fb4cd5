"""Six digits are good once, and ten wrong ones in a row bring a quarter of an hour's wait."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pyotp
import pytest
from sqlalchemy.engine import Engine

from surveybot.records import database
from surveybot.records.staff import StaffMember
from surveybot.steps.staff.second_step import (
    Verdict,
    begin_second_step,
    confirm_second_step,
    forget_second_step,
    prove_second_step,
)
from tests.conftest import NOW, SmallSchool


def code_at(secret: str, at: datetime) -> str:
    return pyotp.TOTP(secret).at(at)


def wrong_code(secret: str) -> str:
    near = {code_at(secret, NOW + timedelta(seconds=30 * by)) for by in range(-2, 3)}
    return next(code for code in ("000000", "111111", "222222", "333333", "444444") if code not in near)


@pytest.fixture
def secret(engine: Engine, school: SmallSchool) -> str:
    with database.writing(engine) as session:
        return begin_second_step(session.get_one(StaffMember, school.staff["careers_leader"]))


def prove(engine: Engine, school: SmallSchool, code: str, now: datetime = NOW) -> Verdict:
    with database.writing(engine) as session:
        staff = session.get_one(StaffMember, school.staff["careers_leader"])
        return prove_second_step(session, staff, code, now=now).verdict


def test_a_code_is_good_once(engine: Engine, school: SmallSchool, secret: str) -> None:
    code = code_at(secret, NOW)
    assert prove(engine, school, f"{code[:3]} {code[3:]}") is Verdict.RIGHT
    assert prove(engine, school, code) is Verdict.WRONG
    assert prove(engine, school, code_at(secret, NOW + timedelta(seconds=30))) is Verdict.RIGHT
    assert prove(engine, school, code_at(secret, NOW - timedelta(seconds=30))) is Verdict.WRONG


def test_the_first_code_confirms_the_phone_and_its_secret_is_not_shown_again(
    engine: Engine, school: SmallSchool, secret: str
) -> None:
    with database.writing(engine) as session:
        staff = session.get_one(StaffMember, school.staff["careers_leader"])
        assert confirm_second_step(session, staff, wrong_code(secret), now=NOW).verdict is Verdict.WRONG
        assert staff.totp_confirmed_at is None
        assert confirm_second_step(session, staff, code_at(secret, NOW), now=NOW).verdict is Verdict.RIGHT
        assert staff.totp_confirmed_at == NOW
        with pytest.raises(ValueError, match="already"):
            begin_second_step(staff)


def test_ten_wrong_codes_bring_a_wait_in_which_the_right_one_fails_too(
    engine: Engine, school: SmallSchool, secret: str
) -> None:
    verdicts = [prove(engine, school, wrong_code(secret)) for _ in range(10)]
    assert verdicts == [Verdict.WRONG] * 9 + [Verdict.WAIT]
    assert prove(engine, school, code_at(secret, NOW)) is Verdict.WAIT
    later = NOW + timedelta(minutes=14)
    assert prove(engine, school, code_at(secret, later), later) is Verdict.WAIT
    after = NOW + timedelta(minutes=17)
    assert prove(engine, school, code_at(secret, after), after) is Verdict.RIGHT


def test_guesses_at_the_same_moment_do_not_beat_the_counter(
    engine: Engine, school: SmallSchool, secret: str
) -> None:
    with ThreadPoolExecutor(10) as pool:
        verdicts = list(pool.map(lambda _: prove(engine, school, wrong_code(secret)), range(50)))
    assert verdicts.count(Verdict.WRONG) == 9
    assert verdicts.count(Verdict.WAIT) == 41


def test_the_same_code_from_two_windows_is_taken_once(
    engine: Engine, school: SmallSchool, secret: str
) -> None:
    with ThreadPoolExecutor(8) as pool:
        verdicts = list(pool.map(lambda _: prove(engine, school, code_at(secret, NOW)), range(8)))
    assert verdicts.count(Verdict.RIGHT) == 1


def test_a_lost_phone_ends_every_session(engine: Engine, school: SmallSchool, secret: str) -> None:
    with database.writing(engine) as session:
        staff = session.get_one(StaffMember, school.staff["careers_leader"])
        forget_second_step(staff)
        assert (staff.totp_secret, staff.totp_confirmed_at, staff.session_generation) == (None, None, 1)
