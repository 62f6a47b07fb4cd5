"""The page behind a survey link, as the person who opens it sees it."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from threading import Barrier
from typing import Any
from unittest import mock

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func
from sqlalchemy.engine import Engine
from sqlmodel import SQLModel, select

from surveybot.config import Settings
from surveybot.links import LinkPurpose
from surveybot.records import database
from surveybot.records.answer.answers import Answer
from surveybot.records.answer.consents import ConsentEvent, Objection
from surveybot.records.audit import AuditEntry
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.opt_outs import OptOut
from surveybot.records.destination.destinations import DestinationFact
from surveybot.records.destination.providers import Provider
from surveybot.records.installations import take_over
from surveybot.records.kept_query import KeptQuery
from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import Audience, Invitation, Link, LinkMedium
from surveybot.records.round.rounds import Round, RoundState
from surveybot.records.schools import School
from surveybot.rules.answer.consent import Actor, Decision, Purpose
from tests.conftest import NOW, Clock, SmallSchool
from tests.statements import noted
from tests.steps.sending.outbox import INSTANCE, Wire, run

CANARY = "Zyzzyva Canary College"
LEDGERS = (Answer, ConsentEvent, Objection, OptOut, DestinationFact, Delivery)


class Page(HTMLParser):
    """What stands on a page: its text, and its controls."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.controls: list[dict[str, str | None]] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in ("input", "select", "textarea", "option"):
            self.controls.append({"tag": tag, **values})
        if values.get("id"):
            self.ids.append(str(values["id"]))
        if tag == "a":
            self.links.append(values.get("href") or "")

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())

    @property
    def text(self) -> str:
        return " ".join(word for word in self.words if word)

    def value(self, name: str) -> str:
        return next(str(c["value"]) for c in self.controls if c.get("name") == name)

    def values(self, name: str) -> list[str]:
        return [str(c["value"]) for c in self.controls if c.get("name") == name]


@dataclass
class Reader:
    """One person with one link."""

    client: FlaskClient
    token: str
    link_id: int
    invitation_id: int

    @property
    def path(self) -> str:
        return f"/r/{self.token}"

    def open(self) -> Page:
        response = self.client.get(self.path)
        assert response.status_code == 200, response.status_code
        return Page(response.text)

    def send(self, page: str = "", **said: Any) -> Any:
        fields = {name.replace("__", "-"): value for name, value in said.items()}
        return self.client.post(self.path, data={"page": page or self.open().value("page"), **fields})


@pytest.fixture
def invite(app: Flask, engine: Engine, school: SmallSchool) -> Callable[..., Reader]:
    """Invite somebody of the small school: `invite("Amira", "after-mocks")`."""

    def make(
        name: str = "Amira",
        survey: str = "after-mocks",
        *,
        audience: Audience = Audience.STUDENT,
        closes_at: datetime = NOW + timedelta(days=14),
    ) -> Reader:
        with database.writing(engine) as session:
            found = session.exec(select(Round).where(Round.survey == survey)).one_or_none()
            round_ = found or Round(
                code=f"R-{survey[:6].upper()}",
                school_id=school.id,
                survey=survey,
                leaving=2026,
                year_group=11,
                opens_at=NOW,
                closes_at=closes_at,
                created_at=NOW,
            )
            session.add(round_)
            session.flush()
            assert round_.id is not None
            invitation = Invitation(
                school_id=school.id,
                round_id=round_.id,
                student_id=school.ids[name],
                audience=audience,
                created_at=NOW,
            )
            session.add(invitation)
            session.flush()
            link = Link(
                school_id=school.id,
                student_id=school.ids[name],
                invitation_id=invitation.id,
                audience=audience,
                medium=LinkMedium.PAPER,
                created_at=NOW,
            )
            session.add(link)
            session.flush()
            assert link.id and invitation.id
            token = app.extensions["surveybot"].signer.sign(LinkPurpose.SURVEY, link.id)
            return Reader(app.test_client(), token, link.id, invitation.id)

    return make


