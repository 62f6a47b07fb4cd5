"""Preview and open a round that asks tutors: who gets the email, about whom, and the email itself."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, render_template

from surveybot.records.audit import note_deed
from surveybot.steps.tutor_rounds.letter import sample_letter
from surveybot.steps.tutor_rounds.open_round import open_tutor_round, plan_tutor_round
from surveybot.web.doors import StaffVisit
from surveybot.web.language import gettext as _
from surveybot.web.staff.scope import survey_title


def tutor_preview(visit: StaffVisit, wanted: Mapping[str, Any], fields: Mapping[str, str]) -> str:
    """Nothing is written; raises RoundRefused."""
    plan = plan_tutor_round(visit.session, visit.school, **wanted)
    public_url = visit.house.settings.public_url
    assert visit.staff.id is not None
    return render_template(
        "staff/tutors/preview.html",
        visit=visit,
        plan=plan,
        title=survey_title(plan.survey.slug),
        letter=sample_letter(visit.school, plan, reader=visit.staff.name, public_url=public_url),
        fields=fields,
        query=urlencode(fields),
        request_number=visit.house.signer.new_page(visit.staff.id),
        sends=visit.house.settings.outbound.mode != "deny",
    )


def open_for_tutors(visit: StaffVisit, wanted: Mapping[str, Any], request_number: str) -> Any:
    """Open it and go to its page; raises RoundRefused, or IntegrityError where another click was faster."""
    plan = plan_tutor_round(visit.session, visit.school, **wanted)
    catalogue = visit.house.catalogue
    row = open_tutor_round(
        visit.session, visit.school, plan, catalogue, opened_by=visit.staff.email, now=visit.now
    )
    asked = {"tutors": len(plan.lists), "students": len(plan.unknown)}
    note_deed(
        visit.session,
        "round_opened",
        at=visit.now,
        school_id=visit.school_id,
        staff_id=visit.staff.id,
        subject=row.code,
        details={"request": request_number, **asked},
    )
    words = _("The round is open. %(tutors)s of the staff are asked about %(students)s students.")
    flash(words % asked, "done")
    return redirect(f"/staff/rounds/{row.code}")
