"""The order in which destinations are offered: it favours none, and is the same whenever one person looks.

Impartiality of careers guidance: the school's own sixth form is never first.
"""

from collections.abc import Sequence
from random import Random

from surveybot.rules.destination.destination_kinds import DestinationKind

ORDERS = 24
"""So many shuffles are used; pages can be prepared for each of them."""

OWN_SIXTH_FORM = "own_sixth_form"
LAST = ("something_else", "not_sure", "rather_not_say")
"""They stand at the end, after an "or": they are no destinations beside the others."""

NEVER_INTENDED = ("looking",)
"""Something that a person is doing, not a plan."""


def order_for(invitation_id: int) -> int:
    """Which of the shuffles this person sees."""
    return Random(invitation_id).randrange(ORDERS)  # noqa: S311 - an order, not a secret


def offered_kinds(
    kinds: Sequence[DestinationKind],
    *,
    year_group: int,
    own_sixth_form: bool,
    order: int,
    intended: bool = True,
) -> tuple[tuple[DestinationKind, ...], tuple[DestinationKind, ...]]:
    """The kinds that may be chosen, shuffled, and those that stand last."""
    fit = {
        kind.key: kind
        for kind in kinds
        if kind.offered(year_group)
        and not (intended and kind.key in NEVER_INTENDED)
        and (own_sixth_form or kind.key != OWN_SIXTH_FORM)
    }
    last = tuple(fit.pop(key) for key in LAST if key in fit)
    mixed = list(fit.values())
    Random(order).shuffle(mixed)  # noqa: S311
    if mixed and mixed[0].key == OWN_SIXTH_FORM:
        mixed.append(mixed.pop(0))
    return tuple(mixed), last