def change(engine: Engine, table: type[SQLModel], number: int, **values: Any) -> None:
    with database.writing(engine) as session:
        row = session.get_one(table, number)
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)


def count(engine: Engine, *tables: Any) -> int:
    with database.reading(engine) as session:
        return sum(session.exec(select(func.count()).select_from(table)).one() for table in tables)


def rows(engine: Engine, table: Any) -> list[Any]:
    with database.reading(engine) as session:
        return list(session.exec(select(table).order_by(table.id)))


# What the page shows ------------------------------------------------------------------------------------


def test_the_page_greets_by_first_name_and_names_the_school(invite: Callable[..., Reader]) -> None:
    page = invite("Amira").open()
    assert "Hello Amira" in page.text and "Hillview School" in page.text
    assert "Khan" not in page.text


@pytest.mark.parametrize("name", ["<b>Amira</b>", "{{7*7}}", "\ue000\ue001", 'Zoë "Z" & Co'])
def test_a_name_is_only_ever_a_name(
    engine: Engine, school: SmallSchool, invite: Callable[..., Reader], name: str
) -> None:
    reader = invite("Amira")
    reader.open()  # the page is kept from here on
    change(engine, Student, school.ids["Amira"], preferred_name=name)
    page = reader.open()
    assert f"Hello {name}" in page.text and "<b>" not in reader.client.get(reader.path).text
    assert f"Thank you, {name}" in Page(reader.send(sure="very").text).text


@pytest.mark.parametrize("survey", ["autumn-intentions", "after-mocks", "before-leaving", "results-day"])
def test_nothing_is_chosen_beforehand(invite: Callable[..., Reader], survey: str) -> None:
    page = invite("Chloe", survey).open()
    assert not [c for c in page.controls if "checked" in c or "selected" in c]
    typed = [
        c
        for c in page.controls
        if c["tag"] == "input" and c.get("type") not in ("radio", "checkbox", "hidden")
    ]
    assert typed and not any(c.get("value") for c in typed)


def test_yes_and_no_are_equal_and_the_words_name_the_controllers(invite: Callable[..., Reader]) -> None:
    page = invite("Amira").open()
    for purpose in ("P1", "P2"):
        assert page.values(purpose) == ["yes", "no"]
    assert "the council for" in page.text


def test_a_label_an_id_and_a_control_belong_together(invite: Callable[..., Reader]) -> None:
    reader = invite("Amira")
    html = reader.client.get(reader.path).text
    page = Page(html)
    assert len(page.ids) == len(set(page.ids))
    for wanted in re.findall(r'(?:for|aria-describedby|list)="([^"]+)"', html):
        assert set(wanted.split()) <= set(page.ids)


def test_the_own_sixth_form_is_offered_only_where_there_is_one(
    engine: Engine, school: SmallSchool, invite: Callable[..., Reader]
) -> None:
    assert "own_sixth_form" not in invite("Amira").open().values("options-1-kind")
    change(engine, School, school.id, settings={"la": "931", "sixth_form": True})
    kinds = invite("Ben").open().values("options-1-kind")
    assert "own_sixth_form" in kinds[1:]
    assert kinds[-3:] == ["something_else", "not_sure", "rather_not_say"]


def test_the_choices_of_the_law_are_explained_where_they_are_asked(invite: Callable[..., Reader]) -> None:
    text = invite("Amira").open().text
    assert "20 hours a week or more, with part-time study" in text


def test_colleges_near_the_school_are_suggested_thirty_at_most(
    engine: Engine, invite: Callable[..., Reader]
) -> None:
    from surveybot.web.student.survey import nearby

    nearby.__init__()  # type: ignore[misc]
    with database.writing(engine) as session:
        for number in range(40):
            name = f"college {number:02}"
            session.add(Provider(name=name.title(), folded_name=name, la="931"))
    html = invite("Amira").client.get(invite("Ben").path).text
    assert html.count('<option value="College') == 30
    nearby.__init__()  # type: ignore[misc]


