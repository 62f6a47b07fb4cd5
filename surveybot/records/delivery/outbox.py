"""The outbox at work: claim what is due, keep the lease, write what came back, count what was asked.

Every statement here is safe to run in several processes at once; `fence` tells one claim from the next.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Delete, Insert, Update, case, func, select, tuple_, update
from sqlalchemy.engine import CursorResult
from sqlmodel import Session, SQLModel, col

from surveybot.records.delivery.deliveries import AskCount, Delivery, SchoolAskCount, stands_at
from surveybot.records.delivery.opt_outs import OptOut, OptOutSource
from surveybot.records.new_rows import insert_for
from surveybot.records.roster.students import Contact, Route
from surveybot.rules.delivery.channels import Channel, RouteOwner
from surveybot.rules.delivery.delivery_states import DeliveryState, MessageClass

Row = TypeVar("Row", bound=SQLModel)
PersonKey = tuple[int, RouteOwner]
STILL_OURS = (DeliveryState.DISPATCHING, DeliveryState.AMBIGUOUS)


def claim_due(
    session: Session,
    *,
    channel: Channel,
    message_class: MessageClass,
    limit: int,
    worker: str,
    lease_until: datetime,
    now: datetime,
    made_since: datetime | None = None,
) -> list[Delivery]:
    """Take up to `limit` due messages in one statement; two workers never get the same one."""
    only = () if made_since is None else (col(Delivery.created_at) >= made_since,)
    due = (
        select(col(Delivery.id))
        .where(
            stands_at(DeliveryState.PENDING),
            col(Delivery.channel) == channel,
            col(Delivery.message_class) == message_class,
            col(Delivery.next_at) <= now,
            col(Delivery.due_at) <= now,  # the turn of one may come a moment before it is due
            *only,
        )
        .order_by(col(Delivery.next_at), col(Delivery.id))
        .limit(limit)
        .with_for_update(skip_locked=True)  # left out by SQLite, which has one writer
        .cte("due")
    )
    claimed = (
        update(Delivery)
        .where(col(Delivery.id).in_(select(due.c.id)), stands_at(DeliveryState.PENDING))
        .values(
            state=DeliveryState.DISPATCHING,
            fence=Delivery.fence + 1,
            attempt=Delivery.attempt + 1,
            lease_until=lease_until,
            claimed_by=worker,
        )
        .returning(Delivery)
        .execution_options(synchronize_session=False)
    )
    return sorted(session.execute(claimed).scalars(), key=lambda row: (row.next_at, row.id))


def give_up_leases(session: Session, *, now: datetime) -> int:
    """Whatever a dead or frozen worker held may have gone out: ambiguous, never pending."""
    return _changed(
        session,
        update(Delivery)
        .where(
            col(Delivery.id).in_(
                # What another worker is writing just now waits for the next tick: nobody waits for anybody.
                select(col(Delivery.id))
                .where(stands_at(DeliveryState.DISPATCHING), col(Delivery.lease_until) < now)
                .with_for_update(skip_locked=True)
            )
        )
        .values(
            state=DeliveryState.AMBIGUOUS, was_ambiguous=True, reason="lease_passed", ask_at=None, asked=0
        ),
    )


def renew_lease(session: Session, delivery_id: int, fence: int, *, lease_until: datetime) -> bool:
    """False where the message is no longer ours."""
    return (
        _changed(
            session,
            update(Delivery)
            .where(
                col(Delivery.id) == delivery_id,
                col(Delivery.fence) == fence,
                col(Delivery.state) == DeliveryState.DISPATCHING,
            )
            .values(lease_until=lease_until),
        )
        == 1
    )


def write_result(session: Session, delivery_id: int, fence: int, values: Mapping[str, Any]) -> bool:
    """Write what came of one claim; a worker whose claim is over changes nothing."""
    return (
        _changed(
            session,
            update(Delivery)
            .where(
                col(Delivery.id) == delivery_id,
                col(Delivery.fence) == fence,
                col(Delivery.state).in_(STILL_OURS),
            )
            .values(**_SETTLED_ANEW, **values),
        )
        == 1
    )


_SETTLED_ANEW = {"lease_until": None, "ask_at": None, "asked": 0}
"""A later doubt about the same message starts its wait from the beginning."""


def count_asks(
    session: Session,
    people: Mapping[PersonKey, int],
    caps: Mapping[int, tuple[int, int]],
    *,
    extra: Mapping[PersonKey, int],
    on: date,
    since: date,
) -> set[PersonKey]:
    """Count one more ask for each person who is under both caps, and say who they are.

    `people` gives each person's school; `caps` each school's cap per day and per 30 days (from `since`);
    `extra` raises both for some people, today.
    The day's row is raised first: it makes a second worker wait, so that the sum below is the last word.
    """
    if not people:
        return set()
    insert = insert_for(session)(AskCount).values(
        [
            {"school_id": s, "student_id": p, "owner": o, "on": on, "asks": 1}
            for (p, o), s in sorted(people.items())
        ]
    )
    raised = session.execute(
        insert.on_conflict_do_update(
            index_elements=["student_id", "owner", "on"],
            set_={"asks": AskCount.asks + 1},
            where=col(AskCount.asks) < _cap_today(caps, extra),
        ).returning(col(AskCount.student_id), col(AskCount.owner))
    )
    under = {(student, owner) for student, owner in raised}
    sums = _sums(session, {student for student, _ in under}, since=since)
    over = {key for key in under if sums.get(key, 0) > caps[people[key]][1] + extra.get(key, 0)}
    uncount_asks(session, over, on=on)
    return under - over


def _cap_today(caps: Mapping[int, tuple[int, int]], extra: Mapping[PersonKey, int]) -> ColumnElement[int]:
    per_day = {school: day for school, (day, _) in caps.items()}
    cap: ColumnElement[int] = case(per_day, value=col(AskCount.school_id), else_=0)
    for more in sorted(set(extra.values()) - {0}):  # as many as schools raise it by
        theirs = tuple_(col(AskCount.student_id), col(AskCount.owner)).in_(
            [key for key, raised in extra.items() if raised == more]
        )
        cap = cap + case((theirs, more), else_=0)
    return cap


def _sums(session: Session, students: Collection[int], *, since: date) -> dict[PersonKey, int]:
    rows = session.execute(
        select(col(AskCount.student_id), col(AskCount.owner), func.sum(AskCount.asks))
        .where(col(AskCount.student_id).in_(students), col(AskCount.on) >= since)
        .group_by(col(AskCount.student_id), col(AskCount.owner))
    )
    return {(student, owner): int(asks) for student, owner, asks in rows}


def uncount_asks(session: Session, people: Collection[PersonKey], *, on: date) -> None:
    """Take an ask back that certainly did not go out."""
    for owner in RouteOwner:
        students = [student for student, whose in people if whose is owner]
        if students:
            _changed(
                session,
                update(AskCount)
                .where(
                    col(AskCount.student_id).in_(students),
                    col(AskCount.owner) == owner,
                    col(AskCount.on) == on,
                    col(AskCount.asks) > 0,
                )
                .values(asks=AskCount.asks - 1),
            )


def count_school_asks(session: Session, school_id: int, wanted: int, *, cap: int, on: date) -> int:
    """Count up to `wanted` asks of a school's day, and say how many there was room for."""
    insert = insert_for(session)(SchoolAskCount).values(school_id=school_id, on=on, asks=0)
    session.execute(insert.on_conflict_do_nothing(index_elements=["school_id", "on"]))
    row = (col(SchoolAskCount.school_id) == school_id, col(SchoolAskCount.on) == on)
    asks = session.execute(select(col(SchoolAskCount.asks)).where(*row).with_for_update()).scalar_one()
    granted = max(0, min(wanted, cap - int(asks)))
    _changed(session, update(SchoolAskCount).where(*row).values(asks=SchoolAskCount.asks + granted))
    return granted


