"""Where somebody is, told at the first question of a check-in: said back, and stored with what it implies."""

import pytest

from tests.steps.phone import BEN, Phones

pytestmark = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)


def test_free_words_at_the_first_question_are_an_answer_once_they_are_confirmed(phones: Phones) -> None:
    phones.ask("Ben", BEN, "results-day")
    assert phones.text(BEN, "aprentiship w bt") == "Did you mean: Apprenticeship, bt? 1 right 2 wrong"
    assert phones.answers("Ben") == []
    for text in ("1", "no thanks"):
        phones.text(BEN, text)
    assert phones.answers("Ben")[0].content == {
        "plan": "changed",
        "options": [{"kind": "apprenticeship", "provider": "bt"}],
        "help": ["none"],
    }


def test_of_a_short_name_the_full_one_is_asked_and_the_kind_where_none_was_told(phones: Phones) -> None:
    phones.ask("Ben", BEN, "results-day")
    assert phones.text(BEN, "im at ccb").startswith("What kind of place is ccb? 1 apprenticeship")
    assert "help you" in phones.text(BEN, "college")
    phones.text(BEN, "2")
    assert phones.answers("Ben")[0].content["options"] == [
        {"kind": "further_education_college", "provider": "ccb"}
    ]
