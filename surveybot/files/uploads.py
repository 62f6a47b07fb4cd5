"""A file that somebody uploaded, kept until they have looked at what it would do.

It lies under a random name in a folder of its school's own, so that what is confirmed is exactly what was
shown; after a day it is removed.
"""

import json
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

KEPT_FOR = timedelta(days=1)
TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Upload:
    data: bytes
    file_name: str  # as the user's own machine calls it; for showing only
    at: datetime


def keep_upload(folder: Path, school_id: int, data: bytes, *, file_name: str, now: datetime) -> str:
    """Store the bytes and give back the token that fetches them again at this school."""
    home = folder / str(school_id)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(home, now)
    token = secrets.token_hex(16)
    path = home / token
    path.touch(mode=0o600)
    about = json.dumps({"file_name": file_name[:200], "at": now.isoformat()})
    path.write_bytes(about.encode() + b"\n" + data)
    return token


def fetch_upload(folder: Path, school_id: int, token: str) -> Upload | None:
    """The upload, or None where this school has none of that name (any more)."""
    if not TOKEN.fullmatch(token):
        return None
    try:
        about, _, data = (folder / str(school_id) / token).read_bytes().partition(b"\n")
    except FileNotFoundError:
        return None
    facts = json.loads(about)
    return Upload(data, facts["file_name"], datetime.fromisoformat(facts["at"]))


def drop_upload(folder: Path, school_id: int, token: str) -> None:
    if TOKEN.fullmatch(token):
        (folder / str(school_id) / token).unlink(missing_ok=True)


def _sweep(home: Path, now: datetime) -> None:
    for path in home.iterdir():
        kept = fetch_upload(home.parent, int(home.name), path.name)
        if kept is None or kept.at < now - KEPT_FOR:
            path.unlink(missing_ok=True)
