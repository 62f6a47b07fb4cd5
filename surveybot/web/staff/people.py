"""Who the staff of a school are: add somebody, take a role away, reset a lost phone."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template
from wtforms import RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Regexp

from surveybot.records.audit import note_deed
from surveybot.records.roster.student_lists import tutor_groups_of
from surveybot.records.staff import StaffMember, StaffPost, staff_of_school
from surveybot.rules.roster.people import StaffRole
from surveybot.steps.staff.second_step import forget_second_step
from surveybot.steps.staff.staff_posts import LastLeader, add_post, remove_post
from surveybot.web import doors
from surveybot.web.doors import LEADERS, StaffVisit
from surveybot.web.forms import StaffForm
from surveybot.web.language import gettext as _
from surveybot.web.staff.plain_words import ROLES

blueprint = Blueprint("staff_people", __name__)


class StaffMemberForm(StaffForm):
    name = StringField(_("Name"), validators=[DataRequired(_("Write a name")), Length(max=200)])
    email = StringField(
        _("School email address"),
        validators=[
            InputRequired(_("Write an email address")),
            Length(max=254),
            Regexp(r"\s*[^@\s]+@[^@\s]+\.[^@\s]+\s*$", message=_("Write an address like name@school.org")),
        ],
    )
    role = RadioField(
        _("Role"),
        choices=[SelectChoice(role.value, words) for role, words in ROLES.items()],
        validators=[InputRequired(_("Choose a role"))],
    )
    tutor_group = SelectField(_("Tutor group"), validate_choice=False)


class RemoveForm(StaffForm):
    sure = RadioField(
        _("Do you want to take this role away?"),
        choices=[SelectChoice("yes", _("Yes, take it away")), SelectChoice("no", _("No, keep it"))],
        validators=[InputRequired(_("Choose yes or no"))],
    )


@blueprint.get("/staff/settings/staff")
@doors.staff(*LEADERS)
def people(visit: StaffVisit) -> str:
    return _people_page(visit, _member_form(visit, empty=True))


@blueprint.post("/staff/settings/staff")
@doors.staff(*LEADERS)
def add(visit: StaffVisit) -> Any:
    form = _member_form(visit)
    valid = form.validate()
    if form.role.data == StaffRole.TUTOR and not form.tutor_group.data:
        form.tutor_group.errors = [_("Choose the tutor's group")]
        valid = False
    if not valid:
        return _people_page(visit, form), 422
    role = StaffRole(form.role.data)
    staff = add_post(
        visit.session,
        email=str(form.email.data),
        name=str(form.name.data),
        school_id=visit.school_id,
        role=role,
        tutor_group=str(form.tutor_group.data or "") if role is StaffRole.TUTOR else "",
        now=visit.now,
    )
    _note(visit, "staff_added", str(staff.id), {"role": role})
    flash(_("%s can sign in now, with an emailed link.") % staff.name, "done")
    return redirect("/staff/settings/staff")


@blueprint.get("/staff/settings/staff/<int:post_id>")
@doors.staff(*LEADERS)
def person(visit: StaffVisit, post_id: int) -> str:
    staff, post = _the_post(visit, post_id)
    return _person_page(visit, staff, post, RemoveForm(formdata=None))


@blueprint.post("/staff/settings/staff/<int:post_id>/remove")
@doors.staff(*LEADERS)
def remove(visit: StaffVisit, post_id: int) -> Any:
    staff, post = _the_post(visit, post_id)
    form = RemoveForm()
    if not form.validate():
        return _person_page(visit, staff, post, form), 422
    if form.sure.data == "no":
        return redirect("/staff/settings/staff")
    try:
        remove_post(visit.session, staff, post)
    except LastLeader:
        form.sure.errors = [_("This is the last careers leader or administrator: add another one first")]
        return _person_page(visit, staff, post, form), 422
    _note(visit, "staff_removed", str(staff.id), {"role": post.role})
    flash(_("The role is taken away, and every open session of that person has ended."), "done")
    return redirect("/staff/settings/staff")


@blueprint.post("/staff/settings/staff/<int:post_id>/new-phone")
@doors.staff(*LEADERS)
def new_phone(visit: StaffVisit, post_id: int) -> Any:
    staff, post = _the_post(visit, post_id)
    if staff.id == visit.staff.id:
        abort(403)  # whoever holds a stolen session must not be able to take the second step away
    forget_second_step(staff)
    _note(visit, "second_step_reset", str(staff.id), {"role": post.role})
    flash(_("%s sets up a phone again before the next export.") % staff.name, "done")
    return redirect("/staff/settings/staff")


def _member_form(visit: StaffVisit, *, empty: bool = False) -> StaffMemberForm:
    form = StaffMemberForm(formdata=None) if empty else StaffMemberForm()
    groups = tutor_groups_of(visit.session, visit.school_id)
    form.tutor_group.choices = [
        SelectChoice("", _("None")),
        *(SelectChoice(group, group) for group in groups),
    ]
    return form


def _people_page(visit: StaffVisit, form: StaffMemberForm) -> str:
    found = staff_of_school(visit.session, visit.school_id)
    return render_template("staff/people.html", visit=visit, form=form, found=found, roles=ROLES)


def _person_page(visit: StaffVisit, staff: StaffMember, post: StaffPost, form: RemoveForm) -> str:
    return render_template("staff/person.html", visit=visit, member=staff, post=post, form=form, roles=ROLES)


def _the_post(visit: StaffVisit, post_id: int) -> tuple[StaffMember, StaffPost]:
    post = visit.session.get(StaffPost, post_id)
    staff = visit.session.get(StaffMember, post.staff_id) if post else None
    if post is None or staff is None or post.school_id != visit.school_id:
        abort(404)
    return staff, post


def _note(visit: StaffVisit, deed: str, subject: str, details: dict[str, Any]) -> None:
    note_deed(
        visit.session,
        deed,
        at=visit.now,
        school_id=visit.school_id,
        staff_id=visit.staff.id,
        subject=subject,
        details=details,
    )
