"""The September Guarantee status that follows from what somebody said."""

from collections.abc import Mapping, Sequence

from surveybot.rules.destination.destination_kinds import DestinationKind, Rpa
from surveybot.rules.destination.destinations import Fact, FactKind, PlaceStatus, current

_OFFERED = frozenset({PlaceStatus.OFFER, PlaceStatus.CONDITIONAL, PlaceStatus.PLACE})


def offer_status(facts: Sequence[Fact], kinds: Mapping[str, DestinationKind]) -> str:
    """The September Guarantee code that follows from what was said; empty where none does.

    110 an offer of learning was made, 140 applied and waiting, 151 not applied for any. A job is no offer of
    learning, and "no place" says nothing about the next application: staff decide about those.
    """
    statuses = {
        fact.status
        for fact in _last_said(facts)
        if fact.destination in kinds and kinds[fact.destination].rpa is not Rpa.NO and fact.status
    }
    if statuses & _OFFERED:
        return "110"
    if PlaceStatus.APPLIED in statuses:
        return "140"
    return "151" if statuses == {PlaceStatus.THINKING} else ""


def _last_said(facts: Sequence[Fact]) -> list[Fact]:
    """The newest fact about each choice, an intention or an offer; no offer older than the intentions."""
    found = {fact.preference: fact for fact in current(facts, FactKind.INTENDED).facts}
    since = max((fact.ascertained_at for fact in found.values()), default=None)
    for fact in current(facts, FactKind.OFFER).facts:
        if since is None or fact.ascertained_at > since:
            found[fact.preference] = fact
    return list(found.values())
