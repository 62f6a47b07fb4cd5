"""Import the roster: upload, say what the columns are, look at what would change, confirm."""

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request
from flask.wrappers import Response
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField

from surveybot.files.sheets import write_csv
from surveybot.files.tables import MAX_BYTES
from surveybot.files.uploads import Upload, drop_upload, fetch_upload, keep_upload
from surveybot.records.audit import deeds_at_school, find_deed
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.roster_file.changes import Changes, RosterReading
from surveybot.steps.roster.enrol import (
    enrol,
    hold,
    preview,
    read_school_roster,
    remember_mapping,
    takes_examples,
)
from surveybot.web import doors
from surveybot.web.doors import LEADERS, StaffVisit
from surveybot.web.forms import StaffForm
from surveybot.web.language import gettext as _
from surveybot.web.staff.roster_columns import columns_form

blueprint = Blueprint("staff_roster", __name__)

DEED = "roster_imported"
SHOWN = 200
"""How many rows of a table stand on the page; a file has them all."""


class UploadForm(StaffForm):
    file = FileField(_("Roster file"), validators=[FileRequired(_("Choose a file"))])


class ImportForm(StaffForm):
    seen = HiddenField()
    left = BooleanField(_("Yes, these students have left"))


@dataclass(frozen=True)
class Look:
    """An upload, read and held against what is stored."""

    token: str
    upload: Upload
    reading: RosterReading
    changes: Changes

    @property
    def seen(self) -> str:
        """A digest of everything that the preview shows: what is confirmed must be the same."""
        changed = [
            (change.student.code, [(line.label, line.old, line.new) for line in change.lines])
            for change in self.changes.changed
        ]
        left = [student.code for student in self.changes.left]
        shown = json.dumps([self.token, len(self.changes.added), changed, left])
        return sha256(shown.encode()).hexdigest()


@blueprint.get("/staff/roster")
@doors.staff(*LEADERS)
def upload_page(visit: StaffVisit) -> str:
    return _upload_page(visit, UploadForm(formdata=None))


@blueprint.post("/staff/roster")
@doors.staff(*LEADERS)
def upload(visit: StaffVisit) -> Any:
    form = UploadForm()
    if not form.validate():
        return _upload_page(visit, form), 422
    with form.file.data.stream as stream:
        data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        form.file.errors = [_("The file is larger than 5 MB. Export only the columns that are needed.")]
        return _upload_page(visit, form), 422
    token = keep_upload(
        _folder(visit), visit.school_id, data, file_name=form.file.data.filename or "", now=visit.now
    )
    return redirect(f"/staff/roster/files/{token}", 303)


@blueprint.get("/staff/roster/files/<token>")
@doors.staff(*LEADERS)
def look(visit: StaffVisit, token: str) -> str:
    return _preview_page(visit, _look(visit, token), ImportForm(formdata=None))


@blueprint.post("/staff/roster/files/<token>")
@doors.staff(*LEADERS)
def take(visit: StaffVisit, token: str) -> Any:
    form = ImportForm()
    _upload_of(visit, token)
    hold(visit.session, visit.school)
    found = _look(visit, token)
    if found.changes.errors:
        return _preview_page(visit, found, form), 422
    if form.seen.data != found.seen:
        flash(_("The roster has changed since you looked. This is what the file would do now."), "problem")
        return redirect(f"/staff/roster/files/{token}", 303)
    if found.changes.needs_confirming and not form.left.data:
        form.left.errors = [_("Confirm that these students have left, or correct the file")]
        return _preview_page(visit, found, form), 422
    enrol(
        visit.session,
        visit.school,
        found.changes,
        now=visit.now,
        confirm_left=bool(form.left.data),
        staff_id=visit.staff.id,
        file_sha256=sha256(found.upload.data).hexdigest(),
    )
    visit.session.flush()
    ((entry, _by),) = deeds_at_school(visit.session, DEED, school_id=visit.school_id, limit=1)
    drop_upload(_folder(visit), visit.school_id, token)
    return redirect(f"/staff/roster/imports/{entry.id}", 303)


