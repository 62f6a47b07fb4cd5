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
from surveybot.records.audit import count_deeds, last_deed
from surveybot.records.contact_proofs import count_proofs
from surveybot.records.schools import all_schools
from surveybot.records.staff import staff_of_school
from surveybot.records.worker_beats import last_beat, waits_for_clock
from surveybot.rules.dates_in_words import say_at
from surveybot.rules.school_settings import SchoolSettings
from surveybot.steps.sending.reconcile import DEED, NOBODYS, TWICE

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
            leads = list(_safeguarding(session))
            beat, waits = last_beat(session), waits_for_clock(session)
            incidents = count_deeds(session, (TWICE, NOBODYS), since=entrance.now() - INCIDENT_DAYS)
            compared = last_deed(session, DEED)
            proofs = count_proofs(session, now=entrance.now(), since=entrance.now() - INCIDENT_DAYS)
        yield Finding("schools", schools > 0, f"{schools}", "" if schools else "Run: surveybot school add")
        proven, waiting = proofs
        yield Finding("contacts", True, f"{proven} proven in 30 days, {waiting} wait for an answer")
        yield from leads
        yield _worker(beat.at if beat else None, entrance.now())
        if waits:
            yield Finding(
                "clock", False, CLOCK_JUMPED, "Set it right; ten steady minutes later sending goes on."
            )
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
    mail = f"through {urlsplit(settings.mail_url).hostname}" if settings.sends_email else "no mail server"
    yield Finding("email", settings.sends_email, mail, "" if settings.sends_email else "Set MAIL_URL.")
    texts = "through Twilio" if settings.sends_texts else "no provider"
    advice = "" if settings.sends_texts else "Set TWILIO_ACCOUNT_SID and its companions."
    yield Finding("texts", settings.sends_texts, texts, advice)
    if settings.sends_email and not settings.bounces_url:
        unread = "nobody reads what comes back: an address that is gone stays in use"
        yield Finding("bounces", False, unread, "Set BOUNCES_URL.")
    if settings.sends_texts and not settings.public_url.startswith("https:"):
        yield Finding("reports", False, "Twilio reports only to an https address", "Set PUBLIC_URL to one.")


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


def _worker(beat_at: datetime | None, now: datetime) -> Finding:
    if beat_at is None:
        return Finding("worker", False, "has never run", "Run: surveybot worker")
    stale = now - beat_at > STALE
    found = f"last ran {say_at(beat_at)}"
    return Finding("worker", not stale, found, "Start it: surveybot worker" if stale else "")


def _compared(at: datetime | None, incidents: dict[str, int]) -> Finding:
    """What the comparisons with the provider's list brought to light in the last 30 days."""
    if incidents:
        found = f"{incidents.get(TWICE, 0)} texts went out twice, {incidents.get(NOBODYS, 0)} have no row"
        return Finding("reconciled", False, found, "Look at them: surveybot sending reconcile")
    if at is None:
        return Finding("reconciled", True, "not yet: the worker does it after 03:00")
    return Finding("reconciled", True, f"every text has one row and went out once, {say_at(at)}")


def _in_words(findings: list[Finding]) -> str:
    lines = []
    for finding in findings:
        mark = "ok     " if finding.ok else "missing"
        advice = f" {finding.do}" if finding.do else ""
        lines.append(f"{mark}  {finding.what}: {finding.found}.{advice}")
    return "\n".join(lines)
