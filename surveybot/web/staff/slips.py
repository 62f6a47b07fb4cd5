"""QR slips on paper: a page that prints thirty to a sheet of A4, and the same sheets as a PDF."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template

from surveybot.files.qr_picture import qr_svg
from surveybot.files.slips import PER_SHEET, Slip, SlipWords, slips_pdf, unprintable
from surveybot.links import LinkPurpose, address
from surveybot.records.audit import note_deed
from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import paper_links_of
from surveybot.records.round.rounds import Round
from surveybot.rules.roster.people import StaffRole
from surveybot.steps.round.paper_links import paper_links
from surveybot.web import doors
from surveybot.web.doors import LEADERS, StaffVisit
from surveybot.web.language import gettext as _
from surveybot.web.staff.scope import asks_tutors, round_here, survey_title

blueprint = Blueprint("staff_slips", __name__)

WHO = (*LEADERS, StaffRole.TUTOR)


@dataclass(frozen=True)
class OnePerson:
    student: Student
    link: str  # empty: none has been made

    @property
    def picture(self) -> str:
        return qr_svg(self.link, title=_("Code of %s") % self.student.first_name)


@blueprint.get("/staff/rounds/<code>/slips")
@doors.staff(*WHO)
def show(visit: StaffVisit, code: str) -> str:
    row = _round(visit, code)
    people = _people(visit, row)
    lacking = set(unprintable(one.student.full_name for one in people))
    return render_template(
        "staff/slips.html",
        visit=visit,
        row=row,
        title=survey_title(row.survey),
        people=people,
        missing=sum(1 for one in people if not one.link),
        sheets=list(_sheets([one for one in people if one.link])),
        groups={one.student.tutor_group for one in people},
        lacking=sorted(lacking),
        slip_words=_words(visit, row),
    )


@blueprint.post("/staff/rounds/<code>/slips")
@doors.staff(*WHO)
def make(visit: StaffVisit, code: str) -> Any:
    row = _round(visit, code)
    paper_links(visit.session, row, now=visit.now)
    flash(_("The slips are ready to print."), "done")
    return redirect(f"/staff/rounds/{row.code}/slips")


@blueprint.post("/staff/rounds/<code>/slips/pdf")
@doors.staff(*WHO)
def download(visit: StaffVisit, code: str) -> Response:
    row = _round(visit, code)
    paper_links(visit.session, row, now=visit.now)
    people = _people(visit, row)
    note_deed(
        visit.session,
        "links_written",
        at=visit.now,
        school_id=visit.school_id,
        staff_id=visit.staff.id,
        subject=row.code,
        details={"slips": len(people)},
    )
    slips = [Slip(one.student.full_name, one.student.tutor_group, one.link) for one in people]
    data = slips_pdf(slips, _words(visit, row), title=survey_title(row.survey), made_at=visit.now)
    name = f"slips-{row.code}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, mimetype="application/pdf", headers=headers)


def _round(visit: StaffVisit, code: str) -> Round:
    row = round_here(visit, code)
    return abort(404) if asks_tutors(visit, row) else row


def _people(visit: StaffVisit, row: Round) -> list[OnePerson]:
    """Everybody who gets a slip, by group and name; for a tutor, the own groups alone."""
    assert row.id is not None
    groups = None
    if not visit.leads:
        groups = {post.tutor_group for post in visit.posts if post.role is StaffRole.TUTOR}
    people = [
        OnePerson(student, _address(visit, link_id))
        for _invitation, student, link_id in paper_links_of(visit.session, row.id)
        if groups is None or student.tutor_group in groups
    ]
    return people or abort(404)


def _address(visit: StaffVisit, link_id: int | None) -> str:
    if link_id is None:
        return ""
    token = visit.house.signer.sign(LinkPurpose.SURVEY, link_id)
    return address(visit.house.settings.public_url, LinkPurpose.SURVEY, token)


def _sheets(people: Sequence[OnePerson]) -> Iterator[Sequence[OnePerson]]:
    """Thirty at a time; a new group begins a new sheet, as in the PDF."""
    for _group, members in groupby(people, key=lambda one: one.student.tutor_group):
        together = list(members)
        for start in range(0, len(together), PER_SHEET):
            yield together[start : start + PER_SHEET]


def _words(visit: StaffVisit, row: Round) -> SlipWords:
    return SlipWords.of(visit.house.settings.public_url, row.opens_at)
