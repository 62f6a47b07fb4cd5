"""What a roster file says: one frozen row per student, and what is to be said about its cells."""

from dataclasses import dataclass
from datetime import date

from surveybot.rules.delivery.channels import Channel, RouteKind, RouteOwner


@dataclass(frozen=True, slots=True)
class RowFault:
    """An error, or a notice: where it stands in the user's own file, and what to do about it."""

    row: int
    column: str  # the user's own heading
    value: str  # at most 40 characters
    problem: str
    fix: str


@dataclass(frozen=True, slots=True)
class RosterRoute:
    owner: RouteOwner
    kind: RouteKind
    address: str
    no_text: bool = False  # a landline, say: kept, and no way to write

    @property
    def channel(self) -> Channel:
        return Channel.SMS if self.kind is RouteKind.MOBILE else Channel.EMAIL


@dataclass(frozen=True, slots=True)
class RosterContact:
    position: int  # 1 or 2
    name: str = ""
    relationship: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterRow:
    """One student as the file has them; None and empty text mean that the file says nothing."""

    number: int
    surname: str = ""
    forename: str = ""
    preferred_name: str = ""
    date_of_birth: date
    year_group: int
    upn: str | None = None
    uln: str | None = None
    admission_number: str | None = None
    tutor_group: str = ""
    sex: str = ""
    address1: str = ""
    address2: str = ""
    address3: str = ""
    town: str = ""
    postcode: str = ""
    home_la: str = ""
    first_language: str = ""
    pupil_premium: bool | None = None
    sen_provision: str = ""
    ehcp: bool | None = None
    looked_after: bool | None = None
    eal: bool | None = None
    attendance: float | None = None
    contacts: tuple[RosterContact, ...] = ()
    routes: tuple[RosterRoute, ...] = ()

    @property
    def full_name(self) -> str:
        return f"{self.forename} {self.surname}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standards:
    """What a value is judged by: the day, the known authorities, and whether the people are made up."""

    on: date
    authorities: frozenset[str] = frozenset()  # three-digit codes; empty: any will do
    made_up: bool = False  # numbers and domains that are reserved for examples count as real
