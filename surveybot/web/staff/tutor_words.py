"""One student of a tutor's list: say what you know, ask for help, pass them to an adviser, take it back."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request
from wtforms import DateField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from surveybot.records.destination.providers import find_by_name, near, suggest
from surveybot.records.report.tutor_progress import summer_of
from surveybot.records.roster.students import Student
from surveybot.records.round.tutor_rounds import heard_of, newest_destinations, unknown_student
from surveybot.records.staff import StaffMember, staff_of_school
from surveybot.rules.answer.answer_facts import MONTHS
from surveybot.rules.calendar.dates_in_words import london_date, say_on
from surveybot.rules.destination.destination_kinds import years_of_choice
from surveybot.rules.plain_text import clean
from surveybot.rules.plan.unknown_destinations import NOT_SURE, HowKnown, TutorWord, why_unknown
from surveybot.rules.roster.people import StaffRole, StudentState
from surveybot.rules.school_settings import SchoolSettings
from surveybot.rules.survey.neutral_order import LAST, OWN_SIXTH_FORM
from surveybot.rules.survey.questionnaire import in_language
from surveybot.steps.tutor_rounds.say import Known, OnList, pass_on, take_back, tell
from surveybot.web import doors
from surveybot.web.doors import StaffVisit
from surveybot.web.forms import MOST_LETTERS, StaffForm
from surveybot.web.language import gettext as _
from surveybot.web.staff.scope import asks_tutors, round_here, student_here, survey_of
from surveybot.web.staff.tutor_pages import done_of, takes_words, why_in_words

blueprint = Blueprint("staff_tutor_words", __name__)

AS_WRITTEN = "as-written"
TOO_LONG = _("Write at most %s letters")
MOST_NOTE = 300
OF_SOMEBODY_ELSE = {"rather_not_say": _("Would rather not say"), "self_employed": _("Self-employed")}
"""Kinds whose own words are those of the student."""


class KnownForm(StaffForm):
    """What, how and when. `meant` stands on the page only where the name of a place is not clear."""

    kind = SelectField(
        _("What is this student doing now?"), validators=[InputRequired(_("Choose what they are doing"))]
    )
    provider = StringField(
        _("Where? The college, school or employer"),
        validators=[Length(max=MOST_LETTERS, message=TOO_LONG % MOST_LETTERS)],
    )
    meant = RadioField(_("Which place do you mean?"), validators=[Optional()], validate_choice=True)
    course = StringField(
        _("Course or job, if you know it"),
        validators=[Length(max=MOST_LETTERS, message=TOO_LONG % MOST_LETTERS)],
    )
    since = SelectField(_("Since when, if you know it"), default="")
    how = RadioField(_("How do you know?"), validators=[InputRequired(_("Choose how you know it"))])
    learned = DateField(_("When did you hear it?"), validators=[InputRequired(_("Write the day"))])


class HelpForm(StaffForm):
    note = TextAreaField(
        _("Anything that helps to find out (you may leave it empty)"),
        validators=[Length(max=MOST_NOTE, message=TOO_LONG % MOST_NOTE)],
    )


class PassForm(StaffForm):
    to = RadioField(_("To whom?"), validators=[InputRequired(_("Choose who shall follow it up"))])
    why = TextAreaField(
        _("A short note: why, and what you have tried"),
        validators=[
            InputRequired(_("Write a short note")),
            Length(max=MOST_NOTE, message=TOO_LONG % MOST_NOTE),
        ],
    )


@blueprint.get("/staff/rounds/<code>/mine/<student_code>")
@doors.staff()
def ask(visit: StaffVisit, code: str, student_code: str) -> str:
    return _page(visit, _on_list(visit, code, student_code))


@blueprint.post("/staff/rounds/<code>/mine/<student_code>")
@doors.staff()
def say(visit: StaffVisit, code: str, student_code: str) -> Any:
    one = _on_list(visit, code, student_code)
    form = _known_form(visit, one)
    if not form.validate() or not _is_clear(visit, one, form):
        return _page(visit, one, known=form), 422
    assert form.learned.data is not None
    meant = form.meant.data if form.meant.data not in (None, "", AS_WRITTEN) else form.provider.data
    known = Known(
        destination=str(form.kind.data),
        how=HowKnown(form.how.data),
        learned_on=form.learned.data,
        provider=clean(meant or ""),
        course=clean(form.course.data or ""),
        started_month=MONTHS.get(str(form.since.data)),
    )
    told = tell(visit.session, one, known, now=visit.now)
    return _thanks(visit, one, new=told)


@blueprint.post("/staff/rounds/<code>/mine/<student_code>/help")
@doors.staff()
def ask_for_help(visit: StaffVisit, code: str, student_code: str) -> Any:
    """ "I do not know": the careers leader takes it on."""
    one, form = _on_list(visit, code, student_code), HelpForm()
    if not form.validate():
        return _page(visit, one, help_form=form), 422
    note = clean(form.note.data or "")
    return _passed_on(visit, one, to=None, note=note)


@blueprint.post("/staff/rounds/<code>/mine/<student_code>/pass-on")
@doors.staff()
def pass_to(visit: StaffVisit, code: str, student_code: str) -> Any:
    one, form = _on_list(visit, code, student_code), _pass_form(visit)
    if not form.validate():
        return _page(visit, one, pass_form=form), 422
    to = next(member for member in _advisers(visit) if str(member.id) == form.to.data)
    note = clean(form.why.data or "")
    return _passed_on(visit, one, to=to, note=note)


def _passed_on(visit: StaffVisit, one: OnList, *, to: StaffMember | None, note: str) -> Any:
    calendar = visit.house.catalogue.calendar_at(visit.school.settings)
    return _thanks(visit, one, new=pass_on(visit.session, calendar, one, to=to, note=note, now=visit.now))


@blueprint.post("/staff/rounds/<code>/mine/<student_code>/take-back")
@doors.staff()
def undo(visit: StaffVisit, code: str, student_code: str) -> Any:
    one = _on_list(visit, code, student_code)
    if take_back(visit.session, one, now=visit.now):
        flash(
            _("%s is back on the list. What stood there before stays on record.") % one.student.full_name,
            "done",
        )
    return redirect(f"/staff/rounds/{one.row.code}/mine")


def _on_list(visit: StaffVisit, code: str, student_code: str) -> OnList:
    """A student of this round whom this person may see; else a 404."""
    row, student = round_here(visit, code), student_here(visit, student_code)
    if not asks_tutors(visit, row) or not takes_words(visit, row):
        abort(404)
    unknown = unknown_student(visit.session, row.id or 0, student.id or 0)
    if unknown is None or student.state is StudentState.DECEASED:
        abort(404)
    return OnList(row, unknown, student, visit.staff)


def _known_form(visit: StaffVisit, one: OnList, *, posted: bool = True) -> KnownForm:
    form = KnownForm() if posted else KnownForm(formdata=None)
    form.kind.choices = [SelectChoice("", _("Choose one")), *_kinds(visit, one.student)]
    names = _alike(visit, form) if posted else []
    form.meant.choices = [
        *(SelectChoice(name, name) for name in names),
        SelectChoice(AS_WRITTEN, _("Another place: keep it as I wrote it")),
    ]
    form.since.choices = [
        SelectChoice("", _("I do not know")),
        *(SelectChoice(name, name.capitalize()) for name in _from_september()),
    ]
    form.how.choices = _how(visit, one)
    if not posted:
        form.learned.data = london_date(visit.now)
    return form


def _from_september() -> list[str]:
    names = list(MONTHS)
    return names[8:] + names[:8]


def _kinds(visit: StaffVisit, student: Student) -> list[SelectChoice]:
    """By name, so that none is favoured; "not sure" is what the second form says."""
    today = london_date(visit.now)
    years = years_of_choice(student.year_group, born=student.date_of_birth, on=today)
    own = SchoolSettings.from_stored(visit.school.settings).sixth_form
    offered = [
        kind
        for kind in visit.house.catalogue.destination_kinds.values()
        if kind.offered(years) and kind.key != NOT_SURE and (own or kind.key != OWN_SIXTH_FORM)
    ]
    words = {kind.key: OF_SOMEBODY_ELSE.get(kind.key, kind.label_in("en")) for kind in offered}
    return [SelectChoice(key, words[key]) for key in sorted(words, key=lambda key: (key in LAST, words[key]))]


def _how(visit: StaffVisit, one: OnList) -> list[SelectChoice]:
    """The choices in the words of the questionnaire."""
    survey = survey_of(visit, one.row.survey)
    question = next(question for question in survey.questions if question.id == "how")
    return [SelectChoice(choice.value, in_language(choice.label, "en")) for choice in question.choices]


def _alike(visit: StaffVisit, form: KnownForm) -> list[str]:
    """Names of the directory that may be meant, where the one that was written is none of them."""
    written = clean(form.provider.data or "")
    if not written or find_by_name(visit.session, written) is not None:
        return []
    aliases = visit.house.catalogue.provider_aliases
    la = SchoolSettings.from_stored(visit.school.settings).la
    return [provider.name for provider in suggest(visit.session, written, aliases=aliases, la=la)]


def _is_clear(visit: StaffVisit, one: OnList, form: KnownForm) -> bool:
    """A day of this academic year until today, and a place that is not open to doubt."""
    assert form.learned.data is not None
    today, first = london_date(visit.now), date(summer_of(one.row) - 1, 9, 1)
    if form.learned.data > today:
        form.learned.errors = [_("Write a day that is not to come")]
    elif form.learned.data < first:
        form.learned.errors = [
            _("Write a day since %s: what was heard before may have changed") % say_on(first)
        ]
    if len(form.meant.choices) > 1 and not form.meant.data:
        form.meant.errors = [_("Choose the place that you mean")]
    return not form.errors


def _pass_form(visit: StaffVisit, *, posted: bool = True) -> PassForm:
    form = PassForm() if posted else PassForm(formdata=None)
    form.to.choices = [SelectChoice(str(member.id), member.name) for member in _advisers(visit)]
    return form


def _advisers(visit: StaffVisit) -> list[StaffMember]:
    """The advisers of the school, but not oneself; where there is none, the careers leaders."""
    posts = staff_of_school(visit.session, visit.school_id)
    for role in (StaffRole.ADVISER, StaffRole.CAREERS_LEADER):
        found = {member.id: member for member, post in posts if post.role is role}
        found.pop(visit.staff.id, None)
        if found:
            return list(found.values())
    return []


def _thanks(visit: StaffVisit, one: OnList, *, new: bool) -> Any:
    """Back to the list, with how far it is; the same page sent twice says the same."""
    done, total = done_of(visit, one.row)
    if new and total:
        flash(_("Thank you. %(done)s of %(total)s done.") % {"done": done, "total": total}, "done")
    elif new:
        flash(_("Thank you. It is written down."), "done")
    else:
        flash(_("This was written down already. Take it back first to change it."), "note")
    return redirect(f"/staff/rounds/{one.row.code}/mine")


def _page(
    visit: StaffVisit,
    one: OnList,
    *,
    known: KnownForm | None = None,
    help_form: HelpForm | None = None,
    pass_form: PassForm | None = None,
) -> str:
    assert one.student.id is not None
    why = why_unknown(
        heard_of(visit.session, [one.student.id]).get(one.student.id, ()), summer=summer_of(one.row)
    )
    last = newest_destinations(visit.session, [one.student.id]).get(one.student.id)
    return render_template(
        "staff/tutors/student.html",
        visit=visit,
        row=one.row,
        student=one.student,
        words=why_in_words(visit, why, last) if why else _("Known by now"),
        is_told=one.unknown.word is TutorWord.TOLD,
        is_passed=one.unknown.word is not None,
        known=known or _known_form(visit, one, posted=False),
        help_form=help_form or HelpForm(formdata=None),
        pass_form=pass_form or _pass_form(visit, posted=False),
        near=_near(visit),
        posted=request.method == "POST",
    )


def _near(visit: StaffVisit) -> Sequence[str]:
    settings = SchoolSettings.from_stored(visit.school.settings)
    la_name = visit.house.catalogue.local_authorities.get(settings.la, "")
    found = near(visit.session, la=settings.la, la_name=la_name, own_urn=visit.school.urn)
    return [provider.name for provider in found]
