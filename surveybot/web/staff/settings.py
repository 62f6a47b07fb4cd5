"""What a school decides for itself: one page, all of it or nothing is taken."""

from dataclasses import fields
from datetime import time
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request

from surveybot.records.audit import note_deed
from surveybot.rules.school_settings import COLOURS, NATIONS, SchoolSettings, SettingFault, set_value
from surveybot.web import doors
from surveybot.web.doors import LEADERS, StaffVisit
from surveybot.web.language import gettext as _

blueprint = Blueprint("staff_settings", __name__)

YES_NO = ("sixth_form", "ask_parents")
CHOICES = {"colour": COLOURS, "nation": NATIONS}
GROUPS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        _("People whom students are told of"),
        (
            (
                "help_adult",
                _("The adult who answers calls for help"),
                _("As students read it: Ms Jones, room 12"),
            ),
            (
                "holiday_adult",
                _("Who answers them in the holidays"),
                _("Left empty, the first school day is promised"),
            ),
            ("safeguarding_email", _("Safeguarding lead's email"), _("Gets worrying words at once")),
            ("dpo_email", _("Data protection officer's email"), _("Stands on the privacy page")),
        ),
    ),
    (
        _("The school"),
        (
            ("la", _("Local authority"), _("Three digits")),
            ("la_contractor", _("Who tracks for the council"), _("If it is a company, its name")),
            ("laestab", _("DfE number"), _("Seven digits")),
            ("ukprn", _("UKPRN"), _("Eight digits")),
            ("sixth_form", _("Has its own sixth form"), ""),
            ("nation", _("Bank holidays of"), ""),
            ("colour", _("Colour of the students' pages"), ""),
        ),
    ),
    (
        _("When and how often we write"),
        (
            ("window_opens", _("Not before"), _("A time of day: 08:00")),
            ("window_closes", _("Not after"), _("A time of day: 19:30")),
            ("cap_per_day", _("Asks per person and day"), ""),
            ("cap_per_30_days", _("Asks per person in 30 days"), _("Over all rounds and channels")),
            ("school_cap_per_day", _("Asks of the whole school per day"), ""),
            (
                "results_day_extra_asks",
                _("More asks per person on results day"),
                _("Above both caps, on that day alone"),
            ),
            (
                "pence_per_segment",
                _("Price of a text segment, in pence"),
                _("For estimates; see your contract"),
            ),
        ),
    ),
    (
        _("How long leavers are followed"),
        (
            (
                "years_after_year_11",
                _("Destination years after Year 11"),
                _("1 to 3; after Year 13 it is one"),
            ),
            (
                "ehc_plan_until_age",
                _("With an EHC plan, until the age of"),
                _("19 to 25; once a year, in November, and only who has agreed"),
            ),
        ),
    ),
    (
        _("Privacy"),
        (
            ("ask_parents", _("Ask parents about following leavers too"), ""),
            ("small_number", _("Hide counts below"), _("In charts and reports")),
            (
                "retention_routes_months",
                _("Forget addresses after"),
                _("Months after the last destination year"),
            ),
            ("retention_answers_months", _("Make answers anonymous after"), _("Months")),
            ("retention_consents_years", _("Keep evidence of consent for"), _("Years")),
        ),
    ),
)


@blueprint.get("/staff/settings")
@doors.staff(*LEADERS)
def settings(visit: StaffVisit) -> str:
    return _settings_page(visit, _as_text(visit), {})


@blueprint.post("/staff/settings")
@doors.staff(*LEADERS)
def save(visit: StaffVisit) -> Any:
    """Take all that was changed, or nothing."""
    before = _as_text(visit)
    written = {key: request.form.get(key, before[key]).strip() for key in before}
    stored, faults = dict(visit.school.settings), {}
    for key in [key for key in written if written[key] != before[key]]:
        try:
            stored = set_value(stored, key, written[key])
        except SettingFault as fault:
            faults[key] = str(fault)
    if faults:
        return _settings_page(visit, written, faults), 422
    visit.school.settings = stored
    changed = sorted(key for key in written if written[key] != before[key])
    if changed:
        _note(visit, "school_set", visit.school.urn, {"keys": changed})
    flash(_("The settings are saved.") if changed else _("Nothing was changed."), "done")
    return redirect("/staff/settings")


def _as_text(visit: StaffVisit) -> dict[str, str]:
    known = SchoolSettings.from_stored(visit.school.settings)
    return {field.name: _text(getattr(known, field.name)) for field in fields(known)}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _settings_page(visit: StaffVisit, values: dict[str, str], faults: dict[str, str]) -> str:
    return render_template(
        "staff/settings.html",
        visit=visit,
        values=values,
        faults=faults,
        setting_groups=GROUPS,
        yes_no=YES_NO,
        choices=CHOICES,
    )


def _note(visit: StaffVisit, deed: str, subject: str, details: dict[str, Any]) -> None:
    note_deed(
        visit.session,
        deed,
        at=visit.now,
        school_id=visit.school_id,
        staff_id=visit.staff.id,
        subject=subject,
        details=details,
    )
