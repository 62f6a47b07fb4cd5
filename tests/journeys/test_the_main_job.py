"""The main job as a school lives it, through the programs that run in earnest.

A roster file comes in, a round is opened, signed links go out by email and by text, students answer and
decide about consent on the web server, and the local authority's file comes out. The command line, gunicorn
and the worker are processes of their own; the mail server and Twilio listen on loopback.
"""

import json
import os
import re
import socket
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import openpyxl
from click.testing import CliRunner
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.cli import main
from surveybot.config import ROOT
from surveybot.records import database
from surveybot.records.audit import AuditEntry
from surveybot.records.worker.rehearsal_clock import set_clock
from tests.bench.product import APPLICATION
from tests.bench.servers import serving
from tests.conftest import NOW, TEST_KEY
from tests.fakes import twilio
from tests.senders.test_smtp_email import Mailbox, relay

ROSTER = """\
Surname,Forename,DOB,Year,Reg Group,Student Email,Student Mobile
Khan,Amira,03/10/2009,11,11A,amira@pupils.example.org,
Llŷr,Dewi,20/01/2010,11,11A,,07700 900104
Walsh,Finn,09/09/2009,11,11B,,
"""
URN = "123456"


@dataclass
class Office:
    """The administrator's command line: `run` is a process, `ask` the same command without one."""

    environ: dict[str, str]

    def ask(self, *words: str) -> Any:
        done = CliRunner(env=self.environ).invoke(main, [*words, "--json"])
        assert done.exit_code == 0, done.stderr
        return json.loads(done.stdout)

    def run(self, *words: str) -> Any:
        done = subprocess.run(
            [sys.executable, "-m", "surveybot.cli", *words, "--json"],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)


@dataclass
class Phone:
    """A student's browser: no cookie, no script."""

    url: str

    def get(self, path: str) -> str:
        return self._ask(path, None)

    def answer(self, path: str, **said: str) -> str:
        page = re.search(r'name="page" value="([^"]+)"', self.get(path))
        assert page is not None
        fields = {name.replace("__", "-"): value for name, value in said.items()}
        return self._ask(path, urlencode({"page": page[1], **fields}).encode())

    def _ask(self, path: str, data: bytes | None) -> str:
        with urllib.request.urlopen(f"{self.url}{path}", data, timeout=20) as answer:
            assert "Set-Cookie" not in answer.headers
            text: str = answer.read().decode()
            return text


def a_free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def the_path(text: str) -> str:
    """Where the survey link of a message leads."""
    link = re.search(r"https://school\.example\.org/r/\S+", text)
    assert link is not None, text
    return urlsplit(link[0].rstrip(".")).path


def test_from_a_roster_file_to_the_authoritys_file(engine: Engine, migrated_url: str, tmp_path: Path) -> None:
    roster, out = tmp_path / "roster.csv", tmp_path / "intended.xlsx"
    roster.write_text(ROSTER, "utf-8")
    with database.writing(engine) as session:
        set_clock(session, NOW, real=datetime.now(UTC))
    mailbox = Mailbox()
    with relay(mailbox) as mail_port, twilio.running_twilio() as texts:
        environ = {
            **os.environ,
            "DATABASE_URL": migrated_url,
            "SECRET_KEYS": f"1:{TEST_KEY}",
            "SURVEYBOT_INSTANCE": "the-test-machine",
            "SURVEYBOT_OUTBOUND": "allow",
            "SURVEYBOT_REHEARSAL": "1",
            "SURVEYBOT_DEMO": "",
            "PUBLIC_URL": "https://school.example.org",
            "MAIL_URL": f"smtp://127.0.0.1:{mail_port}",
            "MAIL_FROM": "careers@school.example.org",
            "TWILIO_ACCOUNT_SID": twilio.ACCOUNT,
            "TWILIO_AUTH_TOKEN": twilio.TOKEN,
            "TWILIO_FROM": twilio.SENDER,
            "TWILIO_API_URL": texts.url,
        }
        office = Office(environ)
        office.ask("school", "add", "Hillview School", "--urn", URN, "--la", "931")
        assert office.run("roster", "import", str(roster), "--school", URN)["added"] == 3
        words = ("round", "open", "after-mocks", "--school", URN, "--leaving", "2026", "--list")
        opened = office.run(*words)
        assert opened["by_channel"] == {"sms": 1, "email": 1}
        office.ask("sending", "resume")  # this installation may write from now on
        assert office.run("worker", "--once")["sent"] == 2

        (email,) = [mailbox.message(number) for number in range(len(mailbox.envelopes))]
        assert email["To"] == "amira@pupils.example.org"
        plain = email.get_body(("plain",))
        assert plain is not None
        (text,) = texts.messages
        assert (text["to"], text["num_segments"]) == ("+447700900104", "1")

        port = a_free_port()
        with serving(APPLICATION, port=port, environ=environ, log=tmp_path / "web.log"):
            phone = Phone(f"http://127.0.0.1:{port}")
            college = {"options__1__kind": "further_education_college", "options__1__provider": "Abingdon"}
            thanked = phone.answer(the_path(plain.get_content()), **college, sure="very", P1="yes", P2="no")
            assert "Thank you, Amira" in thanked
            assert "Abingdon" not in phone.get(the_path(plain.get_content()))  # a link may not read
            phone.answer(the_path(text["body"]), options__1__kind="not_sure", help="talk", P1="no")

        codes = {one["name"]: one["student"] for one in opened["asked"]}
        decided = office.ask("consents", "show", codes["Amira Khan"])
        status = office.ask("round", "status", opened["round"])
        file = office.run("export", "intended", "--school", URN, "--leaving", "2026", "--out", str(out))
        assert texts.violations == []

    assert {one["purpose"]: one["decision"] for one in decided} == {"P1": "granted", "P2": "refused"}
    wanted = {"invited": 2, "sent": 2, "answered": 2, "wants_help": 1, "unreachable": 1}
    assert {key: status[key] for key in wanted} == wanted
    digest = sha256(out.read_bytes()).hexdigest()
    with database.reading(engine) as session:
        deed = session.exec(select(AuditEntry).where(AuditEntry.deed == "file_exported")).one()
    assert file["sha256"] == deed.details["sha256"] == digest
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["Students", "Left out"]
    rows = {row["Forename"]: row for row in read(book["Students"])}
    assert rows["Amira"]["IntendedDestinationCode"] == "121"
    assert rows["Amira"]["IntendedProviderName"] == "Abingdon"
    assert rows["Dewi"]["IntendedDestinationCode"] == "511"  # undecided, in the list of today
    assert "Finn" in rows  # who cannot be reached is in the file all the same
    left_out = {(row["Forename"], row["Reason"]) for row in read(book["Left out"])}
    assert ("Finn", "No answer yet: the destination columns are empty.") in left_out


def read(sheet: Any) -> list[dict[str, Any]]:
    """The rows of a sheet by the names of their columns."""
    columns, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(columns, row, strict=True)) for row in rows]
