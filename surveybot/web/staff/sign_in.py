"""Sign in by an emailed link, choose a school, sign out."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request
from flask import session as cookie
from wtforms import RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired, Regexp

from surveybot.links import LinkPurpose
from surveybot.records.schools import schools_by_id
from surveybot.records.staff import posts_of
from surveybot.steps.staff.sign_in import (
    OldLink,
    OtherAddress,
    ask_for_link,
    look_at_link,
    page_wanted,
    sign_in,
)
from surveybot.web import doors
from surveybot.web.forms import StaffForm, csrf
from surveybot.web.language import gettext as _
from surveybot.web.limits import within
from surveybot.web.staff.coming_back import HOME, safe_next

blueprint = Blueprint("staff_sign_in", __name__)

PER_PLACE = "60 per minute"  # a whole school stands behind one address
PER_ADDRESS = "5 per 15 minutes"
PER_LINK = "10 per 15 minutes"
_AN_ADDRESS = r"\s*[^@\s]+@[^@\s]+\.[^@\s]+\s*$"


class AskForm(StaffForm):
    email = StringField(
        _("Your school email address"),
        validators=[
            InputRequired(_("Write your school email address")),
            Regexp(_AN_ADDRESS, message=_("Write an email address, like name@school.example.org")),
        ],
    )


class AgainForm(StaffForm):
    email = StringField(
        _("Your school email address"),
        validators=[InputRequired(_("Write the email address that this link was sent to"))],
    )


class SchoolForm(StaffForm):
    school = RadioField(
        _("Which school do you want to work in?"), validators=[InputRequired(_("Choose a school"))]
    )


@blueprint.get("/staff/sign-in")
@doors.open_to_all
def ask(_visit: doors.Visit) -> Any:
    cookie["next"] = safe_next(request.args.get("next"))
    return render_template("staff/sign_in.html", form=AskForm(formdata=None))


@blueprint.post("/staff/sign-in")
@doors.open_to_all
def send(visit: doors.Visit) -> Any:
    csrf.protect()
    form = AskForm()
    if not form.validate():
        return render_template("staff/sign_in.html", form=form), 422
    if not within(PER_PLACE, "sign-in-place", request.remote_addr or ""):
        abort(429)
    email = str(form.email.data).strip().lower()
    if within(PER_ADDRESS, "sign-in-address", email):
        ask_for_link(visit.session, email, back_to=safe_next(cookie.get("next")), now=visit.now)
    return redirect("/staff/sign-in-sent")


@blueprint.get("/staff/sign-in-sent")
@doors.open_to_all
def sent(_visit: doors.Visit) -> str:
    return render_template("staff/sign_in_sent.html")


@blueprint.get("/staff/sign-in/<token>")
@doors.link(LinkPurpose.SIGN_IN)
def open_link(visit: doors.LinkVisit) -> Any:
    try:
        look_at_link(visit.link, now=visit.now)
    except OldLink:
        return _old_link()
    return render_template("staff/sign_in_again.html", form=AgainForm(formdata=None))


@blueprint.post("/staff/sign-in/<token>")
@doors.link(LinkPurpose.SIGN_IN)
def use_link(visit: doors.LinkVisit) -> Any:
    csrf.protect()
    form = AgainForm()
    if not form.validate():
        return render_template("staff/sign_in_again.html", form=form), 422
    if not within(PER_LINK, "sign-in-link", str(visit.link_id)):
        abort(429)
    try:
        staff = sign_in(visit.session, visit.link, str(form.email.data), now=visit.now)
    except OldLink:
        return _old_link()
    except OtherAddress:
        form.email.errors = [_("This link was sent to another email address. Write the one it came to.")]
        return render_template("staff/sign_in_again.html", form=form), 422
    assert staff.id is not None
    schools = {post.school_id for post in posts_of(visit.session, staff.id)}
    onward = _onward(visit)
    doors.begin_staff_session(staff, school_id=min(schools, default=None), now=visit.now)
    if len(schools) > 1:
        cookie.update(several_schools=True, next=onward)
        return redirect("/staff/school")
    return redirect(onward)


@blueprint.get("/staff/school")
@doors.staff()
def school(visit: doors.StaffVisit) -> str:
    return render_template("staff/school.html", visit=visit, form=_school_form(visit))


@blueprint.post("/staff/school")
@doors.staff()
def choose(visit: doors.StaffVisit) -> Any:
    form = _school_form(visit)
    if not form.validate():
        return render_template("staff/school.html", visit=visit, form=form), 422
    doors.choose_school(int(form.school.data))
    return redirect(cookie.pop("next", HOME))


@blueprint.post("/staff/sign-out")
@doors.staff()
def sign_out(visit: doors.StaffVisit) -> Any:
    """End every session of this person, on other devices too: a copied cookie is worth nothing."""
    visit.staff.session_generation += 1
    cookie.clear()
    return redirect("/staff/sign-in")


def _school_form(visit: doors.StaffVisit) -> SchoolForm:
    assert visit.staff.id is not None
    ids = {post.school_id for post in posts_of(visit.session, visit.staff.id)}
    form = SchoolForm()
    form.school.choices = [
        SelectChoice(str(number), school.name) for number, school in schools_by_id(visit.session, ids).items()
    ]
    return form


def _onward(visit: doors.LinkVisit) -> str:
    """Back to the page that they came from, on the same device or another."""
    here = safe_next(cookie.get("next"))
    return here if here != HOME else safe_next(page_wanted(visit.session, visit.link))


def _old_link() -> Any:
    return render_template("staff/sign_in_old.html"), 410
