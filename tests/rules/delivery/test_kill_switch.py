"""What a pause covers."""

import pytest

from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.kill_switch import Scope, is_paused


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        (Scope(), {(1, "sms"), (1, "email"), (2, "sms"), (2, "email"), (None, "email")}),
        (Scope(1), {(1, "sms"), (1, "email")}),
        (Scope(channel=Channel.SMS), {(1, "sms"), (2, "sms")}),
        (Scope(1, Channel.SMS), {(1, "sms")}),
    ],
)
def test_a_scope_covers_its_own(scope: Scope, covered: set[tuple[int | None, str]]) -> None:
    everything = {(1, "sms"), (1, "email"), (2, "sms"), (2, "email"), (None, "email")}
    assert {(s, c) for s, c in everything if is_paused([scope], s, Channel(c))} == covered
    assert scope.within(Scope())
    assert scope.within(scope)
    assert not Scope().within(Scope(1))
