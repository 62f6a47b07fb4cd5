"""QR slips as a PDF: thirty to a sheet of A4, each tutor group on sheets of its own, to be cut up.

Names are shaped (uharfbuzz), so that Urdu joins and runs from right to left. The fonts stand in fonts/: Noto
Sans and Noto Naskh Arabic, cut down to the letters of names in Europe, Vietnam and Pakistan.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from unicodedata import normalize
from urllib.parse import urlsplit

import segno
from fpdf import FPDF
from fpdf.fonts import TTFFont

from surveybot.rules.calendar.dates_in_words import say_at

FONTS = Path(__file__).parent / "fonts"
LATIN, ARABIC = "NotoSans", "NotoNaskhArabic"
ACROSS, DOWN = 3, 10
PER_SHEET = ACROSS * DOWN
WIDTH, HEIGHT = 70.0, 28.5  # millimetres
TOP = 6.0
QUIET_ZONE = 4  # modules, as ISO/IEC 18004 asks
NAME_SIZES = ((12, 1), (10.5, 1), (9.5, 2), (8, 2), (6, 3))
"""Points, and how many lines a name may take there; the first that holds it counts."""


@dataclass(frozen=True, slots=True)
class Slip:
    name: str
    tutor_group: str
    link: str


@dataclass(frozen=True, slots=True)
class SlipWords:
    """What stands on every slip beside the name."""

    call: str  # scan me
    when: str  # from when it works
    host: str  # where the link leads, for whoever wants to know before scanning

    @classmethod
    def of(cls, public_url: str, opens_at: datetime) -> "SlipWords":
        return cls("Scan me with your phone", f"Opens {say_at(opens_at)}", urlsplit(public_url).netloc)


def slips_pdf(slips: Sequence[Slip], words: SlipWords, *, title: str, made_at: datetime) -> bytes:
    """The sheets, in the order of the slips; a new group begins a new sheet."""
    pdf = _new_document(title, made_at)
    for _, group in groupby(slips, key=lambda slip: slip.tutor_group):
        for number, slip in enumerate(group):
            place = number % PER_SHEET
            if place == 0:
                pdf.add_page()
                _cutting_lines(pdf)
            _draw(pdf, slip, words, x=(place % ACROSS) * WIDTH, y=TOP + (place // ACROSS) * HEIGHT)
    return bytes(pdf.output())


def unprintable(names: Iterable[str]) -> list[str]:
    """Those of the names that hold a letter which the fonts do not have."""
    return [name for name in names if not set(normalize("NFC", name)) <= _letters()]


@lru_cache(maxsize=1)
def _letters() -> frozenset[str]:
    pdf = FPDF()
    _add_fonts(pdf)
    fonts = [font for font in pdf.fonts.values() if isinstance(font, TTFFont)]
    letters = frozenset(chr(code) for font in fonts for code in font.cmap)
    for font in fonts:
        font.close()
    return letters


def _new_document(title: str, made_at: datetime) -> FPDF:
    pdf = FPDF(format="A4")
    pdf.set_margin(0)
    pdf.c_margin = 0
    pdf.set_auto_page_break(auto=False)
    pdf.set_title(title)
    pdf.set_creation_date(made_at)
    _add_fonts(pdf)
    pdf.set_fallback_fonts([ARABIC], exact_match=False)
    pdf.set_font(LATIN)
    pdf.set_text_shaping(use_shaping_engine=True)
    return pdf


def _add_fonts(pdf: FPDF) -> None:
    for family in (LATIN, ARABIC):
        pdf.add_font(family, fname=FONTS / f"{family}-Regular.ttf")


def _cutting_lines(pdf: FPDF) -> None:
    pdf.set_draw_color(170)
    pdf.set_line_width(0.1)
    pdf.set_dash_pattern(dash=1, gap=1)
    for row in range(DOWN + 1):
        pdf.line(0, TOP + row * HEIGHT, ACROSS * WIDTH, TOP + row * HEIGHT)
    for column in range(1, ACROSS):
        pdf.line(column * WIDTH, TOP, column * WIDTH, TOP + DOWN * HEIGHT)
    pdf.set_dash_pattern()


def _draw(pdf: FPDF, slip: Slip, words: SlipWords, *, x: float, y: float) -> None:
    code = HEIGHT - 2  # with its quiet zone; a millimetre to each line
    _draw_code(pdf, slip.link, x=x + 2, y=y + 1, side=code)
    left, room = x + 2 + code + 1, WIDTH - code - 6
    pdf.set_text_color(0)
    pdf.set_xy(left, y + 3)
    _write_name(pdf, normalize("NFC", slip.name), room)
    pdf.set_xy(left, pdf.get_y() + 0.5)
    _line(pdf, slip.tutor_group, room, size=9)
    pdf.set_text_color(70)
    pdf.set_xy(left, y + HEIGHT - 11.5)
    for text, size in ((words.call, 8), (words.when, 6.5), (words.host, 6.5)):
        _line(pdf, text, room, size=size)
        pdf.set_x(left)


def _write_name(pdf: FPDF, name: str, room: float) -> None:
    left, lines, high = pdf.get_x(), [name], 0.0
    for size, most in NAME_SIZES:
        pdf.set_font_size(size)
        high = size * 0.42
        lines = _broken(pdf, name, room)
        if len(lines) <= most:
            break
    for line in lines[: NAME_SIZES[-1][1]]:
        pdf.set_x(left)
        pdf.cell(room, high, line, new_x="LEFT", new_y="NEXT")


def _broken(pdf: FPDF, text: str, room: float) -> list[str]:
    lines = pdf.multi_cell(room, 1, text, align="L", dry_run=True, output="LINES")
    assert isinstance(lines, list)
    return lines


def _line(pdf: FPDF, text: str, room: float, *, size: float) -> None:
    """One line, as much smaller as it must be."""
    pdf.set_font_size(size)
    if (width := pdf.get_string_width(text)) > room:
        pdf.set_font_size(size * room / width)
    pdf.cell(room, size * 0.42, text, new_x="LEFT", new_y="NEXT")


def _draw_code(pdf: FPDF, link: str, *, x: float, y: float, side: float) -> None:
    """Each row as its dark stretches, so that no viewer blurs what a camera must read."""
    rows = segno.make(link, error="m", micro=False).matrix
    module = side / (len(rows) + 2 * QUIET_ZONE)
    pdf.set_fill_color(0)
    for number, row in enumerate(rows, QUIET_ZONE):
        place = QUIET_ZONE
        for dark, run in groupby(row):
            length = sum(1 for _ in run)
            if dark:
                pdf.rect(x + place * module, y + number * module, length * module, module, style="F")
            place += length
