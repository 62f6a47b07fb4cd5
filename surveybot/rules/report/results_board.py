"""Where a student stands on the board of results day: whoever needs somebody comes first."""

from enum import StrEnum


class Stand(StrEnum):
    """In the order in which staff go to people."""

    HELP = "help"
    NO_PLACE = "no_place"
    CHANGED = "changed"
    FIRST = "first"  # to be seen first, and has not answered
    SILENT = "silent"
    OTHER = "other"  # answered something that is none of these
    SAME = "same"


NEEDS_SOMEBODY = (Stand.HELP, Stand.NO_PLACE, Stand.CHANGED, Stand.FIRST)
_BY_PLAN = {"no_place": Stand.NO_PLACE, "changed": Stand.CHANGED, "same": Stand.SAME}


def stand_of(*, answered: bool, plan: str, wants_help: bool, see_first: bool) -> Stand:
    """`plan` is what was chosen first on the page; `wants_help` by whichever way it was said."""
    if wants_help or plan == "need_help":
        return Stand.HELP
    if answered:
        return _BY_PLAN.get(plan, Stand.OTHER)
    return Stand.FIRST if see_first else Stand.SILENT
