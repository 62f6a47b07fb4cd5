"""The kill switch: a ledger of pauses and releases, for all, one school, one channel, or one of each.

It is read in every claim. What cannot be read counts as paused: the claim fails with it.
"""

from datetime import datetime

from sqlmodel import Field, Session, SQLModel, col, select

from surveybot.records.database import UTCDateTime, word_column
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.kill_switch import Scope


class SwitchEvent(SQLModel, table=True):
    __tablename__ = "switch_event"

    id: int | None = Field(default=None, primary_key=True)
    school_id: int | None = Field(default=None, foreign_key="school.id")  # None: every school
    channel: Channel | None = Field(default=None, sa_type=word_column(Channel))  # None: both
    paused: bool
    by: str = Field(max_length=254)  # a staff email, or "command"
    at: datetime = Field(sa_type=UTCDateTime)


def paused_scopes(session: Session) -> frozenset[Scope]:
    """The scopes whose last word is pause."""
    rows = session.exec(select(SwitchEvent).order_by(col(SwitchEvent.id)))
    last = {Scope(row.school_id, row.channel): row.paused for row in rows}
    return frozenset(scope for scope, paused in last.items() if paused)
