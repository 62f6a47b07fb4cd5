"""How long a provider waits for the answer to a text: whole conversations over the hook, signed.

    python -m tests.bench.texting        (alone; make bench runs it too)

The directory holds 6,000 providers, as after an extract of the whole country: a place that is guessed is
looked up among all of them.
"""

import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from flask import Flask
from sqlalchemy import insert
from sqlalchemy.engine import Engine
from sqlmodel import col, select
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from surveybot.catalogue import college_seed, load_catalogue
from surveybot.config import Outbound, Settings
from surveybot.records import database, migrations
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.destination.providers import add_many
from surveybot.records.installations import take_over
from surveybot.records.roster.students import Leaving
from surveybot.records.round.invitations import Invitation
from surveybot.records.schools import School
from surveybot.records.texting.texts import InboundText, TextReason, TextState
from surveybot.rules.delivery.channels import Channel, RouteOwner
from surveybot.rules.delivery.delivery_states import DeliveryState, MessageClass
from surveybot.rules.destination.provider_names import fold
from surveybot.steps.round.open_round import open_round, plan_round
from surveybot.web.app import create_app
from tests.conftest import NOW
from tests.proof.rig import add_people

ACCOUNT, TOKEN, INSTANCE = "AC" + "1" * 32, "bench-token", "bench"
PUBLIC_URL = "https://school.example.org"
INBOUND = "/hooks/twilio/inbound"
TARGET_MS = 300.0
DIRECTORY, OLD_TEXTS = 6_000, 20_000
SAID = (
    ("hello", "2", "collage of abingdn", "1", "no thanks"),
    ("im at ccb doing plumbing l2", "yes", "2"),
    ("aprentiship w bt", "nah"),
    ("who is this", "sixth form", "3", "no"),
    ("asdf", "qwer", "college in norwich", "1", "i need help"),
    ("stop pls",),
)
_sids = count(1)


def bench_texting(engine: Engine, folder: Path, *, people: int = 300, at_once: int = 4) -> dict[str, Any]:
    """Milliseconds from call to answer, of one caller and of several, on a migrated, empty database."""
    settings = Settings(
        database_url=engine.url.render_as_string(hide_password=False),
        keys=((1, "bench-key-of-32-letters-or-more!"),),
        public_url=PUBLIC_URL,
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=TOKEN,
        outbound=Outbound("allow"),
        var=folder,
        instance=INSTANCE,
    )
    with database.writing(engine) as session:
        take_over(session, INSTANCE, by="bench", now=NOW)
    school, students = add_people(engine, people)
    _fill(engine, school, students)
    with _running(settings) as app:
        talks = [(f"+447700900{number:03}", SAID[number % len(SAID)]) for number in range(people)]
        half = len(talks) // 2
        alone = [waited for talk in talks[:half] for waited in _hold(app, *talk)]
        with ThreadPoolExecutor(at_once) as pool:
            together = [
                waited for held in pool.map(lambda talk: _hold(app, *talk), talks[half:]) for waited in held
            ]
    return {"alone": _figures(alone), f"{at_once} at once": _figures(together), "target_ms": TARGET_MS}


def _fill(engine: Engine, school: int, students: Sequence[int]) -> None:
    """Everybody was asked by text; a big directory; and a year of old texts."""
    with database.writing(engine) as session:
        session.add_all(
            Leaving(school_id=school, student_id=one, year_group=11, summer=2026) for one in students
        )
        session.flush()
        row = session.get_one(School, school)
        survey = load_catalogue().survey("autumn-intentions")
        plan = plan_round(session, row, survey, leaving=2026, year_group=11, now=NOW)
        opened = open_round(session, row, plan, opened_by="bench", now=NOW)
        invitations = session.exec(
            select(Invitation).where(Invitation.round_id == opened.id).order_by(col(Invitation.student_id))
        ).all()
        session.add_all(_asked(invitation, number) for number, invitation in enumerate(invitations))
        add_many(session, list(_directory()))
        session.execute(insert(InboundText), list(_old_texts(school)))


