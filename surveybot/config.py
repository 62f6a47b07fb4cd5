"""Settings: read once from the environment, checked as a whole, frozen.

A wrong or missing setting stops the start, with one sentence per fault and all faults at once.
"""

import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: templates/ and migrations/ stand beside the package."""

LONGEST_PUBLIC_URL = 58
TIGHTEST_TEXT = "invitation"
"""With one letter more this text takes two parts, where a school has a long name: tests/test_messages.py."""

TWILIO_API_URL = "https://api.twilio.com"
MAIL_SCHEMES = ("smtp", "smtps", "smtp+starttls")


class SettingsError(Exception):
    """The environment does not make a working program; `faults` says each reason in a sentence."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Outbound:
    """Who may be written to at all: nobody (the default), everybody, or only those on a list."""

    mode: str = "deny"
    allowed: frozenset[str] = frozenset()

    def permits(self, address: str) -> bool:
        return self.mode == "allow" or (self.mode == "only" and address.casefold() in self.allowed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    database_url: str
    keys: tuple[tuple[int, str], ...]  # (version, secret), newest first
    public_url: str  # without a slash at the end
    mail_url: str = ""
    mail_from: str = ""
    bounces_url: str = ""
    twilio_account_sid: str = ""
    twilio_auth_token: str = ""
    twilio_auth_token_secondary: str = ""
    twilio_from: str = ""
    twilio_messaging_service_sid: str = ""
    twilio_api_url: str = TWILIO_API_URL
    redis_url: str = ""
    instance: str = ""
    outbound: Outbound = Outbound()
    demo: bool = False
    rehearsal: bool = False
    port: int = 8000
    var: Path = ROOT / "var"

    @property
    def sends_texts(self) -> bool:
        return bool(self.twilio_account_sid)

    @property
    def sends_email(self) -> bool:
        return bool(self.mail_url)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """Read every setting, or raise a SettingsError that names every fault."""
        reader = _Reader(environ)
        demo = reader.switch("SURVEYBOT_DEMO")
        var = ROOT / "var" / "demo" if demo else ROOT / "var"
        port = reader.port()
        settings = cls(
            database_url=reader.database(f"sqlite:///{var / 'surveybot.db'}"),
            keys=reader.keys(var if demo else None),
            public_url=reader.public_url(f"http://127.0.0.1:{port}"),
            mail_url=reader.mail_url(),
            mail_from=reader.text("MAIL_FROM"),
            bounces_url=reader.text("BOUNCES_URL"),
            twilio_account_sid=reader.text("TWILIO_ACCOUNT_SID"),
            twilio_auth_token=reader.text("TWILIO_AUTH_TOKEN"),
            twilio_auth_token_secondary=reader.text("TWILIO_AUTH_TOKEN_SECONDARY"),
            twilio_from=reader.text("TWILIO_FROM"),
            twilio_messaging_service_sid=reader.text("TWILIO_MESSAGING_SERVICE_SID"),
            twilio_api_url=reader.text("TWILIO_API_URL") or TWILIO_API_URL,
            redis_url=reader.text("REDIS_URL"),
            instance=reader.text("SURVEYBOT_INSTANCE") or _own_instance(var),
            outbound=reader.outbound(demo=demo),
            demo=demo,
            rehearsal=reader.switch("SURVEYBOT_REHEARSAL"),
            port=port,
            var=var,
        )
        reader.check_together(settings)
        if reader.faults:
            raise SettingsError(reader.faults)
        return settings


class _Reader:
    """Reads one setting at a time and gathers what is wrong."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.faults: list[str] = []

    def text(self, name: str) -> str:
        return self.environ.get(name, "").strip()

    def switch(self, name: str) -> bool:
        value = self.text(name)
        if value not in ("", "0", "1"):
            self.faults.append(f"{name} is {value!r}: write 1 for yes, or leave it out.")
        return value == "1"

    def port(self) -> int:
        value = self.text("PORT") or "8000"
        if value.isdecimal() and 0 < int(value) < 65536:
            return int(value)
        self.faults.append(f"PORT is {value!r}: write a number from 1 to 65535.")
        return 8000

    def database(self, default: str) -> str:
        value = self.text("DATABASE_URL") or default
        if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            self.faults.append(
                "DATABASE_URL must begin with sqlite:/// or postgresql+psycopg:// and name a database."
            )
        return value

    def public_url(self, default: str) -> str:
        value = (self.text("PUBLIC_URL") or default).rstrip("/")
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            self.faults.append(f"PUBLIC_URL is {value!r}: write the address people use, https://example.org.")
        if (over := _letters_in_a_text(value) - LONGEST_PUBLIC_URL) > 0:
            self.faults.append(
                f"PUBLIC_URL is {over} letters too long: with it the text {TIGHTEST_TEXT!r} takes two parts. "
                f"Write an address of {LONGEST_PUBLIC_URL} letters at most."
            )
        return value

    def mail_url(self) -> str:
        value = self.text("MAIL_URL")
        if value and (urlsplit(value).scheme not in MAIL_SCHEMES or not urlsplit(value).hostname):
            self.faults.append("MAIL_URL must look like smtp+starttls://user:password@host:587.")
        return value

    def keys(self, demo_folder: Path | None) -> tuple[tuple[int, str], ...]:
        value = self.text("SECRET_KEYS")
        if not value and demo_folder is not None:
            return ((1, _demo_key(demo_folder / "secret-key")),)
        keys = []
        for pair in filter(None, value.split(",")):
            version, _, secret = pair.strip().partition(":")
            if not version.isdecimal() or int(version) > 15 or len(secret) < 32:
                self.faults.append(
                    "SECRET_KEYS must be version:key pairs, versions 0-15 and keys of 32 letters or more, "
                    "newest first: 2:...,1:..."
                )
                return ()
            keys.append((int(version), secret))
        if not keys:
            self.faults.append("SECRET_KEYS is missing: write 1: and then 32 or more random letters.")
        if len({version for version, _ in keys}) < len(keys):
            self.faults.append("SECRET_KEYS names one version twice: give each key its own.")
        return tuple(keys)

    def outbound(self, *, demo: bool) -> Outbound:
        value = self.text("SURVEYBOT_OUTBOUND") or ("allow" if demo else "deny")
        if value in ("deny", "allow"):
            return Outbound(value)
        listed = frozenset(filter(None, (item.strip().casefold() for item in value[5:].split(","))))
        if value.startswith("only:") and listed:
            return Outbound("only", listed)
        self.faults.append(
            "SURVEYBOT_OUTBOUND must be deny, allow, or only: with addresses after it, split by commas."
        )
        return Outbound()

    def check_together(self, settings: Settings) -> None:
        if settings.demo and (settings.sends_texts or settings.sends_email):
            self.faults.append(
                "SURVEYBOT_DEMO=1 uses pretend senders only: take MAIL_URL and TWILIO_* out, or the switch."
            )
        if settings.sends_email and not settings.mail_from:
            self.faults.append("MAIL_FROM is missing: write the address that emails come from.")
        if settings.sends_texts and not settings.twilio_auth_token:
            self.faults.append("TWILIO_AUTH_TOKEN is missing beside TWILIO_ACCOUNT_SID.")
        if settings.sends_texts and not (settings.twilio_from or settings.twilio_messaging_service_sid):
            self.faults.append(
                "TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID is missing: who do texts come from?"
            )


def _letters_in_a_text(address: str) -> int:
    """As the phone network counts: a few signs are two letters."""
    return len(address) + sum(sign in "[]~{}|^\\" for sign in address)


def _demo_key(path: Path) -> str:
    """The demo's own key: made once and kept, so that links live over a restart."""
    return _kept_secret(path, secrets.token_urlsafe(36))


def _own_instance(var: Path) -> str:
    """Which installation this is: a random word under var/, this machine and this folder.

    A copy of the whole folder, on this machine or another, is another installation.
    """
    place = sha256(f"{socket.gethostname()}:{var.resolve()}".encode()).hexdigest()[:12]
    return f"{_kept_secret(var / 'instance', secrets.token_hex(8))}-{place}"


def _kept_secret(path: Path, new: str) -> str:
    """What the file holds; where there is none yet, the new text is written first, for its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    part.touch(mode=0o600)
    part.write_text(new)
    try:
        path.hardlink_to(part)  # whole or not at all, also for two processes at once
    except FileExistsError:
        pass
    finally:
        part.unlink()
    return path.read_text().strip()
