"""What the school has from last time, on the page of a check-in: only after the birthday, and only for once.

There is no cookie on the way of an answer, so the birthday is asked each time and the page comes as the reply
to it. Tries are counted on the link, together with those of the consent page.
"""

from flask import Response, make_response, render_template, request
from werkzeug.datastructures import MultiDict

from surveybot.links import LinkPurpose
from surveybot.records.answer.asked import Asked
from surveybot.records.destination.destinations import last_known
from surveybot.records.round.invitations import (
    BIRTHDAY_TRIES,
    Audience,
    count_birthday_try,
    forget_birthday_tries,
)
from surveybot.rules.calendar.dates_in_words import london_date, say_on
from surveybot.rules.school_settings import SchoolSettings
from surveybot.web import doors
from surveybot.web.doors import LinkVisit
from surveybot.web.language import gettext as _
from surveybot.web.passport.birthday import read_day_and_month
from surveybot.web.staff.answer_words import fact_in_words
from surveybot.web.student.blueprint import asked_behind, blueprint, of_school, plain, refused
from surveybot.web.student.page import LastTime, page_again, starts_from_last
from surveybot.web.student.survey import look_here, person_here


@blueprint.get("/r/<token>/last")
@doors.link(LinkPurpose.SURVEY)
def ask_birthday(visit: LinkVisit) -> Response:
    asked = asked_behind(visit)
    if refusal := _refused(visit, asked):
        return refusal
    return _ask_page(visit, asked)


@blueprint.post("/r/<token>/last")
@doors.link(LinkPurpose.SURVEY)
def show_last(visit: LinkVisit) -> Response:
    """The questions again, with what is known on top, or the birthday once more."""
    asked = asked_behind(visit)
    if refusal := _refused(visit, asked):
        return refusal
    said = read_day_and_month(request.form.get("day", ""), request.form.get("month", ""))
    if said is None:  # no day of any calendar, so no guess
        return _ask_page(visit, asked, _("Enter a day and a month, like 27 and 3"))
    left = count_birthday_try(visit.session, visit.link_id)
    if left is not None and said == (asked.date_of_birth.day, asked.date_of_birth.month):
        forget_birthday_tries(visit.session, visit.link_id)
        return _known_page(visit, asked)
    if not left:
        return _locked(asked, visit.token)
    return _ask_page(visit, asked, _("That is not the birthday we have. Check the day and the month"))


def _refused(visit: LinkVisit, asked: Asked) -> Response | None:
    """A link that is over, a survey that starts from nothing, a parent, or a locked link."""
    if refusal := refused(visit, asked):
        return refusal
    survey = visit.house.catalogue.survey_at(asked.survey, asked.school_settings)
    if asked.audience is not Audience.STUDENT or not starts_from_last(survey):
        return plain(
            asked,
            _("There is nothing to see here"),
            onward=(f"/r/{visit.token}", _("Go to the questions")),
            status=404,
        )
    return _locked(asked, visit.token) if visit.link.birthday_tries >= BIRTHDAY_TRIES else None


def _known_page(visit: LinkVisit, asked: Asked) -> Response:
    survey = visit.house.catalogue.survey_at(asked.survey, asked.school_settings)
    fact = next(iter(last_known(visit.session, asked.student_id)), None)
    last = LastTime()
    if fact is not None:
        words = fact_in_words(visit.house.catalogue, fact)
        last = LastTime(words, say_on(london_date(fact.ascertained_at)))
    look, person = look_here(visit, asked, survey), person_here(visit, asked)
    return make_response(page_again(look, survey, person, MultiDict(), (), last=last))


def _ask_page(visit: LinkVisit, asked: Asked, error: str = "") -> Response:
    html = render_template("student/last_said.html", token=visit.token, error=error, **of_school(asked))
    return make_response(html, 422 if error else 200)


def _locked(asked: Asked, token: str) -> Response:
    adult = SchoolSettings.from_stored(asked.school_settings).help_adult
    return plain(
        asked,
        _("This page is locked"),
        _("The birthday was wrong five times. We locked the page to keep what you said safe."),
        _("Ask %s at your school to open it again.") % adult
        if adult
        else _("Ask your school to open it again."),
        _("You can still answer: you do not need your birthday for that."),
        status=403,
        onward=(f"/r/{token}", _("Go to the questions")),
    )
