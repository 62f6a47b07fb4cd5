"""Every view names its door: who may come in, and the one transaction that it works in.

GET and HEAD get a transaction in which the database refuses to write; any other method gets one that is
committed unless an exception leaves the view.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, wraps
from typing import Any
from urllib.parse import quote

from flask import abort, redirect, request
from flask import session as cookie
from sqlmodel import Session

from surveybot.links import LinkPurpose, MalformedLink
from surveybot.records import database
from surveybot.records.round.invitations import Link
from surveybot.records.schools import School
from surveybot.records.staff import StaffMember, StaffPost, posts_of
from surveybot.rules.roster.people import StaffRole
from surveybot.web.forms import csrf
from surveybot.web.house import House, the_house
from surveybot.web.limits import refuse_after_many_failures
from surveybot.web.sessions import STAFF_HOURS

View = Callable[..., Any]
WHOLE_SCHOOL = frozenset({StaffRole.CAREERS_LEADER, StaffRole.ADVISER, StaffRole.ADMIN})
LEADERS = (StaffRole.CAREERS_LEADER, StaffRole.ADMIN)


@dataclass
class Visit:
    """Somebody came in: the house, the transaction, the time."""

    house: House
    transaction: "Transaction"
    now: datetime

    @property
    def session(self) -> Session:
        return self.transaction.session


@dataclass
class LinkVisit(Visit):
    """A person with a signed link; the row behind it is read when it is first asked for."""

    token: str
    link_id: int

    @cached_property
    def link(self) -> Link:
        row = self.session.get(Link, self.link_id)
        if row is None:
            raise MalformedLink("no such link")
        return row


@dataclass
class StaffVisit(Visit):
    """A member of staff at one school."""

    school: School
    staff: StaffMember
    posts: list[StaffPost]

    @property
    def roles(self) -> frozenset[StaffRole]:
        return frozenset(post.role for post in self.posts)

    @property
    def school_id(self) -> int:
        assert self.school.id is not None
        return self.school.id

    @property
    def tutor_groups(self) -> frozenset[str] | None:
        """The groups a tutor may see, or None for staff who see the whole school."""
        if self.roles & WHOLE_SCHOOL:
            return None
        return frozenset(post.tutor_group for post in self.posts if post.tutor_group)

    @property
    def leads(self) -> bool:
        return bool(self.roles & frozenset(LEADERS))


def _named(door: str, view: View, enter: View) -> View:
    wraps(view)(enter)
    enter.door = door  # type: ignore[attr-defined]
    return enter


class Transaction(ExitStack):
    """The one transaction of a visit. It begins when it is first asked for: many a page needs none."""

    def __init__(self, house: House) -> None:
        super().__init__()
        self.house = house

    @cached_property
    def session(self) -> Session:
        opened = database.reading if request.method in ("GET", "HEAD") else database.writing
        return self.enter_context(opened(self.house.engine))


def link(purpose: LinkPurpose) -> Callable[[View], View]:
    """A signed link of one purpose; no cookie. The view gets a LinkVisit in place of the token."""

    def decorate(view: View) -> View:
        def enter(token: str, **values: Any) -> Any:
            house = the_house()
            with refuse_after_many_failures(), Transaction(house) as transaction:
                link_id = house.signer.open(token, purpose)
                return view(LinkVisit(house, transaction, house.clock(), token, link_id), **values)

        return _named(f"link:{purpose.name.lower()}", view, enter)

    return decorate


def passport(view: View) -> View:
    """The passport after the birthday check: the link, and a short cookie that names the same link."""

    def enter(token: str, **values: Any) -> Any:
        house = the_house()
        now = house.clock()
        with refuse_after_many_failures():
            link_id = house.signer.open(token, LinkPurpose.PASSPORT)
        known = cookie.get("passport")
        if not known or known["link"] != link_id or known["until"] < now.timestamp():
            return redirect(f"/me/{token}/birthday")
        if request.method == "POST":
            csrf.protect()
        with Transaction(house) as transaction:
            return view(LinkVisit(house, transaction, now, token, link_id), **values)

    return _named("passport", view, enter)


def open_passport(visit: LinkVisit, until: datetime) -> None:
    """Set the short cookie after the birthday was proven."""
    cookie.clear()
    cookie["passport"] = {"link": visit.link_id, "until": until.timestamp()}


def staff(*roles: StaffRole, totp: bool = False) -> Callable[[View], View]:
    """A signed-in member of staff with one of the roles (none named: any), at the school of the session."""

    def decorate(view: View) -> View:
        def enter(**values: Any) -> Any:
            house = the_house()
            if request.method == "POST":
                csrf.protect()
            with Transaction(house) as transaction:
                visit = _staff_visit(house, transaction)
                if visit is None:
                    return _ask_to_sign_in()
                if roles and not visit.roles & frozenset(roles):
                    abort(403)
                if totp and not _proved_second_step(visit.now):
                    return redirect(f"/staff/two-step?next={quote(_this_page(), safe='')}")
                return view(visit, **values)

        return _named("staff:" + ("+".join(roles) or "any") + (":totp" if totp else ""), view, enter)

    return decorate


def _staff_visit(house: House, transaction: Transaction) -> StaffVisit | None:
    known = cookie.get("staff")
    now = house.clock()
    if not known or known["at"] + timedelta(hours=STAFF_HOURS).total_seconds() < now.timestamp():
        return None
    session = transaction.session
    member = session.get(StaffMember, known["id"])
    if member is None or member.session_generation != known["generation"]:
        return None
    posts = posts_of(session, known["id"])
    school_id = known.get("school") or (posts[0].school_id if posts else None)
    here = [post for post in posts if post.school_id == school_id]
    school = session.get(School, school_id) if here else None
    if school is None:
        return None
    return StaffVisit(house, transaction, now, school, member, here)


def _ask_to_sign_in() -> Any:
    if request.method not in ("GET", "HEAD"):
        abort(401)
    return redirect(f"/staff/sign-in?next={quote(_this_page(), safe='')}")


def _this_page() -> str:
    """The relative address to come back to; after a POST, the page that held the form."""
    return request.full_path.rstrip("?")


def _proved_second_step(now: datetime) -> bool:
    proved_at: float = cookie.get("totp_at", 0.0)
    return proved_at + timedelta(hours=STAFF_HOURS).total_seconds() >= now.timestamp()


def begin_staff_session(member: StaffMember, *, school_id: int | None, now: datetime) -> None:
    """A new session in place of whatever cookie came in, so that none can be planted beforehand."""
    cookie.clear()
    cookie["staff"] = {
        "id": member.id,
        "generation": member.session_generation,
        "school": school_id,
        "at": now.timestamp(),
    }


def choose_school(school_id: int) -> None:
    cookie["staff"] = {**cookie["staff"], "school": school_id}


def prove_second_step(now: datetime) -> None:
    cookie["totp_at"] = now.timestamp()


def hook(view: View) -> View:
    """A signed call of a provider: the view checks the signature before anything else."""
    return _with_visit("hook", view)


def open_to_all(view: View) -> View:
    """A page for anybody; it shows nothing about people."""
    return _with_visit("open", view)


def demo(view: View) -> View:
    """Only where SURVEYBOT_DEMO=1: elsewhere the page does not exist."""

    def guarded(visit: Visit, **values: Any) -> Any:
        if not visit.house.settings.demo:
            abort(404)
        return view(visit, **values)

    return _with_visit("demo", wraps(view)(guarded))


def _with_visit(door: str, view: View) -> View:
    def enter(**values: Any) -> Any:
        house = the_house()
        with Transaction(house) as transaction:
            return view(Visit(house, transaction, house.clock()), **values)

    return _named(door, view, enter)
