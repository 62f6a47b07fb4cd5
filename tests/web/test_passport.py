"""/me/<token>: take back without a birthday, read and change after it; a link alone reads nothing."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Unpack

import pytest
from flask import Flask
from sqlalchemy.engine import Engine
from sqlmodel import Session

from surveybot.catalogue import load_catalogue
from surveybot.config import Settings
from surveybot.links import LinkPurpose
from surveybot.records import database
from surveybot.records.answer.answers import Answer
from surveybot.records.answer.consents import consents_of, objections_of
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.opt_outs import stopped_addresses
from surveybot.records.installations import take_over
from surveybot.records.roster.students import Route, Student, routes_of
from surveybot.records.round.invitations import Audience, Invitation, Link, LinkMedium
from surveybot.records.round.rounds import Round
from surveybot.records.schools import School
from surveybot.rules.answer.consent import Actor, Decision, ObjectionDecision, Purpose, standing
from surveybot.rules.delivery.channels import RouteKind
from surveybot.rules.survey.wordings import Controllers
from surveybot.steps.consent.record_consent import record_consents
from tests.conftest import NOW, Clock, SmallSchool, open_house
from tests.steps.sending.outbox import INSTANCE, Wire, run
from tests.web.holders import LEDGERS, SCANNERS, LinkFields, csrf_of, give_link, inputs, look, rows, token

CANARY = "Canary College of Falconry"


@pytest.fixture
def app(settings: Settings, engine: Engine, clock: Clock) -> Iterator[Flask]:
    with open_house(replace(settings, demo=True), clock) as app:  # the drama numbers are valid here
        yield app


class Hand:
    """Somebody with a passport link."""

    def __init__(self, app: Flask, engine: Engine, link_id: int) -> None:
        self.client = app.test_client()
        self.engine, self.link_id = engine, link_id
        self.path = f"/me/{token(app, LinkPurpose.PASSPORT, link_id)}"

    def prove(self, day: str, month: str) -> int:
        return self.client.post(f"{self.path}/birthday", data={"day": day, "month": month}).status_code

    def see(self) -> str:
        return self.client.get(f"{self.path}/see").text

    def change(self, what: str, *, csrf: str = "", **fields: str) -> tuple[int, str]:
        data = {"csrf_token": csrf or csrf_of(self.see()), **fields}
        answer = self.client.post(f"{self.path}/see/{what}", data=data)
        return answer.status_code, answer.text


def hand(app: Flask, engine: Engine, school: SmallSchool, name: str, **fields: Unpack[LinkFields]) -> Hand:
    return Hand(app, engine, give_link(app, engine, school, name, **fields))


@pytest.fixture
def amira(app: Flask, engine: Engine, school: SmallSchool) -> Hand:
    """Sixteen, born on 3 October, has granted P1, has an email and a mobile, and has answered."""
    with database.writing(engine) as session:
        add_answer(session, school, school.ids["Amira"])
    return hand(app, engine, school, "Amira", carried_to="+447700900101")


@pytest.fixture
def amira_inside(amira: Hand) -> Hand:
    assert amira.prove("3", "10") == 303
    return amira


def add_answer(session: Session, school: SmallSchool, student_id: int) -> None:
    round_ = Round(
        code="R-TEST01",
        school_id=school.id,
        survey="autumn-intentions",
        leaving=2026,
        year_group=11,
        opens_at=NOW,
        closes_at=NOW + timedelta(days=20),
        created_at=NOW,
    )
    session.add(round_)
    session.flush()
    invitation = Invitation(
        school_id=school.id, round_id=round_.id or 0, student_id=student_id, created_at=NOW
    )
    session.add(invitation)
    session.flush()
    session.add(
        Answer(
            school_id=school.id,
            student_id=student_id,
            invitation_id=invitation.id or 0,
            survey="autumn-intentions",
            version=1,
            page_number="0" * 12,
            content_sha256="0" * 64,
            content={"options": [{"kind": "further_education", "provider": CANARY}], "sure": "very"},
            receipt="AAAA-AAAA",
            given_by=Audience.STUDENT,
            medium=LinkMedium.SMS,
            answered_at=NOW,
        )
    )


def stands(engine: Engine, student_id: int) -> dict[Purpose, Decision | None]:
    with look(engine) as session:
        return standing(event.as_fact() for event in consents_of(session, student_id))


P1, P2, P4 = Purpose.CONTACT_AFTER_LEAVING, Purpose.LA_SHARE_BACK, Purpose.ALUMNI_NETWORK


# Without a birthday ---------------------------------------------------------------------------------


def test_a_passport_link_shows_the_school_and_no_state(amira: Hand) -> None:
    page = amira.client.get(amira.path)
    assert page.status_code == 200
    assert "Hillview School" in page.text
    for secret in ("Khan", "You said", "07700", "amira@", CANARY, "20 Jan", "2009"):
        assert secret not in page.text


def test_a_link_page_is_the_same_for_who_agreed_who_refused_and_who_was_never_asked(
    app: Flask, engine: Engine, school: SmallSchool
) -> None:
    pages = set()
    for name in ("Amira", "Ben", "Chloe"):
        holder = hand(app, engine, school, name)
        pages.add(holder.client.get(holder.path).text.replace(holder.path, ""))
    assert len(pages) == 1


def test_nothing_is_chosen_beforehand_and_the_page_sets_no_cookie(amira: Hand) -> None:
    page = amira.client.get(amira.path)
    assert "checked" not in page.text
    assert "Set-Cookie" not in page.headers
    assert "<script" not in page.text


def test_one_purpose_is_taken_back_in_two_taps(amira: Hand, engine: Engine, school: SmallSchool) -> None:
    done = amira.client.post(amira.path, data={"take_back": "P1"})
    assert done.status_code == 200
    assert "Contact after I leave" in done.text
    assert stands(engine, school.ids["Amira"])[P1] is Decision.WITHDRAWN
    with look(engine) as session:
        event = consents_of(session, school.ids["Amira"])[-1]
    assert (event.actor, event.age_on_day, event.channel) == (Actor.SELF, 16, LinkMedium.SMS)
    assert event.link_id == amira.link_id


def test_everything_is_taken_back_in_two_taps(amira: Hand, engine: Engine, school: SmallSchool) -> None:
    amira.client.post(amira.path, data={"take_back": "all"})
    now = stands(engine, school.ids["Amira"])
    assert {purpose for purpose, decision in now.items() if decision is Decision.WITHDRAWN} == {
        *(Purpose(f"P{number}") for number in range(1, 6))
    }


def test_a_channel_is_stopped_and_consent_stands(amira: Hand, engine: Engine, school: SmallSchool) -> None:
    done = amira.client.post(amira.path, data={"stop": "sms"})
    assert "We will not send you any more texts." in done.text
    with look(engine) as session:
        assert stopped_addresses(session, ["+447700900101", "amira@pupils.example.org"]) == {"+447700900101"}
    assert stands(engine, school.ids["Amira"])[P1] is Decision.GRANTED


def test_doing_it_twice_says_the_same_and_adds_nothing(amira: Hand, engine: Engine) -> None:
    first = amira.client.post(amira.path, data={"take_back": "all", "stop": ["sms", "email"]})
    counted = rows(engine)
    second = amira.client.post(amira.path, data={"take_back": "all", "stop": ["sms", "email"]})
    assert (second.status_code, second.text) == (first.status_code, first.text)
    assert rows(engine) == counted


def test_unknown_choices_are_no_choices(amira: Hand, engine: Engine) -> None:
    before = rows(engine)
    for data in ({"take_back": "P9"}, {"take_back": "P6"}, {"stop": "pigeon"}, {"take_back": ""}):
        assert amira.client.post(amira.path, data=data).status_code == 422
    assert rows(engine) == before


@pytest.mark.parametrize("page", ["", "/birthday"])
def test_no_scanner_changes_anything_and_the_student_then_succeeds(
    app: Flask, amira: Hand, engine: Engine, school: SmallSchool, page: str
) -> None:
    before = rows(engine)
    for name, behave in SCANNERS.items():
        behave(app.test_client(), amira.path + page)
        assert rows(engine) == before, name
        assert amira.prove("3", "10") == 303, name
    assert amira.client.post(amira.path, data={"take_back": "P1"}).status_code == 200
    assert stands(engine, school.ids["Amira"])[P1] is Decision.WITHDRAWN


def test_the_database_refuses_to_write_behind_a_get(amira: Hand, engine: Engine) -> None:
    with look(engine) as session:
        before = session.get(Link, amira.link_id)
    for method in ("GET", "HEAD"):
        for page in ("", "/birthday", "/see"):
            assert amira.client.open(amira.path + page, method=method).status_code in (200, 302)
    with look(engine) as session:
        assert session.get(Link, amira.link_id) == before


def test_an_empty_submit_says_what_to_do_and_links_to_it(amira: Hand) -> None:
    page = amira.client.post(amira.path).text
    assert "<title>Error:" in page
    assert '<a href="#take_back">Choose what to take back or what to stop</a>' in page
    assert 'id="take_back"' in page


@pytest.mark.parametrize(
    "fields", [{"revoked_at": NOW}, {"created_at": NOW - timedelta(days=397)}], ids=["revoked", "old"]
)
def test_a_link_that_has_run_out_says_what_to_do(
    app: Flask, engine: Engine, school: SmallSchool, fields: LinkFields
) -> None:
    holder = hand(app, engine, school, "Amira", **fields)
    before = rows(engine)
    for path in (holder.path, f"{holder.path}/birthday"):
        page = holder.client.get(path)
        assert (page.status_code, "stop link" in page.text) == (410, True)
    assert holder.client.post(holder.path, data={"take_back": "all"}).status_code == 410
    assert holder.prove("3", "10") == 410
    assert rows(engine) == before


@pytest.mark.parametrize(
    "fields", [{"revoked_at": NOW}, {"created_at": NOW - timedelta(days=397)}], ids=["revoked", "old"]
)
def test_a_link_that_has_run_out_sends_a_new_one_to_the_route_on_record(
    app: Flask,
    engine: Engine,
    settings: Settings,
    school: SmallSchool,
    clock: Clock,
    fields: LinkFields,
) -> None:
    old = hand(app, engine, school, "Amira", **fields)
    ask = f"{old.path}/new-link"
    page = old.client.get(ask)
    assert page.status_code == 410 and "checked" not in page.text and "7700" not in page.text
    assert [old.client.post(ask, data=data).status_code for data in ({}, {"channel": "pigeon"})] == [422, 422]
    assert old.client.post(ask, data={"channel": "sms"}).status_code == 200
    assert old.client.post(ask, data={"channel": "sms"}).status_code == 429
    statuses = []
    for hours in (1, 2, 3):
        clock.time = NOW + timedelta(hours=hours)
        statuses.append(old.client.post(ask, data={"channel": "email"}).status_code)
    assert statuses == [200, 200, 429]  # once an hour, three a day
    wire = Wire()
    with database.writing(engine) as session:
        take_over(session, INSTANCE, by="test", now=NOW)
    run(engine, settings, wire, at=clock.time)
    (text,) = [message for message in wire.taken if message.to == "+447700900101"]
    (path,) = re.findall(r"https://school.example.org(/me/\S+)", text.text)
    assert app.test_client().get(path).status_code == 200
    assert "still works" in app.test_client().post(f"{path}/new-link", data={"channel": "sms"}).text


def test_the_old_page_of_somebody_who_has_died_says_no_more_than_that(
    app: Flask, engine: Engine, school: SmallSchool
) -> None:
    kit = hand(app, engine, school, "Kit", revoked_at=NOW)
    before = rows(engine, Delivery, *LEDGERS)
    for page in (
        kit.client.get(kit.path),
        kit.client.get(f"{kit.path}/birthday"),
        kit.client.post(kit.path, data={"take_back": "all"}),
        kit.client.post(f"{kit.path}/new-link", data={"channel": "sms"}),
    ):
        assert page.status_code == 410 and "You do not need to do anything" in page.text
        assert "Kit" not in page.text and "new-link" not in page.text
    assert rows(engine, Delivery, *LEDGERS) == before


def test_a_link_of_another_purpose_or_no_link_opens_nothing(app: Flask, amira: Hand) -> None:
    for wrong in (
        token(app, LinkPurpose.STOP, amira.link_id),
        token(app, LinkPurpose.SURVEY, amira.link_id),
        token(app, LinkPurpose.PASSPORT, 999_999),
        amira.path[4:-1],
        amira.path[4:-1] + "!",
    ):
        for page in ("", "/birthday"):
            assert amira.client.get(f"/me/{wrong}{page}").status_code == 404
        assert amira.client.post(f"/me/{wrong}", data={"take_back": "all"}).status_code == 404


# The birthday ---------------------------------------------------------------------------------------


def test_before_the_birthday_nothing_that_was_said_is_shown(amira: Hand) -> None:
    for path in (amira.path, f"{amira.path}/birthday", f"{amira.path}/see"):
        page = amira.client.get(path, follow_redirects=True).text
        assert CANARY not in page
        assert "You said" not in page
    wrong = amira.client.post(f"{amira.path}/birthday", data={"day": "4", "month": "10"})
    assert CANARY not in wrong.text


def test_the_right_day_and_month_open_the_page_with_a_short_strict_cookie(amira: Hand) -> None:
    opened = amira.client.post(f"{amira.path}/birthday", data={"day": "03", "month": " October "})
    assert (opened.status_code, opened.location) == (303, f"{amira.path}/see")
    cookie = opened.headers["Set-Cookie"]
    for part in ("HttpOnly", "SameSite=Strict", "Path=/me"):
        assert part in cookie
    assert CANARY in amira.see()


def test_the_page_closes_after_twenty_minutes(amira_inside: Hand, clock: Clock) -> None:
    clock.time = NOW + timedelta(minutes=20, seconds=1)
    page = amira_inside.client.get(f"{amira_inside.path}/see")
    assert (page.status_code, page.location) == (302, f"{amira_inside.path}/birthday")


def test_the_page_closes_when_it_is_closed(amira_inside: Hand) -> None:
    closed = amira_inside.client.post(f"{amira_inside.path}/close")
    assert (closed.status_code, closed.location) == (303, amira_inside.path)
    assert amira_inside.client.get(f"{amira_inside.path}/see").status_code == 302


def test_five_wrong_birthdays_lock_the_page_and_then_the_right_one_is_refused(
    amira: Hand, app: Flask, engine: Engine, school: SmallSchool
) -> None:
    assert [amira.prove(str(day), "10") for day in range(11, 16)] == [422, 422, 422, 422, 403]
    assert amira.prove("3", "10") == 403
    assert amira.client.get(f"{amira.path}/see").status_code == 302
    locked = amira.client.get(f"{amira.path}/birthday")
    assert (locked.status_code, "Ask your school to open it again" in locked.text) == (403, True)
    assert amira.client.post(amira.path, data={"take_back": "all"}).status_code == 200
    other = hand(app, engine, school, "Amira")
    assert other.prove("3", "10") == 303


def test_renewed_by_staff_it_opens_again(amira: Hand, engine: Engine) -> None:
    for day in range(11, 16):
        amira.prove(str(day), "10")
    with database.writing(engine) as session:
        link = session.get(Link, amira.link_id)
        assert link
        assert link.birthday_tries == 5
        link.birthday_tries = 0
    assert amira.prove("3", "10") == 303


def test_a_right_birthday_forgets_the_wrong_ones(amira: Hand, engine: Engine) -> None:
    for day in ("11", "12", "13", "14"):
        amira.prove(day, "10")
    assert amira.prove("3", "10") == 303
    with look(engine) as session:
        link = session.get(Link, amira.link_id)
        assert link
        assert link.birthday_tries == 0


def test_what_is_no_day_is_no_try(amira: Hand, engine: Engine) -> None:
    for day, month in (
        *[("", ""), ("3", ""), ("31", "2"), ("32", "1"), ("0", "1"), ("3", "13"), ("-3", "10")],
        *[("3.0", "10"), ("³", "10"), ("3", "Octopus1"), ("a" * 5000, "b"), ("3\x00", "10")],
    ):
        assert amira.prove(day, month) == 422
    with look(engine) as session:
        link = session.get(Link, amira.link_id)
        assert link
        assert link.birthday_tries == 0


def test_a_wrong_birthday_reads_the_same_however_near_it_was(amira: Hand) -> None:
    pages = {
        amira.client.post(f"{amira.path}/birthday", data={"day": day, "month": month}).text
        for day, month in (("3", "9"), ("4", "10"), ("29", "2"))
    }
    assert len(pages) == 1


def test_a_birthday_on_29_february_can_be_given(
    app: Flask, engine: Engine, other_school: SmallSchool
) -> None:
    with database.writing(engine) as session:
        student = session.get(Student, other_school.ids["Zara"])
        assert student
        student.date_of_birth = datetime(2008, 2, 29, tzinfo=UTC).date()
    assert hand(app, engine, other_school, "Zara").prove("29", "Feb") == 303


def test_one_open_passport_opens_no_other(
    app: Flask, engine: Engine, school: SmallSchool, other_school: SmallSchool, amira_inside: Hand
) -> None:
    for place, name in ((school, "Ben"), (other_school, "Zara")):
        theirs = hand(app, engine, place, name)
        assert amira_inside.client.get(f"{theirs.path}/see").status_code == 302
        refused = amira_inside.client.post(
            f"{theirs.path}/see/choice", data={"about": "P4", "P4": "yes", "csrf_token": "x"}
        )
        assert (refused.status_code, refused.location) == (302, f"{theirs.path}/birthday")


# Inside ---------------------------------------------------------------------------------------------


def test_inside_stands_what_was_agreed_and_when_and_what_was_answered(amira_inside: Hand) -> None:
    page = amira_inside.see()
    for words in ("You said yes on Tue 20 Jan 2026.", "amira@pupils.example.org", "07700 900101", CANARY):
        assert words in page
    assert "checked" not in page
    assert "Khan" not in page


def test_the_exact_words_of_that_day_are_shown_though_the_contractor_has_changed(
    app: Flask, engine: Engine, school: SmallSchool, amira: Hand
) -> None:
    wordings = load_catalogue().wordings
    old = Controllers("Hillview School", "the council for Oxfordshire", "Old Contractor Ltd")
    with database.writing(engine) as session:
        student = session.get(Student, school.ids["Amira"])
        assert student
        record_consents(
            session,
            student=student,
            decisions={P2: Decision.GRANTED},
            actor=Actor.SELF,
            wordings=wordings,
            controllers=old,
            language="en",
            medium=LinkMedium.SMS,
            now=NOW,
        )
    amira.prove("3", "10")
    page = amira.see()
    assert "The words of that day" in page
    assert "Old Contractor Ltd does this work" in page


def test_yes_and_no_are_of_one_weight_and_neither_is_set(amira_inside: Hand) -> None:
    page = amira_inside.see()
    radios = [tag for tag in inputs(page) if 'type="radio"' in tag]
    assert len(radios) == 2 * 8
    assert not any("checked" in tag for tag in radios)
    for purpose in Purpose:
        pair = [tag for tag in radios if f'name="{purpose}"' in tag]
        yes, no = (tag.replace(f'id="{purpose}-no"', "").replace(f'id="{purpose}"', "") for tag in pair)
        assert yes.replace('value="yes"', "").split() == no.replace('value="no"', "").split()


def test_alumni_and_story_are_asked_only_here_and_answered_with_a_receipt(
    amira_inside: Hand, engine: Engine, school: SmallSchool
) -> None:
    status, page = amira_inside.change("choice", about="P4", P4="yes")
    assert (status, "Receipt" in page, "You said yes." in page) == (200, True, True)
    assert "Tue 20 Jan 2026, 10:00" in page
    assert stands(engine, school.ids["Amira"])[P4] is Decision.GRANTED
    assert "News and invitations for former students" in amira_inside.see()


def test_nobody_is_asked_about_a_council_that_has_no_name(
    amira_inside: Hand, engine: Engine, school: SmallSchool
) -> None:
    csrf = csrf_of(amira_inside.see())
    assert 'name="P2"' in amira_inside.see()
    with database.writing(engine) as session:
        row = session.get_one(School, school.id)
        row.settings = {key: value for key, value in row.settings.items() if key != "la"}
        session.add(row)
    assert 'name="P2"' not in amira_inside.see()
    assert amira_inside.change("choice", csrf=csrf, about="P2", P2="yes")[0] == 422
    assert amira_inside.change("choice", csrf=csrf, about="P2", P2="no")[0] == 200
    assert stands(engine, school.ids["Amira"])[P2] is Decision.REFUSED


@pytest.mark.parametrize(("purpose", "decision"), [(P1, Decision.WITHDRAWN), (P4, Decision.REFUSED)])
def test_a_no_takes_back_what_had_been_agreed_and_refuses_what_had_not(
    amira_inside: Hand, engine: Engine, school: SmallSchool, purpose: Purpose, decision: Decision
) -> None:
    amira_inside.change("choice", **{"about": purpose, purpose: "no"})
    assert stands(engine, school.ids["Amira"])[purpose] is decision


def test_a_yes_after_a_no_is_a_yes_again(amira_inside: Hand, engine: Engine, school: SmallSchool) -> None:
    for said in ("no", "yes", "yes"):
        amira_inside.change("choice", about="P1", P1=said)
    with look(engine) as session:
        decisions = [event.decision for event in consents_of(session, school.ids["Amira"])]
    assert decisions == [Decision.GRANTED, Decision.WITHDRAWN, Decision.GRANTED]


def test_an_empty_choice_is_a_422_that_opens_its_form_again(amira_inside: Hand, engine: Engine) -> None:
    before = rows(engine)
    for data in ({"about": "P4"}, {"about": "P4", "P4": ""}, {"about": "P9", "P9": "yes"}, {}):
        status, page = amira_inside.change("choice", **data)
        assert (status, "Choose one of the two" in page) == (422, True)
    assert amira_inside.change("objection")[0] == 422
    assert amira_inside.change("start")[0] == 422
    assert rows(engine) == before


def test_every_change_needs_the_forms_own_token(amira_inside: Hand, engine: Engine) -> None:
    before = rows(engine)
    for what, data in (
        ("choice", {"about": "P4", "P4": "yes"}),
        ("objection", {"statutory": "objected"}),
        ("contact", {"personal_email": "other@example.org"}),
        ("start", {"start": "sms"}),
    ):
        answer = amira_inside.client.post(f"{amira_inside.path}/see/{what}", data=data)
        assert answer.status_code == 400
    assert rows(engine) == before


def test_nothing_is_changed_without_the_cookie(amira: Hand, engine: Engine) -> None:
    before = rows(engine)
    for what in ("choice", "objection", "contact", "start"):
        data = {"about": "P4", "P4": "yes", "statutory": "objected", "mobile": "", "start": "sms"}
        answer = amira.client.post(f"{amira.path}/see/{what}", data=data)
        assert (answer.status_code, answer.location) == (302, f"{amira.path}/birthday")
    assert rows(engine) == before


def test_new_contact_details_take_the_place_of_bad_ones_and_are_not_proven(
    amira_inside: Hand, engine: Engine, school: SmallSchool
) -> None:
    with database.writing(engine) as session:
        for route in routes_of(session, school.ids["Amira"]):
            route.proven_at, route.bad_at, route.bad_reason = NOW, NOW, "bounced"
            session.add(route)
    status, _ = amira_inside.change(
        "contact", personal_email="Amira@HOME.example.org", mobile="07700 900 177"
    )
    assert status == 200
    found = own_routes_of(engine, school.ids["Amira"])
    assert found[RouteKind.PERSONAL_EMAIL].address == "Amira@home.example.org"
    mobile = found[RouteKind.MOBILE]
    assert (mobile.address, mobile.proven_at, mobile.bad_at) == ("+447700900177", None, None)
    assert found[RouteKind.SCHOOL_EMAIL].proven_at == NOW


def own_routes_of(engine: Engine, student_id: int) -> dict[RouteKind, Route]:
    with look(engine) as session:
        return {route.kind: route for route in routes_of(session, student_id)}


def test_details_that_are_the_same_stay_proven(
    amira_inside: Hand, engine: Engine, school: SmallSchool
) -> None:
    with database.writing(engine) as session:
        for route in routes_of(session, school.ids["Amira"]):
            route.proven_at = NOW
            session.add(route)
    _, page = amira_inside.change("contact", personal_email="", mobile="07700 900101")
    assert "They are the same as before." in page
    assert own_routes_of(engine, school.ids["Amira"])[RouteKind.MOBILE].proven_at == NOW


def test_a_detail_can_be_removed(amira_inside: Hand, engine: Engine, school: SmallSchool) -> None:
    amira_inside.change("contact", personal_email="", mobile="")
    assert set(own_routes_of(engine, school.ids["Amira"])) == {RouteKind.SCHOOL_EMAIL}


def test_a_wrong_detail_changes_nothing_and_keeps_what_was_typed(
    amira_inside: Hand, engine: Engine, school: SmallSchool
) -> None:
    before = own_routes_of(engine, school.ids["Amira"])
    for email, mobile, problem in (
        ("x", "", "Enter an email address like name@example.org"),
        ("a@b@c", "", "Enter an email address like name@example.org"),
        ("", "12", "Enter a UK mobile number with 11 digits"),
        ("", "020 7946 0000", "Enter a UK mobile number"),
    ):
        status, page = amira_inside.change("contact", personal_email=email, mobile=mobile)
        assert (status, problem in page) == (422, True)
        assert f'value="{email or mobile}"' in page
    assert own_routes_of(engine, school.ids["Amira"]) == before


def test_what_was_stopped_on_a_page_can_start_again_there(amira_inside: Hand, engine: Engine) -> None:
    amira_inside.client.post(amira_inside.path, data={"stop": ["sms", "email"]})
    assert "Start texts again" in amira_inside.see()
    status, _ = amira_inside.change("start", start="sms")
    assert status == 200
    with look(engine) as session:
        found = stopped_addresses(session, ["+447700900101", "amira@pupils.example.org"])
    assert found == {"amira@pupils.example.org"}
    assert "Start texts again" not in amira_inside.see()


# The statutory objection ----------------------------------------------------------------------------


def objection_words(engine: Engine, student_id: int) -> list[tuple[ObjectionDecision, Actor, str]]:
    with look(engine) as session:
        return [(row.decision, row.actor, row.wording) for row in objections_of(session, student_id)]


def test_a_student_of_sixteen_objects_and_lifts(
    amira_inside: Hand, engine: Engine, school: SmallSchool
) -> None:
    status, page = amira_inside.change("objection", statutory="objected")
    assert (status, "Do not pass on other information about me." in page) == (200, True)
    assert "Now: you asked us on Tue 20 Jan 2026 not to pass it on." in amira_inside.see()
    amira_inside.change("objection", statutory="lifted")
    assert objection_words(engine, school.ids["Amira"]) == [
        (ObjectionDecision.OBJECTED, Actor.SELF, "S.1"),
        (ObjectionDecision.LIFTED, Actor.SELF, "S.1"),
    ]


def test_under_sixteen_the_page_says_that_a_parent_decides_and_from_when_not(
    app: Flask, engine: Engine, school: SmallSchool
) -> None:
    chloe = hand(app, engine, school, "Chloe")
    assert chloe.prove("31", "8") == 303
    page = chloe.see()
    assert "Until your 16th birthday a parent or carer decides about this." in page
    assert "Mon 31 Aug 2026" in page
    assert 'value="objected"' not in page
    status, page = chloe.change("objection", statutory="objected")
    assert (status, "This is not yours to decide today" in page) == (422, True)
    assert objection_words(engine, school.ids["Chloe"]) == []


def test_the_birthday_hands_the_decision_over_and_the_student_is_told(
    app: Flask, engine: Engine, school: SmallSchool, clock: Clock
) -> None:
    imran = hand(app, engine, school, "Imran")  # a parent objected; 16 on 3 March 2026
    imran.prove("3", "3")
    assert "a parent or carer asked us on Tue 20 Jan 2026 not to pass it on" in imran.see()
    assert 'value="lifted"' not in imran.see()
    clock.time = datetime(2026, 3, 3, 8, tzinfo=UTC)
    imran.prove("3", "3")
    page = imran.see()
    assert "a parent or carer asked us on Tue 20 Jan 2026 not to pass it on" in page
    imran.change("objection", statutory="lifted")
    assert "Now: other information may be passed on." in imran.see()


def test_a_parent_objects_for_a_child_under_sixteen_and_not_after(
    app: Flask, engine: Engine, school: SmallSchool, clock: Clock
) -> None:
    parent = hand(app, engine, school, "Chloe", audience=Audience.PARENT)
    assert parent.prove("31", "8") == 303
    status, _ = parent.change("objection", statutory="objected")
    assert status == 200
    assert objection_words(engine, school.ids["Chloe"]) == [
        (ObjectionDecision.OBJECTED, Actor.PARENT, "S.1-parent")
    ]
    with look(engine) as session:
        assert objections_of(session, school.ids["Chloe"])[0].actor_name == "Parent Brown"
    clock.time = datetime(2026, 8, 31, 8, tzinfo=UTC)
    parent.prove("31", "8")
    page = parent.see()
    assert "so they decide about this themselves" in page
    assert 'name="statutory"' not in page


def test_a_form_from_before_midnight_is_refused_on_the_birthday(
    app: Flask, engine: Engine, school: SmallSchool, clock: Clock
) -> None:
    parent = hand(app, engine, school, "Chloe", audience=Audience.PARENT)
    clock.time = datetime(2026, 8, 30, 22, 55, tzinfo=UTC)  # 23:55 in England
    parent.prove("31", "8")
    csrf = csrf_of(parent.see())
    clock.time = datetime(2026, 8, 30, 23, 5, tzinfo=UTC)
    status, page = parent.change("objection", csrf=csrf, statutory="objected")
    assert (status, "This is not yours to decide today" in page) == (422, True)
    assert objection_words(engine, school.ids["Chloe"]) == []


# Parents --------------------------------------------------------------------------------------------


@pytest.fixture
def parent_of_amira(app: Flask, engine: Engine, school: SmallSchool, amira: Hand) -> Hand:
    parent = hand(app, engine, school, "Amira", audience=Audience.PARENT)
    assert parent.prove("3", "10") == 303
    return parent


def test_a_parents_page_never_shows_what_the_student_said(parent_of_amira: Hand) -> None:
    page = parent_of_amira.see()
    for secret in (CANARY, "You said", "amira@", "07700", "How we reach you", "Your latest answer"):
        assert secret not in page


def test_a_parent_who_is_asked_decides_about_two_purposes_and_a_no_wins(
    parent_of_amira: Hand, engine: Engine, school: SmallSchool
) -> None:
    with database.writing(engine) as session:
        row = session.get(School, school.id)
        assert row
        row.settings = {**row.settings, "ask_parents": True}
        session.add(row)
    page = parent_of_amira.see()
    assert 'name="P1"' in page
    assert 'name="P2"' in page
    assert 'name="P4"' not in page
    parent_of_amira.change("choice", about="P1", P1="no")
    assert stands(engine, school.ids["Amira"])[P1] is Decision.REFUSED
    with look(engine) as session:
        last = consents_of(session, school.ids["Amira"])[-1]
    assert (last.actor, last.actor_name, last.wording) == (Actor.PARENT, "Parent Khan", "P1.1-parent")


def test_a_parent_cannot_reach_the_students_contact_details(
    app: Flask, engine: Engine, school: SmallSchool
) -> None:
    parent = hand(app, engine, school, "Chloe", audience=Audience.PARENT)
    parent.prove("31", "8")
    before = own_routes_of(engine, school.ids["Chloe"])
    assert parent.change("contact", personal_email="parent@example.org", mobile="")[0] == 404
    assert parent.change("start", start="sms")[0] == 404
    assert parent.change("choice", about="P4", P4="yes")[0] == 422
    assert own_routes_of(engine, school.ids["Chloe"]) == before


def test_the_student_sees_that_a_parent_said_no(parent_of_amira: Hand, amira: Hand) -> None:
    parent_of_amira.client.post(parent_of_amira.path, data={"take_back": "P1"})
    amira.prove("3", "10")
    page = amira.see()
    assert "You said yes on Tue 20 Jan 2026." in page
    assert "A parent or carer said no on Tue 20 Jan 2026, so we do not do it." in page


def test_a_parents_stop_leaves_the_student_reachable(app: Flask, engine: Engine, school: SmallSchool) -> None:
    parent = hand(app, engine, school, "Lena", audience=Audience.PARENT, carried_to="+447700900199")
    parent.client.post(parent.path, data={"stop": ["sms", "email"]})
    with look(engine) as session:
        assert stopped_addresses(session, ["+447700900199", "lena@pupils.example.org"]) == {"+447700900199"}


def test_a_link_of_one_school_changes_nothing_at_another(
    app: Flask, engine: Engine, school: SmallSchool, other_school: SmallSchool
) -> None:
    zara = hand(app, engine, other_school, "Zara")
    zara.client.post(zara.path, data={"take_back": "all", "stop": ["sms", "email"]})
    assert stands(engine, other_school.ids["Zara"])[P1] is Decision.WITHDRAWN
    with look(engine) as session:
        assert {event.school_id for event in consents_of(session, other_school.ids["Zara"])} == {
            other_school.id
        }
    assert stands(engine, school.ids["Amira"])[P1] is Decision.GRANTED


def test_every_page_keeps_nothing_and_refers_to_nobody(amira_inside: Hand) -> None:
    for page in ("", "/birthday", "/see"):
        headers = amira_inside.client.get(amira_inside.path + page).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "script-src" not in headers["Content-Security-Policy"]


def test_the_passport_says_nothing_about_people_to_the_log(
    amira_inside: Hand, caplog: pytest.LogCaptureFixture
) -> None:
    amira_inside.change("contact", personal_email="canary@example.org", mobile="07700 900178")
    amira_inside.prove("4", "10")
    for secret in ("canary", "900178", "Amira", amira_inside.path[4:]):
        assert secret not in caplog.text
