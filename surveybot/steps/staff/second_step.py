"""Set up and check the six digits that guard an export."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from surveybot.records.staff import StaffMember, count_code_try, spend_codes_to
from surveybot.rules.second_step import (
    DELAY,
    STEP_SECONDS,
    TRIES,
    matching_step,
    new_secret,
    step_at,
    time_of,
)


class Verdict(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Proof:
    verdict: Verdict
    wait_until: datetime | None = None


def begin_second_step(staff: StaffMember) -> str:
    """The secret to show until it is confirmed; one that is confirmed is never shown again."""
    if staff.totp_confirmed_at is not None:
        raise ValueError("the second step is set up already")
    if staff.totp_secret is None:
        staff.totp_secret = new_secret()
    return staff.totp_secret


def forget_second_step(staff: StaffMember) -> None:
    """For a lost phone: the next export asks for a new set-up, and every session ends."""
    staff.totp_secret = None
    staff.totp_confirmed_at = None
    staff.totp_failures = 0
    staff.session_generation += 1


def confirm_second_step(session: Session, staff: StaffMember, code: str, *, now: datetime) -> Proof:
    """Take the first code of a new phone; from then on the second step is set up."""
    proof = prove_second_step(session, staff, code, now=now)
    if proof.verdict is Verdict.RIGHT and staff.totp_confirmed_at is None:
        staff.totp_confirmed_at = now
    return proof


def prove_second_step(session: Session, staff: StaffMember, code: str, *, now: datetime) -> Proof:
    """Check a code that is good once. After ten wrong ones in a row none is taken for a quarter of an hour.

    The delay is kept as codes that are spent already: no step up to the end of it is taken.
    """
    if staff.id is None or staff.totp_secret is None:
        return Proof(Verdict.WRONG)
    latest = step_at(now) + 1
    failures = count_code_try(session, staff.id, step=latest)
    if failures is None:
        session.refresh(staff, ["totp_last_step"])
        return Proof(Verdict.WAIT, time_of(staff.totp_last_step))
    step = matching_step(staff.totp_secret, code, now)
    if step is not None and spend_codes_to(session, staff.id, step=step):
        return Proof(Verdict.RIGHT)
    if failures < TRIES:
        return Proof(Verdict.WRONG)
    until = latest + int(DELAY.total_seconds()) // STEP_SECONDS
    spend_codes_to(session, staff.id, step=until)
    return Proof(Verdict.WAIT, time_of(until))
