"""How fast messages are handed over, beside what the other side could take; and what old rows cost.

python -m tests.bench.sending        (alone; make bench runs it too)
"""

import json
import smtplib
import socket
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Engine
from sqlmodel import col, select

from surveybot.catalogue import load_catalogue
from surveybot.config import Outbound, Settings
from surveybot.links import LinkSigner
from surveybot.records import database, every_table, migrations  # noqa: F401  (all tables)
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.installations import take_over
from surveybot.records.roster.students import Leaving
from surveybot.records.schools import School
from surveybot.rules.calendar.academic_year import current_summer
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.delivery.channels import Channel
from surveybot.senders.base import Accepted, Message, Renew, Sender, Senders, always
from surveybot.senders.email_bytes import build
from surveybot.senders.smtp_email import SmtpEmail
from surveybot.senders.twilio_sms import THREADS, TwilioAccount, TwilioSms
from surveybot.steps.round.open_round import open_round, plan_round
from surveybot.steps.sending.tick import tick
from tests.bench.far_sides import SMTP_SINK, mail_sink, slow_api
from tests.proof.rig import add_messages, add_people

LATENCY = 0.1
TEXTS, EMAILS, INVITED = 1_000, 2_000, 10_000
OLD_ROWS, AMONG_THEM = 1_000_000, 600
TARGETS = {"texts": 0.9, "emails": 0.2, "opened_seconds": 10.0, "old_rows": 1.25}
INSTANCE = "bench"


def bench_sending(engine: Engine) -> dict[str, Any]:
    """The figures of sending on one migrated, empty database."""
    now = datetime.now(UTC)
    with database.writing(engine) as session:
        take_over(session, INSTANCE, by="bench", now=now)
    school, students = add_people(engine, INVITED)
    found: dict[str, Any] = {"opened_seconds": _open_for_all(engine, school, students, now)}
    found["texts"] = _texts(engine, school, students)
    found["emails"] = _emails(engine, school, students)
    found["old_rows"] = _old_rows(engine, school, students)
    return found


def _settings() -> Settings:
    return Settings(
        database_url="sqlite://",
        keys=((1, "bench-key-of-32-letters-or-more!"),),
        public_url="https://school.example.org",
        mail_from="careers@school.example.org",
        outbound=Outbound("allow"),
        instance=INSTANCE,
        var=Path(tempfile.gettempdir()),
    )


def _run(engine: Engine, senders: Senders) -> int:
    settings = _settings()
    signer, catalogue = LinkSigner(settings.keys), load_catalogue()
    return tick(engine, senders, signer, catalogue, settings, datetime.now(UTC)).sent


def _open_for_all(engine: Engine, school: int, students: list[int], now: datetime) -> float:
    summer = current_summer(london_date(now))
    with database.writing(engine) as session:
        session.add_all(
            Leaving(school_id=school, student_id=one, year_group=11, summer=summer) for one in students
        )
    started = time.perf_counter()
    with database.writing(engine) as session:
        row, survey = session.get_one(School, school), load_catalogue().survey("after-mocks")
        later = now + timedelta(days=30)  # what is measured next is not in its way
        plan = plan_round(session, row, survey, leaving=summer, year_group=11, opens_at=later, now=now)
        opened = open_round(session, row, plan, opened_by="bench", now=now)
        assert opened.id is not None
    if len(plan.invited) != INVITED:
        raise SystemExit(f"only {len(plan.invited)} were invited")
    return round(time.perf_counter() - started, 2)


def _texts(engine: Engine, school: int, students: list[int]) -> dict[str, float]:
    """Of what ten threads can get out of an API that takes 100 ms."""
    with slow_api(LATENCY) as url:
        number = "+447700900000"
        sender = TwilioSms(
            TwilioAccount(sid="AC", token="t", api_url=url, public_url="http://x", sender=number)
        )
        add_messages(engine, school, students, THREADS, now=datetime.now(UTC), prefix="warm")
        _run(engine, Senders(sms=sender))
        add_messages(engine, school, students, TEXTS, now=datetime.now(UTC), prefix="text")
        started = time.perf_counter()
        sent = _run(engine, Senders(sms=sender))
        seconds = time.perf_counter() - started
        sender.close()
    if sent != TEXTS:
        raise SystemExit(f"{sent} of {TEXTS} texts went out")
    limit = THREADS / LATENCY
    return {"per_second": round(sent / seconds, 1), "limit": limit, "share": round(sent / seconds / limit, 3)}


