"""Why a text needs a person, in words for staff."""

from surveybot.records.texting.texts import TextReason, TextState
from surveybot.web.language import gettext as _

Tag = tuple[str, str]

WHY: dict[TextReason, Tag] = {
    TextReason.WORRY: (_("Worrying words"), "bad"),
    TextReason.WITH_PERSON: (_("Waits for a person"), "warn"),
    TextReason.HOLD: (_("Perhaps a stop"), "warn"),
    TextReason.HELD: (_("Number on hold"), "warn"),
    TextReason.WRONG_NUMBER: (_("Wrong number"), "warn"),
    TextReason.UNREADABLE: (_("Not understood"), "wait"),
    TextReason.LATE: (_("Too late for the round"), "wait"),
    TextReason.STRAY: (_("Not about an open question"), "wait"),
    TextReason.UNKNOWN: (_("Number of nobody here"), "wait"),
    TextReason.CARRIER_HELP: (_("Wrote HELP"), "warn"),
    TextReason.REFUSE: (_("Refuses something"), "wait"),
    TextReason.CHANGE: (_("Wants to change an answer"), "wait"),
    TextReason.LOOP: (_("Keeps writing the same"), "off"),
    TextReason.AUTOMATIC: (_("Looks automatic"), "off"),
    TextReason.WHO_IS_THIS: (_("Asks who we are"), "wait"),
}
STATES: dict[TextState, Tag] = {
    TextState.HANDLED: (_("Answered by the bot"), "plain"),
    TextState.INBOX: (_("Waits for a person"), "warn"),
    TextState.FILED: (_("Filed"), "good"),
    TextState.CLOSED: (_("Closed"), "good"),
}


def why(reason: TextReason) -> Tag:
    return WHY.get(reason, (_("Needs a person"), "wait"))
