"""surveybot check: what works, what is missing, what to do."""

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import click
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from surveybot.commands.entrance import Entrance, json_option, say
from surveybot.config import Settings, SettingsError
from surveybot.records import migrations
from surveybot.records.answer.contact_proofs import count_proofs
from surveybot.records.audit import count_deeds, last_deed
from surveybot.records.plan.plan_troubles import all_troubles
from surveybot.records.schools import all_schools
from surveybot.records.staff import staff_of_school
from surveybot.records.worker.trusted_clock import clock_in_doubt
from surveybot.records.worker.worker_beats import last_beat, waits_for_clock
from surveybot.rules.calendar.dates_in_words import say_at
from surveybot.rules.school_settings import SchoolSettings, unreadable
from surveybot.senders.smtp_email import Relay
from surveybot.steps.sending.look_for_late import Late, look_for_late
from surveybot.steps.sending.night_findings import DEED, DIFFERS, INCIDENTS, NOBODYS, TWICE, UNKNOWN

STALE = timedelta(minutes=5)
CLOCK_JUMPED = "this machine's clock has jumped, so nothing goes out"
INCIDENT_DAYS = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    ok: bool
    found: str
    do: str = ""


@click.command()
@json_option
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """Settings, database, senders, worker: what works, what is missing, what to do."""
    findings = list(_findings())
    say([asdict(finding) for finding in findings], as_json=as_json, in_words=lambda: _in_words(findings))
    context.exit(0 if all(finding.ok for finding in findings) else 1)


def _findings() -> Iterator[Finding]:
    try:
        settings = Settings.from_environment(os.environ)
    except SettingsError as error:
        for fault in error.faults:
            yield Finding("settings", False, fault, "Set it in the environment.")
        return
    yield Finding("settings", True, f"read; people reach us at {settings.public_url}")
    entrance = Entrance(settings)
    click.get_current_context().call_on_close(entrance.close)
    database = _database(entrance)
    yield database
    yield from _senders(settings)
    if database.ok:
        with entrance.reading() as session:
            schools = len(all_schools(session))
            leads = [*_safeguarding(session), *_plans(session)]
            beat, waits, asked = last_beat(session), waits_for_clock(session), clock_in_doubt(session)
            incidents = count_deeds(session, INCIDENTS, since=entrance.now() - INCIDENT_DAYS)
            compared = last_deed(session, DEED)
            late = look_for_late(session, now=entrance.now())
            proofs = count_proofs(session, now=entrance.now(), since=entrance.now() - INCIDENT_DAYS)
        yield Finding("schools", schools > 0, f"{schools}", "" if schools else "Run: surveybot school add")
        proven, waiting = proofs
        yield Finding("contacts", True, f"{proven} proven in 30 days, {waiting} wait for an answer")
        yield from leads
        yield _worker(beat.at if beat else None, entrance.now())
        if asked is not None:
            found = f"shows {say_at(asked.shows or asked.right_at)}, last right at {say_at(asked.right_at)}"
            yield Finding("clock", False, found, "Set it right; if it is, run: surveybot clock --right")
        elif waits:
            yield Finding(
                "clock", False, CLOCK_JUMPED, "Set it right; ten steady minutes later sending goes on."
            )
        yield from _late(late)
        if settings.sends_texts:
            yield _compared(compared.at if compared else None, incidents)


def _database(entrance: Entrance) -> Finding:
    try:
        stored, wanted = migrations.stored_revision(entrance.engine), migrations.wanted_revision()
    except DBAPIError:
        return Finding("database", False, "cannot be reached", "Check DATABASE_URL and the server.")
    if stored != wanted:
        return Finding("database", False, f"at revision {stored or 'none'}", "Run: surveybot migrate")
    return Finding("database", True, f"{entrance.engine.dialect.name}, revision {stored}")


def _senders(settings: Settings) -> Iterator[Finding]:
    if settings.demo:
        yield Finding("senders", True, "pretend only: this is the demo")
        return
    open_to = {"deny": "nobody", "allow": "everybody", "only": f"{len(settings.outbound.allowed)} addresses"}
    denied = settings.outbound.mode == "deny"
    advice = "Set SURVEYBOT_OUTBOUND=allow when you are ready." if denied else ""
    yield Finding("outbound", not denied, f"open to {open_to[settings.outbound.mode]}", advice)
    yield _email(settings)
    texts = "through Twilio" if settings.sends_texts else "no provider"
    advice = "" if settings.sends_texts else "Set TWILIO_ACCOUNT_SID and its companions."
    yield Finding("texts", settings.sends_texts, texts, advice)
    if settings.sends_email and not settings.bounces_url:
        unread = "nobody reads what comes back: an address that is gone stays in use"
        yield Finding("bounces", False, unread, "Set BOUNCES_URL.")
    if settings.sends_texts and not settings.public_url.startswith("https:"):
        yield Finding("reports", False, "Twilio reports only to an https address", "Set PUBLIC_URL to one.")


