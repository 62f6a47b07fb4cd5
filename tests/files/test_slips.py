"""Sheets of slips: every code opens what it should, and every name is written as its owner writes it."""

from datetime import UTC, datetime
from unicodedata import normalize

import pypdfium2
import pytest
import uharfbuzz
import zxingcpp

from surveybot.files.slips import FONTS, PER_SHEET, Slip, SlipWords, slips_pdf, unprintable

NOW = datetime(2026, 8, 19, 12, 0, tzinfo=UTC)
WORDS = SlipWords("Scan me with your phone", "Opens Thu 20 Aug 2026, 08:00", "surveys.school.example.org")
URDU = "فاطمہ ڈار"
NAMES = (
    "Amira Khan",
    "Zażółć Wiśniewska",
    "Nguyễn Thị Phượng",
    URDU,
    "محمد علی خان",
    "Łukasz Żółkiewski",
    "Siân Llŷr",
    "Zoë O’Neill",
    "Şeyma Çağlayan",
    "Bartholomew Featherstonehaugh-Cholmondeley of Hillview",
)


def slip(number: int, name: str = "", group: str = "11A") -> Slip:
    """A link as long as a real one, which no other slip has."""
    return Slip(name or NAMES[number % len(NAMES)], group, f"https://{WORDS.host}/r/{number:029}")


def sheets(data: bytes) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(data)


def codes_on(page: pypdfium2.PdfPage) -> list[tuple[float, float, str]]:
    """Where each code that a scanner reads stands, in parts of the sheet, and what it says."""
    picture = page.render(scale=200 / 72).to_pil()
    found = []
    only_qr = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    for code in zxingcpp.read_barcodes(picture, formats=only_qr):
        corner = code.position.top_left
        found.append((corner.x / picture.width, corner.y / picture.height, code.text))
    return found


@pytest.fixture(scope="module")
def full_sheet() -> bytes:
    return slips_pdf([slip(number) for number in range(PER_SHEET)], WORDS, title="Slips", made_at=NOW)


def test_each_of_thirty_codes_opens_its_own_link_at_its_own_place(full_sheet: bytes) -> None:
    document = sheets(full_sheet)
    assert len(document) == 1
    found = codes_on(document[0])
    by_place = sorted(found, key=lambda one: (round(one[1] * 10), one[0]))
    assert [text for _, _, text in by_place] == [slip(number).link for number in range(PER_SHEET)]


def test_names_are_written_whole_in_latin_polish_vietnamese_and_urdu(full_sheet: bytes) -> None:
    text = " ".join(normalize("NFC", sheets(full_sheet)[0].get_textpage().get_text_range()).split())
    for name in NAMES:
        assert text.count(name) == PER_SHEET // len(NAMES), name
    assert "Opens Thu 20 Aug 2026, 08:00 surveys.school.example.org" in text


def test_urdu_letters_are_joined_and_run_from_right_to_left() -> None:
    """The word is as wide as HarfBuzz makes it with its letters joined, and its last letter is leftmost."""
    word = "فاطمہ"
    page = sheets(slips_pdf([slip(1, word)], WORDS, title="", made_at=NOW))[0].get_textpage()
    boxes = {}
    for index in range(page.count_chars()):
        letter = page.get_text_range(index, 1)
        if letter in word:
            boxes[letter] = page.get_charbox(index, loose=True)
    lefts = [boxes[letter][0] for letter in word]
    assert lefts == sorted(lefts, reverse=True)
    width = max(box[2] for box in boxes.values()) - min(lefts)
    joined, apart = width_of(word), sum(width_of(letter) for letter in word)
    assert abs(width - joined) < 0.5 < abs(width - apart)


def width_of(text: str, points: float = 12) -> float:
    blob = uharfbuzz.Blob.from_file_path(str(FONTS / "NotoNaskhArabic-Regular.ttf"))
    face = uharfbuzz.Face(blob)
    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    uharfbuzz.shape(uharfbuzz.Font(face), buffer)
    width: float = sum(place.x_advance for place in buffer.glyph_positions) * points / face.upem
    return width


def test_a_tutor_group_begins_a_new_sheet_and_goes_on_over_its_own() -> None:
    many = [slip(number) for number in range(PER_SHEET + 1)] + [slip(99, group="11B")]
    document = sheets(slips_pdf(many, WORDS, title="", made_at=NOW))
    assert [len(codes_on(page)) for page in document] == [PER_SHEET, 1, 1]
    assert "11B" in document[2].get_textpage().get_text_range()
    width, height = document[0].get_size()
    assert (round(width / 72 * 25.4), round(height / 72 * 25.4)) == (210, 297)


def test_a_name_that_the_fonts_cannot_write_is_named_before() -> None:
    assert unprintable([*NAMES, "王小明", "Анна"]) == ["王小明"]
    assert unprintable([normalize("NFD", "Nguyễn Thị")]) == []


def test_the_fonts_come_with_their_licence() -> None:
    licence = (FONTS / "LICENCE.txt").read_text()
    for font in FONTS.glob("*.ttf"):
        assert font.name in licence
        assert font.stat().st_size < 200_000
    assert "SIL OPEN FONT LICENSE" in licence
