"""The life of one message: its class, its states, and which of them are final."""

from enum import StrEnum


class MessageClass(StrEnum):
    """An ask keeps to the window, caps and budget; a reply and a staff message go at once."""

    ASK = "ask"
    REPLY = "reply"
    STAFF = "staff"


class DeliveryState(StrEnum):
    PENDING = "pending"
    HELD = "held"
    DISPATCHING = "dispatching"
    AMBIGUOUS = "ambiguous"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED_PERMANENT = "failed_permanent"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


FINAL_STATES = frozenset(
    {
        DeliveryState.DELIVERED,
        DeliveryState.UNDELIVERED,
        DeliveryState.FAILED_PERMANENT,
        DeliveryState.SUPPRESSED,
        DeliveryState.EXPIRED,
        DeliveryState.CANCELLED,
    }
)

SENT_STATES = frozenset({DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.UNDELIVERED})
"""The provider said yes at least once."""


class HoldReason(StrEnum):
    PAUSED = "paused"  # the round
    SWITCH = "switch"  # the kill switch
    OUTBOUND_DENIED = "outbound_denied"
    COPY = "copy"
    BREAKER = "breaker"
    UNREAD = "unread"  # a text from this number waits for a person
