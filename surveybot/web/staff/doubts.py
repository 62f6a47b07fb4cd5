"""Messages that may have gone out or not, and nobody can say: staff decide, and say why."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template
from wtforms import RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired, Length

from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.doubts import left_in_doubt
from surveybot.records.roster.students import Student
from surveybot.steps.sending.settle_doubt import (
    PATIENCE,
    Decision,
    NoLongerInDoubt,
    is_left_in_doubt,
    settle_doubt,
)
from surveybot.web import doors
from surveybot.web.doors import LEADERS, StaffVisit
from surveybot.web.forms import StaffForm
from surveybot.web.language import gettext as _
from surveybot.web.staff.plain_words import step_in_words

blueprint = Blueprint("staff_doubts", __name__)
MOST = 200


class DoubtForm(StaffForm):
    decision = RadioField(
        _("What shall happen?"),
        choices=[
            SelectChoice(Decision.AGAIN, _("Send it again: they may get it twice")),
            SelectChoice(Decision.LEAVE, _("Leave it: they may not have got it")),
        ],
        validators=[InputRequired(_("Choose one"))],
    )
    why = StringField(
        _("Why?"),
        validators=[
            InputRequired(_("Say why, in a few words")),
            Length(max=200, message=_("Write at most 200 letters")),
        ],
    )


def waiting_doubts(visit: StaffVisit) -> list[tuple[Delivery, Student | None]]:
    before = visit.now - PATIENCE
    return left_in_doubt(visit.session, visit.school_id, composed_before=before, limit=MOST)


@blueprint.get("/staff/doubts")
@doors.staff(*LEADERS)
def listed(visit: StaffVisit) -> str:
    return render_template("staff/doubts.html", visit=visit, rows=waiting_doubts(visit), step=step_in_words)


@blueprint.get("/staff/deliveries/<int:delivery_id>/doubt")
@doors.staff(*LEADERS)
def doubt(visit: StaffVisit, delivery_id: int) -> str:
    return _page(visit, _in_doubt(visit, delivery_id), DoubtForm(formdata=None))


@blueprint.post("/staff/deliveries/<int:delivery_id>/doubt")
@doors.staff(*LEADERS)
def settle(visit: StaffVisit, delivery_id: int) -> Any:
    row, form = _in_doubt(visit, delivery_id), DoubtForm()
    if not form.validate():
        return _page(visit, row, form), 422
    decision, me = Decision(form.decision.data), visit.staff.id or 0
    why = (form.why.data or "").strip()
    try:
        settle_doubt(visit.session, delivery_id, decision, why=why, staff_id=me, now=visit.now)
    except NoLongerInDoubt:
        flash(_("News of this message came in meanwhile: nothing was changed."), "problem")
        return redirect("/staff/doubts")
    again = decision is Decision.AGAIN
    flash(_("It goes out once more.") if again else _("It is left as it is."), "done")
    return redirect("/staff/doubts")


def _in_doubt(visit: StaffVisit, delivery_id: int) -> Delivery:
    row = visit.session.get(Delivery, delivery_id)
    if row is None or row.school_id != visit.school_id or not is_left_in_doubt(row, now=visit.now):
        abort(404)
    return row


def _page(visit: StaffVisit, row: Delivery, form: DoubtForm) -> str:
    student = visit.session.get(Student, row.student_id) if row.student_id else None
    return render_template(
        "staff/doubt.html", visit=visit, row=row, student=student, form=form, step=step_in_words
    )