def _emails(engine: Engine, school: int, students: list[int]) -> dict[str, Any]:
    """Beside the very same messages, built beforehand and sent bare over one connection."""
    add_messages(
        engine, school, students, EMAILS, now=datetime.now(UTC), channel=Channel.EMAIL, prefix="email"
    )
    with mail_sink() as port:
        recorder = _Recorder(SmtpEmail(f"smtp://127.0.0.1:{port}", _settings().mail_from))
        started = time.perf_counter()
        sent = _run(engine, Senders(email=recorder))
        seconds = time.perf_counter() - started
        recorder.close()
        built = [build(one, "careers@school.example.org", one.to) for one in recorder.messages]
        bare = min(_bare(port, built) for _ in range(2))
    if sent != EMAILS:
        raise SystemExit(f"{sent} of {EMAILS} emails went out")
    return {
        "per_second": round(sent / seconds),
        "bare_per_second": round(sent / bare),
        "share": round(bare / seconds, 3),
        "sink": "postfix's smtp-sink" if SMTP_SINK else "a plain one: smtp-sink of postfix is not installed",
    }


class _Recorder:
    """Passes messages on, and keeps them to be sent bare afterwards."""

    def __init__(self, sender: Sender) -> None:
        self.sender, self.threads = sender, sender.threads
        self.messages: list[Message] = []

    def send(self, message: Message, renew: Renew = always) -> Accepted:
        self.messages.append(message)
        return self.sender.send(message, renew)

    def close(self) -> None:
        self.sender.close()


def _bare(port: int, built: list[bytes]) -> float:
    """smtplib as its documentation shows it: sendmail, message after message."""
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # type: ignore[union-attr]
        started = time.perf_counter()
        for content in built:
            smtp.sendmail("careers@school.example.org", ["a@pupils.example.org"], content)
        return time.perf_counter() - started


class _Instant:
    threads = 1

    def send(self, message: Message, renew: Renew = always) -> Accepted:
        renew("send")
        return Accepted(f"SM{message.delivery_id:032x}")

    def close(self) -> None:
        pass


def _old_rows(engine: Engine, school: int, students: list[int]) -> dict[str, float]:
    """The cost of one message before and after a million old rows lie in the table."""
    before = min(_cost(engine, school, students, f"before-{turn}") for turn in range(2))
    _add_old_rows(engine)
    after = min(_cost(engine, school, students, f"after-{turn}") for turn in range(2))
    return {
        "ms_before": round(before * 1000, 2),
        "ms_after": round(after * 1000, 2),
        "times": round(after / before, 2),
    }


def _cost(engine: Engine, school: int, students: list[int], prefix: str) -> float:
    add_messages(engine, school, students, AMONG_THEM, now=datetime.now(UTC), prefix=prefix)
    started = time.perf_counter()
    sent = _run(engine, Senders(sms=_Instant(), email=_Instant()))
    if sent != AMONG_THEM:
        raise SystemExit(f"{sent} of {AMONG_THEM} messages went out")
    return (time.perf_counter() - started) / AMONG_THEM


def _add_old_rows(engine: Engine) -> None:
    """Copies of one message that went out long ago, made inside the database."""
    with database.writing(engine) as session:
        one = session.exec(select(Delivery).where(col(Delivery.provider_id).is_not(None)).limit(1)).one()
        names = [name for name in Delivery.model_fields if name not in ("id", "dedupe_key", "provider_id")]
        columns = ", ".join(f'"{name}"' for name in names)
        numbers = (
            "generate_series(1, :many) AS old(n)"
            if engine.dialect.name == "postgresql"
            else "(WITH RECURSIVE old(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM old WHERE n < :many)"
            " SELECT n FROM old) AS old"
        )
        session.connection().execute(
            text(
                f"INSERT INTO delivery (dedupe_key, provider_id, {columns})"
                f" SELECT 'old:' || old.n, 'SMold' || old.n, {columns} FROM {numbers}"
                " CROSS JOIN delivery WHERE delivery.id = :one"
            ),
            {"many": OLD_ROWS, "one": one.id},
        )
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE delivery")


def in_words(found: dict[str, Any]) -> str:
    texts, emails, old = found["texts"], found["emails"], found["old_rows"]
    rows = (
        (
            f"texts  {texts['share']:.2f} of threads / latency ({texts['per_second']:.0f} of "
            f"{texts['limit']:.0f} a second; at least 0.9)",
            texts["share"] >= TARGETS["texts"],
        ),
        (
            f"emails {emails['share']:.2f} of the same sent bare ({emails['per_second']} of "
            f"{emails['bare_per_second']} a second, {emails['sink']}; at least 0.2, aim 0.3)",
            emails["share"] >= TARGETS["emails"],
        ),
        (
            f"{INVITED:,} invitations opened in {found['opened_seconds']:.1f} s (under 10)",
            found["opened_seconds"] < TARGETS["opened_seconds"],
        ),
        (
            f"a message costs {old['times']:.2f} times as much with {OLD_ROWS:,} old rows "
            f"({old['ms_before']} and {old['ms_after']} ms)",
            old["times"] <= TARGETS["old_rows"],
        ),
    )
    return "\n".join(f"  {line}: {'met' if met else 'MISSED'}" for line, met in rows)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = database.make_engine(f"sqlite:///{folder}/bench.db")
        migrations.upgrade(engine)
        found = bench_sending(engine)
        engine.dispose()
    print(json.dumps(found))
    print(in_words(found))


if __name__ == "__main__":
    main()
