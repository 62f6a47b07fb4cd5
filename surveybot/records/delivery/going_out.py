"""What a claim writes for messages that go out: their links, and their words. Many rows, two statements."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlmodel import Session, SQLModel, col

from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.new_rows import add_rows
from surveybot.records.round.invitations import Link

_LINK = SQLModel.metadata.tables[Link.__tablename__]
_DELIVERY = SQLModel.metadata.tables[Delivery.__tablename__]
_WORDS = ("to_address", "subject", "body_text", "body_html", "segments", "composed_at", "provider_id")
_KEEP = (
    update(_DELIVERY)
    .where(_DELIVERY.c.id == bindparam("row"))
    .values(reason="", **{name: bindparam(name) for name in _WORDS})
)


def keep_what_goes_out(session: Session, kept: Sequence[Mapping[str, Any]]) -> None:
    """Each names its `row`, and says where it goes and in what words."""
    if kept:
        session.connection().execute(_KEEP, kept)


def links_of_deliveries(session: Session, delivery_ids: Collection[int]) -> dict[int, int]:
    """The number of the link that each of these messages carries, where it has one."""
    rows = session.execute(
        select(col(Link.delivery_id), col(Link.id))
        .where(col(Link.delivery_id).in_(delivery_ids))
        .order_by(col(Link.id))
    )
    return {delivery: link for delivery, link in rows if delivery is not None and link is not None}


def add_links(session: Session, links: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Add a link for each of some messages; its number, by delivery."""
    if not links:
        return {}
    added = add_rows(session, "link", links, returning=("delivery_id", "id"))
    return dict(added.all())
