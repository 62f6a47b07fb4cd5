"""Reports in any order, any number of times, from any point: the same end."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.rules.delivery.provider_status import RANK, Standing, after_report

OPEN = [
    DeliveryState.PENDING,
    DeliveryState.HELD,
    DeliveryState.DISPATCHING,
    DeliveryState.AMBIGUOUS,
    DeliveryState.ACCEPTED,
]


def after_all(start: Standing, reports: tuple[str, ...]) -> Standing:
    for report in reports:
        start = after_report(start, report)
    return start


@pytest.mark.parametrize("start", OPEN)
@pytest.mark.parametrize(
    ("reports", "end"),
    [
        (("queued", "sending", "sent", "delivered"), DeliveryState.DELIVERED),
        (("queued", "sending", "sent", "undelivered"), DeliveryState.UNDELIVERED),
        (("queued", "sent", "undelivered", "delivered"), DeliveryState.DELIVERED),
    ],
)
def test_every_order_with_every_repetition_ends_alike(
    start: DeliveryState, reports: tuple[str, ...], end: DeliveryState
) -> None:
    for order in permutations(reports):
        for repeated in (order, order + order, tuple(word for word in order for _ in range(2))):
            assert after_all(Standing(start), repeated).state is end


@given(st.lists(st.sampled_from([*RANK, "receiving", "nonsense"]), max_size=12), st.sampled_from(OPEN))
def test_status_never_runs_backwards(reports: list[str], start: DeliveryState) -> None:
    standing = Standing(start)
    for report in reports:
        after = after_report(standing, report)
        assert RANK[after.status] >= RANK[standing.status]
        if standing.state is DeliveryState.DELIVERED:
            assert after.state is DeliveryState.DELIVERED
        standing = after


@pytest.mark.parametrize("ended", [DeliveryState.SUPPRESSED, DeliveryState.CANCELLED, DeliveryState.EXPIRED])
def test_what_we_ended_ourselves_stays_ended(ended: DeliveryState) -> None:
    assert after_report(Standing(ended), "delivered") == Standing(ended)
