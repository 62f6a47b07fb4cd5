"""Twilio's list of messages, read to its end by the real client, and judged by Twilio's own description."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from surveybot.senders.base import Found
from surveybot.senders.twilio_sms import TwilioAccount, TwilioSms
from tests.fakes.twilio import ACCOUNT, SENDER, TOKEN, FakeTwilio, running_twilio

MIDNIGHT = datetime(2026, 10, 10, tzinfo=UTC)
HERE, THERE = "+447700900101", "+447700900102"
EIGHT_HOURS = timedelta(hours=8)


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    with running_twilio() as fake:
        yield fake
        assert fake.violations == []


@pytest.fixture
def texts(twilio: FakeTwilio) -> Iterator[TwilioSms]:
    account = TwilioAccount(
        sid=ACCOUNT, token=TOKEN, sender=SENDER, api_url=twilio.url, public_url="https://school.example.org"
    )
    sender = TwilioSms(account)
    yield sender
    sender.close()


def text(twilio: FakeTwilio, to: str, *, made: datetime, sent: datetime | None, **changes: str) -> str:
    """One that the provider has taken; its own id."""
    message = twilio._take({"To": to, "From": SENDER, "Body": f"made {made}"})
    message.update(date_created=format_datetime(made), status="sent" if sent else "accepted", **changes)
    message["date_sent"] = format_datetime(sent) if sent else None
    return str(message["sid"])


def ids(found: list[Found]) -> list[str]:
    return [one.provider_id for one in found]


def test_more_than_one_page_on_both_sides_of_midnight_is_found_and_each_once(
    twilio: FakeTwilio, texts: TwilioSms
) -> None:
    every = timedelta(seconds=40)
    wanted = [
        text(twilio, HERE, made=made, sent=made + timedelta(seconds=3))
        for number in range(1200)
        if (made := MIDNIGHT - EIGHT_HOURS + number * every)
    ]
    for made in (MIDNIGHT - timedelta(hours=9), MIDNIGHT + timedelta(hours=20)):
        text(twilio, HERE, made=made, sent=made)
    text(twilio, HERE, made=MIDNIGHT, sent=MIDNIGHT, direction="outbound-reply")
    found = texts.taken_between(MIDNIGHT - EIGHT_HOURS, MIDNIGHT + EIGHT_HOURS)
    assert ids(found) == wanted[::-1]
    assert len(twilio.pages) == 2


def test_the_pages_of_one_number_hold_what_it_got_and_nothing_of_another(
    twilio: FakeTwilio, texts: TwilioSms
) -> None:
    minutes = [MIDNIGHT + timedelta(minutes=number) for number in range(70)]
    here = [text(twilio, HERE, made=made, sent=made) for made in minutes]
    there = [text(twilio, THERE, made=made, sent=made) for made in minutes]
    in_small_pages = texts.client.messages.stream(to=HERE, page_size=25)
    assert [one.sid for one in in_small_pages] == here[::-1]
    assert ids(texts.taken_for(THERE, since=MIDNIGHT)) == there[::-1]
    assert ids(texts.taken_for(HERE, since=minutes[60])) == here[:59:-1]


def test_what_came_in_between_two_pages_shifts_nothing(twilio: FakeTwilio, texts: TwilioSms) -> None:
    known = [text(twilio, HERE, made=(at := MIDNIGHT + timedelta(minutes=n)), sent=at) for n in range(60)]
    listed = texts.client.messages.stream(to=HERE, page_size=20)
    seen = [next(listed).sid]
    later = MIDNIGHT + EIGHT_HOURS
    text(twilio, HERE, made=later, sent=later)
    seen += [one.sid for one in listed]
    assert seen == known[::-1]


def test_a_text_that_waits_to_be_sent_is_found_behind_older_ones(
    twilio: FakeTwilio, texts: TwilioSms
) -> None:
    """The list goes by the time of sending, so that the first old text says nothing of the rest."""
    old = MIDNIGHT - timedelta(days=3)
    text(twilio, HERE, made=old, sent=old)
    late = text(twilio, HERE, made=MIDNIGHT, sent=MIDNIGHT + timedelta(hours=1))
    text(twilio, HERE, made=MIDNIGHT - timedelta(minutes=1), sent=MIDNIGHT + timedelta(hours=3))
    waits = text(twilio, HERE, made=MIDNIGHT + timedelta(minutes=1), sent=None)
    assert set(ids(texts.taken_for(HERE, since=MIDNIGHT))) == {late, waits}
    assert ids(texts.taken_between(MIDNIGHT, MIDNIGHT + EIGHT_HOURS)) == [late]  # it is looked up instead
    one = texts.look_up(waits)
    assert one is not None
    assert one.status == "accepted"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"date_sent": "2026-10-10"}, [1, 0]),
        ({"date_sent_after": "2026-10-10"}, [2, 1, 0]),
        ({"date_sent_before": "2026-10-09"}, [3]),
        ({"date_sent_after": "2026-10-09", "date_sent_before": "2026-10-10"}, [1, 0, 3]),
        ({"from_": "+447700900199"}, [1]),
        ({"to": THERE}, [2]),
        ({}, [2, 1, 0, 3, 4]),
    ],
)
def test_the_list_is_filtered_as_its_description_says(
    twilio: FakeTwilio, texts: TwilioSms, asked: dict[str, str], found: list[int]
) -> None:
    end = MIDNIGHT + timedelta(days=1)
    sent = (MIDNIGHT, end - timedelta(seconds=1), end, MIDNIGHT - timedelta(seconds=1), None)
    made = [text(twilio, THERE if at == end else HERE, made=MIDNIGHT, sent=at) for at in sent]
    twilio.messages[1]["from"] = "+447700900199"
    dates = {
        key: datetime.fromisoformat(value).replace(tzinfo=UTC) if key.startswith("date") else value
        for key, value in asked.items()
    }
    assert [one.sid for one in texts.client.messages.stream(**dates)] == [made[number] for number in found]


def test_addresses_of_pages_are_relative_as_in_the_descriptions_examples(
    twilio: FakeTwilio, texts: TwilioSms
) -> None:
    for _ in range(3):
        text(twilio, HERE, made=MIDNIGHT, sent=MIDNIGHT)
    page = texts.client.messages.page(page_size=2)
    assert re.fullmatch(
        r"/2010-04-01/Accounts/AC0+/Messages\.json\?PageSize=2&Page=1&PageToken=PASM[0-9a-f]{32}",
        page._payload["next_page_uri"],
    )
    assert page._payload["previous_page_uri"] is None
