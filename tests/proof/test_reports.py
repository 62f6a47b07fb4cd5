"""Reports of a provider in every order, twice, and before our own answer: the same end, on real rows."""

from itertools import permutations

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import col, func, select

from surveybot.records import database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.outbox import claim_due, give_up_leases, write_result
from surveybot.records.delivery.provider_events import ProviderEvent
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState, MessageClass
from surveybot.steps.sending.receive import Report, receive
from tests.conftest import NOW
from tests.proof.rig import add_messages, add_people
from tests.steps.sending.outbox import days

STORIES = (
    (("queued", "sending", "sent", "delivered"), DeliveryState.DELIVERED),
    (("queued", "sending", "sent", "undelivered"), DeliveryState.UNDELIVERED),
)
ANSWER = "our own answer"


def orders(reports: tuple[str, ...], *, proof: bool) -> list[tuple[str, ...]]:
    """Every order of the reports and our own answer; in full also with each report said twice in a row."""
    made = list(permutations((*reports, ANSWER)))
    if not proof:
        return made[::3]
    twice = [tuple(word for word in order for _ in range(1 if word == ANSWER else 2)) for order in made]
    return made + twice + [(*order, *order[::-1]) for order in made]


@pytest.mark.parametrize(("reports", "end"), STORIES, ids=["delivered", "undelivered"])
@pytest.mark.parametrize("lost", [False, True], ids=["answered", "given-up-first"])
def test_every_order_of_reports_and_our_own_answer_ends_alike(
    engine: Engine, reports: tuple[str, ...], end: DeliveryState, lost: bool, proof: bool
) -> None:
    """`lost`: the lease passes first, so that the row is in doubt when the first word comes."""
    made = orders(reports, proof=proof)
    school, students = add_people(engine, 1)
    add_messages(engine, school, students, len(made), now=NOW)
    with database.writing(engine) as session:
        rows = claim_due(
            session,
            channel=Channel.SMS,
            message_class=MessageClass.REPLY,
            limit=len(made),
            worker="w",
            lease_until=NOW,
            now=NOW,
        )
        if lost:
            assert give_up_leases(session, now=NOW + days(1)) == len(made)
    with database.writing(engine) as session:
        for row, order in zip(rows, made, strict=True):
            _play(session, row, order)
    with database.reading(engine) as session:
        after = session.exec(select(Delivery).order_by(col(Delivery.id))).all()
        events = session.execute(select(func.count()).select_from(ProviderEvent)).scalar_one()
    assert {row.state for row in after} == {end}
    assert all(row.provider_id == _sid(row.id) for row in after)
    assert events == len(made) * len(reports)  # each word once, however often it was said
    print(f"\nPROOF reports, {engine.dialect.name}: {len(made)} orders end as {end}, lost={lost}")


def _play(session: object, row: Delivery, order: tuple[str, ...]) -> None:
    assert row.id is not None
    for word in order:
        if word == ANSWER:
            answer = {
                "state": DeliveryState.ACCEPTED,
                "provider_id": _sid(row.id),
                "provider_status": "queued",
            }
            write_result(session, row.id, row.fence, answer)  # type: ignore[arg-type]
        else:
            receive(session, Report(row.id, _sid(row.id), word), now=NOW)  # type: ignore[arg-type]


def _sid(number: int | None) -> str:
    return f"SM{number:032x}"


def test_a_report_ends_the_second_try_of_a_text_that_had_gone_out_after_all(engine: Engine) -> None:
    school, students = add_people(engine, 1)
    add_messages(engine, school, students, 2, now=NOW)
    with database.writing(engine) as session:
        for row, state in zip(
            session.exec(select(Delivery)).all(), (DeliveryState.PENDING, DeliveryState.HELD), strict=True
        ):
            row.state, row.was_ambiguous, row.maybe_duplicate = state, True, True
    with database.writing(engine) as session:
        for row in session.exec(select(Delivery)).all():
            assert receive(session, Report(row.id or 0, _sid(row.id), "sent"), now=NOW)
    with database.reading(engine) as session:
        assert {row.state for row in session.exec(select(Delivery))} == {DeliveryState.ACCEPTED}
