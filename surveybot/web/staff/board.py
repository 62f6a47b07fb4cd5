"""The board of results day: who needs somebody now, who has answered, who is with whom; as it happens."""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, flash, redirect, render_template, request

from surveybot.records.report.results_board import OnBoard, people_on_board
from surveybot.records.roster.students import Student
from surveybot.records.round.rounds import Round
from surveybot.rules.calendar.results_day import RESULTS_SURVEY
from surveybot.rules.report.results_board import NEEDS_SOMEBODY, Stand
from surveybot.steps.round.board import deal_with_case, leave_case, reopen_case, take_case
from surveybot.web import doors
from surveybot.web.doors import StaffVisit
from surveybot.web.language import gettext as _
from surveybot.web.staff import plain_words
from surveybot.web.staff.scope import round_here, student_here, survey_title

blueprint = Blueprint("staff_board", __name__)

STANDS: dict[Stand, tuple[str, str]] = {
    Stand.HELP: (_("Needs help"), "bad"),
    Stand.NO_PLACE: (_("No place"), "warn"),
    Stand.CHANGED: (_("Plan has changed"), "wait"),
    Stand.FIRST: (_("See first, no answer yet"), "plain"),
    Stand.SILENT: (_("Not answered"), "off"),
    Stand.OTHER: (_("Another answer"), "plain"),
    Stand.SAME: (_("Same plan"), "good"),
}
TILES = (Stand.HELP, Stand.NO_PLACE, Stand.CHANGED, Stand.FIRST, Stand.SILENT, Stand.SAME)


@dataclass(frozen=True)
class Board:
    """Everybody, sorted into what staff do next."""

    people: list[OnBoard]

    @property
    def waiting(self) -> list[OnBoard]:
        """Who needs somebody: by urgency, whoever nobody is with first, the earliest answer first."""
        order = {stand: place for place, stand in enumerate(NEEDS_SOMEBODY)}
        need = [one for one in self.people if one.needs_somebody]
        return sorted(
            need,
            key=lambda one: (
                bool(one.taken_by),
                order[one.stand],
                one.answered_at.timestamp() if one.answered_at else 0.0,
            ),
        )

    def standing(self, *stands: Stand) -> list[OnBoard]:
        return [one for one in self.people if one.stand in stands and not one.is_done]

    @property
    def done(self) -> list[OnBoard]:
        return [one for one in self.people if one.is_done]

    @property
    def counts(self) -> Counter[Stand]:
        return Counter(one.stand for one in self.people if not one.is_done)

    @property
    def answered(self) -> int:
        return sum(1 for one in self.people if one.answered_at)

    def by_group(self) -> dict[str, "Board"]:
        groups: dict[str, list[OnBoard]] = {}
        for one in self.people:
            groups.setdefault(one.tutor_group, []).append(one)
        return {name: Board(people) for name, people in groups.items()}


@blueprint.get("/staff/rounds/<code>/board")
@doors.staff()
def show(visit: StaffVisit, code: str) -> str:
    return render_template("staff/board.html", visit=visit, **_facts(visit, code))


@blueprint.get("/staff/rounds/<code>/board/live")
@doors.staff()
def live(visit: StaffVisit, code: str) -> str:
    return render_template("staff/board_live.html", visit=visit, **_facts(visit, code))


@blueprint.post("/staff/rounds/<code>/board/<student_code>")
@doors.staff()
def act(visit: StaffVisit, code: str, student_code: str) -> Any:
    """I am with them; not any more; dealt with; not dealt with after all."""
    row, student = _results_round(visit, code), student_here(visit, student_code)
    one = next((one for one in _board(visit, row).people if one.student_id == student.id), None)
    if one is None:
        abort(404)
    deed = request.form.get("do", "")
    if one.is_done and deed in ("take", "leave", "done"):  # pressed twice, or on a page that is behind
        flash(_("%s has been dealt with already.") % student.full_name, "note")
    else:
        _do(visit, row, student, deed)
    group = request.args.get("group", "")
    return redirect(f"/staff/rounds/{row.code}/board" + (f"?{urlencode({'group': group})}" if group else ""))


def _do(visit: StaffVisit, row: Round, student: Student, deed: str) -> None:
    assert visit.staff.id is not None
    session, staff_id, now = visit.session, visit.staff.id, visit.now
    match deed:
        case "take":
            if not take_case(session, row, student, staff_id=staff_id, now=now):
                flash(_("Somebody else is with %s already.") % student.full_name, "note")
        case "leave":
            leave_case(session, row, student, staff_id=staff_id, now=now)
        case "done":
            deal_with_case(session, row, student, staff_id=staff_id, now=now)
        case "undo":
            reopen_case(session, row, student, staff_id=staff_id, now=now)
        case _:
            abort(400)


def _results_round(visit: StaffVisit, code: str) -> Round:
    row = round_here(visit, code)
    return row if row.survey == RESULTS_SURVEY else abort(404)


def _board(visit: StaffVisit, row: Round) -> Board:
    assert row.id is not None
    return Board(people_on_board(visit.session, row.id, tutor_groups=visit.tutor_groups))


def _facts(visit: StaffVisit, code: str) -> dict[str, Any]:
    row = _results_round(visit, code)
    whole = _board(visit, row)
    if not whole.people and visit.tutor_groups is not None:
        abort(404)
    groups, wanted = whole.by_group(), request.args.get("group", "")
    group = wanted if wanted in groups else ""
    return {
        "row": row,
        "title": survey_title(row.survey),
        "board": groups[group] if group else whole,
        "groups": groups,
        "group": group,
        "query": f"?{urlencode({'group': group})}" if group else "",
        "stands": STANDS,
        "tiles": TILES,
        "S": Stand,
        "words": plain_words,
    }
