"""The made-up school itself: its settings, its staff, and the places of learning around it."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from surveybot.catalogue import college_seed
from surveybot.demo.people import LETTERS
from surveybot.records.schools import School
from surveybot.records.staff import StaffMember, StaffPost
from surveybot.rules.destination.provider_list import ProviderEntry
from surveybot.rules.roster.people import StaffRole
from surveybot.steps.stock_providers import stock_providers

NAME = "Marlbridge Academy"
URN = "999001"
LA = "878"
LEADER = "n.fairbrother@marlbridge.example.org"

SETTINGS = {
    "la": LA,
    "laestab": "8784999",
    "ukprn": "19999001",
    "sixth_form": True,
    "colour": "teal",
    "help_adult": "Ms Fairbrother, room B12",
    "safeguarding_email": "safeguarding@marlbridge.example.org",
    "dpo_email": "privacy@marlbridge.example.org",
}

NEIGHBOURS = (
    ("Marlbridge College", "further_education_college", "999011"),
    ("Saltern Sixth Form College", "sixth_form_college", "999012"),
    ("Quincewell School", "school_sixth_form", "999013"),
    ("Ropewalk Training", "training", "999014"),
    ("Larkspur House College", "specialist_post_16", "999015"),
    ("University of Saltern", "university", "999016"),
    ("Beaconshire University", "university", "999017"),
)

TUTORS = (
    "Ade Bankole", "Branwen Pryce", "Colin Thackeray", "Dipti Rao", "Esther Quayle", "Femi Ogunleye",
    "Gwen Sutcliffe", "Hugh Ormerod", "Ines Tavares", "Jan Mazurek", "Kay Lockyer", "Leo Braithwaite",
    "Maya Trivedi", "Neil Osgood",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StaffCard:
    name: str
    email: str
    role: StaffRole
    tutor_group: str = ""


def staff_cards() -> list[StaffCard]:
    """The careers leader first, then the adviser and a tutor for each group."""
    groups = [f"11{letter}" for letter in LETTERS] + [
        f"{year}{letter}" for year in (12, 13) for letter in "ABCD"
    ]
    return [
        StaffCard("Nadia Fairbrother", LEADER, StaffRole.CAREERS_LEADER),
        StaffCard("Owen Tredwell", "o.tredwell@marlbridge.example.org", StaffRole.ADVISER),
        *(
            StaffCard(name, _email(name), StaffRole.TUTOR, group)
            for name, group in zip(TUTORS, groups, strict=True)
        ),
    ]


def found_school(session: Session, *, now: datetime) -> School:
    """Add the school with its settings, its staff, and the colleges round about."""
    school = School(urn=URN, name=NAME, settings=dict(SETTINGS), created_at=now)
    session.add(school)
    session.flush()
    assert school.id is not None
    _add_staff(session, school.id, now)
    stock_providers(session, college_seed())
    stock_providers(
        session,
        [
            ProviderEntry(name=name, kind=kind, urn=urn, la=LA, town="Marlbridge")
            for name, kind, urn in NEIGHBOURS
        ],
    )
    return school


def _add_staff(session: Session, school_id: int, now: datetime) -> None:
    cards = staff_cards()
    members = [StaffMember(email=card.email, name=card.name, created_at=now) for card in cards]
    session.add_all(members)
    session.flush()
    for member, card in zip(members, cards, strict=True):
        assert member.id is not None
        session.add(
            StaffPost(staff_id=member.id, school_id=school_id, role=card.role, tutor_group=card.tutor_group)
        )


def _email(name: str) -> str:
    first, last = name.lower().split()
    return f"{first[0]}.{last}@marlbridge.example.org"