def test_a_survey_that_asks_only_what_is_open_leaves_out_what_was_answered(
    invite: Callable[..., Reader],
) -> None:
    said_yes_to_p1, never_asked = invite("Amira", "results-day").open(), invite("Chloe", "results-day").open()
    assert not said_yes_to_p1.values("P1") and said_yes_to_p1.values("P2")
    assert never_asked.values("P1") and never_asked.values("P2")


def test_an_authority_without_a_name_is_not_asked_for(
    engine: Engine, school: SmallSchool, invite: Callable[..., Reader]
) -> None:
    change(engine, School, school.id, settings={})
    page = invite("Amira").open()
    assert page.values("P1") and not page.values("P2")


def test_nothing_that_was_said_before_is_shown(engine: Engine, invite: Callable[..., Reader]) -> None:
    reader = invite("Amira")
    said = {
        "options-1-kind": "further_education_college",
        "options-1-provider": CANARY,
        "help": "money",
        "P1": "no",
    }
    assert (
        reader.client.post(reader.path, data={"page": reader.open().value("page"), **said}).status_code == 200
    )
    states: dict[str, Callable[[], Any]] = {
        "open": lambda: None,
        "closed": lambda: change(engine, Round, 1, state=RoundState.CLOSED),
        "revoked": lambda: change(engine, Link, reader.link_id, revoked_at=NOW),
        "long closed": lambda: change(engine, Round, 1, closes_at=NOW - timedelta(days=100)),
    }
    for enter in states.values():
        enter()
        for path in (reader.path, f"{reader.path}/not-me", f"{reader.path}/new-link"):
            html = reader.client.get(path).text
            assert CANARY not in html
            page = Page(html)
            assert not [c for c in page.controls if "checked" in c or "selected" in c]


# Opening is no answer -----------------------------------------------------------------------------------


def test_get_and_head_write_nothing(engine: Engine, invite: Callable[..., Reader]) -> None:
    reader = invite()
    for path in (reader.path, f"{reader.path}/not-me", f"{reader.path}/new-link"):
        for ask in (reader.client.get, reader.client.head):
            assert ask(path, headers={"Purpose": "prefetch"}).status_code == 200
    assert count(engine, Answer, OptOut, DestinationFact, Delivery) == 0
    assert rows(engine, Link)[0].used_at is None


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"options-1-kind": "", "options-1-provider": "", "sure": "", "P1": ""},
        {"options-1-provider": "junk", "options-1-course": "junk"},
        {"options-2-provider": "junk"},
        {"page": "junk", "sure": "junk", "P1": "junk", "help": "junk", "options-1-kind": "junk"},
        {"sure": ["very", "quite"], "unknown": "field"},
    ],
)
def test_a_scanner_that_sends_the_form_leaves_no_row(
    engine: Engine, invite: Callable[..., Reader], fields: dict[str, Any]
) -> None:
    reader = invite("Chloe")
    before = count(engine, *LEDGERS)
    for path in (reader.path, f"{reader.path}/not-me"):
        assert reader.client.post(path, data=fields).status_code == 422
    assert count(engine, *LEDGERS) == before
    assert reader.send(sure="very").status_code == 200  # and the student then succeeds


def test_an_empty_answer_is_refused_with_the_page(invite: Callable[..., Reader]) -> None:
    response = invite().send()
    page = Page(response.text)
    assert response.status_code == 422
    assert "There is a problem" in page.text and "Choose at least one answer" in page.text
    assert "#options-1-kind" in page.links and "options-1-kind" in page.ids


