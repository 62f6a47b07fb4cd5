"""What a tutor does about one student of the list: say what is known, ask for help, pass on, take back."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from surveybot.records.audit import note_deed
from surveybot.records.destination.destinations import DestinationFact
from surveybot.records.follow_ups import HelpRequest, PassedOn, open_pass_of
from surveybot.records.report.tutor_progress import staffing_of, summer_of
from surveybot.records.roster.students import Student
from surveybot.records.round.rounds import Round
from surveybot.records.round.tutor_rounds import (
    TutorFact,
    UnknownStudent,
    heard_before,
    last_tutor_facts,
    newest_fact,
    set_word,
)
from surveybot.records.staff import StaffMember, staff_of_school
from surveybot.rules.answer.answer_facts import AnswerMeaning, FactValue
from surveybot.rules.calendar.academic_calendar import AcademicCalendar
from surveybot.rules.calendar.academic_year import current_summer
from surveybot.rules.calendar.dates_in_words import from_wall, london_date
from surveybot.rules.calendar.help_promise import promised_by
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import MessageClass
from surveybot.rules.destination.destinations import FactKind, FactMethod, FactSource
from surveybot.rules.plan.unknown_destinations import HowKnown, TutorWord, stands_again
from surveybot.steps.answer.settle import Said, settle
from surveybot.steps.sending.queue import NewDelivery, queue_many

PASSED_ON = "alert-passed-on"
HELP_PAGE = "/staff/inbox/help"


@dataclass(frozen=True, slots=True)
class Known:
    """What a tutor knows of one student, how, and since when."""

    destination: str  # a key of reference/destination_kinds.toml
    how: HowKnown
    learned_on: date
    provider: str = ""
    course: str = ""
    started_month: int | None = None


@dataclass(frozen=True, slots=True)
class OnList:
    """One student on the list of one round, and who speaks."""

    row: Round
    unknown: UnknownStudent
    student: Student
    staff: StaffMember


def tell(session: Session, one: OnList, known: Known, *, now: datetime) -> bool:
    """Append a destination fact; False where something was told already, on this page or another."""
    if one.unknown.word is TutorWord.TOLD or not _set(session, one, TutorWord.TOLD, now):
        return False
    _end_pass(session, one, now)
    today = london_date(now)
    at = now if known.learned_on == today else from_wall(known.learned_on, 12)
    fact = _append(session, one, known.destination, at, known)
    session.add(_said(one, fact, now, how=known.how))
    _note(session, one, "tutor_told", now)
    return True


def pass_on(
    session: Session,
    calendar: AcademicCalendar,
    one: OnList,
    *,
    to: StaffMember | None,
    note: str = "",
    now: datetime,
) -> bool:
    """Hand a student to an adviser, or with nobody named to those who lead; they get an email with no name.

    False where the student was handed on, or told of, already.
    """
    word = TutorWord.PASSED_ON if to else TutorWord.NOT_KNOWN
    if one.unknown.word is not None or not _set(session, one, word, now):
        return False
    assert one.student.id is not None
    assert one.row.id is not None
    request = HelpRequest(
        school_id=one.row.school_id,
        student_id=one.student.id,
        adult=to.name if to else "",
        promised_by=promised_by(now, calendar),
        asked_at=now,
    )
    session.add(request)
    session.flush()
    assert request.id is not None
    assert one.staff.id is not None
    session.add(
        PassedOn(
            school_id=one.row.school_id,
            student_id=one.student.id,
            round_id=one.row.id,
            request_id=request.id,
            from_staff_id=one.staff.id,
            to_staff_id=to.id if to else None,
            note=note,
            passed_at=now,
        )
    )
    _alert(session, one, request.id, to, now)
    _note(session, one, "tutor_passed_on" if to else "tutor_asked_for_help", now)
    return True


def take_back(session: Session, one: OnList, *, now: datetime) -> bool:
    """The last word was a mistake: a row corrects the fact, or the request ends; False where none stands."""
    was = one.unknown.word
    if was is None or not _set(session, one, None, now):
        return False
    if was is TutorWord.TOLD:
        _correct(session, one, now)
    else:
        _end_pass(session, one, now)
    _note(session, one, "tutor_took_back", now)
    return True


def _set(session: Session, one: OnList, word: TutorWord | None, now: datetime) -> bool:
    assert one.unknown.id is not None
    assert one.staff.id is not None
    done = set_word(session, one.unknown.id, word, was=one.unknown.word, by=one.staff.id, at=now)
    session.refresh(one.unknown)
    return done


def _append(
    session: Session, one: OnList, destination: str, at: datetime, known: Known | None = None
) -> DestinationFact:
    assert one.student.id is not None
    value = FactValue(
        kind=FactKind.ACTUAL,
        destination=destination,
        provider_name=known.provider if known else "",
        course_title=known.course if known else "",
        started_month=known.started_month if known else None,
    )
    said = Said(
        school_id=one.row.school_id,
        student_id=one.student.id,
        source=FactSource.STAFF,
        method=FactMethod.TUTOR,
        answer_id=None,
        staff_id=one.staff.id,
        at=at,
    )
    settle(session, said, AnswerMeaning(facts=(value,), after_leaving=True))
    return newest_fact(session, one.student.id)


def _correct(session: Session, one: OnList, now: datetime) -> None:
    """The correction stands right behind what it corrects: a later word of the student stays the newest."""
    assert one.row.id is not None
    assert one.student.id is not None
    _, wrong = last_tutor_facts(session, one.row.id, student_id=one.student.id)[one.student.id]
    assert wrong.id is not None
    summer = summer_of(one.row)
    before = [
        heard
        for heard in heard_before(session, one.student.id, wrong.id)
        if current_summer(heard.on) == summer
    ]
    fact = _append(session, one, stands_again(before), wrong.ascertained_at)
    session.add(_said(one, fact, now, takes_back=wrong))


def _said(
    one: OnList,
    fact: DestinationFact,
    now: datetime,
    *,
    how: HowKnown | None = None,
    takes_back: DestinationFact | None = None,
) -> TutorFact:
    assert one.row.id is not None
    assert one.student.id is not None
    assert one.staff.id is not None
    assert fact.id is not None
    return TutorFact(
        school_id=one.row.school_id,
        round_id=one.row.id,
        student_id=one.student.id,
        fact_id=fact.id,
        staff_id=one.staff.id,
        how=how,
        takes_back_id=takes_back.id if takes_back else None,
        said_at=now,
    )


def _end_pass(session: Session, one: OnList, now: datetime) -> None:
    """What was passed on about this student needs nobody any more."""
    found = open_pass_of(session, one.row.id or 0, one.student.id or 0)
    if found is not None:
        request = found[1]
        request.done_at, request.done_by = now, one.staff.id
        session.add(request)


def _alert(session: Session, one: OnList, request_id: int, to: StaffMember | None, now: datetime) -> None:
    readers = [to.id] if to else staffing_of(staff_of_school(session, one.row.school_id)).leaders
    rows = [
        NewDelivery(
            dedupe_key=f"{PASSED_ON}:{request_id}:{reader}",
            message_class=MessageClass.STAFF,
            template=PASSED_ON,
            step="alert",
            channel=Channel.EMAIL,
            due_at=now,
            school_id=one.row.school_id,
            staff_id=reader,
            facts={"page": HELP_PAGE},
        )
        for reader in readers
        if reader != one.staff.id
    ]
    queue_many(session, rows, now=now)


def _note(session: Session, one: OnList, deed: str, now: datetime) -> None:
    """Which student of which round, by their codes; never what was said."""
    note_deed(
        session,
        deed,
        at=now,
        school_id=one.row.school_id,
        staff_id=one.staff.id,
        subject=one.student.code,
        details={"round": one.row.code},
    )
