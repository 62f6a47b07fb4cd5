import re
import tomllib
from pathlib import Path

import pytest

from surveybot.catalogue import load_catalogue
from surveybot.config import LONGEST_PUBLIC_URL, ROOT, TIGHTEST_TEXT
from surveybot.links import PATHS, LinkPurpose
from surveybot.messages import (
    TEMPLATES,
    MissingValue,
    TemplateFault,
    load_templates,
    school_short,
)
from surveybot.rules.delivery.text_length import Encoding, measure, plain_letters
from surveybot.rules.texting.text_talk import first_keys
from surveybot.steps.sending.render import PAGE_OF, SAMPLE_TOKEN

LINK = "https://abcdefghijkl.example/r/" + "Z" * 29  # a domain of 20 letters: a usual one
NAMES = (ROOT / "surveybot" / "demo" / "names.toml").read_text(encoding="utf-8")
ODD_NAMES = [
    "Zoë",
    "Siân",
    "Łucja",
    "李娜",
    "علی",
    "O’Neill",
    "Mary-Jane",
    "A",
    "X" * 100,
    "😀",
    "🇬🇧",
    "[Kit]",
]
EMAILS = ["invitation", "reminder", "parent-invitation", "receipt", "new-link", "sign-in", "test-to-self"]
BY_TEXT = sorted(path for path in TEMPLATES.glob("*.txt") if not path.stem.endswith(("-text", "-subject")))
TEXTS = [path.stem for path in BY_TEXT if "{link}" in path.read_text(encoding="utf-8")]
ASKS = ["invitation", "reminder", "parent-invitation"]
SCHOOLS = ["Hillview School", "Marlbridge Community School and Sixth Form College", "Ysgol Llŷr", "St Mary’s"]


def values(**changes: str) -> dict[str, str]:
    return {
        "sender": "Hillview School",
        "school": "Hillview School",
        "school_short": "Hillview School",
        "colour": "#124f8c",
        "greeting": "Hi Amira,",
        "first_name": "Amira",
        "headline": "What do you plan to do next?",
        "question": "what do you plan to do next?",
        "closes_on": "Fri 4 Dec 2026",
        "receipt": "7K2M9Q",
        "link": LINK,
        "stop_link": LINK.replace("/r/", "/stop/"),
        "passport_link": LINK.replace("/r/", "/me/"),
        "home_link": "https://school.example.org/staff/",
        "preview_subject": "What do you plan to do next?",
        "preview_text": "Hi\n\nthere",
        "preview_sms": "Hi",
        "preview_html": "<p>Hi</p>",
        **changes,
    }


def first_names() -> list[str]:
    found = tomllib.loads(NAMES)
    words = [word for value in found.values() if isinstance(value, list) for word in value]
    return [word for word in words if isinstance(word, str)] + ODD_NAMES


def longest_link(template: str, *, more: int = 0) -> str:
    """A link of this template at the longest address that the settings allow, or one longer."""
    purpose = PAGE_OF.get(template, LinkPurpose.SURVEY)
    host = "https://".ljust(LONGEST_PUBLIC_URL + more, "a")
    return f"{host}{PATHS[purpose]}{SAMPLE_TOKEN}"


def asked() -> list[dict[str, str]]:
    """What a text asks in each survey, by keys where it can."""
    found = [(one.question["en"], first_keys(one)) for one in load_catalogue().surveys.values()]
    return [{"question": question, **({"keys": keys} if keys else {})} for question, keys in found]


@pytest.mark.parametrize("school", SCHOOLS)
@pytest.mark.parametrize("template", TEXTS)
def test_every_text_fits_one_part_for_every_name_school_and_survey(template: str, school: str) -> None:
    templates, link = load_templates(), longest_link(template)
    in_common = values(school=school, school_short=school_short(school), link=link)
    for name in first_names():
        for question in asked() if template in ASKS else asked()[:1]:
            message = templates.text(template, {**in_common, "first_name": name, **question})
            assert message.length.fits_one, (message.body, message.length)
            assert message.body.endswith(link)
            assert school_short(school)[:10] in message.body