def _asked(invitation: Invitation, number: int) -> Delivery:
    return Delivery(
        dedupe_key=f"bench:{number}",
        school_id=invitation.school_id,
        student_id=invitation.student_id,
        round_id=invitation.round_id,
        invitation_id=invitation.id,
        message_class=MessageClass.ASK,
        template="invitation",
        channel=Channel.SMS,
        owner=RouteOwner.STUDENT,
        due_at=NOW,
        next_at=NOW,
        state=DeliveryState.ACCEPTED,
        to_address=f"+447700900{number:03}",
        created_at=NOW,
        accepted_at=NOW,
    )


def _directory() -> Iterator[dict[str, Any]]:
    """The shipped colleges, and as many made-up schools as the country has sixth forms and more."""
    blank = {"urn": None, "ukprn": None, "la": "", "town": "", "postcode": "", "is_open": True}
    known = {fold(one.name): one for one in college_seed()}
    for folded, one in known.items():
        yield {"name": one.name, "folded_name": folded, "kind": one.kind, **blank}
    for number in range(DIRECTORY - len(known)):
        name = f"Made-up Hill {number} Academy and Sixth Form"
        yield {"name": name, "folded_name": fold(name), "kind": "school_sixth_form", **blank}


def _old_texts(school: int) -> Iterator[dict[str, Any]]:
    for number in range(OLD_TEXTS):
        yield {
            "message_sid": f"SM-old-{number}",
            "from_number": f"+447700900{number % 1000:03}",
            "to_number": "",
            "body": "college",
            "received_at": NOW - timedelta(days=30),
            "school_id": school,
            "reason": TextReason.ANSWER,
            "state": TextState.HANDLED,
            "safeguarding": False,
            "reply": "",
        }


@contextmanager
def _running(settings: Settings) -> Iterator[Flask]:
    moments = count(1)
    app = create_app(settings, clock=lambda: NOW + timedelta(seconds=next(moments)))
    yield app
    app.extensions["surveybot"].engine.dispose()


def _hold(app: Flask, number: str, texts: Sequence[str]) -> list[float]:
    """One conversation; how long each answer took."""
    return [_say(app, number, text) for text in texts]


def _say(app: Flask, number: str, text: str) -> float:
    form = {"MessageSid": f"SM{next(_sids)}", "AccountSid": ACCOUNT, "From": number, "To": "", "Body": text}
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC_URL + INBOUND, form)
    started = time.perf_counter()
    answer = app.test_client().post(INBOUND, data=form, headers={"X-Twilio-Signature": signature})
    waited = (time.perf_counter() - started) * 1000
    assert answer.status_code == 200, answer.status_code
    return waited


def _figures(waited: Sequence[float]) -> dict[str, float]:
    return {
        "texts": len(waited),
        "p50_ms": round(median(waited), 1),
        "p99_ms": round(quantiles(waited, n=100)[98], 1),
    }


def in_words(found: dict[str, Any]) -> str:
    lines = ["answers to texts:"]
    for who, figures in found.items():
        if isinstance(figures, dict):
            met = "met" if figures["p99_ms"] < found["target_ms"] else "MISSED"
            lines.append(
                f"  {who:10} {figures['texts']:>5} texts, half of them within {figures['p50_ms']:.1f} ms, "
                f"99 of 100 within {figures['p99_ms']:.1f} ms (under {found['target_ms']:.0f}: {met})"
            )
    return "\n".join(lines)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = database.make_engine(f"sqlite:///{folder}/bench.db")
        migrations.upgrade(engine)
        print(datetime.now(UTC).isoformat(timespec="seconds"))
        print(in_words(bench_texting(engine, Path(folder))))
        engine.dispose()


if __name__ == "__main__":
    main()