def test_what_was_typed_is_kept_when_something_is_wrong(invite: Callable[..., Reader]) -> None:
    reader = invite()
    typed = {"options-1-provider": '<b>"Acme"</b>', "sure": "quite", "help": ["money", "talk"], "P1": "no"}
    response = reader.client.post(reader.path, data={"page": reader.open().value("page"), **typed})
    page = Page(response.text)
    assert response.status_code == 422
    assert page.value("options-1-provider") == '<b>"Acme"</b>' and "<b>" not in response.text
    chosen = {(c.get("name"), c.get("value")) for c in page.controls if "checked" in c}
    assert chosen == {("sure", "quite"), ("help", "money"), ("help", "talk"), ("P1", "no")}
    assert "#options-1-kind" in page.links


@pytest.mark.parametrize(
    ("survey", "said", "control"),
    [
        ("after-mocks", {"options-3-status": "junk"}, "options-3-kind"),
        ("after-mocks", {"options-2-kind": "job", "options-2-course": "x" * 121}, "options-2-course"),
        ("check-in-november", {"still": "changed", "since": "junk"}, "since"),
        ("check-in-november", {"still": "changed", "options-1-status": "junk"}, "options-1-kind"),
        ("before-leaving", {"sure": "very", "reach-mobile": "12"}, "reach-mobile"),
    ],
)
def test_an_error_that_is_folded_away_opens_its_fold_and_is_led_to(
    invite: Callable[..., Reader], survey: str, said: dict[str, str], control: str
) -> None:
    reader = invite("Amira", survey)
    response = reader.client.post(reader.path, data={"page": reader.open().value("page"), **said})
    page = Page(response.text)
    assert response.status_code == 422
    assert f"#{control}" in page.links
    assert control in page.ids
    before, _, _ = response.text.partition(f'id="{control}"')
    last_fold = re.findall(r"<details[^>]*>|</details>", before)[-1:]
    assert last_fold in (["<details open>"], ["</details>"], [])


def test_a_forged_page_number_takes_nothing(engine: Engine, invite: Callable[..., Reader]) -> None:
    ben, amira = invite("Ben"), invite("Amira")
    response = amira.send(page=ben.open().value("page"), sure="very")
    assert response.status_code == 422 and "too old" in response.text
    assert count(engine, Answer) == 0
    assert amira.send(page=Page(response.text).value("page"), sure="very").status_code == 200


def test_a_body_that_is_too_big_is_refused(engine: Engine, invite: Callable[..., Reader]) -> None:
    response = invite().send(options__1__provider="x" * 40_000)
    assert response.status_code == 413
    assert count(engine, Answer) == 0


# Answering ----------------------------------------------------------------------------------------------


def test_the_answer_is_thanked_for_with_a_receipt(engine: Engine, invite: Callable[..., Reader]) -> None:
    reader = invite()
    response = reader.send(options__1__kind="apprenticeship", options__1__provider="Acme", P1="yes")
    page = Page(response.text)
    (answer,) = rows(engine, Answer)
    assert response.status_code == 200 and "Location" not in response.headers
    assert "Thank you, Amira" in page.text and answer.receipt in page.text
    assert answer.content == {"options": [{"kind": "apprenticeship", "provider": "Acme"}]}
    assert reader.path in page.links
    assert any(link.startswith("/me/") for link in page.links)
    assert "Set-Cookie" not in response.headers


def test_whoever_asks_for_help_or_does_not_know_gets_the_number(
    engine: Engine, school: SmallSchool, invite: Callable[..., Reader]
) -> None:
    change(engine, School, school.id, settings={"la": "931", "help_adult": "Ms Okafor"})
    reader = invite()
    helped = Page(reader.send(options__1__kind="job", help="talk").text).text
    unsure = Page(reader.send(options__1__kind="not_sure").text).text
    fine = Page(reader.send(options__1__kind="apprenticeship", help="none").text).text
    assert "Ms Okafor at your school will get back to you by" in helped and "0800 100 900" in helped
    assert "0800 100 900" in unsure and "get in touch" not in unsure
    assert "0800 100 900" not in fine


