"""What the comparison with the provider's list found, in plain words, and what to do.

A text that no row knows of belongs to no school: those who administrate see it, because they hold the
provider's account, and it shows neither number nor words.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, render_template

from surveybot.records.audit import AuditEntry, last_deed
from surveybot.records.delivery.incidents import Incident, incidents_at_school
from surveybot.records.roster.students import Student
from surveybot.rules.roster.people import StaffRole
from surveybot.steps.sending.night_findings import DEED, DIFFERS, INCIDENTS, NOBODYS, TWICE, UNKNOWN
from surveybot.web import doors
from surveybot.web.doors import LEADERS, StaffVisit
from surveybot.web.language import gettext as _
from surveybot.web.staff.plain_words import step_in_words

blueprint = Blueprint("staff_comparison", __name__)
SHOWN_FOR = timedelta(days=30)
MOST = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One finding as the page tells it."""

    at: datetime
    found: str
    do: str
    student: Student | None
    message: str


@blueprint.get("/staff/comparison")
@doors.staff(*LEADERS)
def comparison(visit: StaffVisit) -> str:
    last, incidents = last_deed(visit.session, DEED), _incidents(visit)
    return render_template(
        "staff/comparison.html",
        visit=visit,
        last=last,
        compared=last.details.get("compared", {}).get(str(visit.school_id), 0) if last else 0,
        news=sum(_is_of(last, entry) for entry, *_rest in incidents),
        rows=[_row(one) for one in incidents],
    )


def new_findings(visit: StaffVisit) -> int:
    """How many the last comparison found that are this school's."""
    last = last_deed(visit.session, DEED)
    return sum(_is_of(last, entry) for entry, *_rest in _incidents(visit))


def _incidents(visit: StaffVisit) -> list[Incident]:
    administrates = StaffRole.ADMIN in visit.roles
    return incidents_at_school(
        visit.session,
        visit.school_id,
        INCIDENTS,
        of_nobody=NOBODYS if administrates else None,
        since=visit.now - SHOWN_FOR,
        limit=MOST,
    )


def _is_of(last: AuditEntry | None, entry: AuditEntry) -> bool:
    """An incident is written together with the comparison that found it first."""
    return last is not None and entry.at == last.at


def _row(incident: Incident) -> Row:
    entry, delivery, student = incident
    found, do = _in_words(entry)
    message = step_in_words(delivery) if delivery else entry.subject if entry.deed == NOBODYS else ""
    return Row(entry.at, found, do, student, message)


def _in_words(entry: AuditEntry) -> tuple[str, str]:
    if entry.deed == DIFFERS:
        return _difference(entry.details.get("ours") == "delivered")
    return {
        TWICE: (
            _("The provider sent this text more than once."),
            _("Say sorry if they mention it. Tell whoever runs the service: this must not happen."),
        ),
        UNKNOWN: (
            _("We handed this text over, and the provider does not know it."),
            _("They most likely did not get it: reach them another way. Tell whoever runs the service."),
        ),
        NOBODYS: (
            _("A text went out from your provider's account, and surveybot did not send it."),
            _("Look it up in the provider's console. If nobody you know sent it, change the account's keys."),
        ),
    }[entry.deed]


def _difference(we_said_yes: bool) -> tuple[str, str]:
    if we_said_yes:
        return (
            _("We say that this text arrived; the provider says that it did not."),
            _("If they have not answered, reach them another way."),
        )
    return (
        _("We said that this text did not arrive; the provider says that it did."),
        _("Nothing: it now stands as arrived."),
    )
