"""When an address is proven, and how often we may ask."""

from datetime import UTC, datetime, timedelta

import pytest

from surveybot.rules.roster.contact_proof import (
    GOOD_FOR,
    AskedBefore,
    ProofState,
    says_mine,
    state_of_proof,
    too_often,
)
from surveybot.rules.texting.stop_words import StopSense, stop_in

NOW = datetime(2026, 5, 12, 9, 0, tzinfo=UTC)
OWN, OTHER = "+447700900101", "+447700900102"


def state(
    *,
    proven_at: datetime | None = None,
    refused_at: datetime | None = None,
    ended_at: datetime | None = None,
    expires_at: datetime = NOW + GOOD_FOR,
) -> ProofState:
    return state_of_proof(
        proven_at=proven_at, refused_at=refused_at, ended_at=ended_at, expires_at=expires_at, now=NOW
    )


def test_a_no_from_there_counts_whatever_was_said_before() -> None:
    assert state() is ProofState.OPEN
    assert state(expires_at=NOW) is ProofState.EXPIRED
    assert state(ended_at=NOW, expires_at=NOW) is ProofState.REPLACED
    assert state(proven_at=NOW, expires_at=NOW) is ProofState.PROVEN
    assert state(proven_at=NOW, refused_at=NOW) is ProofState.NOT_THEIRS


def test_an_address_is_asked_once_an_hour_and_a_slip_may_be_put_right_at_once() -> None:
    earlier = [AskedBefore(OWN, NOW - timedelta(minutes=59), 1)]
    assert too_often(OWN, earlier, now=NOW)
    assert not too_often(OTHER, earlier, now=NOW)
    assert not too_often(OWN, earlier, now=NOW + timedelta(minutes=1))


def test_three_messages_a_day_are_enough_over_all_addresses() -> None:
    earlier = [AskedBefore(OWN, NOW - timedelta(hours=2), 2), AskedBefore(OTHER, NOW - timedelta(hours=3), 1)]
    assert too_often("+447700900103", earlier, now=NOW)
    assert not too_often("+447700900103", earlier, now=NOW + timedelta(days=1))


@pytest.mark.parametrize("text", ["MINE", "mine!", "Yes, it’s mine", "this is my number", "Mine thanks :)"])
def test_mine_is_understood_whatever_else_is_open(text: str) -> None:
    assert says_mine(text, yes_counts=False)
    assert stop_in(text) is not StopSense.STOP


@pytest.mark.parametrize("text", ["yes", "Yep", "YES PLEASE", "ok", "it's me"])
def test_a_bare_yes_counts_only_where_nothing_else_was_asked(text: str) -> None:
    assert says_mine(text, yes_counts=True)
    assert not says_mine(text, yes_counts=False)


@pytest.mark.parametrize(
    "text", ["not mine", "no", "whose is this", "is it mine?", "stop", "", "mine field", "yes i agree"]
)
def test_everything_else_proves_nothing(text: str) -> None:
    assert not says_mine(text, yes_counts=True)
