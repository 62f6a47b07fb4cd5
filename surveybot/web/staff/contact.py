"""Staff type in an email or mobile that a student tells them, or ask again whether one is theirs."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request
from wtforms import StringField

from surveybot.records.answer.contact_proofs import ContactProof, proofs_of
from surveybot.records.audit import note_deed
from surveybot.records.roster.students import Route, Student
from surveybot.rules.delivery.channels import RouteKind
from surveybot.rules.roster.contact_proof import ProofMethod, ProofState
from surveybot.rules.roster.people import StudentState
from surveybot.steps.roster.change_contact import ask_again, contact_of
from surveybot.steps.roster.prove_contact import Given
from surveybot.web import doors
from surveybot.web.doors import StaffVisit
from surveybot.web.forms import StaffForm
from surveybot.web.language import gettext as _
from surveybot.web.own_contact import OWN, give_by_staff, read_contact, refused_here
from surveybot.web.staff import plain_words
from surveybot.web.staff.scope import student_here

blueprint = Blueprint("staff_contact", __name__)

GIVEN = {
    Given.ASKED: (_("%s: a message is on its way there."), "done"),
    Given.SAME: (_("%s: it is proven already."), "note"),
    Given.TOO_OFTEN: (_("%s: asked there lately. Ask again in an hour; three times a day at most."), "note"),
    Given.STOPPED: (_("%s: whoever has it has told us to stop, so nothing can be sent."), "problem"),
}
STATES: dict[ProofState, plain_words.Tag] = {
    ProofState.OPEN: (_("Waits for an answer"), "wait"),
    ProofState.EXPIRED: (_("Nobody answered"), "warn"),
    ProofState.NOT_THEIRS: (_("Not theirs, said somebody there"), "bad"),
}
ASK = {
    RouteKind.MOBILE: _("Ask by text whether the mobile is theirs"),
    RouteKind.PERSONAL_EMAIL: _("Ask by email whether the email is theirs"),
}
HOW = {
    ProofMethod.LINK: _("by the link we sent there, "),
    ProofMethod.REPLY: _("by a reply from there, "),
}
LIST = "/staff/reachability"


class ContactForm(StaffForm):
    personal_email = StringField(_("Personal email"))
    mobile = StringField(_("Mobile"))


@blueprint.get("/staff/students/<code>/contact")
@doors.staff()
def ask(visit: StaffVisit, code: str) -> str:
    return _page(visit, _living(visit, code), ContactForm(formdata=None))


@blueprint.post("/staff/students/<code>/contact")
@doors.staff()
def take(visit: StaffVisit, code: str) -> Any:
    student = _living(visit, code)
    form = ContactForm()
    typed = {kind: str(form[kind.value].data or "").strip()[:300] for kind in OWN}
    if not any(typed.values()):
        return _page(visit, student, form, [_("Type an email or a mobile number")]), 422
    known, wrong = read_contact(typed, drama_numbers=visit.house.settings.demo)
    wrong |= refused_here(visit.session, student, known)
    for kind, what in wrong.items():
        form[kind.value].errors = [what]
    if wrong:
        return _page(visit, student, form), 422
    given = give_by_staff(visit.session, student, known, staff_id=visit.staff.id, now=visit.now)
    for kind, how in given.items():
        _say(kind, how)
    return redirect(f"/staff/students/{student.code}")


@blueprint.post("/staff/students/<code>/prove")
@doors.staff()
def prove(visit: StaffVisit, code: str) -> Any:
    """Ask again; a list that the button stood in is come back to."""
    student = _living(visit, code)
    kind = next((kind for kind in OWN if kind == request.form.get("kind")), None)
    how = (
        ask_again(visit.session, student=student, kind=kind, staff_id=visit.staff.id, now=visit.now)
        if kind
        else None
    )
    if kind is None or how is None:
        flash(_("There is no address to ask about."), "note")
    else:
        _say(kind, how)
        note_deed(
            visit.session,
            "contact_asked",
            at=visit.now,
            school_id=visit.school_id,
            staff_id=visit.staff.id,
            subject=student.code,
            details={"kind": kind},
        )
    back = request.form.get("back", "")
    return redirect(
        back if back == LIST or back.startswith(f"{LIST}?") else f"/staff/students/{student.code}"
    )


def routes_for_page(visit: StaffVisit, student: Student, routes: list[Route]) -> dict[str, Any]:
    """What the student's page says about each address: how it was proven, and what waits."""
    assert student.id is not None
    proofs = proofs_of(visit.session, student.id)
    standing = contact_of(visit.session, student)
    return {
        "proofs": [one for one in proofs if one.state(visit.now) in STATES],
        "proof_states": STATES,
        "proven_by": {route.id: _how(route, proofs) for route in routes},
        "can_ask": {kind: label for kind, label in ASK.items() if standing[kind].can_prove},
    }


def _how(route: Route, proofs: list[ContactProof]) -> str:
    proof = next((one for one in proofs if one.proven_at and one.address == route.address), None)
    return HOW[proof.method] if proof and proof.method else ""


def _say(kind: RouteKind, how: Given) -> None:
    words, tone = GIVEN[how]
    flash(words % plain_words.ROUTE_KINDS[kind], tone)


def _living(visit: StaffVisit, code: str) -> Student:
    student = student_here(visit, code)
    if student.state is StudentState.DECEASED:
        abort(404)
    return student


def _page(visit: StaffVisit, student: Student, form: ContactForm, problems: list[str] | None = None) -> str:
    return render_template(
        "staff/contact.html", visit=visit, student=student, form=form, problems=problems or []
    )