def test_with_one_letter_more_the_tightest_text_takes_two_parts() -> None:
    in_common = values(school="W" * 60, school_short="W" * 26, link=longest_link(TIGHTEST_TEXT, more=1))
    lengths = [load_templates().text(TIGHTEST_TEXT, {**in_common, **question}).length for question in asked()]
    assert max(length.segments for length in lengths) == 2


@pytest.mark.parametrize("template", ASKS)
def test_at_a_usual_address_the_name_finds_room_where_two_share_a_number(template: str) -> None:
    in_common = values(school="W" * 60, school_short="W" * 26)
    for name in first_names():
        if len(name) <= 11 and measure(plain_letters(name)).encoding is Encoding.GSM_7:
            for question in asked():
                given = {**in_common, "first_name": name, **question}
                assert load_templates().text(template, given, naming=True).length.fits_one


def test_a_name_that_has_no_room_makes_the_greeting_fall_back() -> None:
    templates = load_templates()
    assert "Amira" in templates.text("invitation", values()).body
    assert "李娜" not in templates.text("invitation", values(first_name="李娜")).body
    assert "Zoe" in templates.text("invitation", values(first_name="Zoë")).body


def test_a_message_without_a_name_takes_a_wording_without_one() -> None:
    nameless = values()
    del nameless["first_name"]
    assert "Hi " not in load_templates().text("invitation", nameless).body


def test_where_two_share_a_number_the_text_always_says_whom_it_means() -> None:
    school = "Marlbridge Community School and Sixth Form College"
    given = values(first_name="Bartholomew-James", school=school, school_short=school_short(school))
    assert "Bartholomew" in load_templates().text("invitation", given, naming=True).body


@pytest.mark.parametrize("template", ["invitation", "reminder"])
def test_a_text_names_the_school_asks_and_says_how_to_stop(template: str) -> None:
    body = load_templates().text(template, values()).body
    assert "Hillview School" in body
    assert "what do you plan to do next?" in body
    assert "STOP" in body


@pytest.mark.parametrize(
    "hostile", ["{7*7}", "{{7*7}}", "{link}", "{0.__class__}", "%(x)s", "${x}", "<b>&amp;"]
)
def test_text_that_looks_like_a_placeholder_stays_as_it_is(hostile: str) -> None:
    email = load_templates().email("invitation", values(greeting=f"Hi {hostile},"))
    assert f"Hi {hostile}," in email.text
    assert "<b>" not in email.html


def test_a_line_break_in_a_name_reaches_no_header() -> None:
    email = load_templates().email("invitation", values(school="Hillview\r\nBcc: all@example.org"))
    assert "\n" not in email.subject
    assert "\r" not in email.subject


def test_a_placeholder_that_does_not_exist_is_an_error_at_loading(tmp_path: Path) -> None:
    (tmp_path / "odd.txt").write_text("Hello {surname}")
    with pytest.raises(TemplateFault, match=r"odd\.txt: there is no placeholder \{surname\}"):
        load_templates(tmp_path)


def test_an_empty_template_is_an_error_at_loading(tmp_path: Path) -> None:
    (tmp_path / "odd.txt").write_text("\n")
    with pytest.raises(TemplateFault, match="empty"):
        load_templates(tmp_path)


def test_braces_that_are_no_placeholder_are_plain_text(tmp_path: Path) -> None:
    (tmp_path / "odd.txt").write_text("{7*7} {LINK} { link } {school}")
    assert load_templates(tmp_path).text("odd", {"school": "S"}).body == "{7*7} {LINK} { link } S"


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(MissingValue, match="greeting"):
        load_templates().email("invitation", {"school": "S", "headline": "Q"})


