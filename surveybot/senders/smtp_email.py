"""Email over SMTP, driven stage by stage, so that we know how far a message came when a connection dies.

`smtplib.sendmail` raises the same error for a drop at MAIL and after the final dot. Only after the dot is the
fate of a message unknown (RFC 1047, RFC 5321 4.5.3.2.6). One connection is kept for many messages.
"""

import re
import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

from surveybot.senders.base import Accepted, Ambiguous, LeaseLost, Message, NotSent, Refused, Renew, always
from surveybot.senders.email_bytes import CANNOT_BE_BUILT, build
from surveybot.senders.timeouts import MAIL_STAGE_SECONDS

GOODBYE_SECONDS = 5
_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
_GONE = (smtplib.SMTPServerDisconnected, OSError)


@dataclass(frozen=True, slots=True)
class Relay:
    """A parsed MAIL_URL."""

    scheme: str
    host: str
    port: int
    user: str
    password: str

    @classmethod
    def from_url(cls, url: str) -> "Relay":
        parts = urlsplit(url)
        return cls(
            scheme=parts.scheme,
            host=parts.hostname or "",
            port=parts.port or _PORTS[parts.scheme],
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )

    @property
    def can_log_in(self) -> bool:
        """Whether smtplib can spell the login: it takes plain letters only."""
        return (self.user + self.password).isascii()