@blueprint.get("/staff/roster/files/<token>/columns")
@doors.staff(*LEADERS)
def columns_page(visit: StaffVisit, token: str) -> str:
    found = _look(visit, token)
    return _columns_page(visit, found, columns_form(found.reading, posted=False))


@blueprint.post("/staff/roster/files/<token>/columns")
@doors.staff(*LEADERS)
def choose_columns(visit: StaffVisit, token: str) -> Any:
    found = _look(visit, token)
    form = columns_form(found.reading, posted=True)
    if not form.validate():
        return _columns_page(visit, found, form), 422
    remember_mapping(visit.session, visit.school, found.reading.headings, form.mapping(), now=visit.now)
    return redirect(f"/staff/roster/files/{token}", 303)


@blueprint.get("/staff/roster/files/<token>/errors.csv")
@doors.staff(*LEADERS)
def errors_file(visit: StaffVisit, token: str) -> Response:
    """Every error and notice, for whoever corrects the file."""
    changes = _look(visit, token).changes
    rows = [
        (kind, str(fault.row or ""), fault.column, fault.value, fault.problem, fault.fix)
        for kind, faults in ((_("Error"), changes.errors), (_("Notice"), changes.notices))
        for fault in faults
    ]
    columns = (_("Kind"), _("Row"), _("Column"), _("Value"), _("Problem"), _("What to do"))
    return _download(write_csv(columns, rows), "roster-errors.csv")


@blueprint.get("/staff/roster/files/<token>/changes.csv")
@doors.staff(*LEADERS)
def changes_file(visit: StaffVisit, token: str) -> Response:
    rows = [
        (str(change.row.number), change.student.code, change.row.full_name, line.label, line.old, line.new)
        for change in _look(visit, token).changes.changed
        for line in change.lines
    ]
    columns = (_("Row"), _("Code"), _("Student"), _("What"), _("Old"), _("New"))
    return _download(write_csv(columns, rows), "roster-changes.csv")


@blueprint.get("/staff/roster/imports/<int:entry_id>")
@doors.staff(*LEADERS)
def result(visit: StaffVisit, entry_id: int) -> str:
    entry = find_deed(visit.session, DEED, school_id=visit.school_id, entry_id=entry_id)
    if entry is None:
        abort(404)
    return render_template("staff/roster/result.html", visit=visit, entry=entry)


def _folder(visit: StaffVisit) -> Path:
    return visit.house.settings.var / "uploads"


def _upload_of(visit: StaffVisit, token: str) -> Upload:
    found = fetch_upload(_folder(visit), visit.school_id, token)
    if found is None:
        abort(404)
    return found


def _look(visit: StaffVisit, token: str) -> Look:
    """Read the kept file again and hold it against the roster as it is now."""
    found = _upload_of(visit, token)
    reading = read_school_roster(
        visit.session,
        visit.school,
        found.data,
        found.file_name,
        on=london_date(visit.now),
        made_up=takes_examples(visit.house.settings),
        authorities=visit.house.catalogue.local_authorities,
    )
    return Look(token, found, reading, preview(visit.session, visit.school, reading, now=visit.now))


def _upload_page(visit: StaffVisit, form: UploadForm) -> str:
    imports = deeds_at_school(visit.session, DEED, school_id=visit.school_id)
    return render_template("staff/roster/upload.html", visit=visit, form=form, imports=imports)


def _preview_page(visit: StaffVisit, found: Look, form: ImportForm) -> str:
    form.seen.data = found.seen
    by_year: dict[int, int] = {}
    for row in found.changes.added:
        by_year[row.year_group] = by_year.get(row.year_group, 0) + 1
    return render_template(
        "staff/roster/preview.html",
        visit=visit,
        look=found,
        changes=found.changes,
        form=form,
        by_year=sorted(by_year.items()),
        shown=SHOWN,
        page=f"/staff/roster/files/{found.token}",
        asked_again=request.method == "POST",
    )


def _columns_page(visit: StaffVisit, found: Look, form: Any) -> str:
    return render_template(
        "staff/roster/columns.html",
        visit=visit,
        look=found,
        form=form,
        page=f"/staff/roster/files/{found.token}",
    )


def _download(data: bytes, name: str) -> Response:
    answer = make_response(data)
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