def test_results_day_takes_two_taps(engine: Engine, invite: Callable[..., Reader]) -> None:
    reader = invite("Amira", "results-day")
    assert (
        reader.client.get(reader.path).text.count('class="button"') == 2
    )  # one stands right after the question
    assert reader.send(plan="same").status_code == 200
    assert rows(engine, Answer)[0].content == {"plan": "same"}


def test_a_double_tap_is_one_answer(engine: Engine, invite: Callable[..., Reader]) -> None:
    reader = invite()
    number, meet = reader.open().value("page"), Barrier(2)

    def tap(_: int) -> str:
        meet.wait()
        client = reader.client.application.test_client()
        return str(client.post(reader.path, data={"page": number, "sure": "very", "P1": "no"}).text)

    with ThreadPoolExecutor(2) as pool:
        receipts = {re.search(r"<b>(.*)</b>", html)[1] for html in pool.map(tap, range(2))}  # type: ignore[index]
    assert len(receipts) == 1
    assert count(engine, Answer) == 1
    assert len([e for e in rows(engine, ConsentEvent) if e.answer_id]) == 2  # P1 no, P2 left open


def test_a_changed_answer_is_the_next_version(engine: Engine, invite: Callable[..., Reader]) -> None:
    reader = invite()
    reader.send(options__1__kind="job")
    reader.send(options__1__kind="apprenticeship")
    assert [answer.version for answer in rows(engine, Answer)] == [1, 2]


def test_what_an_old_page_says_again_after_something_else_counts_and_has_its_own_receipt(
    engine: Engine, invite: Callable[..., Reader]
) -> None:
    reader = invite("Chloe", "autumn-intentions")
    old, new = (reader.open().value("page") for _ in range(2))

    def send(page: str, said: str) -> str:
        return str(re.search(r"<b>(.*)</b>", reader.send(page=page, help="none", P1=said).text)[1])  # type: ignore[index]

    receipts = [send(old, "yes"), send(new, "no"), send(old, "yes"), send(old, "yes")]
    assert len(set(receipts)) == 3
    assert receipts[3] == receipts[2]
    assert [answer.receipt for answer in rows(engine, Answer)] == receipts[:3]
    decided = [e.decision for e in rows(engine, ConsentEvent) if e.purpose is Purpose.CONTACT_AFTER_LEAVING]
    assert decided[-3:] == [Decision.GRANTED, Decision.REFUSED, Decision.GRANTED]


def test_a_decision_sent_twice_is_one_and_a_changed_one_counts(
    engine: Engine, invite: Callable[..., Reader]
) -> None:
    reader = invite("Chloe", "autumn-intentions")  # never asked for P1
    page = reader.open().value("page")

    def said() -> list[Decision]:
        asked = [event for event in rows(engine, ConsentEvent) if event.link_id == reader.link_id]
        return [e.decision for e in asked if e.purpose is Purpose.CONTACT_AFTER_LEAVING]

    thanks = [reader.send(page=page, help="none", P1="yes").text for _ in range(2)]
    assert len({re.search(r"<b>(.*)</b>", html)[1] for html in thanks}) == 1  # type: ignore[index]
    assert count(engine, Answer) == 1
    assert not reader.open().values("P1")  # what was decided is not asked again
    assert reader.send(page=page, help="none", P1="no").status_code == 200  # back, and another choice
    assert said() == [Decision.GRANTED, Decision.REFUSED]
    reader.send(help="talk")  # a page without the question leaves the decision as it is
    assert said() == [Decision.GRANTED, Decision.REFUSED]


def test_a_purpose_left_open_is_neither_yes_nor_no(engine: Engine, invite: Callable[..., Reader]) -> None:
    invite("Chloe").send(P1="no")
    events = {event.purpose: event for event in rows(engine, ConsentEvent) if event.answer_id}
    assert events[Purpose.CONTACT_AFTER_LEAVING].decision is Decision.REFUSED
    assert events[Purpose.LA_SHARE_BACK].decision is Decision.ASKED_NO_ANSWER
    assert events[Purpose.LA_SHARE_BACK].age_on_day == 15


