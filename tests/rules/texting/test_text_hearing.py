"""Nothing likely is kept before it has been said back: at a check-in, of a short name, of a slip."""

from typing import Any

import pytest

from surveybot.rules.delivery.text_length import measure
from surveybot.rules.texting.text_hearing import answers_question, hear
from surveybot.rules.texting.text_talk import Ask, next_ask
from tests.rules.texting.test_text_talk import find, hold, talk

HELP = "help.choice"


def asked_after(slug: str, *texts: str) -> Ask:
    """The question that stands open after some replies."""
    about, draft = talk(slug), dict[str, Any]()
    for text in texts:
        ask = next_ask(about, draft)
        assert ask is not None
        draft = hear(about, draft, ask, text, find=find, has_before=True).draft
    last = next_ask(about, draft)
    assert last is not None
    return last


FIRST = [
    ("check-in-november", "still", "changed"),
    ("enrolled", "started", "elsewhere"),
    ("results-day", "plan", "changed"),
]
TOLD = [
    (
        "im at ccb doing plumbing l2",
        {"kind": "further_education_college", "provider": "ccb", "course": "plumbing l2"},
    ),
    ("aprentiship w bt", {"kind": "apprenticeship", "provider": "bt"}),
    ("no im working for myself", {"kind": "self_employed"}),
]


@pytest.mark.parametrize(("slug", "question", "implied"), FIRST)
@pytest.mark.parametrize(("text", "option"), TOLD)
def test_where_somebody_is_may_be_told_at_the_first_question(
    slug: str, question: str, implied: str, text: str, option: dict[str, str]
) -> None:
    assert asked_after(slug, text).text.startswith("Did you mean: ")
    _, content = hold(talk(slug), text, "1", *(() if slug == "enrolled" else ("2",)))
    assert content["options"] == [option]
    assert content[question] == implied


@pytest.mark.parametrize(("slug", "question", "implied"), [*FIRST[::2], ("enrolled", "started", "not_yet")])
def test_who_is_still_looking_has_changed_or_not_started_yet(slug: str, question: str, implied: str) -> None:
    asked, content = hold(talk(slug), "still lookin tbh", "right", "2")
    assert asked == [f"{question}.choice", "options.confirm", HELP, "done"]
    assert (content["options"], content[question]) == ([{"kind": "looking"}], implied)


def test_a_wrong_guess_brings_the_first_question_back_and_keeps_nothing() -> None:
    asked, content = hold(talk("check-in-november"), "aprentiship w bt", "2", "1")
    assert asked == ["still.choice", "options.confirm", "still.choice", "done"]
    assert content == {"still": "same"}


def test_no_and_something_else_is_said_back_too() -> None:
    _, content = hold(talk("check-in-november"), "aprentiship w bt", "no, job at tesco", "no thanks")
    assert content["still"] == "changed"
    assert asked_after("check-in-november", "aprentiship w bt", "no, job at tesco").id == "options.which"


@pytest.mark.parametrize(
    "text",
    [
        "still at college",
        "yes still doing my apprenticeship",
        "yeah college",
        "im still working at tesco",
    ],
)
def test_still_there_is_the_same_once_it_has_been_said_back(text: str) -> None:
    assert asked_after("check-in-november", text).text == "Did you mean: same? 1 right 2 wrong"
    assert hold(talk("check-in-november"), text, "1")[1] == {"still": "same"}
    assert hold(talk("check-in-november"), text, "2", "3", "not sure", "1")[1]["still"] == "help"


def test_an_answer_of_the_list_stays_one() -> None:
    assert hold(talk("check-in-november"), "not sure")[1] == {"still": "help"}
    assert hold(talk("check-in-november"), "something else", "gap", "dunno", "2")[1]["still"] == "changed"
    assert hold(talk("results-day"), "same as last yr")[1] == {"plan": "same"}


