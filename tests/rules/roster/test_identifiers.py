import pytest

from surveybot.rules.roster.identifiers import (
    IdentifierFault,
    is_laestab,
    is_ukprn,
    is_urn,
    knows_upn_authority,
    read_uln,
    read_upn,
    upn_letter,
)


@pytest.mark.parametrize("upn", ["B801200005001", "R674123101121", "P207000016049"])
def test_a_published_upn_has_the_right_check_letter(upn: str) -> None:
    assert upn_letter(upn) == upn[0]
    assert read_upn(upn) == upn


def test_a_upn_is_read_in_any_case_and_spacing() -> None:
    assert read_upn(" b801 2000 05001 ") == "B801200005001"


def test_a_temporary_upn_ends_in_a_letter() -> None:
    upn = "A80120000500B"
    upn = upn_letter(upn) + upn[1:]
    assert read_upn(upn) == upn


@pytest.mark.parametrize("upn", ["Q207000016049", "A801200005001", "B801200005010"])
def test_a_upn_with_a_wrong_letter_or_digit_is_refused(upn: str) -> None:
    with pytest.raises(IdentifierFault, match="check letter"):
        read_upn(upn)


@pytest.mark.parametrize("upn", ["801200005001", "B8012000050011", "I801200005001", "B80120000500O", "hello"])
def test_what_is_not_the_shape_of_a_upn_is_refused(upn: str) -> None:
    with pytest.raises(IdentifierFault, match="shape"):
        read_upn(upn)


@pytest.mark.parametrize("text", ["", "  ", "UN1", "un5"])
def test_a_placeholder_means_that_the_upn_is_missing(text: str) -> None:
    assert read_upn(text) is None


def test_an_unknown_authority_in_a_upn_can_be_told() -> None:
    assert knows_upn_authority("B801200005001", {"801"})
    assert not knows_upn_authority("B801200005001", {"931"})


def test_a_uln_is_checked_by_its_last_digit() -> None:
    assert read_uln("9276308686") == "9276308686"
    assert read_uln("927 630 8686") == "9276308686"
    for wrong in ("9276308687", "0276308686", "927630868", "92763O8686"):
        with pytest.raises(IdentifierFault):
            read_uln(wrong)


@pytest.mark.parametrize("text", ["", "9999999999"])
def test_a_uln_that_is_not_known_is_missing(text: str) -> None:
    assert read_uln(text) is None


def test_ukprn_urn_and_laestab_have_their_shapes() -> None:
    assert is_ukprn("10077263")
    assert not is_ukprn("20077263")
    assert is_urn("123456")
    assert not is_urn("12345")
    assert is_laestab("9314000")
    assert is_laestab("931/4000")
    assert not is_laestab("931400")
