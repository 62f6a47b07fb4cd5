"""What every sender promises: a message goes, or one of three errors says how far it came.

Only `NotSent` may be tried again by itself; after `Ambiguous` nobody knows whether the message was taken.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from surveybot.rules.channels import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One rendered message to one person: never a list of recipients."""

    delivery_id: int
    channel: Channel
    to: str
    text: str
    subject: str = ""
    html: str = ""
    from_name: str = ""  # the school, in an email's From
    message_id: str = ""  # an email's own, the same over a second try
    composed_at: datetime
    stop_link: str = ""  # empty for staff
    status_path: str = ""  # where a provider may report
    valid_for_seconds: int = 4 * 3600  # a text that waits longer makes no sense


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider said yes."""

    provider_id: str
    status: str = "accepted"


class SendError(Exception):
    """A message was not certainly accepted."""


class NotSent(SendError):
    """Provably not on its way: no connection, too many requests, a refusal for now. It may be tried again.

    `counts` is False where the try says nothing about the message: the provider asked us to slow down.
    """

    def __init__(self, stage: str, *, retry_after_seconds: float | None = None, counts: bool = True) -> None:
        super().__init__(stage)
        self.stage = stage
        self.retry_after_seconds = retry_after_seconds
        self.counts = counts


class Refused(SendError):
    """The provider said no for good. `code` is theirs, `word` is ours.

    `bad_address` marks the route; `opted_out` is their record of a stop, which becomes ours.
    """

    def __init__(self, code: str, word: str, *, bad_address: bool = False, opted_out: bool = False) -> None:
        super().__init__(f"{code} {word}")
        self.code = code
        self.word = word
        self.bad_address = bad_address
        self.opted_out = opted_out


class Ambiguous(SendError):
    """The connection or the provider failed after the message may have been taken."""

    def __init__(self, stage: str) -> None:
        super().__init__(stage)
        self.stage = stage


class LeaseLost(SendError):
    """We may no longer touch the wire for this message: too much time has passed. Nothing was sent."""


Renew = Callable[[str], None]
"""Called before each stage on the wire; raises LeaseLost where the message is no longer ours."""


def always(_stage: str) -> None:
    """The Renew of somebody who holds no lease."""


class Sender(Protocol):
    """One channel's way out. `threads` says how many messages it may carry at once."""

    threads: int

    def send(self, message: Message, renew: Renew = always) -> Accepted: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Senders:
    """The way out for each channel; None where none is set up."""

    sms: Sender | None = None
    email: Sender | None = None

    def for_channel(self, channel: Channel) -> Sender | None:
        return self.sms if channel is Channel.SMS else self.email

    def close(self) -> None:
        for sender in (self.sms, self.email):
            if sender is not None:
                sender.close()