def test_a_nearly_known_name_is_asked_about_once_after_the_answer_is_safe(
    engine: Engine, invite: Callable[..., Reader]
) -> None:
    with database.writing(engine) as session:
        session.add(Provider(name="Abingdon and Witney College", folded_name="abingdon and witney college"))
    reader = invite()
    number = reader.open().value("page")
    said = {
        "options-1-kind": "further_education_college",
        "options-1-provider": "Abingdon & Witny Colege",
        "P1": "no",
    }
    doubt = Page(reader.client.post(reader.path, data={"page": number, **said}).text)
    assert "Did you mean one of these?" in doubt.text and count(engine, Answer) == 1
    assert not [c for c in doubt.controls if "checked" in c]
    hidden = {str(c["name"]): str(c["value"]) for c in doubt.controls if c.get("type") == "hidden"}
    offered = doubt.values("options-1-provider")
    assert offered == ["Abingdon and Witney College", "Abingdon & Witny Colege"]

    kept = reader.client.post(reader.path, data=hidden)  # nothing chosen: what was written stays
    assert "Did you mean" not in kept.text and count(engine, Answer) == 1
    reader.client.post(reader.path, data={**hidden, "options-1-provider": offered[0]})
    answers, last = rows(engine, Answer), rows(engine, DestinationFact)[-1]
    assert [answer.version for answer in answers] == [1, 2]
    assert (last.provider_name, last.provider_id is not None) == ("Abingdon and Witney College", True)


def test_a_name_that_is_known_or_like_none_is_not_asked_about(
    engine: Engine, invite: Callable[..., Reader]
) -> None:
    with database.writing(engine) as session:
        session.add(Provider(name="City College", folded_name="city college"))
    reader = invite()
    for name in ("city COLLEGE", CANARY):
        response = reader.send(options__1__kind="further_education_college", options__1__provider=name)
        assert "Did you mean" not in response.text


# The states of a link -----------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["x", "0" * 29, "A" * 29, "é" * 29, "z" * 300])
def test_a_mistyped_link_gets_a_plain_page(client: FlaskClient, school: SmallSchool, token: str) -> None:
    response = client.get(f"/r/{token}")
    assert response.status_code == 404
    assert "ask your school for a new one" in response.text


def test_a_link_of_another_purpose_opens_nothing(app: Flask, invite: Callable[..., Reader]) -> None:
    reader = invite()
    for purpose in (LinkPurpose.PASSPORT, LinkPurpose.STOP, LinkPurpose.SIGN_IN):
        token = app.extensions["surveybot"].signer.sign(purpose, reader.link_id)
        assert reader.client.get(f"/r/{token}").status_code == 404


def test_a_signed_link_without_a_row_opens_nothing(
    app: Flask, client: FlaskClient, school: SmallSchool
) -> None:
    token = app.extensions["surveybot"].signer.sign(LinkPurpose.SURVEY, 4_000_000)
    assert client.get(f"/r/{token}").status_code == 404
    assert client.post(f"/r/{token}", data={"sure": "very"}).status_code == 404


def test_a_closed_round_takes_answers_for_sixty_days_more(
    engine: Engine, clock: Clock, invite: Callable[..., Reader]
) -> None:
    reader = invite(closes_at=NOW)
    clock.time = NOW + timedelta(days=59)
    assert "This survey has closed, but we still want to know" in reader.open().text
    reader.send(sure="very")
    assert rows(engine, Answer)[0].late
    clock.time = NOW + timedelta(days=60)
    for response in (reader.client.get(reader.path), reader.client.post(reader.path, data={"sure": "very"})):
        assert response.status_code == 410 and "This survey has closed" in response.text
    assert count(engine, Answer) == 1


