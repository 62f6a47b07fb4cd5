"""A school's own words for each survey: see them checked and shown, or go back to the shipped ones."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request

from surveybot.records.audit import note_deed
from surveybot.rules.plain_text import clean
from surveybot.rules.survey.own_words import LONGEST, WORDS_KEY, as_toml
from surveybot.rules.survey.questionnaire import QuestionnaireFaults, Survey, in_language
from surveybot.rules.survey.questionnaire_check import AskedOf
from surveybot.steps.round.reword import check_words, keep_words, restore_words
from surveybot.steps.sending.render import render_preview, sample_round
from surveybot.web import doors
from surveybot.web.doors import LEADERS, StaffVisit
from surveybot.web.language import gettext as _
from surveybot.web.staff.scope import survey_title

blueprint = Blueprint("staff_wordings", __name__)

LABELS = {
    "titles": (_("Title of the page"), ""),
    "intro": (_("What stands under it"), ""),
    "question": (_("How a message asks"), _("In small letters, as it stands in the middle of a text")),
}


@blueprint.get("/staff/calendar/words")
@doors.staff(*LEADERS)
def show_all(visit: StaffVisit) -> str:
    surveys = [
        (survey.slug, survey_title(survey.slug), in_language(_own(visit, survey).titles, "en"))
        for survey in visit.house.catalogue.surveys.values()
        if survey.audience is AskedOf.STUDENT
    ]
    own = {slug for slug, *_rest in surveys if WORDS_KEY + slug in visit.school.settings}
    return render_template("staff/wordings.html", visit=visit, surveys=surveys, own=own)


@blueprint.get("/staff/calendar/words/<slug>")
@doors.staff(*LEADERS)
def show(visit: StaffVisit, slug: str) -> str:
    own = _own(visit, _survey(visit, slug))
    return _page(visit, own, {key: in_language(getattr(own, key), "en") for key in LONGEST})


@blueprint.post("/staff/calendar/words/<slug>")
@doors.staff(*LEADERS)
def save(visit: StaffVisit, slug: str) -> Any:
    """Check, and keep or only show; or go back to the shipped words."""
    survey, action = _survey(visit, slug), request.form.get("action", "")
    if action == "restore":
        restore_words(visit.school, slug)
        return _done(visit, slug, "words_restored", _("The shipped words are back."))
    words = {key: clean(request.form.get(key, "")) for key in LONGEST}
    changed = {key: said for key, said in words.items() if said != in_language(getattr(survey, key), "en")}
    text = as_toml(changed)
    try:
        public_url = visit.house.settings.public_url
        worded = check_words(
            visit.house.catalogue, visit.school, slug, text, public_url=public_url, now=visit.now
        )
    except QuestionnaireFaults as refused:
        return _page(visit, survey, words, refused.faults), 422
    if action != "keep":
        return _page(visit, worded, words, shown=True)
    if text:
        keep_words(visit.school, slug, text)
    else:
        restore_words(visit.school, slug)
    return _done(visit, slug, "words_set", _("These words stand everywhere from now on."))


def _done(visit: StaffVisit, slug: str, deed: str, words: str) -> Any:
    note_deed(
        visit.session, deed, at=visit.now, school_id=visit.school_id, staff_id=visit.staff.id, subject=slug
    )
    flash(words, "done")
    return redirect("/staff/calendar/words")


def _survey(visit: StaffVisit, slug: str) -> Survey:
    survey = visit.house.catalogue.surveys.get(slug)
    if survey is None or survey.audience is not AskedOf.STUDENT:
        abort(404)
    return survey


def _own(visit: StaffVisit, survey: Survey) -> Survey:
    return visit.house.catalogue.survey_at(survey.slug, visit.school.settings)


def _page(
    visit: StaffVisit,
    survey: Survey,
    words: dict[str, str],
    faults: Sequence[str] = (),
    *,
    shown: bool = False,
) -> str:
    house = visit.house
    sample = sample_round(survey, visit.now)
    return render_template(
        "staff/wording.html",
        visit=visit,
        survey=survey,
        name=survey_title(survey.slug),
        title=in_language(survey.titles, "en"),
        intro=in_language(survey.intro, "en"),
        words=words,
        labels=LABELS,
        longest=LONGEST,
        faults={fault.partition(".")[0].partition(":")[0]: fault for fault in faults},
        own=WORDS_KEY + survey.slug in visit.school.settings,
        shown=shown,
        message=render_preview(house.catalogue, visit.school, sample, public_url=house.settings.public_url),
    )
