import phonenumbers
import pytest

from surveybot.rules.roster.phone_numbers import PhoneFault, read_phone


@pytest.mark.parametrize(
    "written",
    [
        "07700 900123",
        "+44 7700 900123",
        "0044 (0)7700 900123",
        "447700900123",
        "+44(0)7700-900-123",
        "7700900123",
        "'07700900123",
        "07700\u200b900123\u202c",
        "07700–900–123",
        "O77OO 9OO123",
        "7.700900123E+09",
        "7700900123.0",
        "tel:07700900123",
        "０７７００９００１２３",
        7700900123,
        7700900123.0,
        447700900123,
    ],
)
def test_a_mobile_is_read_however_it_is_written(written: str | int | float) -> None:
    reading = read_phone(written, drama_numbers=True)
    assert reading is not None
    assert (reading.number, reading.no_route) == ("+447700900123", "")


@pytest.mark.parametrize("written", ["7.7009E+09", "4.477E+11", "4,477E+11", "7.7E9"])
def test_a_number_that_lost_its_digits_to_a_spreadsheet_is_refused(written: str) -> None:
    with pytest.raises(PhoneFault, match="lost digits"):
        read_phone(written, drama_numbers=True)


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("0113 243 0000", "landline"),
        ("0909 879 0000", "premium"),
        ("0800 011 4000", "freephone"),
        ("070 1234 5678", "personal"),
        ("07640 123456", "pager"),
        ("07797 712345", "Jersey"),
        ("07781 123456", "Guernsey"),
        ("07624 123456", "Isle of Man"),
        ("+353 85 123 4567", "outside the UK"),
        ("07700 900123", "films"),
    ],
)
def test_a_number_of_another_kind_is_no_way_to_text(written: str, word: str) -> None:
    reading = read_phone(written)
    assert reading is not None
    assert word in reading.no_route


@pytest.mark.parametrize("written", ["", " ", "-", "n/a", "None", "0"])
def test_an_empty_cell_holds_no_number(written: str) -> None:
    assert read_phone(written) is None


@pytest.mark.parametrize(
    "written",
    [
        "07700 90012",
        "+44 00 7123 456789",
        "12345",
        "ask mum",
        "07700 900123 (mum)",
        "07700900123/07700900124",
        "07700900123 07700900124",
        "07700900123;phone-context=evil",
        "0800 FLOWERS",
        "03/04/2010",
        7700900123.5,
    ],
)
def test_what_is_no_single_phone_number_is_refused(written: str | float) -> None:
    with pytest.raises(PhoneFault):
        read_phone(written, drama_numbers=True)


def test_what_begins_with_07_is_told_as_the_library_tells_it() -> None:
    for digits in range(70000, 80000, 7):  # no kind and no region is told apart by more than five digits
        number = phonenumbers.PhoneNumber(country_code=44, national_number=digits * 100_000 + 12_345)
        kind, region = phonenumbers.number_type(number), phonenumbers.region_code_for_number(number)
        try:
            reading = read_phone(f"0{number.national_number}")
        except PhoneFault:
            assert kind == phonenumbers.PhoneNumberType.UNKNOWN
        else:
            assert reading is not None
            is_uk_mobile = (kind, region) == (phonenumbers.PhoneNumberType.MOBILE, "GB")
            assert (reading.no_route == "") is is_uk_mobile, digits
