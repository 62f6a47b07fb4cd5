"""A student's own email and mobile, as they are typed on a page, and what the page says became of them."""

import re
from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import Audience
from surveybot.rules.delivery.channels import RouteKind
from surveybot.rules.roster.cell_faults import CellFault
from surveybot.rules.roster.email_addresses import read_email
from surveybot.rules.roster.phone_numbers import read_phone
from surveybot.steps.roster.change_contact import Unusable, change_contact, why_unusable
from surveybot.steps.roster.prove_contact import Given
from surveybot.web.language import gettext as _

OWN = (RouteKind.PERSONAL_EMAIL, RouteKind.MOBILE)

UNUSABLE = {
    (RouteKind.PERSONAL_EMAIL, Unusable.SCHOOL_ADDRESS): _(
        "Enter an email address of your own: school addresses stop working after you leave"
    ),
    (RouteKind.PERSONAL_EMAIL, Unusable.NOT_THEIRS): _(
        "Somebody at this address told us that it is not yours. Check it, or tell your school"
    ),
    (RouteKind.MOBILE, Unusable.NOT_THEIRS): _(
        "Somebody with this number told us that it is not yours. Check it, or tell your school"
    ),
}
BECAME = {
    (RouteKind.PERSONAL_EMAIL, Given.ASKED): _(
        "We have sent an email to your own address. Open it and say that it is yours: only then do we use it."
    ),
    (RouteKind.MOBILE, Given.ASKED): _(
        "We have sent a text to your number. Answer it or open its link, so that we know that it is yours."
    ),
    (RouteKind.PERSONAL_EMAIL, Given.TOO_OFTEN): _(
        "We have your email address, and have written there: look for our email, or ask again in an hour."
    ),
    (RouteKind.MOBILE, Given.TOO_OFTEN): _(
        "We have your number, and have sent a text there: look for it, or ask again in an hour."
    ),
    (RouteKind.PERSONAL_EMAIL, Given.STOPPED): _(
        "This email address has told us to stop, so we cannot write there. Ask your school to help."
    ),
    (RouteKind.MOBILE, Given.STOPPED): _(
        "This number has told us to stop, so we cannot text it. To change that, text us START."
    ),
}


def read_contact(
    typed: Mapping[RouteKind, str], *, drama_numbers: bool
) -> tuple[dict[RouteKind, str], dict[RouteKind, str]]:
    """The two addresses as they are stored (empty: none), and what is wrong with them."""
    email, wrong_email = read_own_email(typed[RouteKind.PERSONAL_EMAIL])
    mobile, wrong_mobile = read_own_mobile(typed[RouteKind.MOBILE], drama_numbers=drama_numbers)
    wrong = {RouteKind.PERSONAL_EMAIL: wrong_email, RouteKind.MOBILE: wrong_mobile}
    known = {RouteKind.PERSONAL_EMAIL: email, RouteKind.MOBILE: mobile}
    return known, {kind: what for kind, what in wrong.items() if what}


def read_own_email(typed: str) -> tuple[str, str]:
    """The address and what is wrong with it; both empty where none was typed."""
    try:
        found = read_email(typed)
    except CellFault:
        found = None
    if typed and found is None:
        return "", _("Enter an email address like name@example.org")
    return found.address if found else "", ""


def read_own_mobile(typed: str, *, drama_numbers: bool) -> tuple[str, str]:
    """The number in E.164 and what is wrong with it; both empty where none was typed."""
    try:
        found = read_phone(typed, drama_numbers=drama_numbers)
    except CellFault:
        found = None
    if typed and found is None:
        return "", _("Enter a UK mobile number with 11 digits")
    if found and found.no_route:
        return "", _("Enter a UK mobile number: this is %s") % found.no_route
    return found.number if found else "", ""


def refused_here(session: Session, student: Student, known: Mapping[RouteKind, str]) -> dict[RouteKind, str]:
    """What speaks against using these addresses, beyond their spelling."""
    found = {
        kind: why_unusable(session, student, kind, address) for kind, address in known.items() if address
    }
    return {kind: UNUSABLE[kind, why] for kind, why in found.items() if why is not None}


def give_typed(
    session: Session, student: Student, known: Mapping[RouteKind, str], *, now: datetime
) -> list[str]:
    """Keep what a student typed and ask there; what to say about each that is not as it was before."""
    said = []
    for kind, address in known.items():
        if address:
            given = change_contact(session, student=student, kind=kind, address=address, now=now)
            said += [BECAME[kind, given]] if given is not Given.SAME else []
    return said


def give_by_staff(
    session: Session,
    student: Student,
    known: Mapping[RouteKind, str],
    *,
    staff_id: int | None,
    now: datetime,
) -> dict[RouteKind, Given]:
    """What the student told a member of staff: it is asked there like any other."""
    return {
        kind: change_contact(
            session,
            student=student,
            kind=kind,
            address=address,
            given_by=Audience.STAFF,
            staff_id=staff_id,
            now=now,
        )
        for kind, address in known.items()
        if address
    }


def as_written(address: str) -> str:
    """As a person writes it: a UK mobile begins with 07."""
    return re.sub(r"^\+44(\d{4})(\d{6})$", r"0\1 \2", address)
