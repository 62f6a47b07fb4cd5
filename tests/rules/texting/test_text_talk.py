"""A whole conversation as pure data: what is asked next, and what each reply makes of it."""

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from surveybot.catalogue import load_catalogue
from surveybot.rules.answer.answer_facts import meaning_of
from surveybot.rules.texting.reply_words import offer_for
from surveybot.rules.texting.text_hearing import Heard, answers_question, hear
from surveybot.rules.texting.text_talk import Place, Talk, content_of, next_ask, summary

CATALOGUE = load_catalogue()
ABINGDON = Place("Abingdon and Witney College", "further_education_college")
HILLS_ROAD = Place("Hills Road Sixth Form College", "sixth_form_college")


def talk(slug: str = "autumn-intentions", year_group: int = 11) -> Talk:
    kinds = CATALOGUE.destination_kinds
    offer = offer_for(CATALOGUE.reply_words, kinds, year_group=year_group, own_sixth_form=True)
    return Talk(CATALOGUE.survey(slug), offer, kinds)


def find(text: str) -> Sequence[Place]:
    """A small directory: "abingdon" is guessed, a full name is exact."""
    words = text.casefold()
    if words == ABINGDON.name.casefold():
        return [Place(ABINGDON.name, ABINGDON.kind, exact=True)]
    if "abingdon" in words:
        return [ABINGDON]
    if "hills road" in words:
        return [HILLS_ROAD]
    if "leeds" in words:
        return [
            Place("Leeds City College", "further_education_college"),
            Place("Leeds Sixth Form College", ""),
        ]
    return []


def hold(about: Talk, *texts: str, has_before: bool = True) -> tuple[list[str], dict[str, Any]]:
    """The questions that were put, in order, and the answer at the end."""
    draft: dict[str, Any] = {}
    asked = []
    for text in texts:
        ask = next_ask(about, draft)
        assert ask is not None, f"nothing was open for {text!r}"
        asked.append(ask.id)
        draft = hear(about, draft, ask, text, find=find, has_before=has_before).draft
    last = next_ask(about, draft)
    asked.append(last.id if last else "done")
    return asked, content_of(about, draft)


def test_two_words_and_a_key_are_a_whole_answer() -> None:
    asked, content = hold(talk(), "aprentiship w bt", "2")
    assert asked == ["options.menu", "help.choice", "done"]
    assert content == {"options": [{"kind": "apprenticeship", "provider": "bt"}], "help": ["none"]}


def test_a_likely_place_is_said_back_before_it_is_kept() -> None:
    asked, content = hold(talk(), "college in abingdon", "1", "no thanks")
    assert asked == ["options.menu", "options.confirm", "help.choice", "done"]
    assert content["options"] == [
        {"kind": "further_education_college", "provider": "Abingdon and Witney College"}
    ]


def test_a_wrong_guess_leaves_what_was_written() -> None:
    _, content = hold(talk(), "college in abingdon", "no", "no thanks")
    assert content["options"] == [{"kind": "further_education_college", "provider": "abingdon"}]


def test_an_exact_name_needs_no_question() -> None:
    asked, _ = hold(talk(), "abingdon and witney college", "2")
    assert asked == ["options.menu", "help.choice", "done"]


def test_a_place_without_a_kind_is_asked_back_as_a_whole() -> None:
    about = talk()
    asked, content = hold(about, "im at ccb doing plumbing l2", "yes", "2")
    assert asked == ["options.menu", "options.confirm", "help.choice", "done"]
    assert content["options"] == [
        {"kind": "further_education_college", "provider": "ccb", "course": "plumbing l2"}
    ]
    wrong, content = hold(about, "im at ccb doing plumbing l2", "2", "1", "0", "2")
    assert wrong == ["options.menu", "options.confirm", "options.menu", "options.name", "help.choice", "done"]
    assert content["options"] == [{"kind": "apprenticeship"}]


def test_no_and_another_answer_in_one_text_is_heard() -> None:
    _, content = hold(talk(), "im at ccb doing plumbing l2", "no, apprenticeship with bt", "2")
    assert content["options"] == [{"kind": "apprenticeship", "provider": "bt"}]


def test_the_name_of_a_known_place_alone_is_enough_to_ask_back() -> None:
    asked, content = hold(talk(), "hills road", "right", "2")
    assert asked[:2] == ["options.menu", "options.confirm"]
    assert content["options"] == [{"kind": "sixth_form_college", "provider": HILLS_ROAD.name}]