def _email(settings: Settings) -> Finding:
    if not settings.sends_email:
        return Finding("email", False, "no mail server", "Set MAIL_URL.")
    if not Relay.from_url(settings.mail_url).can_log_in:
        found = "the user or password of MAIL_URL has a letter that the login cannot carry: no email goes out"
        return Finding("email", False, found, "Have a password of plain letters (a-z, 0-9, signs) set.")
    return Finding("email", True, f"through {urlsplit(settings.mail_url).hostname}")


def _safeguarding(session: Session) -> Iterator[Finding]:
    """An alert holds only an address behind sign-in: its reader must be able to sign in."""
    for school in all_schools(session):
        lead = SchoolSettings.from_stored(school.settings).safeguarding_email
        known = {member.email for member, _ in staff_of_school(session, school.id or 0)}
        if not lead:
            found = f"{school.name} names no safeguarding lead: worrying texts go to its careers leaders"
            advice = f"Run: surveybot school set {school.urn} safeguarding_email=..."
            yield Finding("safeguarding", False, found, advice)
        elif lead.strip().lower() not in known:
            found = f"the safeguarding lead of {school.name} has no staff account, and cannot open an alert"
            yield Finding(
                "safeguarding", False, found, f"Run: surveybot staff add {lead} --school {school.urn}"
            )


def _plans(session: Session) -> Iterator[Finding]:
    """Plans that fail, and what a school has stored that cannot be read."""
    names = {school.id: f"{school.name} ({school.urn})" for school in all_schools(session)}
    for one in all_troubles(session):
        found = f"of {names.get(one.school_id)} fail since {say_at(one.since)}: {one.error}"
        yield Finding("plans", False, found, "Nobody else waits for it; it is tried again every hour.")
    for school in all_schools(session):
        for key in unreadable(school.settings):
            found = f"{key} of {names[school.id]} cannot be read"
            yield Finding("settings", False, found, f"Run: surveybot school set {school.urn} {key}=...")


def _worker(beat_at: datetime | None, now: datetime) -> Finding:
    if beat_at is None:
        return Finding("worker", False, "has never run", "Run: surveybot worker")
    stale = now - beat_at > STALE
    found = f"last ran {say_at(beat_at)}"
    return Finding("worker", not stale, found, "Start it: surveybot worker" if stale else "")


def _late(late: Late) -> Iterator[Finding]:
    if late.waiting_since is None:
        yield Finding("queue", True, "no message waits longer than it should")
    else:
        advice = "They go by themselves once worker, clock, email and texts are well: see there."
        yield Finding("queue", False, f"messages wait since {say_at(late.waiting_since)}", advice)
    if late.in_doubt_since is not None:
        found = f"of a message of {say_at(late.in_doubt_since)} nobody can say whether it arrived"
        advice = "It is not sent again by itself; after a day its school decides on /staff/doubts."
        yield Finding("doubts", False, found, advice)


def _compared(at: datetime | None, incidents: dict[str, int]) -> Finding:
    """What the comparisons with the provider's list brought to light in the last 30 days."""
    if incidents:
        words = {
            TWICE: "went out twice",
            NOBODYS: "have no row",
            UNKNOWN: "are not known to the provider",
            DIFFERS: "stand otherwise there",
        }
        found = "in 30 days, of texts: " + ", ".join(
            f"{incidents[deed]} {said}" for deed, said in words.items() if incidents.get(deed)
        )
        return Finding("reconciled", False, found, "Look at them: /staff/comparison")
    if at is None:
        return Finding("reconciled", True, "not yet: the worker does it after 03:00")
    return Finding("reconciled", True, f"every text has one row, went out once, stands alike, {say_at(at)}")


def _in_words(findings: list[Finding]) -> str:
    lines = []
    for finding in findings:
        mark = "ok     " if finding.ok else "missing"
        advice = f" {finding.do}" if finding.do else ""
        lines.append(f"{mark}  {finding.what}: {finding.found}.{advice}")
    return "\n".join(lines)
