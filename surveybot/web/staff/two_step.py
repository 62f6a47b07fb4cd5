"""The second step before an export: set up a phone once, then six digits per session."""

from typing import Any
from urllib.parse import quote

from flask import Blueprint, flash, redirect, render_template, request
from wtforms import StringField
from wtforms.validators import InputRequired

from surveybot.files.qr_picture import qr_svg
from surveybot.rules.calendar.dates_in_words import LONDON
from surveybot.rules.second_step import setup_address
from surveybot.steps.staff.second_step import (
    Proof,
    Verdict,
    begin_second_step,
    confirm_second_step,
    prove_second_step,
)
from surveybot.web import doors
from surveybot.web.doors import LEADERS
from surveybot.web.forms import StaffForm
from surveybot.web.language import gettext as _
from surveybot.web.staff.coming_back import safe_next

blueprint = Blueprint("staff_two_step", __name__)


class CodeForm(StaffForm):
    code = StringField(
        _("The six digits that your app shows now"), validators=[InputRequired(_("Write the six digits"))]
    )


@blueprint.get("/staff/two-step")
@doors.staff(*LEADERS)
def verify(visit: doors.StaffVisit) -> Any:
    if visit.staff.totp_confirmed_at is None:
        return redirect(_set_up_address())
    return _code_page(visit, CodeForm(formdata=None))


@blueprint.post("/staff/two-step")
@doors.staff(*LEADERS)
def check(visit: doors.StaffVisit) -> Any:
    form = CodeForm()
    if visit.staff.totp_confirmed_at is None:
        return redirect("/staff/two-step/set-up")
    if not form.validate():
        return _code_page(visit, form), 422
    proof = prove_second_step(visit.session, visit.staff, str(form.code.data), now=visit.now)
    if proof.verdict is not Verdict.RIGHT:
        form.code.errors = [_why_not(proof)]
        return _code_page(visit, form), 422
    doors.prove_second_step(visit.now)
    return redirect(safe_next(request.args.get("next")))


@blueprint.get("/staff/two-step/set-up")
@doors.staff(*LEADERS)
def set_up(visit: doors.StaffVisit) -> Any:
    if visit.staff.totp_confirmed_at is not None:
        return redirect("/staff/two-step")
    return _set_up_page(visit, CodeForm(formdata=None))


@blueprint.post("/staff/two-step/set-up")
@doors.staff(*LEADERS)
def confirm(visit: doors.StaffVisit) -> Any:
    if visit.staff.totp_confirmed_at is not None:
        return redirect("/staff/two-step")
    if visit.staff.totp_secret is None:
        begin_second_step(visit.staff)
        return redirect(_set_up_address())
    form = CodeForm()
    if not form.validate():
        return _set_up_page(visit, form), 422
    proof = confirm_second_step(visit.session, visit.staff, str(form.code.data), now=visit.now)
    if proof.verdict is not Verdict.RIGHT:
        form.code.errors = [_why_not(proof)]
        return _set_up_page(visit, form), 422
    doors.prove_second_step(visit.now)
    flash(_("Your phone is set up. You need it again before an export."), "done")
    return redirect(safe_next(request.args.get("next")))


def _set_up_address() -> str:
    """The set-up, with the whole page to come back to: its query too."""
    return f"/staff/two-step/set-up?next={quote(safe_next(request.args.get('next')), safe='')}"


def _code_page(visit: doors.StaffVisit, form: CodeForm) -> str:
    return render_template("staff/two_step.html", visit=visit, form=form)


def _set_up_page(visit: doors.StaffVisit, form: CodeForm) -> str:
    secret = visit.staff.totp_secret
    address = secret and setup_address(secret, email=visit.staff.email, school=visit.school.name)
    return render_template(
        "staff/two_step_set_up.html",
        visit=visit,
        form=form,
        picture=address and qr_svg(address, title=_("QR code for your authenticator app")),
        secret=secret and " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
    )


def _why_not(proof: Proof) -> str:
    if proof.verdict is Verdict.WAIT and proof.wait_until is not None:
        return _("Too many wrong codes. Try again after %s.") % f"{proof.wait_until.astimezone(LONDON):%H:%M}"
    return _("That code is wrong, or was used already. Wait for the next one and write that.")
