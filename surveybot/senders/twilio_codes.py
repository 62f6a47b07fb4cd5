"""Twilio's error codes as data: what each means for us. Codes change, so an unknown one has a rule too.

Source: Twilio's error dictionary and its advice not to programme on codes; the default for any code that is
not here is no automatic retry, shown to staff.
"""

from dataclasses import dataclass
from datetime import timedelta

from surveybot.rules.delivery.delivery_states import DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """`again_after` allows one more try; `retry` puts the message back: the fault is ours, or theirs."""

    word: str
    state: DeliveryState
    retry: bool = False
    again_after: timedelta | None = None
    bad_address: bool = False
    opted_out: bool = False
    alarm: bool = False  # a person must act: credentials, permissions
    filtered: bool = False  # counts towards the breaker


_FAILED, _UNDELIVERED = DeliveryState.FAILED_PERMANENT, DeliveryState.UNDELIVERED

UNKNOWN = Meaning(word="unknown_code", state=_FAILED)

CODES: dict[int, Meaning] = {
    20003: Meaning(word="credentials", state=DeliveryState.PENDING, retry=True, alarm=True),
    20005: Meaning(word="account_suspended", state=DeliveryState.PENDING, retry=True, alarm=True),
    30002: Meaning(word="account_suspended", state=_UNDELIVERED, alarm=True),
    20429: Meaning(word="too_many_requests", state=DeliveryState.PENDING, retry=True),
    21211: Meaning(word="invalid_number", state=_FAILED, bad_address=True),
    21408: Meaning(word="region_not_allowed", state=_FAILED, alarm=True),
    21610: Meaning(word="opted_out", state=DeliveryState.SUPPRESSED, opted_out=True),
    21612: Meaning(word="cannot_reach", state=_FAILED, alarm=True),
    21614: Meaning(word="not_a_mobile", state=_FAILED, bad_address=True),
    30003: Meaning(word="handset_off", state=_UNDELIVERED, again_after=timedelta(days=1)),
    30005: Meaning(word="unknown_number", state=_UNDELIVERED, bad_address=True),
    30006: Meaning(word="landline", state=_UNDELIVERED, bad_address=True),
    30007: Meaning(word="filtered", state=_UNDELIVERED, filtered=True),
    30008: Meaning(word="unknown_error", state=_UNDELIVERED, again_after=timedelta(hours=1)),
    30500: Meaning(word="provider_error", state=_UNDELIVERED, again_after=timedelta(hours=1)),
}


def meaning_of(code: int | str | None) -> Meaning:
    """What a code says; UNKNOWN for one that is not in the table."""
    text = str(code or "")
    return CODES.get(int(text), UNKNOWN) if text.isdecimal() else UNKNOWN