class SmtpEmail:
    """One kept connection to the relay; not for several threads at once."""

    threads = 1

    def __init__(
        self,
        mail_url: str,
        mail_from: str,
        *,
        tls: ssl.SSLContext | None = None,
        timeouts: dict[str, int] | None = None,
    ) -> None:
        self.relay = Relay.from_url(mail_url)
        self.from_address = parseaddr(mail_from)[1]
        self.timeouts = timeouts or MAIL_STAGE_SECONDS
        self._tls = tls
        self._smtp: smtplib.SMTP | None = None

    def send(self, message: Message, renew: Renew = always) -> Accepted:
        recipient = ascii_address(message.to)
        if recipient is None:
            raise Refused("", "bad_address", bad_address=True)
        try:
            content = build(message, self.from_address, recipient)
        except CANNOT_BE_BUILT as error:  # nothing was sent
            raise Refused("", "cannot_be_built") from error
        smtp = self._begin(bounce_address(self.from_address, message.bounce_tag), renew)
        try:
            self._offer(smtp, recipient, renew)
            return self._hand_over(smtp, content, message.message_id, renew)
        except LeaseLost:
            self.close()
            raise

    def close(self) -> None:
        """Say goodbye where the connection still lives; smtplib has no socket where it does not."""
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        with suppress(*_GONE, smtplib.SMTPException):
            if smtp.sock is not None:
                smtp.sock.settimeout(GOODBYE_SECONDS)
                smtp.quit()
        smtp.close()

    def _begin(self, envelope: str, renew: Renew) -> smtplib.SMTP:
        """A connection on which MAIL was accepted; a kept one that has died is opened again, once."""
        kept = self._smtp is not None
        try:
            return self._mail(self._smtp or self._connect(renew), envelope, renew)
        except NotSent as error:
            if not kept or error.stage != "MAIL lost":
                raise
        return self._mail(self._connect(renew), envelope, renew)

    def _connect(self, renew: Renew) -> smtplib.SMTP:
        renew("connect")
        self.close()
        relay, timeout = self.relay, self.timeouts["connect"]
        if not relay.can_log_in:
            raise NotSent("credentials not plain", retry_after_seconds=600, counts=False)
        tls = self._tls or ssl.create_default_context()
        try:
            if relay.scheme == "smtps":
                smtp: smtplib.SMTP = smtplib.SMTP_SSL(relay.host, relay.port, timeout=timeout, context=tls)
            else:
                smtp = smtplib.SMTP(relay.host, relay.port, timeout=timeout)
            self._smtp = smtp
            if relay.scheme == "smtp+starttls":
                smtp.starttls(context=tls)
            smtp.ehlo_or_helo_if_needed()
            if relay.user:
                smtp.login(relay.user, relay.password)
        except smtplib.SMTPAuthenticationError as error:
            self.close()
            raise NotSent("credentials", retry_after_seconds=600, counts=False) from error
        except (smtplib.SMTPException, OSError, ValueError) as error:  # a ValueError: the host is no name
            self.close()
            raise NotSent("connect", counts=False) from error
        with suppress(OSError):  # the dot is a packet of its own, and must not wait for an answer
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # type: ignore[union-attr]
        return smtp

    def _mail(self, smtp: smtplib.SMTP, envelope: str, renew: Renew) -> smtplib.SMTP:
        code, reply = self._say(smtp, "MAIL", f"MAIL FROM:<{envelope}>", renew)
        if code != 250:
            self._give_up(smtp)
            if code == 421:
                raise NotSent("MAIL lost", counts=False)
            raise _said_no("MAIL", code, reply)
        return smtp

    def _offer(self, smtp: smtplib.SMTP, recipient: str, renew: Renew) -> None:
        """RCPT and DATA: until the dot, nothing was taken."""
        code, reply = self._say(smtp, "RCPT", f"RCPT TO:<{recipient}>", renew)
        if code not in (250, 251):
            self._give_up(smtp)
            raise _said_no("RCPT", code, reply)
        code, reply = self._say(smtp, "DATA", "DATA", renew)
        if code != 354:
            self._give_up(smtp)
            raise _said_no("DATA", code, reply)

    def _hand_over(self, smtp: smtplib.SMTP, content: bytes, message_id: str, renew: Renew) -> Accepted:
        self._wait_up_to(smtp, "DATA")
        try:
            smtp.send(content)
        except _GONE as error:
            self.close()
            raise NotSent("DATA lost") from error
        renew("dot")
        self._wait_up_to(smtp, "dot")
        try:
            smtp.send(b".\r\n")
            code, reply = smtp.getreply()
        except (*_GONE, smtplib.SMTPException) as error:
            self.close()
            raise Ambiguous("after the dot") from error
        if code == 250:
            return Accepted(message_id)
        self._give_up(smtp)
        raise _said_no("dot", code, reply)

    def _say(self, smtp: smtplib.SMTP, stage: str, line: str, renew: Renew) -> tuple[int, bytes]:
        renew(stage)
        self._wait_up_to(smtp, stage)
        try:
            return smtp.docmd(line)
        except (*_GONE, smtplib.SMTPException) as error:
            self.close()
            raise NotSent(f"{stage} lost") from error

    def _wait_up_to(self, smtp: smtplib.SMTP, stage: str) -> None:
        if smtp.sock is not None and smtp.sock.gettimeout() != self.timeouts[stage]:
            smtp.sock.settimeout(self.timeouts[stage])

    def _give_up(self, smtp: smtplib.SMTP) -> None:
        """Make the connection ready for the next message, or drop it."""
        try:
            code, _ = smtp.rset()
        except (*_GONE, smtplib.SMTPException):
            code = 0
        if code != 250:
            self.close()


def _said_no(stage: str, code: int, reply: bytes) -> NotSent | Refused:
    """A reply that is no yes: 5yz is for good, 4yz for now (RFC 5321 4.2.1). The reply's text is not kept."""
    del reply  # it may quote the address
    if code < 500 or code > 599:
        return NotSent(f"{stage} {code}")
    word = {"RCPT": "bad_address", "MAIL": "sender_refused"}.get(stage, "content_refused")
    return Refused(str(code), word, bad_address=stage == "RCPT")


def bounce_address(from_address: str, tag: str) -> str:
    """Where a bounce of this message goes: an address that names the delivery, or the plain one."""
    return f"bounce+{tag}@{from_address.rpartition('@')[2]}" if tag else from_address


def ascii_address(address: str) -> str | None:
    """The address as every relay takes it, or None where it has none; the domain may be international."""
    local, _, domain = address.rpartition("@")
    if not local or not local.isascii() or not re.fullmatch(r"[^\s<>(),;:\\\"\[\]@]+", local):
        return None
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return None
