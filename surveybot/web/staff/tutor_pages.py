"""The pages of a round that asks tutors: the round as leaders see it, and each tutor's own list."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, redirect, render_template

from surveybot.records.destination.destinations import DestinationFact
from surveybot.records.report.tutor_progress import (
    Listed,
    TutorProgress,
    listed_of_rounds,
    progress,
    staffing_of,
    stand_by_tutor,
)
from surveybot.records.round.rounds import Round
from surveybot.records.round.tutor_rounds import (
    TutorFact,
    asked_tutors,
    last_tutor_facts,
    newest_destinations,
)
from surveybot.records.staff import staff_of_school
from surveybot.rules.calendar.dates_in_words import london_date, say_on
from surveybot.rules.plan.unknown_destinations import Staffing, TutorWord, WhyUnknown
from surveybot.steps.tutor_rounds.remind import plan_tutor_reminder, remind_tutors
from surveybot.web.doors import StaffVisit
from surveybot.web.language import gettext as _
from surveybot.web.staff import plain_words
from surveybot.web.staff.answer_words import fact_in_words
from surveybot.web.staff.scope import LATE_FOR, survey_title


@dataclass(frozen=True)
class Line:
    """One student as a page shows them."""

    listed: Listed
    words: str  # what is known, or why nothing is
    said: str = ""  # who said so, how and when
    can_take_back: bool = False


def round_page(visit: StaffVisit, row: Round, *, template: str = "staff/tutors/round.html") -> Any:
    """Counts of staff, and who is still unknown; a tutor gets the own list."""
    if visit.tutor_groups is not None:
        return redirect(f"/staff/rounds/{row.code}/mine")
    listed = _listed(visit, row)
    posts = staff_of_school(visit.session, visit.school_id)
    names = {member.id: member.name for member, _post in posts if member.id is not None}
    staffing, asked = staffing_of(posts), asked_tutors(visit.session, [row.id or 0]).get(row.id or 0, set())
    left, done = _lines(visit, row, listed)
    return render_template(
        template,
        visit=visit,
        row=row,
        title=survey_title(row.survey),
        counts=progress(listed, asked, staffing),
        tutors=stand_by_tutor(listed, asked, staffing, names),
        left=left,
        done=done,
        takes_words=takes_words(visit, row),
        words=plain_words,
    )


def own_list(visit: StaffVisit, row: Round) -> Any:
    """The students about whom this person is asked; whoever is asked about nobody sees the whole round."""
    listed = _own(visit, row)
    if not listed:
        return redirect(f"/staff/rounds/{row.code}") if visit.tutor_groups is None else abort(404)
    left, done = _lines(visit, row, listed)
    return render_template(
        "staff/tutors/mine.html",
        visit=visit,
        row=row,
        title=survey_title(row.survey),
        groups=sorted({one.student.tutor_group for one in listed if one.student.tutor_group}),
        left=left,
        done=done,
        takes_words=takes_words(visit, row),
    )


def done_of(visit: StaffVisit, row: Round) -> tuple[int, int]:
    """How many of the own list are done, and how many stand on it."""
    own = _own(visit, row)
    return sum(one.is_done for one in own), len(own)


def reminder_page(visit: StaffVisit, row: Round) -> str:
    return render_template(
        "staff/tutors/remind.html",
        visit=visit,
        row=row,
        title=survey_title(row.survey),
        reminders=plan_tutor_reminder(visit.session, row),
    )


def remind_all(visit: StaffVisit, row: Round) -> int:
    """One email a day for whoever has somebody left, however often the button is pressed."""
    reminders = plan_tutor_reminder(visit.session, row)
    step = f"tutor-reminder-{london_date(visit.now):%Y%m%d}"
    return remind_tutors(visit.session, row, reminders, step=step, now=visit.now)


def close_page(visit: StaffVisit, row: Round, form: Any) -> str:
    listed = _listed(visit, row)
    return render_template(
        "staff/tutors/close.html",
        visit=visit,
        row=row,
        title=survey_title(row.survey),
        counts=progress(listed, (), Staffing({}, ())),
        form=form,
    )


def card_words(counts: TutorProgress, *, own: bool) -> str:
    """How a round stands, on the first page."""
    if own:
        return _("%(done)s of %(all)s done") % {"done": counts.done, "all": counts.students}
    return _("%(done)s of %(all)s tutors done, %(unknown)s students still unknown") % {
        "done": counts.tutors_done,
        "all": counts.tutors,
        "unknown": counts.unknown,
    }


def takes_words(visit: StaffVisit, row: Round) -> bool:
    """A late word counts, for as long as a late answer does."""
    return visit.now < row.closes_at + LATE_FOR


def why_in_words(visit: StaffVisit, why: WhyUnknown, last: DestinationFact | None) -> str:
    """Why a destination is unknown, with the last word where there is one."""
    if why is WhyUnknown.NOTHING or last is None:
        return _("Nobody has said anything yet")
    known = {
        "what": fact_in_words(visit.house.catalogue, last),
        "on": say_on(london_date(last.ascertained_at)),
    }
    if why is WhyUnknown.EXPIRED:
        return _("Last known: %(what)s, %(on)s") % known
    return _("Last word: %(what)s, %(on)s") % known


def _listed(visit: StaffVisit, row: Round, *, tutor_groups: Collection[str] | None = None) -> list[Listed]:
    assert row.id is not None
    return listed_of_rounds(visit.session, [row], tutor_groups=tutor_groups).get(row.id, [])


def _own(visit: StaffVisit, row: Round) -> list[Listed]:
    """A tutor's groups; for whoever sees the whole school, those about whom they are asked."""
    if visit.tutor_groups is not None:
        return _listed(visit, row, tutor_groups=visit.tutor_groups)
    listed = _listed(visit, row)
    staffing = staffing_of(staff_of_school(visit.session, visit.school_id))
    groups = staffing.groups_of(visit.staff.id or 0, {one.student.tutor_group for one in listed})
    return [one for one in listed if one.student.tutor_group in groups]


