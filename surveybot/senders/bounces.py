"""Bounces: the mailbox they come to, and what each says. The mailbox itself is the relay's work.

A bounce names its delivery in the address that it was sent to (VERP); flufl.bounce, made for Mailman, knows
the many shapes in which mail servers say no (RFC 3464 and older ones).
"""

import email
import imaplib
import logging
import mailbox
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from email.policy import compat32
from urllib.parse import unquote, urlsplit

from flufl.bounce import scan_message

log = logging.getLogger("surveybot.bounces")
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)  # it logs what it reads

_TAGGED = re.compile(r"bounce\+([0-9a-f]{1,8}-[0-9a-f]{10})@", re.IGNORECASE)
_ADDRESSED_BY = ("X-Original-To", "Delivered-To", "Envelope-To", "To")
TIMEOUT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Bounce:
    """`permanent`: the address reaches nobody. A delay, or an auto-reply, is not permanent."""

    tag: str
    permanent: bool


class MailboxLost(Exception):
    """The mailbox of bounces cannot be read now."""


def read_bounce(raw: bytes) -> Bounce | None:
    """What one email says, or None where it names no delivery of ours."""
    message = email.message_from_bytes(raw, policy=compat32)
    tag = _tag_of(message)
    if tag is None:
        return None
    try:
        refused = scan_message(message)
    except Exception as error:  # its detectors stumble over strange mail, and strange mail is what comes here
        log.warning("a bounce could not be read: %s", type(error).__name__)
        refused = frozenset()
    return Bounce(tag, permanent=bool(refused))


def _tag_of(message: Message) -> str | None:
    for header in _ADDRESSED_BY:
        for value in message.get_all(header, []):
            if found := _TAGGED.search(str(value)):
                return found[1].lower()
    return None


def each_bounce(url: str, take: Callable[[bytes], None]) -> int:
    """Hand every new email of the mailbox on, and put it away only after it was taken; say how many."""
    parts = urlsplit(url)
    try:
        if parts.scheme == "maildir":
            return _each_of_maildir(unquote(parts.path), take)
        return _each_of_imap(url, take)
    except (imaplib.IMAP4.error, mailbox.Error, OSError) as error:
        raise MailboxLost(type(error).__name__) from None


def _each_of_maildir(path: str, take: Callable[[bytes], None]) -> int:
    box, count = mailbox.Maildir(path, create=False), 0
    for key in list(box.keys()):
        message = box.get_message(key)
        if message.get_subdir() != "new":
            continue
        take(bytes(message))
        message.set_subdir("cur")
        message.add_flag("S")
        box[key] = message
        count += 1
    return count


def _each_of_imap(url: str, take: Callable[[bytes], None]) -> int:
    parts, count = urlsplit(url), 0
    imap = imaplib.IMAP4_SSL(parts.hostname or "", parts.port or 993, timeout=TIMEOUT_SECONDS)
    try:
        imap.login(unquote(parts.username or ""), unquote(parts.password or ""))
        imap.select(unquote(parts.path.strip("/")) or "INBOX")
        for number, raw in _unseen(imap):
            take(raw)
            imap.store(number, "+FLAGS", "\\Seen")
            count += 1
    finally:
        with suppress(imaplib.IMAP4.error, OSError):
            imap.logout()
    return count


def _unseen(imap: imaplib.IMAP4) -> Iterator[tuple[str, bytes]]:
    _, found = imap.search(None, "UNSEEN")
    for number in (found[0] or b"").split():
        _, parts = imap.fetch(number.decode(), "(BODY.PEEK[])")
        raw = next((part[1] for part in parts if isinstance(part, tuple)), None)
        if raw is not None:
            yield number.decode(), raw
