"""Several files in one download."""

import io
from collections.abc import Sequence
from datetime import datetime
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from surveybot.rules.calendar.dates_in_words import LONDON


def write_zip(files: Sequence[tuple[str, bytes]], *, made_at: datetime) -> bytes:
    """A ZIP file; the same input gives the same bytes."""
    local = made_at.astimezone(LONDON)
    stamp = (local.year, local.month, local.day, local.hour, local.minute, local.second)
    memory = io.BytesIO()
    with ZipFile(memory, "w", ZIP_DEFLATED) as bundle:
        for name, data in files:
            bundle.writestr(ZipInfo(name, stamp), data, ZIP_DEFLATED)
    return memory.getvalue()
