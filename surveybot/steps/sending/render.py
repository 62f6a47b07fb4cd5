"""Write the text of a message: in the claim, and in a preview that needs no row."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from sqlmodel import Session

from surveybot.catalogue import Catalogue
from surveybot.config import Settings
from surveybot.language import gettext as _
from surveybot.language import ngettext
from surveybot.links import PATHS, LinkPurpose, LinkSigner, address
from surveybot.messages import COLOURS, Templates, load_templates, school_short
from surveybot.records.roster.students import Student
from surveybot.records.schools import School
from surveybot.rules.calendar.dates_in_words import london_date, say_on
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.roster.people import StudentState
from surveybot.rules.school_settings import SchoolSettings
from surveybot.rules.survey.questionnaire import Survey, in_language
from surveybot.rules.survey.questionnaire_check import AskedOf
from surveybot.rules.survey.wordings import ENGLISH
from surveybot.rules.texting.text_talk import first_keys
from surveybot.steps.round.open_round import RoundPlan
from surveybot.steps.sending.gather import numbers_shared
from surveybot.steps.sending.queue import PROOF

PRODUCT = "surveybot"
SAMPLE_NAME = "Sam"
SAMPLE_TOKEN = "SampleLinkThatOpensNoPage0000"  # noqa: S105  (as long as a real one, and opens nothing)
PAGE_OF = {
    "receipt": LinkPurpose.PASSPORT,
    "goodbye": LinkPurpose.PASSPORT,
    "sign-in": LinkPurpose.SIGN_IN,
    PROOF: LinkPurpose.PROVE,
}
"""Where `{link}` of a template leads; to the survey unless it stands here."""


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses that a message may hold."""

    survey: str = ""
    passport: str = ""
    stop: str = ""
    sign_in: str = ""
    prove: str = ""

    @classmethod
    def of_row(
        cls,
        signer: LinkSigner,
        public_url: str,
        link_id: int,
        *,
        staff: bool = False,
        proof: bool = False,
    ) -> "Links":
        """A question at an address that may be a stranger's holds no other link of the student's."""

        def made(purpose: LinkPurpose) -> str:
            return address(public_url, purpose, signer.sign(purpose, link_id))

        if staff:
            return cls(sign_in=made(LinkPurpose.SIGN_IN))
        if proof:
            return cls(prove=made(LinkPurpose.PROVE))
        return cls(made(LinkPurpose.SURVEY), made(LinkPurpose.PASSPORT), made(LinkPurpose.STOP))

    @classmethod
    def sample(cls, public_url: str) -> "Links":
        """Addresses of the right length that open nothing."""
        survey, passport, stop = (
            f"{public_url}{PATHS[purpose]}{SAMPLE_TOKEN}"
            for purpose in (LinkPurpose.SURVEY, LinkPurpose.PASSPORT, LinkPurpose.STOP)
        )
        return cls(survey, passport, stop)

    def main(self, template: str, *, has_survey: bool) -> str:
        purpose = PAGE_OF.get(template, LinkPurpose.SURVEY if has_survey else LinkPurpose.PASSPORT)
        return {
            LinkPurpose.SURVEY: self.survey,
            LinkPurpose.PASSPORT: self.passport,
            LinkPurpose.SIGN_IN: self.sign_in,
            LinkPurpose.PROVE: self.prove,
        }[purpose]


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Everything that the text of one message depends on."""

    template: str
    channel: Channel
    links: Links = field(default_factory=Links)
    school: School | None = None
    survey: Survey | None = None
    closes_at: datetime | None = None
    first_name: str = ""  # the student's
    reader_name: str = ""  # a parent's, or a member of staff's
    is_leaver: bool = False
    shares_number: bool = False
    receipt: str = ""
    words: str = ""  # what a person, or the bot, wrote as it stands
    home_link: str = ""  # an alert's address behind sign-in
    preview: "Preview | None" = None
    language: str = ENGLISH

    @property
    def templates(self) -> Templates:
        return load_templates(language=self.language)


@dataclass(frozen=True, slots=True)
class Composed:
    subject: str
    text: str
    html: str
    segments: int


@dataclass(frozen=True, slots=True)
class Preview:
    """How a round's first message will look, as a text and as an email."""

    sms: str
    segments: int
    subject: str
    text: str
    html: str
    inner_html: str = ""  # without the frame


@dataclass(frozen=True, slots=True)
class SampleRound:
    """A round that is not open, for a test message."""

    survey: str | Survey
    closes_at: datetime


def sample_round(survey: Survey, now: datetime) -> SampleRound:
    return SampleRound(survey, now + timedelta(days=survey.closes_after_days))


class RoundLike(Protocol):
    """A round, or the plan of one."""

    @property
    def survey(self) -> str | Survey: ...
    @property
    def closes_at(self) -> datetime: ...


