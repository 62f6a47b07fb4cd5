"""Links: only ours, only for that purpose, one spelling each."""

import secrets

import pytest

from surveybot.links import (
    BASE62,
    ForgedLink,
    LinkError,
    LinkPurpose,
    LinkSigner,
    MalformedLink,
    RetiredKey,
    WrongPurpose,
    address,
)

OLD, NEW = (1, "an-old-key-an-old-key-an-old-key-00"), (2, "a-new-key-a-new-key-a-new-key-0000")


def test_a_link_opens_the_row_that_it_was_made_for() -> None:
    signer = LinkSigner([NEW])
    for link_id in (1, 61, 62, 2**31 - 1, 2**32 - 1):
        token = signer.sign(LinkPurpose.SURVEY, link_id)
        assert len(token) == 29
        assert signer.open(token, LinkPurpose.SURVEY) == link_id


def test_a_withdraw_link_does_not_open_the_survey() -> None:
    signer = LinkSigner([NEW])
    for purpose in LinkPurpose:
        token = signer.sign(purpose, 7)
        for other in set(LinkPurpose) - {purpose}:
            with pytest.raises(WrongPurpose):
                signer.open(token, other)


def test_links_of_an_old_key_live_until_it_is_retired() -> None:
    token = LinkSigner([OLD]).sign(LinkPurpose.SURVEY, 7)
    assert LinkSigner([NEW, OLD]).open(token, LinkPurpose.SURVEY) == 7
    with pytest.raises(RetiredKey) as caught:
        LinkSigner([NEW]).open(token, LinkPurpose.SURVEY)
    assert caught.value.version == 1
    assert LinkSigner([NEW, OLD]).sign(LinkPurpose.SURVEY, 7) == LinkSigner([NEW]).sign(LinkPurpose.SURVEY, 7)


def test_the_same_version_with_another_key_opens_nothing() -> None:
    token = LinkSigner([OLD]).sign(LinkPurpose.SURVEY, 7)
    with pytest.raises(ForgedLink):
        LinkSigner([(1, "another-key-another-key-another-key")]).open(token, LinkPurpose.SURVEY)


def test_no_single_changed_character_is_accepted() -> None:
    signer = LinkSigner([NEW])
    token = signer.sign(LinkPurpose.SURVEY, 12345)
    for place in range(len(token)):
        for letter in BASE62:
            changed = token[:place] + letter + token[place + 1 :]
            if changed != token:
                with pytest.raises(LinkError):
                    signer.open(changed, LinkPurpose.SURVEY)


@pytest.mark.parametrize("text", ["", "x", "=" * 29, "z" * 29, "é" * 29, "0" * 28, "0" * 30, "0" * 29 + "="])
def test_what_is_not_a_token_is_malformed(text: str) -> None:
    with pytest.raises(MalformedLink):
        LinkSigner([NEW]).open(text, LinkPurpose.SURVEY)


def test_random_tokens_open_nothing(proof: bool) -> None:
    signer = LinkSigner([NEW])
    opened = 0
    for _ in range(1_000_000 if proof else 5_000):
        token = "".join(secrets.choice(BASE62) for _ in range(29))
        try:
            signer.open(token, LinkPurpose.SURVEY)
            opened += 1
        except LinkError:
            pass
    assert opened == 0


def test_a_page_number_belongs_to_its_link() -> None:
    signer = LinkSigner([NEW, OLD])
    page = signer.new_page(7)
    assert signer.read_page(7, page) == signer.read_page(7, page)
    with pytest.raises(ForgedLink):
        signer.read_page(8, page)
    with pytest.raises(MalformedLink):
        signer.read_page(7, page[:-1])
    assert signer.read_page(7, LinkSigner([OLD]).new_page(7))


def test_two_showings_of_a_page_have_two_numbers() -> None:
    signer = LinkSigner([NEW])
    assert signer.read_page(7, signer.new_page(7)) != signer.read_page(7, signer.new_page(7))


def test_an_address_comes_from_the_settings() -> None:
    assert address("https://x.example.org", LinkPurpose.STOP, "abc") == "https://x.example.org/stop/abc"