def uncount_school_ask(session: Session, school_id: int, *, on: date) -> None:
    row = (col(SchoolAskCount.school_id) == school_id, col(SchoolAskCount.on) == on)
    _changed(
        session,
        update(SchoolAskCount).where(*row, col(SchoolAskCount.asks) > 0).values(asks=SchoolAskCount.asks - 1),
    )


def rows_by_id(session: Session, model: type[Row], ids: Iterable[int | None]) -> dict[int, Row]:
    """The rows of one table with these ids; one query."""
    wanted = {one for one in ids if one is not None}
    if not wanted:
        return {}
    key: Any = model.__table__.c.id  # type: ignore[attr-defined]
    return {row.id: row for row in session.execute(select(model).where(key.in_(wanted))).scalars()}


def contacts_of_students(session: Session, student_ids: Collection[int]) -> list[Contact]:
    rows = session.execute(select(Contact).where(col(Contact.student_id).in_(student_ids)))
    return list(rows.scalars())


def shared_numbers(session: Session, numbers: Sequence[str]) -> set[str]:
    """Those of the numbers that stand with more than one student."""
    rows = session.execute(
        select(col(Route.address))
        .where(col(Route.address).in_(numbers))
        .group_by(col(Route.address))
        .having(func.count(col(Route.student_id).distinct()) > 1)
    )
    return set(rows.scalars())


def mark_bad(session: Session, channel: Channel, address: str, *, reason: str, now: datetime) -> None:
    """A provider says that this address reaches nobody."""
    _changed(
        session,
        update(Route)
        .where(col(Route.address) == address, col(Route.channel) == channel, col(Route.bad_at).is_(None))
        .values(bad_at=now, bad_reason=reason),
    )


def note_provider_stop(session: Session, channel: Channel, address: str, *, now: datetime) -> None:
    """The provider knows of a stop that never reached us."""
    session.add(OptOut(channel=channel, address=address, source=OptOutSource.PROVIDER, at=now))
    session.flush()


def _changed(session: Session, statement: Update | Delete | Insert) -> int:
    result = session.execute(statement.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    return result.rowcount
