"""Who holds a link: whose it is, whose words count, and how the page greets them."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Response, make_response, render_template

from surveybot.links import MalformedLink
from surveybot.records.roster.students import Student, contacts_of
from surveybot.records.round.invitations import Audience, Link
from surveybot.records.schools import School
from surveybot.rules.answer.consent import Actor, Purpose
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.roster.people import StudentState
from surveybot.rules.school_settings import SchoolSettings
from surveybot.rules.survey.wordings import ENGLISH, Controllers, Shown, Wordings
from surveybot.steps.consent.record_consent import Occasion
from surveybot.web.doors import LinkVisit
from surveybot.web.language import gettext as _
from surveybot.web.not_me import not_me_here

PASSPORT_LIFE = timedelta(days=396)
"""Thirteen months."""

PARENT_PURPOSES = (Purpose.CONTACT_AFTER_LEAVING, Purpose.LA_SHARE_BACK)


@dataclass(frozen=True)
class Holder:
    """A student or a parent behind a link, and the school that they have to do with."""

    link: Link
    student: Student
    school: School
    settings: SchoolSettings
    controllers: Controllers
    wordings: Wordings
    today: date
    language: str = ENGLISH

    @property
    def is_parent(self) -> bool:
        return self.link.audience is Audience.PARENT

    @property
    def actor(self) -> Actor:
        return Actor.PARENT if self.is_parent else Actor.SELF

    @property
    def purposes(self) -> tuple[Purpose, ...]:
        """What this person may be asked, or take back."""
        return PARENT_PURPOSES if self.is_parent else tuple(Purpose)

    def may_be_asked(self, purpose: str) -> bool:
        """A yes can be asked for only where everybody who would rely on it has a name."""
        return self.wordings.of(purpose, self.actor).names_everyone(self.controllers, self.language)

    def words(self, purpose: str) -> Shown:
        return self.wordings.of(purpose, self.actor).show(self.language, self.controllers)

    def occasion(self, actor_name: str = "") -> Occasion:
        return Occasion(
            actor=self.actor,
            actor_name=actor_name,
            wordings=self.wordings,
            controllers=self.controllers,
            language=self.language,
            medium=self.link.medium,
            link_id=self.link.id,
        )

    def page(self) -> dict[str, Any]:
        """What the frame of every page needs."""
        return {
            "school_name": self.school.name,
            "colour": self.settings.colour,
            "language": self.language,
            "is_parent": self.is_parent,
            "not_me": not_me_here(),
        }


def holder_of(visit: LinkVisit) -> Holder:
    """The person behind the link; a link of nobody, such as a member of staff's, opens nothing."""
    link = visit.link
    student = visit.session.get(Student, link.student_id) if link.student_id else None
    school = visit.session.get(School, student.school_id) if student else None
    if student is None or school is None:
        raise MalformedLink("a link of no student")
    settings = SchoolSettings.from_stored(school.settings)
    catalogue = visit.house.catalogue
    return Holder(
        link=link,
        student=student,
        school=school,
        settings=settings,
        controllers=catalogue.controllers(school.name, settings),
        wordings=catalogue.wordings,
        today=london_date(visit.now),
    )


def has_ended(holder: Holder) -> bool:
    return holder.student.state is StudentState.DECEASED


def plain(
    holder: Holder,
    title: str,
    *lines: str,
    status: int = 200,
    onward: tuple[str, str] | None = None,
    **frame: str,
) -> Response:
    """A page that says what happened and what to do next."""
    frame = {**holder.page(), **frame}
    html = render_template("student/plain.html", title=title, lines=lines, onward=onward, **frame)
    return make_response(html, status)


def ended(holder: Holder) -> Response:
    """Of somebody who has died, every page behind the link says no more than this."""
    return plain(
        holder,
        _("This link does not work any more"),
        _("You do not need to do anything."),
        status=410,
        not_me="",
    )


def parents_name(visit: LinkVisit, holder: Holder) -> str:
    """The name of contact 1, whom parents' links go to; empty for a student's own link."""
    if not holder.is_parent or holder.student.id is None:
        return ""
    contacts = contacts_of(visit.session, holder.student.id)
    return contacts[0].name if contacts else ""


def is_over(holder: Holder, visit: LinkVisit) -> bool:
    """Whether a passport link was revoked, is older than thirteen months, or is of somebody who has died."""
    link = holder.link
    ended = link.revoked_at is not None or has_ended(holder)
    return ended or link.created_at + PASSPORT_LIFE < visit.now
