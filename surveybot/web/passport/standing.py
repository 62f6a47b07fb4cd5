"""What the opened passport shows: each purpose as it stands, the exact words of that day, the objection."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from surveybot.records.answer.consents import ConsentEvent, Objection, consents_of, objections_of
from surveybot.rules.answer.consent import (
    NO,
    Actor,
    Decision,
    ObjectionDecision,
    Purpose,
    objection_decider,
    objects,
    sixteenth_birthday,
)
from surveybot.rules.calendar.dates_in_words import london_date, say_on
from surveybot.rules.survey.wordings import PRIVACY, STATUTORY, Shown
from surveybot.web.doors import LinkVisit
from surveybot.web.holder import Holder
from surveybot.web.language import gettext as _

SAID = {
    Decision.GRANTED: _("You said yes on %s."),
    Decision.REFUSED: _("You said no on %s."),
    Decision.WITHDRAWN: _("You took back any yes on %s."),
    Decision.EXPIRED: _("Your yes ran out on %s."),
    Decision.ASKED_NO_ANSWER: _("We asked you on %s. You left it open."),
}
PARENT_SAID_NO = _("A parent or carer said no on %s, so we do not do it.")


@dataclass(frozen=True)
class Standing:
    """One purpose: what was said, and the words for saying it anew."""

    purpose: Purpose
    now: Shown
    said: str  # empty: never asked
    then: Shown | None  # the words that were shown then, where they are not the ones of now
    then_version: str  # where they can no longer be shown
    parents_no: str


@dataclass(frozen=True)
class ObjectionStanding:
    """The statutory part: what holds today, who decides, and the words for deciding."""

    may_decide: bool
    words: Shown
    holds: str
    decider: str = ""


def standings(visit: LinkVisit, holder: Holder) -> list[Standing]:
    assert holder.student.id is not None
    events = consents_of(visit.session, holder.student.id)
    said = {event.purpose for event in events if (event.actor is Actor.PARENT) is holder.is_parent}
    asks = not holder.is_parent or holder.settings.ask_parents
    return [
        _standing(holder, purpose, [event for event in events if event.purpose is purpose])
        for purpose in holder.purposes
        if purpose in said or (asks and holder.may_be_asked(purpose))
    ]


def _standing(holder: Holder, purpose: Purpose, events: Sequence[ConsentEvent]) -> Standing:
    own = [event for event in events if (event.actor is Actor.PARENT) is holder.is_parent]
    last = _the_last_word(own)
    words = holder.words(purpose)
    then = _words_of_that_day(holder, last) if last else None
    return Standing(
        purpose=purpose,
        now=words,
        said=SAID[last.decision] % say_on_day(last) if last else "",
        then=then if then and then.text != words.text else None,
        then_version=last.wording if last and then is None else "",
        parents_no="" if holder.is_parent else _parents_no(events),
    )


def _the_last_word(events: Sequence[ConsentEvent]) -> ConsentEvent | None:
    """The newest decision; a question that was left open counts only where there is no decision."""
    decided = [event for event in events if event.decision is not Decision.ASKED_NO_ANSWER]
    return next(reversed(decided or list(events)), None)


def _words_of_that_day(holder: Holder, event: ConsentEvent) -> Shown | None:
    """The text again, but only where it is proven to be the one that was shown."""
    shown = holder.wordings.shown_then(event.wording, event.language, event.named_controllers)
    return shown if shown and shown.sha256 == event.wording_sha256 else None


def _parents_no(events: Sequence[ConsentEvent]) -> str:
    last = _the_last_word([event for event in events if event.actor is Actor.PARENT])
    return PARENT_SAID_NO % say_on_day(last) if last and last.decision in NO else ""


def say_on_day(event: ConsentEvent | Objection) -> str:
    return say_on(london_date(event.at))


def objection_standing(visit: LinkVisit, holder: Holder) -> ObjectionStanding:
    assert holder.student.id is not None
    born = holder.student.date_of_birth
    rows = objections_of(visit.session, holder.student.id)
    withheld = objects([row.as_fact() for row in rows], born, holder.today)
    if objection_decider(born, holder.today) is holder.actor:
        words = holder.words(STATUTORY)
        return ObjectionStanding(may_decide=True, words=words, holds=_holds(holder, rows, withheld=withheld))
    return ObjectionStanding(
        may_decide=False,
        words=holder.words(PRIVACY),
        # What a student of 16 has decided is not shown to a parent.
        holds="" if holder.is_parent else _holds(holder, rows, withheld=withheld),
        decider=_decider(holder, born),
    )


def _holds(holder: Holder, rows: Sequence[Objection], *, withheld: bool) -> str:
    if not withheld:
        return _("Now: other information may be passed on.")
    last = [row for row in rows if row.decision is ObjectionDecision.OBJECTED][-1]
    if last.actor is holder.actor:
        return _("Now: you asked us on %s not to pass it on.") % say_on_day(last)
    if last.actor is Actor.PARENT:
        return _("Now: a parent or carer asked us on %s not to pass it on.") % say_on_day(last)
    return _("Now: we were asked on %s not to pass it on.") % say_on_day(last)


def _decider(holder: Holder, born: date) -> str:
    if holder.is_parent:
        return _("Your child is 16 or over, so they decide about this themselves.")
    return _(
        "Until your 16th birthday a parent or carer decides about this. From %s the decision is yours."
    ) % say_on(sixteenth_birthday(born))
