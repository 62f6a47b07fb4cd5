"""What a provider's report means for a message: upwards only, in whatever order the reports come.

accepted < queued < sending < sent < undelivered or failed < delivered. Sources: Twilio's message statuses;
reliability rule that a final word changes only from undelivered to delivered.
"""

from dataclasses import dataclass

from surveybot.rules.delivery.delivery_states import DeliveryState

RANK = {
    "": 0,
    "accepted": 1,
    "scheduled": 1,
    "queued": 2,
    "sending": 3,
    "sent": 4,
    "undelivered": 5,
    "failed": 5,
    "canceled": 5,
    "delivered": 6,
    "read": 7,
}
NO = frozenset({"undelivered", "failed", "canceled"})
YES = frozenset({"delivered", "read"})

_OPEN_TO_REPORTS = frozenset(
    {
        # Waiting once more after a doubt: the report shows that the first try had gone out after all.
        DeliveryState.PENDING,
        DeliveryState.HELD,
        DeliveryState.DISPATCHING,
        DeliveryState.AMBIGUOUS,
        DeliveryState.ACCEPTED,
        DeliveryState.UNDELIVERED,
        DeliveryState.DELIVERED,
    }
)


def contradicts(state: DeliveryState, status: str) -> bool:
    """Whether our last word on a message is the opposite of its provider's."""
    if state is DeliveryState.DELIVERED:
        return status in NO
    return state is DeliveryState.UNDELIVERED and status in YES


@dataclass(frozen=True, slots=True)
class Standing:
    """A message's state and the highest word of its provider."""

    state: DeliveryState
    status: str = ""


def after_report(standing: Standing, status: str) -> Standing:
    """How the message stands after one more report; the same report twice changes nothing.

    A word that is not in the table says nothing. A state that we ended ourselves (suppressed, cancelled)
    stays, whatever the provider says.
    """
    rank = RANK.get(status)
    if rank is None or rank <= RANK.get(standing.status, 0) or standing.state not in _OPEN_TO_REPORTS:
        return standing
    if status in YES:
        return Standing(DeliveryState.DELIVERED, status)
    if status in NO:
        undelivered = standing.state is not DeliveryState.DELIVERED
        return Standing(DeliveryState.UNDELIVERED if undelivered else standing.state, status)
    kept = standing.state in (DeliveryState.DELIVERED, DeliveryState.UNDELIVERED)
    return Standing(standing.state if kept else DeliveryState.ACCEPTED, status)