def test_a_line_of_several_kinds_is_asked_about() -> None:
    asked, content = hold(talk(), "sixth form", "another school", "Riverside", "2")
    assert asked == ["options.menu", "options.which", "options.name", "help.choice", "done"]
    assert content["options"] == [{"kind": "school_sixth_form", "provider": "Riverside"}]


def test_a_known_place_settles_which_kind_of_college_it_is() -> None:
    asked, content = hold(talk(), "a levels at hills road", "1", "2")
    assert asked == ["options.menu", "options.confirm", "help.choice", "done"]
    assert content["options"][0]["kind"] == "sixth_form_college"


def test_several_likely_places_are_a_list() -> None:
    asked, content = hold(talk(), "2", "leeds", "1", "2")
    assert asked == ["options.menu", "options.name", "options.pick", "help.choice", "done"]
    assert content["options"][0]["provider"] == "Leeds City College"
    _, content = hold(talk(), "2", "leeds", "none of these", "2")
    assert content["options"][0]["provider"] == "leeds"


def test_a_later_change_of_mind_answers_the_first_question_again() -> None:
    asked, content = hold(talk(), "college", "actually apprenticeship with bt", "2")
    assert asked == ["options.menu", "options.name", "help.choice", "done"]
    assert content["options"] == [{"kind": "apprenticeship", "provider": "bt"}]


def test_the_same_as_before_needs_a_before() -> None:
    about = talk()
    asked, content = hold(about, "same as last yr", "2")
    assert asked == ["options.menu", "help.choice", "done"]
    assert meaning_of(about.survey, content).same
    ask = next_ask(about, {})
    assert ask is not None
    heard = hear(about, {}, ask, "same as last yr", find=find, has_before=False)
    assert heard == Heard({}, understood=False, nothing_before=True)


def test_how_far_it_has_got_is_asked_where_the_survey_wants_it() -> None:
    asked, content = hold(talk("after-mocks"), "college", "0", "applied", "2")
    assert asked == ["options.menu", "options.name", "options.status", "help.choice", "done"]
    assert content["options"] == [{"kind": "further_education_college", "status": "applied"}]


def test_results_day_takes_one_key_where_the_plan_is_the_same() -> None:
    about = talk("results-day")
    asked, content = hold(about, "1")
    assert asked == ["plan.choice", "done"]
    assert meaning_of(about.survey, content).same


def test_results_day_asks_where_to_if_the_plan_has_changed() -> None:
    asked, content = hold(talk("results-day"), "changed", "gap year", "7", "1")
    assert asked == ["plan.choice", "options.menu", "options.menu", "help.choice", "done"]
    assert content == {"plan": "changed", "options": [{"kind": "something_else"}], "help": ["talk"]}


def test_help_to_decide_is_asked_for_once() -> None:
    about = talk("results-day")
    asked, content = hold(about, "i need help to decide")
    assert asked == ["plan.choice", "done"]
    assert meaning_of(about.survey, content).wants_help


def test_a_yes_alone_answers_no_list() -> None:
    about = talk()
    ask = next_ask(about, {})
    assert not answers_question(about, ask, "yes")
    assert answers_question(about, ask, "stopping on")


def test_a_destination_is_said_back_in_a_few_words() -> None:
    assert summary(talk(), {"kind": "apprenticeship", "provider": "bt"}) == "Apprenticeship, bt"


@given(
    texts=st.lists(
        st.sampled_from(
            [
                *(
                    "1",
                    "2",
                    "3",
                    "7",
                    "college",
                    "sixth form",
                    "yes",
                    "no",
                    "leeds",
                    "abingdon college",
                    "same",
                ),
                *("actually job", "0", "hello", "im at ccb doing plumbing l2", "👍", "none of these", "talk"),
            ]
        ),
        max_size=14,
    ),
    slug=st.sampled_from(["autumn-intentions", "after-mocks", "before-leaving", "results-day"]),
    year_group=st.sampled_from([11, 13]),
)
def test_whatever_is_said_the_answer_is_one_that_the_survey_can_take(
    texts: list[str], slug: str, year_group: int
) -> None:
    about = talk(slug, year_group)
    draft: dict[str, Any] = {}
    for text in texts:
        ask = next_ask(about, draft)
        if ask is None:
            break
        draft = hear(about, draft, ask, text, find=find, has_before=True).draft
    content = content_of(about, draft)
    meaning_of(about.survey, content)
    for question in about.survey.questions:
        for value in content.get(question.id, ()) if question.id == "help" else ():
            assert question.choice(value)
    for option in content.get("options", ()):
        assert about.kinds[option["kind"]].offered(year_group)
