"""Files that a command writes: aside first, and put in their places once what they say is stored."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

from surveybot.commands.entrance import refuse

Aside = Sequence[tuple[Path, Path]]
"""Where each was written, and where it belongs."""


def write_aside(files: Mapping[Path, bytes]) -> Aside:
    """Write beside the final places, readable by this user alone, or refuse."""
    for place in files:
        if place.exists() and not place.is_file():
            refuse(f"{place} is not a plain file: name one to write.")
    written = []
    for place, data in files.items():
        try:
            with NamedTemporaryFile(dir=place.parent, prefix=f".{place.name}-", delete=False) as aside:
                written.append((Path(aside.name), place))
                aside.write(data)
        except OSError as error:
            throw_away(written)
            refuse(f"The file cannot be written to {place.parent}: {error.strerror}.")
    return written


def put_in_place(written: Aside) -> None:
    for aside, place in written:
        aside.replace(place)


def throw_away(written: Aside) -> None:
    for aside, _place in written:
        aside.unlink(missing_ok=True)
