"""Small numbers stay hidden, also from whoever subtracts."""

import pytest

from surveybot.rules.report.suppression import hide_small


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [
        ([12, 8, 0], [12, 8, 0]),
        ([12, 3, 4, 0], [12, None, None, 0]),
        ([12, 3, 8, 0], [12, None, None, 0]),  # 3 alone would follow from the total
        ([3], [None]),
        ([3, 0], [None, 0]),
        ([5, 5], [5, 5]),
        ([], []),
    ],
)
def test_a_small_number_is_hidden_with_what_would_betray_it(
    numbers: list[int], shown: list[int | None]
) -> None:
    assert hide_small(numbers, below=5) == shown
