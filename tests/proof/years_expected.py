"""Who should be asked what, and on which day: written down by hand from the README's table and a diary.

Nothing here is worked out by the program: the days stand as a careers leader would write them into a diary,
and who is asked follows from what the cast is told to do in tests/proof/cast.py.
"""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from tests.proof.cast import cohort_of

Asked = tuple[str, date]

IN_SCHOOL: dict[tuple[int, int], tuple[Asked, ...]] = {
    (2027, 11): (
        ("autumn-intentions", date(2026, 9, 21)),
        ("after-mocks", date(2027, 1, 25)),
        ("before-leaving", date(2027, 4, 15)),
        ("results-day", date(2027, 8, 19)),
    ),
    (2028, 11): (
        ("autumn-intentions", date(2027, 9, 27)),
        ("after-mocks", date(2028, 1, 31)),
        ("before-leaving", date(2028, 4, 24)),
        ("results-day", date(2028, 8, 24)),
    ),
    (2027, 13): (
        ("autumn-intentions", date(2026, 9, 21)),
        ("after-mocks", date(2027, 1, 25)),
        ("before-leaving", date(2027, 4, 15)),
        ("results-day", date(2027, 8, 12)),
    ),
    (2029, 13): (
        ("autumn-intentions", date(2028, 6, 8)),
        ("autumn-intentions", date(2028, 9, 25)),
        ("after-mocks", date(2029, 1, 29)),
        ("before-leaving", date(2029, 4, 19)),
        ("results-day", date(2029, 8, 16)),
    ),
}
AFTER_LEAVING: dict[tuple[int, int], tuple[Asked, ...]] = {
    (2027, 11): (
        ("enrolled", date(2027, 9, 14)),
        ("check-in-november", date(2027, 11, 2)),
        ("check-in-spring", date(2028, 4, 25)),
        ("check-in-year-2", date(2028, 11, 6)),
        ("check-in-year-2", date(2029, 4, 10)),
        ("check-in-year-3", date(2029, 11, 5)),
        ("check-in-year-3", date(2030, 4, 30)),
        ("goodbye", date(2030, 6, 17)),
    ),
    (2028, 11): (
        ("enrolled", date(2028, 9, 14)),
        ("check-in-november", date(2028, 11, 6)),
        ("check-in-spring", date(2029, 4, 10)),
        ("check-in-year-2", date(2029, 11, 5)),
        ("check-in-year-2", date(2030, 4, 30)),
    ),
    (2027, 13): (
        ("check-in-november", date(2027, 11, 2)),
        ("check-in-spring", date(2028, 4, 25)),
        ("goodbye", date(2028, 6, 15)),
    ),
    (2029, 13): (
        ("check-in-november", date(2029, 11, 5)),
        ("check-in-spring", date(2030, 4, 30)),
        ("goodbye", date(2030, 6, 17)),
    ),
}
TURN = date(2027, 9, 6)  # when some stay in the sixth form and some repeat the year


class Fate(NamedTuple):
    """What the cast says of one person."""

    number: int

    @property
    def summer(self) -> int:
        return cohort_of(self.number)[0]

    @property
    def leaves_early(self) -> bool:
        return self.number % 37 == 9

    @property
    def stays(self) -> bool:
        return self.number % 7 == 6 and cohort_of(self.number) == (2027, 11)

    @property
    def repeats(self) -> bool:
        return self.number % 43 == 12 and cohort_of(self.number) == (2027, 11)

    @property
    def is_muddled(self) -> bool:
        """Two of these at once are nobody's story: whoever left early neither stays nor repeats."""
        return self.leaves_early + self.stays + self.repeats > 1

    def is_alive(self, on: date) -> bool:
        return self.number % 97 != 11 or on < date(self.summer + 1, 2, 14)

    def agrees(self, on: date) -> bool:
        withdrawn = self.number % 17 == 4 and on > date(self.summer + 1, 11, 20)
        return self.number % 3 != 0 and on > date(self.summer, 2, 2) and not withdrawn

    def has_a_phone(self, on: date) -> bool:
        owner = self.number - 1 if self.number % 40 == 0 else self.number
        stopped = owner % 31 == 8 and on > date(cohort_of(owner)[0], 9, 20)
        return self.number % 8 != 5 and not stopped

    def has_an_own_email(self) -> bool:
        return self.number % 5 == 0

    def has_a_school_email(self) -> bool:
        return self.number % 25 != 3


def expected(number: int, until: date) -> set[Asked]:
    """Every first message that this person should have had by the end of that day."""
    who = Fate(number)
    return {(survey, on) for survey, on in _all(who) if on <= until and who.is_alive(on)}


def _all(who: Fate) -> Iterator[Asked]:
    for cohort, first, last in _clocks(who):
        for survey, on in IN_SCHOOL[cohort]:
            gone = who.leaves_early and on > date(cohort[0], 3, 3)
            reached = who.has_a_school_email() or who.has_a_phone(on) or who.has_an_own_email()
            if first <= on < last and not gone and reached:
                yield survey, on
        afterwards = AFTER_LEAVING[cohort]
        if who.leaves_early:
            afterwards = (("enrolled", date(cohort[0], 3, 17)), *afterwards)
        for survey, on in afterwards:
            reached = who.has_a_phone(on) or who.has_an_own_email()
            followed_longer = who.number % 50 == 7 and survey == "goodbye"  # an EHC plan: to 25
            if first <= on < last and who.agrees(on) and reached and not followed_longer:
                yield survey, on


def _clocks(who: Fate) -> Iterator[tuple[tuple[int, int], date, date]]:
    """By which cohort's days somebody goes, from when until when."""
    begin, end = date(2026, 9, 1), date(2030, 10, 31)
    if who.stays or who.repeats:
        yield (2027, 11), begin, TURN
        yield ((2029, 13) if who.stays else (2028, 11)), TURN, end
    else:
        yield cohort_of(who.number), begin, end
