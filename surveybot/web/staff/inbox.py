"""The inbox: texts that need a person, each beside its student; and who has asked for help.

What is about safeguarding is seen by those who lead and by the safeguarding lead, never by tutors.
"""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request
from wtforms import RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from surveybot.records.answer.answers import answers_of
from surveybot.records.answer.worries import waiting_worries
from surveybot.records.follow_ups import HelpRequest, open_requests, passed_on_with
from surveybot.records.roster.students import Student, find_student
from surveybot.records.texting.text_inbox import staff_replies_to, texts_about, waiting_texts
from surveybot.records.texting.texts import InboundText
from surveybot.rules.delivery.may_ask import SKIP_IN_WORDS
from surveybot.rules.short_codes import read_code
from surveybot.steps.texting.inbox import (
    LONGEST_REPLY,
    CannotAnswer,
    answer_text,
    close_text,
    decide_hold,
    end_help_request,
    file_text,
    is_held,
    why_no_answer,
)
from surveybot.web import doors
from surveybot.web.doors import StaffVisit
from surveybot.web.forms import StaffForm
from surveybot.web.language import gettext as _
from surveybot.web.staff import plain_words, text_words
from surveybot.web.staff.answer_words import answer_in_words
from surveybot.web.staff.comparison import new_findings
from surveybot.web.staff.doubts import waiting_doubts
from surveybot.web.staff.scope import in_groups, sees_worries, survey_title, words_kept_back
from surveybot.web.staff.tables import PER_PAGE, TableView
from surveybot.web.staff.worries import worry_of_another_school

blueprint = Blueprint("staff_inbox", __name__)


class AnswerForm(StaffForm):
    words = TextAreaField(
        _("Your text"),
        validators=[
            DataRequired(_("Write your text")),
            Length(max=LONGEST_REPLY, message=_("Write at most 300 letters")),
        ],
    )


class FileForm(StaffForm):
    code = StringField(
        _("The student's code"), validators=[InputRequired(_("Write a code that begins with S-"))]
    )


class HoldForm(StaffForm):
    stop = RadioField(
        _("Does this person want the texts to stop?"),
        choices=[
            SelectChoice("yes", _("Yes, stop them")),
            SelectChoice("no", _("No, they may go on")),
        ],
        validators=[InputRequired(_("Choose yes or no"))],
    )


@blueprint.get("/staff/inbox")
@doors.staff()
def inbox(visit: StaffVisit) -> str:
    table = TableView.read("/staff/inbox", request.args, filters=(), sorts=("name",))
    rows, total = waiting_texts(
        visit.session,
        visit.school_id,
        tutor_groups=visit.tutor_groups,
        safeguarding=sees_worries(visit),
        limit=PER_PAGE,
        offset=table.offset,
    )
    requests = open_requests(visit.session, visit.school_id, tutor_groups=visit.tutor_groups)
    return render_template(
        "staff/inbox/list.html",
        visit=visit,
        rows=rows,
        table=table.holding(total),
        requests=len(requests),
        doubts=len(waiting_doubts(visit)) if visit.leads else 0,
        findings=new_findings(visit) if visit.leads else 0,
        worries=waiting_worries(visit.session, visit.school_id) if sees_worries(visit) else [],
        words=text_words,
    )


@blueprint.get("/staff/inbox/<int:text_id>")
@doors.staff()
def text(visit: StaffVisit, text_id: int) -> str:
    row = visit.session.get(InboundText, text_id)
    if row is not None and row.safeguarding and row.school_id != visit.school_id:
        return worry_of_another_school(visit, row)
    return _page(visit, text_here(visit, text_id))


@blueprint.post("/staff/inbox/<int:text_id>/hold")
@doors.staff()
def hold(visit: StaffVisit, text_id: int) -> Any:
    row, form = text_here(visit, text_id), HoldForm()
    if not form.validate():
        return _page(visit, row, hold=form), 422
    decide_hold(visit.session, row, is_stop=form.stop.data == "yes", staff_id=_me(visit), now=visit.now)
    flash(
        _("Texts to this number have stopped.")
        if form.stop.data == "yes"
        else _("Texts to this number go on."),
        "done",
    )
    return redirect("/staff/inbox")


@blueprint.post("/staff/inbox/<int:text_id>/answer")
@doors.staff()
def answer(visit: StaffVisit, text_id: int) -> Any:
    row, form = text_here(visit, text_id), AnswerForm()
    if not form.validate():
        return _page(visit, row, answer=form), 422
    try:
        answer_text(visit.session, row, form.words.data.strip(), staff_id=_me(visit), now=visit.now)
    except CannotAnswer as refusal:
        flash(f"{_('No text was sent.')} {SKIP_IN_WORDS[refusal.reason]}.", "problem")
        return redirect(f"/staff/inbox/{row.id}")
    flash(_("Your text is on its way."), "done")
    return redirect("/staff/inbox")


