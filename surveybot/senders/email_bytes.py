"""An email as it goes over the wire. Headers are made and folded by Python's own email library.

The library takes four times as long for one email as the relay does. So what it makes of a value is kept and
used again; and a header whose value is made of letters alone that need neither quoting nor encoding is
written as the library writes it, which a test proves byte for byte. Whatever else comes goes to the library.
"""

import re
from binascii import b2a_qp
from email.errors import MessageError
from email.headerregistry import Address
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from functools import lru_cache

from surveybot.senders.base import Message

CANNOT_BE_BUILT = (ValueError, IndexError, MessageError)
"""What the library raises where a header cannot be written."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_PLAIN = {  # these come once: keeping them would keep nothing but room
    "To": re.compile(rf"{_ATOM}(?:\.{_ATOM})*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
    "Message-ID": re.compile(rf"<{_ATOM}(?:\.{_ATOM})*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*>"),
    "List-Unsubscribe": re.compile(r"<https?://[A-Za-z0-9./:_-]+>"),
}
_LINE, _LONGEST_LINE = 78, 998  # RFC 5322 2.1.1; the first is the library's own measure too
_LEADING_DOT = re.compile(rb"(?m)^\.")
_BOUNDARY = b"=_surveybot"
"""Quoted-printable never holds "=_", so that no text can end its part (RFC 2045 6.7)."""
_QUOTED = b"Content-Transfer-Encoding: quoted-printable\r\n"
_TEXT = b'Content-Type: text/plain; charset="utf-8"\r\n' + _QUOTED
_HTML = b'Content-Type: text/html; charset="utf-8"\r\n' + _QUOTED


def build(message: Message, from_address: str, recipient: str) -> bytes:
    """The message as it goes over the wire: CRLF, dots doubled, without the final dot.

    The library refuses line breaks in headers, and so does this: with one of CANNOT_BE_BUILT.
    """
    return _LEADING_DOT.sub(b"..", _head(message, from_address, recipient) + _body(message))


def _head(message: Message, from_address: str, recipient: str) -> bytes:
    head = [
        _sender(message.from_name, from_address),
        _once("To", recipient),
        _header("Subject", message.subject),
        _header("Date", format_datetime(message.composed_at)),
        _once("Message-ID", message.message_id),
        b"Auto-Submitted: auto-generated\r\n",  # RFC 3834: machines do not answer
    ]
    if message.stop_link:
        head.append(_once("List-Unsubscribe", f"<{message.stop_link}>"))
        head.append(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")  # RFC 8058
    return b"".join(head) + b"MIME-Version: 1.0\r\n"


def _body(message: Message) -> bytes:
    text = _TEXT + b"\r\n" + _quoted(message.text)
    if not message.html:
        return text
    line = b"--" + _BOUNDARY
    return b"".join(
        (
            b'Content-Type: multipart/alternative; boundary="' + _BOUNDARY + b'"\r\n\r\n',
            line + b"\r\n" + text + b"\r\n",
            line + b"\r\n" + _HTML + b"\r\n" + _quoted(message.html) + b"\r\n",
            line + b"--\r\n",
        )
    )


def _quoted(text: str) -> bytes:
    """A text as quoted-printable, each line with CRLF at its end."""
    return b2a_qp(b"".join(line + b"\r\n" for line in text.encode().splitlines() or [b""]), istext=True)


def _once(name: str, value: str) -> bytes:
    """A header whose value is new in every message."""
    if _PLAIN[name].fullmatch(value):
        if len(name) + 2 + len(value) <= _LINE:
            return f"{name}: {value}\r\n".encode()
        if name == "List-Unsubscribe" and len(value) < _LONGEST_LINE:
            # The library would encode a long address, as if it were words; then nobody can unsubscribe.
            return f"{name}:\r\n {value}\r\n".encode()
    return _made(name, Address(addr_spec=value) if name == "To" else value)


@lru_cache(maxsize=256)
def _header(name: str, value: str) -> bytes:
    return _made(name, value)


@lru_cache(maxsize=256)
def _sender(name: str, address: str) -> bytes:
    return _made("From", Address(display_name=name, addr_spec=address))


def _made(name: str, value: str | Address) -> bytes:
    stored = SMTP_POLICY.header_store_parse(name, value)
    return SMTP_POLICY.fold_binary(*stored)
