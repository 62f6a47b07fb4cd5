"""What a pause covers: everything, one school, one channel, or one channel of one school."""

from collections.abc import Iterable
from dataclasses import dataclass

from surveybot.rules.delivery.channels import Channel


@dataclass(frozen=True, slots=True)
class Scope:
    school_id: int | None = None  # None: every school
    channel: Channel | None = None  # None: both channels
    round_id: int | None = None  # None: every round; a round keeps its own state, not a switch

    def covers(self, school_id: int | None, channel: Channel) -> bool:
        """A staff message of no school is covered only by a pause of every school."""
        return self.school_id in (None, school_id) and self.channel in (None, channel)

    def within(self, wider: "Scope") -> bool:
        return wider.school_id in (None, self.school_id) and wider.channel in (None, self.channel)


def is_paused(scopes: Iterable[Scope], school_id: int | None, channel: Channel) -> bool:
    return any(scope.covers(school_id, channel) for scope in scopes)
