"""An email is what Python's email library would make of it, header for header and word for word."""

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveybot.rules.delivery.channels import Channel
from surveybot.senders.base import Message
from surveybot.senders.email_bytes import CANNOT_BE_BUILT, build
from tests.conftest import NOW

FROM = "careers@school.example.org"
MESSAGE = Message(
    delivery_id=7,
    channel=Channel.EMAIL,
    to="amira@pupils.example.org",
    subject="What do you plan to do next? Ysgol Llŷr asks",
    text="Hi Zoë,\n\n.A line that begins with a dot\n.\nhttps://school.example.org/r/" + "A" * 29 + "\n",
    html='<p style="color: #124f8c">Hi Zoë,</p>',
    from_name="Ysgol Llŷr",
    message_id="<123.456@school.example.org>",
    composed_at=NOW,
    stop_link="https://school.example.org/stop/" + "B" * 29,
)


def by_the_library(message: Message, recipient: str) -> EmailMessage:
    made = EmailMessage(policy=SMTP_POLICY)
    made["From"] = Address(display_name=message.from_name, addr_spec=FROM)
    made["To"] = Address(addr_spec=recipient)
    made["Subject"] = message.subject
    made["Date"] = format_datetime(message.composed_at)
    made["Message-ID"] = message.message_id
    made["Auto-Submitted"] = "auto-generated"
    if message.stop_link:
        made["List-Unsubscribe"] = f"<{message.stop_link}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(message.text, cte="quoted-printable")
    if message.html:
        made.add_alternative(message.html, subtype="html", cte="quoted-printable")
    return made


def without_doubled_dots(content: bytes) -> bytes:
    return b"\r\n".join(line[1:] if line.startswith(b".") else line for line in content.split(b"\r\n"))


def head_of(content: bytes) -> bytes:
    return content.partition(b"Content-Type:")[0].replace(b"MIME-Version: 1.0\r\n", b"")


def words_of(made: Any) -> list[tuple[str, str]]:
    return [(part.get_content_type(), part.get_content()) for part in made.walk() if not part.is_multipart()]


def assert_the_same(message: Message, recipient: str) -> None:
    try:
        library = by_the_library(message, recipient).as_bytes()
    except CANNOT_BE_BUILT:
        with pytest.raises(CANNOT_BE_BUILT):
            build(message, FROM, recipient)
        return
    ours = without_doubled_dots(build(message, FROM, recipient))
    assert head_of(ours) == head_of(library)
    assert all(len(line) <= 78 for line in ours.partition(b"\r\n\r\n")[2].split(b"\r\n"))
    read, wanted = (email.message_from_bytes(one, policy=email.policy.default) for one in (ours, library))
    assert words_of(read) == words_of(wanted)
    assert [defect for part in read.walk() for defect in part.defects] == []


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"html": ""},
        {"stop_link": ""},
        {"from_name": 'St Mary\'s, "The" <School>'},
        {"from_name": ""},
        {"subject": "x" * 300},
        {"subject": "Zażółć gęślą jaźń " * 12},
        {"text": "no line's end"},
        {"text": "--=_surveybot--\n=_surveybot\nFrom here\n \ttrailing \t\n" + "ŷ" * 200},
        {"composed_at": NOW.astimezone(timezone(timedelta(hours=1)))},
        {"composed_at": datetime(2028, 2, 29, 23, 59, 59, 999999, UTC)},
        {"message_id": "<" + "1" * 200 + "@school.example.org>"},
        {"stop_link": "https://s.uk/stop/" + "B" * 29},
    ],
)
@pytest.mark.parametrize(
    "recipient",
    ["a@b.uk", "o'neill+post@pupils.example.org", "x" * 60 + "@" + "long-name." * 6 + "example.org"],
)
def test_an_email_is_what_the_library_makes_of_it(changes: dict[str, Any], recipient: str) -> None:
    assert_the_same(replace(MESSAGE, **changes), recipient)


@settings(max_examples=60, deadline=None)
@given(
    name=st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    subject=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=120),
    body=st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n."), max_size=200),
    recipient=st.from_regex(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,70}@[A-Za-z0-9.-]{1,40}", fullmatch=True),
    message_id=st.from_regex(r"<[!-~]{1,90}>", fullmatch=True),
)
def test_whatever_stands_in_it(name: str, subject: str, body: str, recipient: str, message_id: str) -> None:
    changed = replace(MESSAGE, from_name=name, subject=subject, text=body, html=body, message_id=message_id)
    assert_the_same(changed, recipient)


@pytest.mark.parametrize("field", ["subject", "from_name", "message_id", "stop_link", "to"])
@pytest.mark.parametrize("evil", ["\r\nBcc: x@example.org", "\nBcc: x@example.org", "\rBcc: x@example.org"])
def test_a_line_break_in_a_header_is_refused(field: str, evil: str) -> None:
    message = replace(MESSAGE, **{field: getattr(MESSAGE, field) + evil})
    with pytest.raises(CANNOT_BE_BUILT):
        build(message, FROM, message.to)


def test_the_address_of_stopping_is_never_encoded_however_long_it_is() -> None:
    link = "https://careers.a-very-long-name-of-a-school-in-england.example.org/stop/" + "B" * 29
    content = build(replace(MESSAGE, stop_link=link), FROM, MESSAGE.to)
    assert f"List-Unsubscribe:\r\n <{link}>\r\n".encode() in content