def _lines(visit: StaffVisit, row: Round, listed: Sequence[Listed]) -> tuple[list[Line], list[Line]]:
    """Who is left, and who is done."""
    assert row.id is not None
    told = last_tutor_facts(visit.session, row.id)
    newest = newest_destinations(visit.session, [one.row.student_id for one in listed])
    posts = staff_of_school(visit.session, visit.school_id)
    names = {member.id: member.name for member, _post in posts}
    left, done = [], []
    for one in listed:
        last = newest.get(one.row.student_id)
        if not one.is_done:
            assert one.why is not None
            left.append(Line(one, why_in_words(visit, one.why, last)))
        else:
            done.append(_done(visit, one, told.get(one.row.student_id), last, names))
    return left, done


def _done(
    visit: StaffVisit,
    one: Listed,
    told: tuple[TutorFact, DestinationFact] | None,
    last: DestinationFact | None,
    names: Mapping[int | None, str],
) -> Line:
    on = say_on(london_date(one.row.said_at)) if one.row.said_at else ""
    who = names.get(one.row.said_by, "")
    if one.row.word is TutorWord.TOLD and told is not None:
        fact, how = told[1], plain_words.HOW_KNOWN[told[0].how] if told[0].how else ""
        heard = say_on(london_date(fact.ascertained_at))
        said = ", ".join(part for part in (who, how, heard) if part)
        return Line(one, fact_in_words(visit.house.catalogue, fact), said, can_take_back=True)
    if one.row.word is not None:
        passed = one.row.word is TutorWord.PASSED_ON
        words = _("Passed to an adviser") if passed else _("Not known: the careers leader was asked")
        return Line(one, words, ", ".join(part for part in (who, on) if part), can_take_back=True)
    assert last is not None
    source = plain_words.FACT_SOURCES[last.source]
    said = _("from %(source)s, %(on)s") % {"source": source, "on": say_on(london_date(last.ascertained_at))}
    return Line(one, fact_in_words(visit.house.catalogue, last), said)