@pytest.mark.parametrize("text", ["shame", "chnged", "my mate dropped out, i didnt hear"])
def test_a_slip_is_never_stored_as_it_stands(text: str) -> None:
    assert hold(talk("check-in-november"), text)[1] == {}


def test_a_slip_is_an_answer_once_it_has_been_said_back() -> None:
    asked, content = hold(talk("check-in-november"), "chaged", "right", "dunno", "2")
    assert asked[:3] == ["still.choice", "still.confirm", "options.menu"]
    assert content["still"] == "changed"


def test_a_short_name_nobody_knows_is_said_back_and_may_be_written_in_full() -> None:
    ask = asked_after("autumn-intentions", "2", "ccb")
    assert ask.text == "Did you mean: Further education college, ccb? 1 right 2 wrong, or text its full name."
    for texts, provider in (
        (["1"], "ccb"),
        (["City College Borchester", "right"], "City College Borchester"),
    ):
        _, content = hold(talk(), "2", "ccb", *texts, "2")
        assert content["options"] == [{"kind": "further_education_college", "provider": provider}]
    assert hold(talk(), "2", "ccb", "wrong", "0", "2")[1]["options"] == [
        {"kind": "further_education_college"}
    ]
    assert hold(talk(), "im at ccb doing plumbing l2", "abingdon", "1", "2")[1]["options"] == [
        {
            "kind": "further_education_college",
            "provider": "Abingdon and Witney College",
            "course": "plumbing l2",
        }
    ]


def test_an_employer_with_a_short_name_is_one() -> None:
    assert hold(talk(), "aprentiship w bt", "2")[1]["options"] == [
        {"kind": "apprenticeship", "provider": "bt"}
    ]


@pytest.mark.parametrize("slug", ["autumn-intentions", "check-in-november"])
def test_of_a_place_alone_is_asked_what_it_is(slug: str) -> None:
    ask = asked_after(slug, "im at ccb")
    assert ask.text.startswith("What kind of place is ccb? 1 apprenticeship 2 college")
    assert measure("Bartholomew: " + ask.text).fits_one
    _, content = hold(talk(slug), "im at ccb", "college", "2")
    assert content["options"] == [{"kind": "further_education_college", "provider": "ccb"}]
    assert hold(talk(slug), "im at ccb", "dunno", "2")[1]["options"] == [{"kind": "not_sure"}]


@pytest.mark.parametrize("text", ["sixth form", "still looking", "a job"])
def test_another_kind_is_no_name_of_a_place(text: str) -> None:
    assert asked_after("autumn-intentions", "college", text).id == "options.confirm"
    assert "provider" not in hold(talk(), "college", text, "2", "0", "2")[1]["options"][0]


def test_the_line_of_a_kind_that_is_known_is_no_other_kind() -> None:
    assert asked_after("autumn-intentions", "sixth form", "another school", "sixth form").id == "options.name"


@pytest.mark.parametrize(
    "text", ["yes", "lol", "college", "what do you mean", "who is this", "got rejected", "1", "why"]
)
def test_what_names_nothing_is_no_name(text: str) -> None:
    assert asked_after("autumn-intentions", "college", text).id == "options.name"


@pytest.mark.parametrize(
    "text", ["im not sure which yet", "havent decided", "idk tbh", "none of your business"]
)
def test_whoever_does_not_know_the_name_goes_on(text: str) -> None:
    assert asked_after("autumn-intentions", "college", text).id == HELP


def test_however_long_the_name_what_is_said_back_is_one_part() -> None:
    for name in ("x" * 110, "Королевский колледж", "the very long named college of everything " * 2):
        ask = asked_after("autumn-intentions", f"doing level 3 everything under the sun at {name}")
        assert measure(ask.text).fits_one


def test_a_place_told_at_the_first_question_is_no_stop() -> None:
    about = talk("check-in-november")
    assert answers_question(about, next_ask(about, {}), "stopping on at sixth form")
    assert not answers_question(about, next_ask(about, {}), "stop it")
