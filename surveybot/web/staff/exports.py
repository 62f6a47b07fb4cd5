"""The authority's file: choose, see who and what is in it, make it, and what was made before.

Making it needs the second step; so does the preview, so that nobody proves themselves after choosing.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request
from wtforms import RadioField, SelectChoice, SelectField
from wtforms.validators import InputRequired

from surveybot.files.bundle import write_zip
from surveybot.records.report.exchanges import exchanges_of
from surveybot.records.roster.student_lists import cohorts_of
from surveybot.rules.calendar.academic_year import current_summer
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.report.la_sheet import WHOLE_ROW, ExportSheet
from surveybot.steps.report.export import INTENDED, export_intended
from surveybot.steps.report.record_file import ExportFile, FileFormat, make_file, recipient_of, record_file
from surveybot.web import doors
from surveybot.web.doors import LEADERS, StaffVisit
from surveybot.web.forms import StaffForm
from surveybot.web.language import gettext as _

blueprint = Blueprint("staff_exports", __name__)

FIELDS = ("what", "cohort", "profile", "file_format")
SHOWN = 500
"""How many lines of who is left out stand on the page; the file holds them all."""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ExportForm(StaffForm):
    what = RadioField(
        _("Which file?"),
        choices=[SelectChoice(INTENDED, _("Intended destinations"))],
        default=INTENDED,
        validators=[InputRequired(_("Choose a file"))],
    )
    cohort = SelectField(_("Of whom?"), validators=[InputRequired(_("Choose a year group"))])
    profile = SelectField(_("Columns and codes"), validators=[InputRequired(_("Choose the columns"))])
    file_format = RadioField(
        _("Kind of file"),
        choices=[
            SelectChoice(FileFormat.XLSX.value, _("Excel (XLSX)")),
            SelectChoice(FileFormat.CSV.value, _("CSV")),
        ],
        default=FileFormat.XLSX.value,
        validators=[InputRequired(_("Choose a kind of file"))],
    )


@blueprint.get("/staff/export")
@doors.staff(*LEADERS)
def choose(visit: StaffVisit) -> str:
    return _choose_page(visit, _form(visit, request.args or None))


@blueprint.get("/staff/export/preview")
@doors.staff(*LEADERS, totp=True)
def preview(visit: StaffVisit) -> Any:
    form = _form(visit, request.args)
    if not form.validate():
        return _choose_page(visit, form), 422
    sheet = _sheet(visit, form)
    entries = [entry for entry in sheet.left_out if entry.what != WHOLE_ROW]
    return render_template(
        "staff/exports/preview.html",
        visit=visit,
        sheet=sheet,
        people=[entry for entry in sheet.left_out if entry.what == WHOLE_ROW],
        entries=entries[:SHOWN],
        more=len(entries) - SHOWN,
        reasons=Counter(entry.why for entry in entries),
        recipient=recipient_of(visit.school, visit.house.catalogue),
        cohort=_cohort(form),
        file_format=form.file_format.data,
        query=_query(form),
    )


@blueprint.post("/staff/export/preview")
@doors.staff(*LEADERS, totp=True)
def make(visit: StaffVisit) -> Any:
    """Make the file at the preview's address: whoever must prove themselves first comes back to it."""
    form = _form(visit, request.args)
    if not form.validate():
        return _choose_page(visit, form), 422
    year_group, summer = _cohort(form)
    file_format = FileFormat(str(form.file_format.data))
    name = f"{form.what.data}-year-{year_group}-{summer}-{visit.school.urn}.{file_format}"
    file = make_file(_sheet(visit, form), name=name, file_format=file_format, now=visit.now)
    record_file(
        visit.session,
        visit.school,
        file,
        kind=str(form.what.data),
        leaving=summer,
        recipient=recipient_of(visit.school, visit.house.catalogue),
        staff_id=visit.staff.id,
        now=visit.now,
    )
    return _download(visit, file)


def _download(visit: StaffVisit, file: ExportFile) -> Response:
    if file.left_out_data is None:
        return _attached(file.data, file.name, XLSX)
    both = [(file.name, file.data), (file.left_out_name, file.left_out_data)]
    bundle = write_zip(both, made_at=visit.now)
    return _attached(bundle, file.name.removesuffix(".csv") + ".zip", "application/zip")


def _attached(data: bytes, name: str, kind: str) -> Response:
    return Response(data, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _sheet(visit: StaffVisit, form: ExportForm) -> ExportSheet:
    year_group, summer = _cohort(form)
    return export_intended(
        visit.session,
        visit.school,
        leaving=summer,
        profile=str(form.profile.data),
        now=visit.now,
        catalogue=visit.house.catalogue,
        year_group=year_group,
    )


def _form(visit: StaffVisit, data: Mapping[str, str] | None) -> ExportForm:
    form = ExportForm(formdata=data)
    form.cohort.choices = [
        SelectChoice(
            f"{one.year_group}-{one.leaving}",
            _("Year %(year)s finishing in summer %(summer)s (%(number)s students)")
            % {"year": one.year_group, "summer": one.leaving, "number": one.students},
        )
        for one in cohorts_of(visit.session, visit.school_id)
    ]
    if form.cohort.data is None and data is None:
        form.cohort.data = f"11-{current_summer(london_date(visit.now))}"
    profiles = visit.house.catalogue.profiles
    form.profile.choices = [SelectChoice(profile.name, profile.title) for profile in profiles.values()]
    return form


def _cohort(form: ExportForm) -> tuple[int, int]:
    """The year group and the summer, as the list named them."""
    year_group, _dash, summer = str(form.cohort.data).partition("-")
    return int(year_group), int(summer)


def _query(form: ExportForm) -> str:
    return urlencode({name: str(form[name].data) for name in FIELDS})


def _choose_page(visit: StaffVisit, form: ExportForm) -> str:
    return render_template(
        "staff/exports/choose.html",
        visit=visit,
        form=form,
        made=exchanges_of(visit.session, visit.school_id),
    )
