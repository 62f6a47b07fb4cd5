import pytest

from surveybot.rules.roster.email_addresses import EmailFault, read_email, same_address


def address_of(text: str) -> str:
    reading = read_email(text)
    assert reading is not None
    return reading.address


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("  a.khan@Pupils.Example.ORG ", "a.khan@pupils.example.org"),
        ("Amira.Khan@example.org", "Amira.Khan@example.org"),
        ("a.khan＠example.org", "a.khan@example.org"),
        ("a.khan@example.org\u200b", "a.khan@example.org"),
        ("mailto:o'neill+s@example.org", "o'neill+s@example.org"),
        ("zażółć@example.org", "zażółć@example.org"),
    ],
)
def test_an_address_is_kept_as_it_can_be_written_to(written: str, address: str) -> None:
    assert address_of(written) == address


@pytest.mark.parametrize(
    "written",
    [
        "a.khan",
        "a.khan@",
        "@example.org",
        "a..k@example.org",
        "a k@example.org",
        '"a khan"@example.org',
        "a@example",
        "a@[127.0.0.1]",
        "a@example.org, b@example.org",
        "a@example.org\nBcc: b@example.org",
        "x" * 65 + "@example.org",
    ],
)
def test_what_is_no_single_address_is_refused(written: str) -> None:
    with pytest.raises(EmailFault):
        read_email(written)


@pytest.mark.parametrize("written", ["mіke@example.org", "a@еxample.org"])  # Cyrillic і and е
def test_letters_of_two_alphabets_in_one_word_are_refused(written: str) -> None:
    with pytest.raises(EmailFault, match="alphabets"):
        read_email(written)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("a@gmail.con", "gmail.com"),
        ("a@gmial.com", "gmail.com"),
        ("a@hotmail.co", "hotmail.com"),
        ("a@gmail.com", ""),
        ("a@hotmail.co.uk", ""),
        ("a@example.org", ""),
    ],
)
def test_a_likely_slip_is_said(written: str, meant: str) -> None:
    reading = read_email(written)
    assert reading is not None
    assert reading.slip == meant


def test_reserved_domains_count_only_where_the_flag_is_set() -> None:
    with pytest.raises(EmailFault):
        read_email("a@school.test")
    assert read_email("a@school.test", test_environment=True) is not None


def test_addresses_are_compared_without_case_and_not_by_look() -> None:
    assert same_address("Mike@example.org", "mike@EXAMPLE.org")
    assert not same_address("mıke@example.org", "mike@example.org")


@pytest.mark.parametrize("written", ["", "-", "n/a", "none"])
def test_an_empty_cell_holds_no_address(written: str) -> None:
    assert read_email(written) is None
