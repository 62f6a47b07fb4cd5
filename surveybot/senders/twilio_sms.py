"""Texts through Twilio. Creating a message is not idempotent, so nothing here tries twice by itself.

After an error 500, a timeout or a dropped connection the message may have been taken: that is Ambiguous.
"""

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import requests
import urllib3
from twilio.base.exceptions import TwilioException, TwilioRestException  # type: ignore[import-untyped]
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from surveybot.senders.base import (
    Accepted,
    Ambiguous,
    CannotSay,
    Found,
    Message,
    NotSent,
    Refused,
    Renew,
    SendError,
    always,
)
from surveybot.senders.timeouts import TEXT_CONNECT_SECONDS, TEXT_READ_SECONDS
from surveybot.senders.twilio_codes import meaning_of

THREADS = 10
MOST_OF_A_PAGE = 1000  # Twilio lists no more at once

# Twilio's client logs whole requests at INFO: numbers and texts do not belong in a log.
logging.getLogger("twilio.http_client").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioAccount:
    sid: str
    token: str
    api_url: str
    public_url: str
    sender: str = ""
    messaging_service: str = ""

    @property
    def origin(self) -> dict[str, str]:
        """A Messaging Service chooses the number itself; else it is the one number."""
        if self.messaging_service:
            return {"messaging_service_sid": self.messaging_service}
        return {"from_": self.sender}


class _Watch(threading.local):
    """Of the text that this thread is sending: its Renew, and whether a byte of it may have left."""

    renew: Renew | None = None
    left = False


_watch = _Watch()


class _Watched(urllib3.connection.HTTPConnection):
    """Looks at the lease right before bytes leave: a freeze while a request is built sends nothing."""

    def connect(self) -> None:
        """What a handshake or a proxy is told is nothing of the text."""
        left = _watch.left
        try:
            super().connect()
        finally:
            _watch.left = left

    def send(self, data: Any) -> None:
        if self.sock is None and self.auto_open:
            self.connect()
        if _watch.renew:
            _watch.renew("wire")
        _watch.left = True
        super().send(data)


class _WatchedTls(_Watched, urllib3.connection.HTTPSConnection):
    pass


class _Plain(urllib3.HTTPConnectionPool):
    ConnectionCls = _Watched


class _Tls(urllib3.HTTPSConnectionPool):
    ConnectionCls = _WatchedTls


class WatchedAdapter(requests.adapters.HTTPAdapter):
    def init_poolmanager(self, *positional: Any, **named: Any) -> None:
        super().init_poolmanager(*positional, **named)
        self.poolmanager.pool_classes_by_scheme = {"http": _Plain, "https": _Tls}


class PatientHttpClient(TwilioHttpClient):  # type: ignore[misc]
    """Twilio's own client with a timeout for each half, and the Retry-After of this thread's last answer."""

    def __init__(self, api_url: str) -> None:
        super().__init__(timeout=None, max_retries=None)
        self.timeout: tuple[float, float] = (TEXT_CONNECT_SECONDS, TEXT_READ_SECONDS)
        self.last = threading.local()
        self._read_environment_once(api_url)
        for scheme in ("https://", "http://"):
            self.session.mount(scheme, WatchedAdapter(pool_maxsize=THREADS))

    def _read_environment_once(self, api_url: str) -> None:
        """The proxy and the certificates: looked up anew for each text, they took a third of its time."""
        found = self.session.merge_environment_settings(api_url, {}, None, None, None)
        self.session.proxies, self.session.verify = found["proxies"], found["verify"]
        self.session.trust_env = False

    def request(self, method: str, url: str, *rest: Any, **named: Any) -> Any:
        self.last.retry_after = None
        named["timeout"] = None  # its own argument takes one number only; the attribute takes both halves
        response = super().request(method, url, *rest, **named)
        self.last.retry_after = (response.headers or {}).get("Retry-After")
        return response


