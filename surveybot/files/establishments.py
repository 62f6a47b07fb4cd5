"""An extract of Get Information About Schools, read as a stream: 60 MB and 52,000 rows stay on the disk."""

import csv
from collections.abc import Iterator
from pathlib import Path

from surveybot.rules.destination.provider_list import NEEDED

BOM = b"\xef\xbb\xbf"


class NotAnExtract(ValueError):
    """The file lacks columns that every extract has; `missing` names them."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(f"This is no GIAS extract: it lacks {', '.join(missing)}.")
        self.missing = missing


def read_establishments(file: Path) -> Iterator[dict[str, str]]:
    """One mapping per establishment, with the columns of NEEDED alone.

    GIAS writes Windows-1252; a file that was saved again as UTF-8 with a byte order mark is read as that.
    """
    with file.open("rb") as raw:
        encoding = "utf-8-sig" if raw.read(3) == BOM else "cp1252"
    with file.open(encoding=encoding, errors="replace", newline="") as lines:
        reader = csv.reader(lines)
        header = [name.strip() for name in next(reader, [])]
        if missing := [name for name in NEEDED if name not in header]:
            raise NotAnExtract(missing)
        places = [(name, header.index(name)) for name in NEEDED]
        last = max(place for _name, place in places)
        for row in reader:
            if len(row) > last:
                yield {name: row[place] for name, place in places}