@pytest.mark.parametrize("template", EMAILS)
def test_both_parts_of_an_email_say_the_same(template: str) -> None:
    email = load_templates().email(template, values())
    for link in set(re.findall(r"https?://[^\s<>\"]+", email.text)):
        assert f'href="{link}"' in email.html
    seen = " ".join(re.sub(r"<[^>]+>", " ", email.html.split("<body", 1)[1]).split())
    for sentence in re.findall(r"[A-Z][^.:?\n{]{20,}\.", email.text):
        assert sentence in seen, sentence


@pytest.mark.parametrize("template", ["invitation", "reminder", "parent-invitation"])
def test_an_ask_by_email_says_who_why_how_long_how_to_stop_and_where_privacy_stands(template: str) -> None:
    email = load_templates().email(template, values())
    assert "Hillview School" in email.text + email.subject
    assert "Why we ask" in email.text
    assert re.search(r"takes about (a|two) minute", email.text)
    assert (
        f"Stop these emails, or tell us that {'this is not you' if 'parent' not in template else ''}"
        in email.text
    )
    assert "/me/" in email.text
    assert "/stop/" in email.text


@pytest.mark.parametrize("template", EMAILS)
def test_an_email_loads_nothing_from_outside_and_runs_nothing(template: str) -> None:
    html = load_templates().email(template, values()).html
    assert not re.search(r"<(img|script|link|iframe|form|object)\b|\bsrc=|url\(|@import|\son\w+=", html)


def test_the_default_texts_are_plain() -> None:
    for path in sorted(TEMPLATES.glob("*.txt")):
        assert measure(path.read_text(encoding="utf-8")).encoding is Encoding.GSM_7, path.name


def test_no_message_is_urgent_or_favours_an_answer() -> None:
    for path in sorted(TEMPLATES.iterdir()):
        text = path.read_text(encoding="utf-8").casefold()
        for word in ("urgent", "must answer", "last chance", "don't miss", "university", "apprentice", "!"):
            assert word not in text.replace("<!doctype", ""), (path.name, word)


def test_a_long_school_name_is_cut_after_a_whole_word() -> None:
    assert school_short("Marlbridge Community School and Sixth Form") == "Marlbridge Community"
    assert school_short("St Mary’s") == "St Mary's"
    assert len(school_short("Y" * 60)) == 26


def test_a_text_whose_wordings_name_nobody_goes_to_a_shared_number_all_the_same() -> None:
    values = {
        "school": "Hillview School",
        "school_short": "Hillview",
        "receipt": "R-7K2M9P",
        "link": "https://school.example.org/me/aaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "first_name": "Grace",
    }
    assert "R-7K2M9P" in load_templates().text("receipt", values, naming=True).body


@pytest.mark.parametrize("school", ["Hillview School", "Marlbridge Community School and Sixth Form College"])
@pytest.mark.parametrize("template", ["invitation", "reminder"])
def test_a_check_in_can_be_answered_by_one_key(template: str, school: str) -> None:
    survey = load_catalogue().survey("check-in-year-2")
    keys = first_keys(survey)
    given = values(
        school=school, school_short=school_short(school), question=survey.question["en"], keys=keys
    )
    del given["first_name"]  # of somebody who has left
    message = load_templates().text(template, given)
    assert message.length.fits_one
    assert "1 same 2 changed 3 need help" in message.body
    assert "STOP" in message.body


def test_a_message_is_in_the_language_of_its_reader_and_in_english_where_that_has_none(
    tmp_path: Path,
) -> None:
    for name, text in (("bye.txt", "Goodbye"), ("thanks.txt", "Thank you"), ("cy/bye.txt", "Hwyl fawr")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"{text} {{school}}", "utf-8")

    def said(language: str) -> list[str]:
        templates = load_templates(tmp_path, language)
        return [templates.text(name, {"school": "Hillview"}).body for name in ("bye", "thanks")]

    assert said("cy") == ["Hwyl fawr Hillview", "Thank you Hillview"]
    assert said("pl") == said("en") == ["Goodbye Hillview", "Thank you Hillview"]
