"""Small numbers stay hidden, also from whoever subtracts the others from the total."""

from collections.abc import Sequence


def hide_small(numbers: Sequence[int], *, below: int) -> list[int | None]:
    """The parts of a total that is shown: None where a number is too small, or would betray one that is.

    Nought says nothing about anybody and is shown. One hidden part alone could be worked out from the total,
    so that the next smallest is hidden with it.
    """
    hidden = {place for place, number in enumerate(numbers) if 0 < number < below}
    if len(hidden) == 1:
        rest = [place for place, number in enumerate(numbers) if place not in hidden and number]
        hidden |= {min(rest, key=lambda place: numbers[place])} if rest else set()
    return [None if place in hidden else number for place, number in enumerate(numbers)]
