"""Decide, at the moment of sending, whether a message may go: yes and where to, later, on hold, or never.

Nothing that was true when the message was queued is taken for granted; every no leaves a reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from surveybot.catalogue import Catalogue
from surveybot.config import Outbound, Settings
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.switches import paused_scopes
from surveybot.records.installations import is_ours
from surveybot.records.round.rounds import Round, RoundState
from surveybot.rules.answer.consent import Decision, Purpose
from surveybot.rules.calendar.dates_in_words import from_wall, london_date
from surveybot.rules.calendar.results_day import RESULTS_SURVEY
from surveybot.rules.delivery.contact_hours import next_allowed
from surveybot.rules.delivery.delivery_states import DeliveryState, HoldReason, MessageClass
from surveybot.rules.delivery.kill_switch import Scope, is_paused
from surveybot.rules.delivery.may_ask import Asking, Person, RouteFacts, Skip, may_ask
from surveybot.rules.school_settings import SchoolSettings
from surveybot.rules.survey.questionnaire import Survey
from surveybot.steps.plan.exam_weeks import left_alone
from surveybot.steps.sending.gather import Batch, window_of
from surveybot.steps.sending.queue import PROOF, TO_BUSY_TUTORS, TO_SAFEGUARDING


@dataclass(frozen=True, slots=True)
class Go:
    address: str
    until: datetime | None = None  # the hours or the sense of it end then


@dataclass(frozen=True, slots=True)
class Later:
    next_at: datetime
    reason: Skip


@dataclass(frozen=True, slots=True)
class Hold:
    reason: HoldReason


@dataclass(frozen=True, slots=True)
class Never:
    state: DeliveryState
    reason: str


Verdict = Go | Later | Hold | Never


def consequences(verdict: Later | Hold | Never, now: datetime) -> dict[str, Any]:
    """What becomes of the row of a message that does not go."""
    if isinstance(verdict, Later):
        return {"state": DeliveryState.PENDING, "next_at": verdict.next_at, "reason": verdict.reason}
    if isinstance(verdict, Never):
        return {"state": verdict.state, "reason": verdict.reason, "ended_at": now}
    denied = verdict.reason is HoldReason.OUTBOUND_DENIED
    reason = Skip.OUTBOUND_DENIED if denied else Skip.HELD
    return {"state": DeliveryState.HELD, "hold_reason": verdict.reason, "reason": reason}


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """What holds for every message of a batch."""

    batch: Batch
    surveys: dict[str, Survey]
    outbound: Outbound
    any_hour: bool  # the demo's window is off
    paused: frozenset[Scope]
    ours: bool  # False: a copy or a restored database, which stays silent
    now: datetime
    left_alone: Mapping[int, datetime] = field(default_factory=dict)  # rounds that wait for the exams to end

    @classmethod
    def of(
        cls, session: Session, batch: Batch, catalogue: Catalogue, settings: Settings, *, now: datetime
    ) -> "Doorkeeper":
        return cls(
            batch,
            dict(catalogue.surveys),
            settings.outbound,
            any_hour=settings.demo,
            paused=paused_scopes(session),
            ours=is_ours(session, settings.instance),
            now=now,
            left_alone=left_alone(session, catalogue, batch.rounds.values(), batch.schools, now=now),
        )

    def decide(self, delivery: Delivery) -> Verdict:
        too_late = self._too_late(delivery)
        if too_late:
            return too_late
        address = self._address(delivery)
        if isinstance(address, Skip):
            return Never(DeliveryState.SUPPRESSED, address)
        held = self._held(delivery, address)
        return Hold(held) if held else self._in_hours(delivery) or Go(address, self._until(delivery))

    def _too_late(self, delivery: Delivery) -> Never | None:
        round_row = self._round(delivery)
        if delivery.not_after is not None and delivery.not_after <= self.now:
            return Never(DeliveryState.EXPIRED, Skip.EXPIRED)
        is_ask = delivery.message_class is MessageClass.ASK
        if is_ask and round_row and (round_row.state is RoundState.CLOSED or round_row.closes_at <= self.now):
            return Never(DeliveryState.EXPIRED, Skip.EXPIRED)
        if delivery.template in TO_BUSY_TUTORS and not self._has_work(delivery):
            return Never(DeliveryState.SUPPRESSED, Skip.ANSWERED)
        invitation = self.batch.invitations.get(delivery.invitation_id or 0)
        if is_ask and invitation and (invitation.answered_at or invitation.declined_at):
            return Never(DeliveryState.SUPPRESSED, Skip.ANSWERED)
        return None

    def _has_work(self, delivery: Delivery) -> bool:
        """Whether anybody is left on the tutor's list: others may have said it in the meantime."""
        return (delivery.round_id or 0, delivery.staff_id or 0) in self.batch.busy_tutors

    def _address(self, delivery: Delivery) -> str | Skip:
        if delivery.message_class is MessageClass.STAFF:
            return self._staff_address(delivery) or Skip.NO_ROUTE
        if delivery.template == PROOF:
            return self.batch.to_prove.get(delivery.facts.get("proof", 0), Skip.NO_ROUTE)
        person = self.batch.person(delivery)
        if person is None:
            return Skip.NO_ROUTE
        route = may_ask(*self._question(delivery, person), delivery.channel)
        return route.address if isinstance(route, RouteFacts) else route

    def _staff_address(self, delivery: Delivery) -> str:
        """A member of staff, or whom the school's settings name for this."""
        if delivery.facts.get("to") == TO_SAFEGUARDING:
            return self._settings(delivery).safeguarding_email
        member = self.batch.staff.get(delivery.staff_id or 0)
        return member.email if member else ""

    def _question(self, delivery: Delivery, person: Person) -> tuple[Person, Asking]:
        """A reply was asked for, so it needs no consent; a stopped address stays silent all the same."""
        if delivery.message_class is MessageClass.REPLY:
            agreed = replace(person, consents={Purpose.CONTACT_AFTER_LEAVING: Decision.GRANTED})
            return agreed, Asking(after_leaving=person.after_leaving)
        round_row = self._round(delivery)
        survey = self.surveys[round_row.survey] if round_row else None
        return person, Asking.of(survey) if survey else Asking(after_leaving=False)

    def _held(self, delivery: Delivery, address: str) -> HoldReason | None:
        if not self.ours:
            return HoldReason.COPY
        # Whoever paused a school must still be able to sign in, and an alert to its staff does not wait.
        is_staff = delivery.message_class is MessageClass.STAFF
        if is_paused(self.paused, None if is_staff else delivery.school_id, delivery.channel):
            return HoldReason.SWITCH
        round_row = self._round(delivery)
        is_ask = delivery.message_class is MessageClass.ASK
        if is_ask and round_row is not None and round_row.state is RoundState.PAUSED:
            return HoldReason.PAUSED
        if is_ask and address in self.batch.held:
            return HoldReason.UNREAD
        return None if self.outbound.permits(address) else HoldReason.OUTBOUND_DENIED

    def _in_hours(self, delivery: Delivery) -> Later | None:
        if delivery.message_class is not MessageClass.ASK:
            return None
        round_row = self._round(delivery)
        if round_row is not None and round_row.opens_at > self.now:
            return Later(round_row.opens_at, Skip.WINDOW)
        if self.any_hour:
            return None
        if free_at := self.left_alone.get(delivery.round_id or 0):
            return Later(free_at, Skip.WINDOW)
        settings = self._settings(delivery)
        next_at = next_allowed(
            self.now,
            nation=settings.nation,
            window=window_of(settings),
            results_days=self._results_days(delivery),
        )
        return Later(next_at, Skip.WINDOW) if next_at > self.now else None

    def _until(self, delivery: Delivery) -> datetime | None:
        """How long a yes of this moment holds."""
        ends = [] if delivery.not_after is None else [delivery.not_after]
        if delivery.message_class is MessageClass.ASK:
            if round_row := self._round(delivery):
                ends.append(round_row.closes_at)
            if not self.any_hour:
                closes = window_of(self._settings(delivery)).end
                ends.append(from_wall(london_date(self.now), closes.hour, closes.minute))
        return min(ends, default=None)

    def _results_days(self, delivery: Delivery) -> frozenset[date]:
        """Nobody is asked about results before eight on the day they come out."""
        round_row = self._round(delivery)
        if round_row is None or round_row.survey != RESULTS_SURVEY:
            return frozenset()
        return frozenset({london_date(round_row.opens_at)})

    def _settings(self, delivery: Delivery) -> SchoolSettings:
        return self.batch.settings.get(delivery.school_id or 0, SchoolSettings())

    def _round(self, delivery: Delivery) -> Round | None:
        return self.batch.rounds.get(delivery.round_id or 0)