def compose(occasion: Occasion, of_round: Mapping[str, str] | None = None) -> Composed:
    """The text of a message; KeyError or MissingValue where a template or a value is missing."""
    values = values_of(occasion, of_round)
    if occasion.channel is Channel.SMS:
        made = occasion.templates.text(occasion.template, values, naming=occasion.shares_number)
        return Composed("", made.body, "", made.length.segments)
    email = occasion.templates.email(occasion.template, values)
    return Composed(email.subject, email.text, email.html, 0)


def values_of(occasion: Occasion, of_round: Mapping[str, str] | None = None) -> dict[str, str]:
    """The value of each placeholder; one that this message does not have is left out.

    `of_round` is what `values_of_round` gave for another message of the same round.
    """
    links = occasion.links
    values = {
        **(values_of_round(occasion) if of_round is None else of_round),
        "greeting": _greeting(occasion),
        "link": links.main(occasion.template, has_survey=occasion.survey is not None),
        "stop_link": links.stop,
        "passport_link": links.passport,
    }
    if occasion.first_name and _may_be_named(occasion):
        values["first_name"] = occasion.first_name
    if occasion.receipt:
        values["receipt"] = occasion.receipt
    values |= {key: value for key in ("words", "home_link") if (value := getattr(occasion, key))}
    if occasion.preview:
        values |= {
            "preview_subject": occasion.preview.subject,
            "preview_text": occasion.preview.text,
            "preview_sms": occasion.preview.sms,
            "preview_html": occasion.preview.inner_html,
        }
    return values


def values_of_round(occasion: Occasion) -> dict[str, str]:
    """What all messages of one school and round have in common."""
    school, survey = occasion.school, occasion.survey
    settings = SchoolSettings.from_stored(school.settings) if school else None
    values = {
        "sender": school.name if school else PRODUCT,
        "colour": COLOURS[settings.colour if settings else "slate"],
    }
    if school and settings:
        values |= {"school": school.name, "school_short": school_short(school.name)}
        values |= _what_is_kept(settings)
    if survey:
        question = in_language(survey.question, occasion.language)
        values |= {"question": question, "headline": question[:1].upper() + question[1:]}
        if keys := first_keys(survey):
            values["keys"] = keys
    if occasion.closes_at:
        values["closes_on"] = say_on(london_date(occasion.closes_at))
    return values


def _what_is_kept(settings: SchoolSettings) -> dict[str, str]:
    """How long a school keeps what, as the goodbye says it."""

    def months(count: int) -> str:
        return ngettext("%d month", "%d months", count) % count

    return {
        "keep_routes": months(settings.retention_routes_months),
        "keep_answers": months(settings.retention_answers_months),
        "keep_consents": _("%d years") % settings.retention_consents_years,
    }


def render_preview(
    catalogue: Catalogue,
    school: School,
    round_like: RoundLike,
    student: Student | None = None,
    *,
    public_url: str = "https://surveys.example.org",
    template: str = "",
) -> Preview:
    """The message of a round for one student, or for a made-up one, with links that open nothing."""
    survey = round_like.survey
    if isinstance(survey, str):
        survey = catalogue.survey_at(survey, school.settings)
    occasion = Occasion(
        template=template or first_template(survey),
        channel=Channel.EMAIL,
        links=Links.sample(public_url),
        school=school,
        survey=survey,
        closes_at=round_like.closes_at,
        first_name=student.first_name if student else SAMPLE_NAME,
        is_leaver=student is not None and student.state is StudentState.LEFT,
    )
    templates, values = occasion.templates, values_of(occasion)
    sms, email = templates.text(occasion.template, values), templates.email(occasion.template, values)
    inner = templates.inner_html(occasion.template, values)
    return Preview(sms.body, sms.length.segments, email.subject, email.text, email.html, inner)


def segments_of_plan(session: Session, school: School, plan: RoundPlan, settings: Settings) -> int:
    """How many parts the texts of a plan take together, each as it will be written when it goes out."""
    by_text = [one for one in plan.invited if one.route.channel is Channel.SMS]
    shared = numbers_shared(session, [one.route.address for one in by_text])
    common = Occasion(
        template=first_template(plan.survey),
        channel=Channel.SMS,
        links=Links.sample(settings.public_url),
        school=school,
        survey=plan.survey,
        closes_at=plan.closes_at,
    )
    of_round = values_of_round(common)
    kinds = Counter((one.student.first_name, one.is_leaver, one.route.address in shared) for one in by_text)
    return sum(
        compose(replace(common, first_name=name, is_leaver=left, shares_number=shares), of_round).segments
        * count
        for (name, left, shares), count in kinds.items()
    )


def first_template(survey: Survey) -> str:
    return "parent-invitation" if survey.audience is AskedOf.PARENT else "invitation"


def _greeting(occasion: Occasion) -> str:
    if occasion.reader_name:
        return _("Hello %s,") % occasion.reader_name
    if occasion.first_name and not occasion.template.startswith("parent"):
        return _("Hi %s,") % occasion.first_name
    return _("Hello,")


def _may_be_named(occasion: Occasion) -> bool:
    """A leaver's text has no name, unless two people share the number."""
    by_text = occasion.channel is Channel.SMS
    return not (by_text and occasion.is_leaver) or occasion.shares_number
