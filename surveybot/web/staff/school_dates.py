"""A school's own dates of one academic year, and which check-ins it switches off or moves: all or nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request

from surveybot.records.audit import note_deed
from surveybot.rules.calendar.academic_calendar import AcademicCalendar, Exam, Span
from surveybot.rules.calendar.academic_year import current_summer
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.delivery.contact_hours import bank_holidays
from surveybot.rules.plan.check_in_plan import CheckIn, Path
from surveybot.rules.plan.own_calendar import own_calendar
from surveybot.rules.school_settings import SchoolSettings, SettingFault, horizons_of, set_value
from surveybot.web import doors
from surveybot.web.doors import LEADERS, StaffVisit
from surveybot.web.language import gettext as _
from surveybot.web.staff.scope import survey_title

blueprint = Blueprint("staff_school_dates", __name__)

SPANS = {
    "autumn": _("Autumn term"),
    "spring": _("Spring term"),
    "summer": _("Summer term"),
    "mocks": _("Mock exams"),
    "exams": _("Exam weeks: Year 11 and 13 are left alone"),
}
RESULTS = {
    Exam.GCSE: (_("GCSE results day"), 11),
    Exam.A_LEVEL: (_("A level results day"), 13),
}
EARLIEST, LATEST = 2025, 2035


@dataclass(frozen=True, slots=True)
class Row:
    """One setting of the form: a name, one or two dates or a text, and what is wrong with it."""

    key: str
    label: str
    first: str
    last: str = ""
    usual: str = ""  # what holds where the school sets nothing
    fault: str = ""


@blueprint.get("/staff/calendar/dates")
@doors.staff(*LEADERS)
def show(visit: StaffVisit) -> str:
    return _page(visit, _summer(visit), {}, None)


@blueprint.post("/staff/calendar/dates")
@doors.staff(*LEADERS)
def save(visit: StaffVisit) -> Any:
    summer = _summer(visit)
    stored, faults = dict(visit.school.settings), {}
    before = dict(stored)
    for key, text in _written(visit, summer):
        try:
            stored = set_value(stored, key, text)
        except SettingFault as fault:
            faults[key] = str(fault)
    if faults:
        return _page(visit, summer, faults, request.form), 422
    visit.school.settings = stored
    changed = sorted(key for key in {*stored, *before} if stored.get(key) != before.get(key))
    if changed:
        note_deed(
            visit.session,
            "school_set",
            at=visit.now,
            school_id=visit.school_id,
            staff_id=visit.staff.id,
            subject=visit.school.urn,
            details={"keys": changed},
        )
    flash(
        _("The dates are saved. The calendar follows them.") if changed else _("Nothing was changed."), "done"
    )
    return redirect(f"/staff/calendar/dates?summer={summer}")


def _summer(visit: StaffVisit) -> int:
    summer = request.values.get("summer", type=int) or current_summer(london_date(visit.now))
    return summer if EARLIEST <= summer <= LATEST else abort(404)


def _calendars(visit: StaffVisit) -> tuple[AcademicCalendar, AcademicCalendar]:
    """The school's own, and what would hold without its own dates."""
    nation = SchoolSettings.from_stored(visit.school.settings).nation
    shipped = visit.house.catalogue.calendar
    own = own_calendar(shipped, visit.school.settings, nation=nation)
    return own, own_calendar(shipped, {}, nation=nation)


def _span_of(calendar: AcademicCalendar, name: str, summer: int) -> Span:
    if name in ("mocks", "exams"):
        return calendar.mocks(summer) if name == "mocks" else calendar.exams(summer)
    return calendar.term(name, summer)


def _written(visit: StaffVisit, summer: int) -> Iterator[tuple[str, str]]:
    """Every setting as text; what is as usual is no date of the school's own."""
    _own, usual = _calendars(visit)
    form = request.form
    for name in SPANS:
        key, span = f"calendar.{name}.{summer}", _span_of(usual, name, summer)
        first, last = form.get(f"{key}-first", "").strip(), form.get(f"{key}-last", "").strip()
        as_usual = (first, last) in (("", ""), (f"{span.first}", f"{span.last}"))
        yield key, "" if as_usual else f"{first}/{last or 'no end'}"
    for exam, (_label, year_group) in RESULTS.items():
        key = f"calendar.results.{exam.value}.{summer}"
        said, pattern = form.get(f"{key}-first", "").strip(), usual.results_day(year_group, summer)
        same = pattern.official and said == f"{pattern.on}"
        untouched = (
            said == f"{pattern.on}" and key not in visit.school.settings and not form.get(f"{key}-official")
        )
        yield key, "" if same or untouched else said
    yield "calendar.closed", form.get("calendar.closed-first", "").strip()
    for key, _label in _moves(visit):
        text = form.get(f"{key}-first", "").strip()
        yield key, "" if text == "on" else text


def _moves(visit: StaffVisit) -> list[tuple[str, str]]:
    """Each check-in of the plan once, by survey and destination year."""
    horizons, found = horizons_of(SchoolSettings.from_stored(visit.school.settings)), {}
    for one in visit.house.catalogue.check_ins.check_ins:
        years = (
            {horizons.after(group) for group in one.year_groups} if one.at_the_end else {one.destination_year}
        )
        for year in years:
            found[f"plan.{one.survey}.{year}"] = _move_label(one, year)
    return sorted(found.items(), key=lambda pair: (int(pair[0].rpartition(".")[2]), pair[1]))


def _move_label(one: CheckIn, year: int) -> str:
    label = survey_title(one.survey)
    if one.path is Path.EARLY:
        return label + _(", who leaves early")
    return label + (_(", destination year %s") % year if year else "")


def _page(visit: StaffVisit, summer: int, faults: dict[str, str], typed: Any) -> str:
    own, usual = _calendars(visit)
    stored = visit.school.settings

    def value(key: str, end: str, otherwise: date | str) -> str:
        return str(typed.get(f"{key}-{end}", "") if typed is not None else otherwise)

    spans = []
    for name, label in SPANS.items():
        key, now, rule = (
            f"calendar.{name}.{summer}",
            _span_of(own, name, summer),
            _span_of(usual, name, summer),
        )
        ends = value(key, "first", now.first), value(key, "last", now.last)
        spans.append(
            Row(key, label, *ends, f"{rule.first}/{rule.last}" if now != rule else "", faults.get(key, ""))
        )
    results = []
    for exam, (label, year_group) in RESULTS.items():
        key, day = f"calendar.results.{exam.value}.{summer}", own.results_day(year_group, summer)
        row = Row(key, label, value(key, "first", day.on), usual="" if day.official else "pattern")
        results.append(Row(row.key, label, row.first, usual=row.usual, fault=faults.get(key, "")))
    moves = [
        Row(key, label, value(key, "first", str(stored.get(key, ""))), fault=faults.get(key, ""))
        for key, label in _moves(visit)
    ]
    closed = "calendar.closed"
    return render_template(
        "staff/school_dates.html",
        visit=visit,
        summer=summer,
        summers=range(EARLIEST, LATEST + 1),
        spans=spans,
        results=results,
        moves=moves,
        closed=Row(
            closed, "", value(closed, "first", str(stored.get(closed, ""))), fault=faults.get(closed, "")
        ),
        faults=faults,
        holidays=[
            day
            for year in (summer - 1, summer)
            for day in sorted(bank_holidays(own.nation, year))
            if current_summer(day) == summer
        ],
        la_dates=sorted((one.rule.on(summer), one.name) for one in own.la_dates),
        law=visit.house.catalogue.jurisdictions.get(own.nation),
    )
