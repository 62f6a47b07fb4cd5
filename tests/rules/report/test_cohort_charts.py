"""What became of a cohort: by year, in the order of the alphabet, with what only the roll knows."""

from datetime import date

from surveybot.catalogue import load_catalogue
from surveybot.rules.destination.destinations import FactKind
from surveybot.rules.report.cohort_charts import Destinations, SixthForm, Told, destinations_by_year

KINDS = load_catalogue().destination_kinds
PLANNED, ACTUAL = FactKind.INTENDED, FactKind.ACTUAL


def drawn(*told: Told, people: int = 4, today: date = date(2029, 1, 1), **stays: SixthForm) -> Destinations:
    return destinations_by_year(
        list(range(people)),
        told,
        {int(key[1:]): value for key, value in stays.items()},
        KINDS,
        leaving=2027,
        years=3,
        today=today,
        small_number=1,
    )


def numbers(charts: Destinations) -> dict[str, tuple[int | None, ...]]:
    return {row.key: row.numbers for row in charts.rows}


def test_the_newest_word_of_each_year_counts() -> None:
    charts = drawn(
        Told(0, PLANNED, "university", date(2026, 10, 1)),
        Told(0, PLANNED, "apprenticeship", date(2027, 5, 1)),
        Told(0, ACTUAL, "job", date(2027, 9, 20)),
        Told(0, ACTUAL, "training", date(2028, 4, 20)),
        Told(1, ACTUAL, "job", date(2028, 11, 5)),
    )
    assert charts.columns == (0, 1, 2)
    assert numbers(charts) == {"apprenticeship": (1, 0, 0), "job": (0, 0, 1), "training": (0, 1, 0)}
    assert charts.known == (1, 1, 1)


def test_a_plan_made_in_the_sixth_form_is_no_plan_of_year_11() -> None:
    charts = drawn(
        Told(0, PLANNED, "own_sixth_form", date(2027, 5, 1)),
        Told(0, PLANNED, "university", date(2028, 10, 1)),
    )
    assert numbers(charts) == {"own_sixth_form": (1, 0, 0)}


def test_the_own_sixth_form_is_known_from_the_roll_until_somebody_leaves_it() -> None:
    whole, left = SixthForm(2029, None), SixthForm(2029, date(2028, 3, 1))
    charts = drawn(today=date(2030, 1, 1), p0=whole, p1=left)
    assert charts.columns == (0, 1, 2, 3)
    assert numbers(charts) == {"own_sixth_form": (0, 2, 1, 0)}


def test_no_route_stands_above_another_and_open_ones_come_last() -> None:
    told = [Told(n, ACTUAL, kind, date(2028, 5, 1)) for n, kind in enumerate(KINDS)]
    labels = [row.label for row in drawn(*told, people=len(KINDS)).rows]
    assert labels[-4:] == sorted(labels[-4:]) and "Still looking" in labels[-4:]
    assert labels[:-4] == sorted(labels[:-4])


def test_nobody_of_whom_nothing_is_known_is_an_empty_chart() -> None:
    assert drawn(today=date(2027, 1, 1)).is_empty
