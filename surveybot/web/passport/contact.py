"""On the opened passport: the student's own email and mobile, and how they are proven."""

from collections.abc import Mapping
from typing import Any

from flask import abort, request

from surveybot.rules.delivery.channels import RouteKind
from surveybot.steps.roster.change_contact import ask_again, contact_of, remove_contact
from surveybot.steps.roster.prove_contact import Given
from surveybot.web import doors
from surveybot.web.doors import LinkVisit
from surveybot.web.holder import Holder
from surveybot.web.language import gettext as _
from surveybot.web.own_contact import BECAME, OWN, give_typed, read_contact, refused_here
from surveybot.web.passport import blueprint
from surveybot.web.passport.changes import receipt
from surveybot.web.passport.inside import inside_page
from surveybot.web.passport.new_link import while_it_works


@blueprint.post("/see/contact", endpoint="change_contact")
@doors.passport
@while_it_works
def contact(visit: LinkVisit, holder: Holder) -> Any:
    """Ask at a new address whether it is theirs; an emptied one is removed."""
    if holder.is_parent:
        abort(404)
    typed = {kind: request.form.get(kind, "").strip() for kind in OWN}
    known, errors = read_contact(typed, drama_numbers=visit.house.settings.demo)
    changed = _changed(visit, holder, known)
    errors |= refused_here(visit.session, holder.student, changed)
    if errors:
        return inside_page(
            visit, holder, errors={str(kind): what for kind, what in errors.items()}, typed=typed
        )
    said = give_typed(visit.session, holder.student, changed, now=visit.now)
    removed = [
        remove_contact(visit.session, student=holder.student, kind=kind, now=visit.now)
        for kind, address in changed.items()
        if not address
    ]
    if any(removed):
        said.append(_("We have removed what you took out."))
    return receipt(visit, holder, _("Your contact details"), *(said or [_("They are the same as before.")]))


@blueprint.post("/see/again", endpoint="prove_again")
@doors.passport
@while_it_works
def again(visit: LinkVisit, holder: Holder) -> Any:
    """Send the message once more that asks whether an address is theirs."""
    if holder.is_parent:
        abort(404)
    kinds = [kind for kind in OWN if kind in request.form.getlist("again")]
    if not kinds:
        return inside_page(visit, holder, errors={"again": _("Choose where to send it")})
    given = {
        kind: ask_again(visit.session, student=holder.student, kind=kind, now=visit.now) for kind in kinds
    }
    said = [BECAME[kind, how] for kind, how in given.items() if how not in (None, Given.SAME)]
    return receipt(visit, holder, _("Your contact details"), *(said or [_("They are the same as before.")]))


def _changed(visit: LinkVisit, holder: Holder, known: Mapping[RouteKind, str]) -> dict[RouteKind, str]:
    """Without what stands on the page already: saving it all again asks nowhere twice."""
    shown = contact_of(visit.session, holder.student)
    return {kind: address for kind, address in known.items() if address != shown[kind].newest}
