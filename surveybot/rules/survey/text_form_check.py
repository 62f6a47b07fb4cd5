"""The fitness check of text forms: words a carrier would act on, lists too long, texts that cost twice.

YES, END, QUIT, CANCEL, STOP, START and the like are never an answer: the phone network acts on them.
"""

from collections.abc import Iterator, Mapping

from surveybot.rules.delivery.text_length import measure
from surveybot.rules.destination.destination_kinds import GROWN_UP, DestinationKind
from surveybot.rules.survey.questionnaire import Survey
from surveybot.rules.survey.questionnaire_check import Stage
from surveybot.rules.survey.text_form import MOST_KEYS
from surveybot.rules.texting.bare_words import bare
from surveybot.rules.texting.replies import Option
from surveybot.rules.texting.reply_words import ReplyWords, offer_for
from surveybot.rules.texting.text_talk import Ask, Talk, every_ask

RESERVED = frozenset(
    {
        *("yes", "end", "quit", "cancel", "stop", "start", "unsubscribe", "help", "info", "stopall"),
        *("unstop", "revoke", "optout", "arret", "opt out", "stop all"),
    }
)
LONGEST_LABEL = 34


def fitness_faults(
    survey: Survey, words: ReplyWords, kinds: Mapping[str, DestinationKind], *, language: str = "en"
) -> list[str]:
    """Every reason why this survey cannot be held by text; none where it has no text form."""
    found: dict[str, None] = {}
    for year_group in _whose_options(survey):
        for own in (False, True):
            offer = offer_for(words, kinds, year_group=year_group, own_sixth_form=own)
            for ask in every_ask(Talk(survey, offer, kinds, language)):
                found.update(dict.fromkeys(_ask_faults(ask)))
    return [f"{survey.slug}: {fault}" for fault in [*found, *_order_faults(survey)]]


def _whose_options(survey: Survey) -> tuple[int, ...]:
    leavers = survey.stage is Stage.AFTER_LEAVING and 11 in survey.year_groups
    return (*survey.year_groups, GROWN_UP) if leavers else survey.year_groups


def _ask_faults(ask: Ask) -> Iterator[str]:
    length = measure(ask.text)
    if not length.fits_one:
        yield (
            f"{ask.id}: the text takes {length.segments} parts in {length.encoding} ({length.units} units); "
            "write it shorter, or with plainer letters."
        )
    if len(ask.options) > MOST_KEYS:
        yield f"{ask.id}: {len(ask.options)} choices are more than there are keys."
    for option in ask.options:
        yield from _option_faults(ask, option)
    yield from _meaning_faults(ask)


def _option_faults(ask: Ask, option: Option) -> Iterator[str]:
    if len(option.label) > LONGEST_LABEL:
        yield f"{ask.id}: {option.label!r} is longer than {LONGEST_LABEL} letters."
    for word in (option.label, *option.words):
        if bare(word) in RESERVED:
            yield f"{ask.id}: {word!r} is a word that the phone network acts on; use another."


def _meaning_faults(ask: Ask) -> Iterator[str]:
    """One word, one meaning; one choice at most for a bare yes, and one for a bare no."""
    meanings: dict[str, str] = {}
    for option in ask.options:
        for word in {bare(option.label), *map(bare, option.words)}:
            if meanings.setdefault(word, option.value) != option.value:
                yield f"{ask.id}: {word!r} means both {meanings[word]} and {option.value}."
    for mark in ("agrees", "declines"):
        if sum(getattr(option, mark) for option in ask.options) > 1:
            yield f"{ask.id}: more than one choice {mark}."


def _order_faults(survey: Survey) -> Iterator[str]:
    """A condition names an earlier question that a text asks."""
    asked: dict[str, set[str]] = {}
    for question in survey.questions:
        if question.text_form is None:
            continue
        for earlier, values in question.text_form.only_if.items():
            if not set(values) <= asked.get(earlier, set()):
                yield f"{question.id}: only_if names {earlier!r}, or answers of it, that no text asks before."
        asked[question.id] = {choice.value for choice in question.text_form.choices}