def test_somebody_who_has_died_is_asked_nothing(
    engine: Engine, school: SmallSchool, invite: Callable[..., Reader]
) -> None:
    reader = invite("Kit")
    response = reader.client.get(reader.path)
    assert response.status_code == 410 and "Kit" not in response.text
    assert reader.client.post(reader.path, data={"sure": "very"}).status_code == 410
    assert reader.client.post(f"{reader.path}/new-link", data={"channel": "sms"}).status_code == 410
    assert reader.client.get(f"{reader.path}/not-me").status_code == 410
    assert reader.client.post(f"{reader.path}/not-me", data={"who": "wrong"}).status_code == 410
    assert count(engine, Answer, Delivery, AuditEntry) == 0


def test_a_revoked_link_offers_a_new_one_with_nothing_chosen(
    engine: Engine, clock: Clock, invite: Callable[..., Reader]
) -> None:
    reader = invite()
    change(engine, Link, reader.link_id, revoked_at=NOW)
    old = reader.client.get(reader.path)
    assert old.status_code == 410 and Page(old.text).values("channel") == ["sms", "email"]
    assert "pupils.example.org" not in old.text and "7700" not in old.text
    ask = f"{reader.path}/new-link"
    assert reader.client.post(ask).status_code == 422
    assert reader.client.post(ask, data={"channel": "pigeon"}).status_code == 422
    assert count(engine, Delivery) == 0
    assert reader.client.post(ask, data={"channel": "email"}).status_code == 200
    assert reader.client.post(ask, data={"channel": "email"}).status_code == 429
    statuses = []
    for hours in (1, 2, 3, 23):
        clock.time = NOW + timedelta(hours=hours)
        statuses.append(reader.client.post(ask, data={"channel": "sms"}).status_code)
    assert statuses == [200, 200, 429, 200]  # three a day, and a new day
    deliveries = rows(engine, Delivery)
    assert {(d.template, d.message_class.value, d.invitation_id) for d in deliveries} == {
        ("new-link", "reply", reader.invitation_id)
    }


def test_the_new_link_leads_to_the_survey_again(
    app: Flask, engine: Engine, settings: Settings, invite: Callable[..., Reader]
) -> None:
    reader = invite()
    change(engine, Link, reader.link_id, revoked_at=NOW)
    reader.client.post(f"{reader.path}/new-link", data={"channel": "sms"})
    with database.writing(engine) as session:
        take_over(session, INSTANCE, by="test", now=NOW)
    wire = Wire()
    run(engine, settings, wire)
    (message,) = wire.taken
    (path,) = re.findall(r"https://school.example.org(/r/\S+)", message.text)
    assert "Hello Amira" in app.test_client().get(path).text


# This isn't me ------------------------------------------------------------------------------------------


def test_not_me_asks_first_and_then_stops(engine: Engine, invite: Callable[..., Reader]) -> None:
    reader = invite()
    assert f"{reader.path}/not-me" in reader.open().links
    page = Page(reader.client.get(f"{reader.path}/not-me").text)
    assert page.values("who") == ["wrong", "right"] and "Amira" not in page.text
    assert "Nothing has changed" in reader.client.post(f"{reader.path}/not-me", data={"who": "right"}).text
    assert reader.client.get(reader.path).status_code == 200
    done = reader.client.post(f"{reader.path}/not-me", data={"who": "wrong"})
    assert done.status_code == 200 and "will not write to you" in done.text and "Amira" not in done.text
    assert reader.client.get(reader.path).status_code == 410
    assert "works" not in reader.client.post(f"{reader.path}/not-me", data={"who": "right"}).text


# The 16th birthday --------------------------------------------------------------------------------------

THEIRS = "You are 16 or over. So it is you, not a parent or carer, who decides"


