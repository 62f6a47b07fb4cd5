"""Pause and resume sending: the kill switch.

What is on the wire finishes; the rest waits, and none is lost.
"""

from datetime import datetime

from sqlmodel import Session

from surveybot.records.audit import note_deed
from surveybot.records.delivery.deliveries import hold_waiting, release_held
from surveybot.records.delivery.switches import SwitchEvent, paused_scopes
from surveybot.records.installations import take_over
from surveybot.rules.delivery.delivery_states import HoldReason
from surveybot.rules.delivery.kill_switch import Scope


def pause_sending(session: Session, scope: Scope, *, by: str, now: datetime) -> int:
    """Hold everything that waits within the scope; say how many messages that are."""
    _note(session, scope, paused=True, by=by, now=now)
    return hold_waiting(session, scope, reason=HoldReason.SWITCH)


def resume_sending(session: Session, scope: Scope, *, instance: str, by: str, now: datetime) -> int:
    """Release what the switch held within the scope, and what was not allowed out at the time.

    What is still not allowed out is held again by its claim. A resume of everything also takes a copy over.
    """
    _note(session, scope, paused=False, by=by, now=now)
    for narrower in paused_scopes(session):
        if narrower.within(scope):
            _note(session, narrower, paused=False, by=by, now=now)
    released = release_held(session, scope, reason=HoldReason.SWITCH)
    released += release_held(session, scope, reason=HoldReason.OUTBOUND_DENIED)
    if scope == Scope():
        take_over(session, instance, by=by, now=now)
        released += release_held(session, scope, reason=HoldReason.COPY)
    return released


def _note(session: Session, scope: Scope, *, paused: bool, by: str, now: datetime) -> None:
    session.add(SwitchEvent(school_id=scope.school_id, channel=scope.channel, paused=paused, by=by, at=now))
    deed = "sending_paused" if paused else "sending_resumed"
    note_deed(session, deed, at=now, school_id=scope.school_id, details={"channel": scope.channel})
    session.flush()
