"""What every sender promises: a message goes, or one of three errors says how far it came.

Only `NotSent` may be tried again by itself; after `Ambiguous` nobody knows whether the message was taken.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from surveybot.rules.delivery.channels import Channel


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
    bounce_tag: str = ""  # in an email's envelope, where bounces are read
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

    `bad_address` marks the route; `opted_out` is their record of a stop, which becomes ours; `filtered`
    says that they take us for spam.
    """

    def __init__(
        self,
        code: str,
        word: str,
        *,
        bad_address: bool = False,
        opted_out: bool = False,
        filtered: bool = False,
    ) -> None:
        super().__init__(f"{code} {word}")
        self.code = code
        self.word = word
        self.bad_address = bad_address
        self.opted_out = opted_out
        self.filtered = filtered


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
class Found:
    """A message that the provider knows of."""

    provider_id: str
    status: str
    error_code: str
    text: str
    made_at: datetime
    to: str


@runtime_checkable
class CanBeAsked(Protocol):
    """A provider that says which messages it took: the way to learn what became of an ambiguous one."""

    def taken_for(self, to: str, *, since: datetime) -> list[Found]:
        """Every message to this address since then, newest first; raises CannotSay where that is unknown."""
        ...

    def taken_between(self, since: datetime, until: datetime) -> list[Found]:
        """Every message of the account in between; raises CannotSay where that is unknown."""
        ...

    def look_up(self, provider_id: str) -> Found | None:
        """One message, or None where the provider does not know it; raises CannotSay."""
        ...


class CannotSay(Exception):
    """The provider did not give a whole answer: its silence means nothing."""


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