def test_on_the_16th_birthday_the_next_page_says_that_the_objection_is_the_students_own(
    invite: Callable[..., Reader], clock: Clock
) -> None:
    chloe = invite("Chloe", closes_at=datetime(2026, 9, 30, tzinfo=UTC))  # 16 on 31 August 2026
    clock.time = datetime(2026, 8, 30, 22, 55, tzinfo=UTC)  # 23:55 in England
    assert THEIRS not in chloe.open().text
    clock.time = datetime(2026, 8, 30, 23, 5, tzinfo=UTC)
    assert THEIRS in chloe.open().text
    thanks = Page(chloe.send(sure="very").text)  # where the page says that the link stands
    assert "See or change what you agreed to" in thanks.text
    assert any(link.startswith("/me/") for link in thanks.links)


# Parents ------------------------------------------------------------------------------------------------


def test_a_parent_of_somebody_under_16_decides_about_other_information(
    engine: Engine, invite: Callable[..., Reader]
) -> None:
    reader = invite("Chloe", "parent-consent", audience=Audience.PARENT)
    page = reader.open()
    assert "About Chloe" in page.text and page.values("objection") == ["object", "lift"]
    assert not page.values("P1")  # this school does not ask parents
    assert reader.send().status_code == 422
    assert reader.send(objection="object").status_code == 200
    (objection,) = [row for row in rows(engine, Objection) if row.link_id]
    assert (objection.actor, objection.actor_name, objection.age_on_day) == (Actor.PARENT, "Parent Brown", 15)


def test_a_parent_of_somebody_who_is_16_decides_nothing_unless_asked(
    engine: Engine, school: SmallSchool, invite: Callable[..., Reader]
) -> None:
    reader = invite("Amira", "parent-consent", audience=Audience.PARENT)
    page = reader.client.get(reader.path)
    assert "There is nothing for you to decide" in page.text and "<form" not in page.text
    change(engine, School, school.id, settings={"la": "931", "ask_parents": True})
    asked = reader.open()
    assert asked.values("P1") == ["yes", "no"] and not asked.values("objection")
    assert reader.send(objection="object").status_code == 422
    assert reader.send(P1="no", P2="yes").status_code == 200
    said = {
        (e.purpose.value, e.decision.value, e.actor.value) for e in rows(engine, ConsentEvent) if e.answer_id
    }
    assert said == {("P1", "refused", "parent"), ("P2", "granted", "parent")}


# Weight, headers, speed ---------------------------------------------------------------------------------


def test_a_first_visit_takes_two_requests_and_ten_kilobytes(invite: Callable[..., Reader]) -> None:
    reader = invite("Chloe")
    page = reader.client.get(reader.path, headers={"Accept-Encoding": "gzip"})
    import gzip

    html = gzip.decompress(page.data).decode()
    assert (
        html
        == reader.client.get(reader.path).text.replace(
            Page(reader.client.get(reader.path).text).value("page"), Page(html).value("page")
        )
        or Page(html).text == reader.open().text
    )
    (sheet,) = re.findall(r'rel="stylesheet" href="([^"]+)"', html)
    assert not re.findall(r"<script|<img|https?://|@import", html)
    css = reader.client.get(sheet, headers={"Accept-Encoding": "gzip"})
    assert css.headers["Content-Encoding"] == "gzip" and "immutable" in css.headers["Cache-Control"]
    weight = sum(len(r.data) + len(str(r.headers)) for r in (page, css))
    assert weight <= 10_240, weight


def test_the_page_is_kept_by_nobody_and_sets_no_cookie(invite: Callable[..., Reader]) -> None:
    reader = invite()
    for response in (reader.client.get(reader.path), reader.send(), reader.send(sure="very")):
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in response.headers["X-Robots-Tag"]
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert "Set-Cookie" not in response.headers


def test_showing_the_page_takes_one_query(app: Flask, invite: Callable[..., Reader]) -> None:
    reader = invite()
    reader.open()
    kept = mock.patch.object(KeptQuery, "one_or_none", autospec=True, side_effect=KeptQuery.one_or_none)
    with kept as asked, noted() as others:
        reader.open()
    assert asked.call_count == 1 and not others
