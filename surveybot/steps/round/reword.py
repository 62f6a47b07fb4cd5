"""Word a survey for one school, see it checked, and go back to the shipped words."""

from datetime import datetime

from surveybot.catalogue import Catalogue
from surveybot.records.schools import School
from surveybot.rules.survey.own_words import WORDS_KEY, reword
from surveybot.rules.survey.questionnaire import QuestionnaireFaults, Survey
from surveybot.steps.sending.render import render_preview, sample_round

IN_A_TEXT = ("invitation", "reminder")


def check_words(
    catalogue: Catalogue, school: School, slug: str, text: str, *, public_url: str, now: datetime
) -> Survey:
    """The survey in these words, or QuestionnaireFaults: every text must fit one part."""
    worded = reword(catalogue.survey(slug), text)
    sample = sample_round(worded, now)
    for template in IN_A_TEXT:
        shown = render_preview(catalogue, school, sample, public_url=public_url, template=template)
        if shown.segments > 1:
            fault = f"question: as a text the {template} takes {shown.segments} parts. Write it shorter."
            raise QuestionnaireFaults(slug, [fault])
    return worded


def keep_words(school: School, slug: str, text: str) -> None:
    """Store words that were checked; from now on they stand on the page and in every message."""
    school.settings = {**school.settings, WORDS_KEY + slug: text}


def restore_words(school: School, slug: str) -> None:
    school.settings = {key: value for key, value in school.settings.items() if key != WORDS_KEY + slug}
