"""What a roster file says as a whole, and what it would change."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from surveybot.rules.roster_file.comparing import StudentChange
from surveybot.rules.roster_file.rows import RosterRow, RowFault
from surveybot.rules.roster_file.stored import StoredStudent

LEFT_WITHOUT_ASKING = 0.05
"""The share of a roll that a file may mark as left before a person has to confirm it."""


@dataclass(frozen=True, slots=True)
class RosterReading:
    """What a file says: its rows only count where there are no errors."""

    file_name: str = ""
    rows: tuple[RosterRow, ...] = ()
    errors: tuple[RowFault, ...] = ()
    notices: tuple[RowFault, ...] = ()
    headings: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)  # the user's heading -> field word
    unknown: tuple[str, ...] = ()  # headings that nobody recognised
    samples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # the first values of each column


@dataclass(frozen=True, slots=True)
class Changes:
    """What a file would change."""

    added: tuple[RosterRow, ...] = ()
    changed: tuple[StudentChange, ...] = ()
    unchanged: int = 0
    left: tuple[StoredStudent, ...] = ()
    on_roll: int = 0  # those who could have left: the roll of the file's year groups
    errors: tuple[RowFault, ...] = ()
    notices: tuple[RowFault, ...] = ()
    cohorts_known: frozenset[int] = frozenset()  # summers of a Year 13 whose Year 11 the school had

    @property
    def needs_confirming(self) -> bool:
        return len(self.left) > LEFT_WITHOUT_ASKING * self.on_roll

    @property
    def is_nothing(self) -> bool:
        return not (self.added or self.changed or self.left)


@dataclass(frozen=True, slots=True)
class Enrolment:
    added: int
    changed: int
    unchanged: int
    left: int
