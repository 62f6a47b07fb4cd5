"""All times and numbers of sending in one place, and the check that they do not contradict each other.

A contradiction is not a matter of taste: with too short a lease, a slow worker's message goes out twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from surveybot.rules.delivery.channels import Channel
from surveybot.senders.timeouts import MAIL_STAGE_SECONDS, TEXT_CONNECT_SECONDS, TEXT_READ_SECONDS

BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))
MOST_ATTEMPTS = len(BACKOFF) + 1
PUT_OFF = timedelta(minutes=1)
"""How long a message waits that was not tried at all: no connection, no sender, too slow."""


class ContradictingTimes(Exception):
    """Two constants of sending exclude each other; `faults` says which."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Timing:
    sms_lease_seconds: float = 90
    sms_connect_seconds: float = TEXT_CONNECT_SECONDS
    sms_read_seconds: float = TEXT_READ_SECONDS
    mail_lease_seconds: float = 720
    mail_stage_seconds: Mapping[str, float] = field(default_factory=lambda: dict(MAIL_STAGE_SECONDS))
    renew_after_seconds: float = 60  # an email's lease is renewed at a stage, but not more often
    settle_seconds: float = 300  # before a provider is asked about an ambiguous text
    list_lag_seconds: float = 60  # how late a provider may list what it took
    batch: int = 100

    def lease(self, channel: Channel) -> timedelta:
        seconds = self.sms_lease_seconds if channel is Channel.SMS else self.mail_lease_seconds
        return timedelta(seconds=seconds)

    def faults(self) -> list[str]:
        wire = self.sms_connect_seconds + self.sms_read_seconds
        stage = max(self.mail_stage_seconds.values())
        settled = self.sms_lease_seconds + self.sms_read_seconds + self.list_lag_seconds
        rules = {
            "Half the lease of a text must be longer than its connect and read timeouts together.": (
                self.sms_lease_seconds / 2 > wire
            ),
            "The lease of an email must be longer than its slowest stage and the renewal interval.": (
                self.mail_lease_seconds >= stage + self.renew_after_seconds + 60
            ),
            "The settle time must be longer than lease, read timeout and list lag together.": (
                self.settle_seconds > settled
            ),
            "A batch must hold at least one message.": self.batch >= 1,
        }
        return [sentence for sentence, holds in rules.items() if not holds]

    def check(self) -> None:
        """Raise ContradictingTimes with every fault; a worker calls this before it starts."""
        if faults := self.faults():
            raise ContradictingTimes(faults)


TIMING = Timing()
