"""The product as one contender: its own database, its real links, and the page that all of them send."""

import re
import urllib.request
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import func, select
from sqlalchemy.engine import Engine
from sqlmodel import SQLModel

from surveybot.links import LinkPurpose, LinkSigner
from tests.bench.compare import Contender
from tests.bench.load import Form
from tests.bench.servers import serving

KEYS = "1:bench-key-of-32-letters-or-more!"
APPLICATION = "surveybot.web.app:create_app()"

ANSWER = {
    "options-1-kind": "further_education_college",
    "options-1-provider": "Abingdon and Witney College",
    "options-1-course": "T Level Health",
    "options-1-status": "applied",
    "options-2-kind": "apprenticeship",
    "sure": "quite",
    "help": "none",
    "P1": "yes",
    "P2": "no",
}


def environ_of(url: str, folder: Path, port: int) -> dict[str, str]:
    return {
        "DATABASE_URL": url,
        "SECRET_KEYS": KEYS,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SURVEYBOT_OUTBOUND": "deny",
        "SURVEYBOT_INSTANCE": "bench",
        "BENCH_DATABASE": url,
        "BENCH_PAGE": str(folder / "page.html"),
        "BENCH_THANKS": str(folder / "thanks.html"),
    }


def answer_form() -> Form:
    """Everybody gives the same kind of answer, with a course of their own, so that each is a new row."""

    def rest(number: int) -> bytes:
        return urlencode({**ANSWER, "options-1-course": f"T Level Health {number}"}).encode()

    return Form("page", rest)


def survey_paths(link_ids: list[int]) -> list[str]:
    signer = LinkSigner([(1, KEYS.removeprefix("1:"))])
    return [f"/r/{signer.sign(LinkPurpose.SURVEY, link_id)}" for link_id in link_ids]


def count_answers(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(
            connection.execute(
                select(func.count()).select_from(SQLModel.metadata.tables["answer"])
            ).scalar_one()
        )


def the_product(engine: Engine, link_ids: list[int]) -> Contender:
    return Contender(
        "surveybot", APPLICATION, survey_paths(link_ids), answer_form(), lambda: count_answers(engine)
    )


def take_pages(path: str, *, environ: dict[str, str], folder: Path, port: int) -> tuple[int, int]:
    """Save the product's page and thanks page for the references; the bytes of each."""
    form, token = answer_form(), path.rsplit("/", 1)[1]
    with serving(APPLICATION, port=port, environ=environ, log=folder / "server.log"):
        page = _fetch(f"http://127.0.0.1:{port}{path}")
        number = form.page_number(page.encode())
        body = b"page=%s&%s" % (number, form.rest(0))
        thanks = _fetch(f"http://127.0.0.1:{port}{path}", body)
    open_page = page.replace(token, "@TOKEN@").replace(number.decode(), "@PAGE@")
    open_page = re.sub(r'(<p class="hello">Hello )[^<]+', r"\1@NAME@", open_page)
    (folder / "page.html").write_text(open_page, "utf-8")
    (folder / "thanks.html").write_text(thanks, "utf-8")
    return len(page.encode()), len(thanks.encode())


def _fetch(url: str, body: bytes | None = None) -> str:
    with urllib.request.urlopen(url, body, timeout=30) as answer:
        text: str = answer.read().decode()
        return text