@blueprint.post("/staff/inbox/<int:text_id>/file")
@doors.staff()
def file(visit: StaffVisit, text_id: int) -> Any:
    row, form = text_here(visit, text_id), FileForm()
    student = find_student(visit.session, read_code(form.code.data or "")) if form.validate() else None
    if student is None or student.school_id != visit.school_id or not in_groups(student, visit.tutor_groups):
        if not form.errors:
            form.code.errors = [_("There is no such student here")]
        return _page(visit, row, file=form), 422
    file_text(visit.session, row, student, staff_id=_me(visit), now=visit.now)
    flash(_("The text is with the student."), "done")
    return redirect("/staff/inbox")


@blueprint.post("/staff/inbox/<int:text_id>/close")
@doors.staff()
def close(visit: StaffVisit, text_id: int) -> Any:
    close_text(visit.session, text_here(visit, text_id), staff_id=_me(visit), now=visit.now)
    flash(_("The text is closed."), "done")
    return redirect("/staff/inbox")


@blueprint.get("/staff/inbox/help")
@doors.staff()
def help_requests(visit: StaffVisit) -> str:
    found = open_requests(visit.session, visit.school_id, tutor_groups=visit.tutor_groups)
    passed = passed_on_with(visit.session, [request.id for request, _student in found if request.id])
    return render_template("staff/inbox/help.html", visit=visit, requests=found, passed=passed)


@blueprint.post("/staff/inbox/help/<int:request_id>/done")
@doors.staff()
def help_done(visit: StaffVisit, request_id: int) -> Any:
    row = visit.session.get(HelpRequest, request_id)
    student = visit.session.get(Student, row.student_id) if row else None
    if row is None or row.school_id != visit.school_id or student is None:
        abort(404)
    if not in_groups(student, visit.tutor_groups):
        abort(404)
    end_help_request(visit.session, row, staff_id=_me(visit), now=visit.now)
    flash(_("Thank you. It is off the list."), "done")
    return redirect("/staff/inbox/help")


def text_here(visit: StaffVisit, text_id: int) -> InboundText:
    """A text of this school that this member of staff may see; else a 404."""
    row = visit.session.get(InboundText, text_id)
    if row is None or row.school_id != visit.school_id:
        abort(404)
    if row.safeguarding:
        return row if sees_worries(visit) else abort(404)
    student = visit.session.get(Student, row.student_id) if row.student_id else None
    if visit.tutor_groups is not None and (student is None or student.tutor_group not in visit.tutor_groups):
        abort(404)
    return row


def _me(visit: StaffVisit) -> int:
    assert visit.staff.id is not None
    return visit.staff.id


def _page(visit: StaffVisit, row: InboundText, **forms: StaffForm) -> str:
    """The text with what was written before, and its student beside it."""
    student = visit.session.get(Student, row.student_id) if row.student_id else None
    return render_template(
        "staff/inbox/text.html",
        visit=visit,
        text=row,
        student=student,
        thread=_thread(visit, row),
        replies=staff_replies_to(visit.session, row.student_id) if row.student_id else [],
        answers=_answers(visit, student) if student else [],
        held=is_held(visit.session, row),
        no_answer=why_no_answer(visit.session, row),
        why=SKIP_IN_WORDS,
        words=text_words,
        states=plain_words.STUDENT_STATES,
        hold=forms.get("hold", HoldForm(formdata=None)),
        answer=forms.get("answer", AnswerForm(formdata=None)),
        file=forms.get("file", FileForm(formdata=None)),
    )


def _thread(visit: StaffVisit, row: InboundText) -> list[InboundText]:
    """What the number wrote; a tutor does not read what another student wrote on a shared phone."""
    texts = texts_about(
        visit.session,
        visit.school_id,
        number=row.from_number,
        student_id=row.student_id,
        safeguarding=sees_worries(visit),
    )
    whole_school = visit.tutor_groups is None
    return [one for one in texts if whole_school or one.student_id in (None, row.student_id)]


def _answers(visit: StaffVisit, student: Student) -> list[tuple[str, Any, Any]]:
    """What the student said last in each survey: its name, the answer, and the answer in words."""
    assert student.id is not None
    newest: dict[int, Any] = {}
    for one in answers_of(visit.session, student.id):
        newest.setdefault(one.invitation_id, one)
    kept_back = words_kept_back(visit, student.id)
    return [
        (survey_title(one.survey), one, answer_in_words(visit.house.catalogue, one, kept_back=kept_back))
        for one in newest.values()
    ]
