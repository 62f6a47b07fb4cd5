"""surveybot staff ...: add a member of staff, print a sign-in link, reset a lost phone."""

import click
from sqlmodel import Session

from surveybot.commands.entrance import enter, json_option, refuse, say, school_option, the_name, the_school
from surveybot.links import LinkPurpose, address
from surveybot.records.audit import note_deed
from surveybot.records.staff import StaffMember, find_staff, posts_of
from surveybot.rules.calendar.dates_in_words import say_at
from surveybot.rules.roster.email_addresses import EmailFault, read_email
from surveybot.rules.roster.people import StaffRole
from surveybot.steps.staff.second_step import forget_second_step
from surveybot.steps.staff.sign_in import new_sign_in_link
from surveybot.steps.staff.staff_posts import add_post


@click.group()
def command() -> None:
    """Staff of a school: who they are and how they come in."""


@command.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", required=True, type=click.Choice([role.value for role in StaffRole]))
@click.option("--tutor-group", default="", help="The group of a tutor: 11B.")
@school_option
@json_option
def add(email: str, name: str, role: str, tutor_group: str, urn: str, as_json: bool) -> None:
    """Add EMAIL to a school, or give them one more role there."""
    name = the_name(name, "the member of staff")
    if role == StaffRole.TUTOR and not tutor_group.strip():
        refuse("A tutor needs a group: add --tutor-group 11B.")
    if role == StaffRole.TUTOR:
        tutor_group = the_name(tutor_group, "the tutor group", most=20)
    entrance = enter()
    with entrance.writing() as session:
        school = the_school(session, urn)
        assert school.id is not None
        staff = add_post(
            session,
            email=_checked(email),
            name=name,
            school_id=school.id,
            role=StaffRole(role),
            tutor_group=tutor_group if role == StaffRole.TUTOR else "",
            now=entrance.now(),
        )
        note_deed(
            session,
            "staff_added",
            at=entrance.now(),
            school_id=school.id,
            subject=str(staff.id),
            details={"role": role},
        )
        answer = {"email": staff.email, "name": staff.name, "role": role, "tutor_group": tutor_group}
    say(
        answer,
        as_json=as_json,
        in_words=lambda: f"{staff.name} can sign in now. A link: surveybot staff sign-in-link {staff.email}",
    )


@command.command("sign-in-link")
@click.argument("email")
@json_option
def sign_in_link(email: str, as_json: bool) -> None:
    """Print a link that signs EMAIL in: once, within 15 minutes, and it asks for the address again."""
    entrance = enter()
    with entrance.writing() as session:
        staff = _the_staff(session, email)
        link = new_sign_in_link(session, staff, now=entrance.now())
        assert link.id is not None
        assert link.expires_at is not None
        until = say_at(link.expires_at)
        token = entrance.signer.sign(LinkPurpose.SIGN_IN, link.id)
        answer = {
            "email": staff.email,
            "link": address(entrance.settings.public_url, LinkPurpose.SIGN_IN, token),
            "expires_at": link.expires_at,
        }
    say(
        answer,
        as_json=as_json,
        in_words=lambda: f"{answer['link']}\nFor {staff.email}, once, until {until}.",
    )


@command.command("new-phone")
@click.argument("email")
@json_option
def new_phone(email: str, as_json: bool) -> None:
    """Forget the second step of EMAIL, whose phone is lost; every session of theirs ends."""
    entrance = enter()
    with entrance.writing() as session:
        staff = _the_staff(session, email)
        forget_second_step(staff)
        note_deed(session, "second_step_reset", at=entrance.now(), subject=str(staff.id))
        answer = {"email": staff.email, "name": staff.name}
    say(
        answer,
        as_json=as_json,
        in_words=lambda: f"{answer['name']} sets up a phone again before the next export.",
    )


def _the_staff(session: Session, email: str) -> StaffMember:
    staff = find_staff(session, email)
    if staff is None or staff.id is None or not posts_of(session, staff.id):
        refuse(f"There is no member of staff {email}. Add them: surveybot staff add {email} --name ...")
    return staff


def _checked(email: str) -> str:
    try:
        read = read_email(email)
    except EmailFault:
        read = None
    if read is None:
        refuse(f"{email!r} is not an email address.")
    return read.address
