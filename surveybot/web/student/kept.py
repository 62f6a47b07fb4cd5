"""Pages that differ by a name and a few numbers: rendered once, then filled.

A template is rendered with signs of the private use area in place of a person's own values, and kept as the
pieces between them. Every value that is filled in is escaped.
"""

from collections.abc import Hashable, Mapping
from functools import lru_cache

from flask import render_template
from markupsafe import escape

FIRST_SIGN = 0xE000


def fill(template: str, fixed: Mapping[str, Hashable], own: Mapping[str, str | bytes]) -> list[bytes]:
    """The page in parts: `fixed` values are part of what is kept, `own` ones are not.

    A value in bytes is HTML that was prepared before; it stays a part of its own, so that its compressed form
    can be kept too.
    """
    pieces = _pieces(template, tuple(fixed.items()), tuple(own))
    values = tuple(own.values())
    parts: list[bytes] = []
    text = [pieces[0][1]]
    for number, piece in pieces[1:]:
        value = values[number]
        if isinstance(value, bytes):
            parts += ["".join(text).encode(), value]
            text = [piece]
        else:
            text += [escape(value), piece]
    return [*parts, "".join(text).encode()]


@lru_cache(maxsize=512)
def _pieces(
    template: str, fixed: tuple[tuple[str, Hashable], ...], names: tuple[str, ...]
) -> tuple[tuple[int, str], ...]:
    """Each piece with the number of the value that stands before it."""
    signs = {name: chr(FIRST_SIGN + number) for number, name in enumerate(names)}
    html = render_template(template, **dict(fixed), **signs)
    pieces, start = [], 0
    before = -1
    for place, letter in enumerate(html):
        if 0 <= ord(letter) - FIRST_SIGN < len(names):
            pieces.append((before, html[start:place]))
            before, start = ord(letter) - FIRST_SIGN, place + 1
    return (*pieces, (before, html[start:]))