class TwilioSms:
    threads = THREADS

    def __init__(self, account: TwilioAccount) -> None:
        self.account = account
        self._http = PatientHttpClient(account.api_url)
        self.client = Client(account.sid, account.token, http_client=self._http)
        self.client.api.base_url = account.api_url.rstrip("/")

    def send(self, message: Message, renew: Renew = always) -> Accepted:
        renew("create")
        _watch.renew, _watch.left = renew, False
        try:
            made = self.client.messages.create(
                to=message.to,
                body=message.text,
                validity_period=message.valid_for_seconds,
                status_callback=self._status_address(message),
                **self.account.origin,
            )
        except TwilioRestException as error:
            raise self._translated(error) from error
        except requests.RequestException as error:
            raise _lost(error) from None  # the error's text holds the address
        except (TwilioException, json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            raise Ambiguous("unreadable answer") from error
        finally:
            _watch.renew = None
        if not made.sid:
            raise Ambiguous("an answer without a SID")
        return Accepted(made.sid, str(made.status or "accepted"))

    def close(self) -> None:
        self._http.session.close()

    def taken_for(self, to: str, *, since: datetime) -> list[Found]:
        """By number alone: Twilio's date filters may pass over a message that is still queued.

        The list is read to its end: it goes by the time of sending, and one that waits may stand anywhere.
        """
        with _whole_answer():
            listed = self.client.messages.stream(to=to, page_size=MOST_OF_A_PAGE)
            return [_found(one) for one in listed if one.date_created >= since]

    def taken_between(self, since: datetime, until: datetime) -> list[Found]:
        with _whole_answer():
            listed = self.client.messages.stream(
                date_sent_after=since,
                date_sent_before=until + timedelta(days=1),
                page_size=MOST_OF_A_PAGE,
            )
            # What came in, and what answered it in the same breath, was not sent by the outbox.
            return [
                _found(one)
                for one in listed
                if since <= one.date_created < until and one.direction == "outbound-api"
            ]

    def look_up(self, provider_id: str) -> Found | None:
        with _whole_answer():
            try:
                return _found(self.client.messages(provider_id).fetch())
            except TwilioRestException as error:
                if error.status == 404:
                    return None
                raise

    def _status_address(self, message: Message) -> str | None:
        """Our own id stands in the address, so that a report finds its row even when the answer was lost."""
        if not message.status_path or not self.account.public_url.startswith("https:"):
            return None
        return self.account.public_url + message.status_path

    def _translated(self, error: TwilioRestException) -> SendError:
        if error.status == 429:
            return NotSent("429", retry_after_seconds=_seconds(self._http.last.retry_after), counts=False)
        if error.status >= 500 or error.status < 400:
            return Ambiguous(f"HTTP {error.status}")
        meaning = meaning_of(error.code)
        if meaning.retry or error.status == 401:
            return NotSent(str(error.code or error.status), retry_after_seconds=600, counts=False)
        return Refused(
            str(error.code or error.status),
            meaning.word,
            bad_address=meaning.bad_address,
            opted_out=meaning.opted_out,
            filtered=meaning.filtered,
        )


@contextmanager
def _whole_answer() -> Iterator[None]:
    try:
        yield
    except (TwilioException, requests.RequestException, KeyError, TypeError, ValueError) as error:
        raise CannotSay(type(error).__name__) from None


def _found(one: Any) -> Found:
    return Found(
        provider_id=one.sid,
        status=str(one.status or ""),
        error_code=str(one.error_code or ""),
        text=one.body or "",
        made_at=one.date_created,
        to=one.to or "",
    )


def _lost(error: requests.RequestException) -> SendError:
    """Not sent where no byte of it left, whatever went wrong before; anything later may have been taken."""
    if _watch.left:
        return Ambiguous(type(error).__name__)
    unknown = "CERTIFICATE_VERIFY_FAILED" in str(error)
    return NotSent("certificate" if unknown else "connect", counts=False)


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isdecimal() else None
