"""Twilio's list of messages, page by page, as its published description has it.

Its documentation says "sorted by the DateSent field, with the most recent messages appearing first". Where a
message stands that has not been sent yet, and whether a filter by date passes over it, nobody says: here it
comes last and is passed over, which is the worst for a reader who stops early or trusts a filter.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

DEFAULT_SIZE, LARGEST_SIZE = 50, 1000
DAY = timedelta(days=1)


def page_of(messages: Sequence[dict[str, Any]], asked: Mapping[str, str], path: str) -> dict[str, Any]:
    """The answer to one request; its addresses are relative, as in the description's examples."""
    size = min(int(asked.get("PageSize", DEFAULT_SIZE)), LARGEST_SIZE)
    number, token = int(asked.get("Page", 0)), asked.get("PageToken", "")
    wanted = sorted(_wanted(messages, asked), key=_newest_first)
    start = _after(wanted, token)
    page, rest = wanted[start : start + size], wanted[start + size :]
    filters = {key: value for key, value in asked.items() if key not in ("Page", "PageToken")}

    def address(**where: Any) -> str:
        return f"{path}?{urlencode({**filters, 'PageSize': size, **where})}"

    following = address(Page=number + 1, PageToken=f"PA{page[-1]['sid']}") if rest else None
    return {
        "messages": page,
        "page": number,
        "page_size": size,
        "start": number * size,
        "end": number * size + max(0, len(page) - 1),
        "uri": address(Page=number, **({"PageToken": token} if token else {})),
        "first_page_uri": address(Page=0),
        "next_page_uri": following,
        "previous_page_uri": address(Page=number - 1, PageToken=f"PB{page[0]['sid']}") if start else None,
    }


def _after(wanted: Sequence[dict[str, Any]], token: str) -> int:
    """A page goes on after a message, not at a count: what came in meanwhile shifts nothing."""
    if not token:
        return 0
    return next(place for place, one in enumerate(wanted, 1) if one["sid"] == token[2:])


def _wanted(messages: Sequence[dict[str, Any]], asked: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    from_, until = _span(asked)
    for one in messages:
        if any(asked.get(name) not in (None, one[name.lower()]) for name in ("To", "From")):
            continue
        sent = sent_at(one)
        if sent is None and (from_ or until):
            continue
        if sent is None or ((from_ or sent) <= sent and (until is None or sent < until)):
            yield one


def _span(asked: Mapping[str, str]) -> tuple[datetime | None, datetime | None]:
    """Each date of the filters is a whole day in GMT, its own included."""
    on, after, before = (_day(asked.get(name)) for name in ("DateSent", "DateSent>", "DateSent<"))
    from_, last = on or after, on or before
    return from_, last + DAY if last else None


def _day(text: str | None) -> datetime | None:
    return datetime.combine(date.fromisoformat(text[:10]), time(), UTC) if text else None


def sent_at(message: Mapping[str, Any]) -> datetime | None:
    return parsedate_to_datetime(message["date_sent"]) if message["date_sent"] else None


def _newest_first(message: Mapping[str, Any]) -> float:
    sent = sent_at(message)
    return -sent.timestamp() if sent else 0.0
