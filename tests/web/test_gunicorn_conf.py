"""The web process's own logs hold no link."""

import logging
import sys
from datetime import timedelta
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from flask import Flask
from gunicorn.config import Config  # type: ignore[import-untyped]

from surveybot.links import PATHS, LinkPurpose, LinkSigner
from surveybot.web.gunicorn_conf import QuietLogger, WithoutLinks, without_links
from tests.conftest import TEST_KEY, the_building

TOKENS = {purpose: LinkSigner([(1, TEST_KEY)]).sign(purpose, 7) for purpose in LinkPurpose}


@pytest.mark.parametrize("path", PATHS.values())
def test_no_token_reaches_a_log(path: str) -> None:
    said = without_links(f"GET {path}0A0xa400pNWpRYnSN3E6XgpbY6cB9/see?x=1 200")
    assert "0A0xa" not in said
    assert said == f"GET {path}... 200"


def test_other_addresses_are_logged_as_they_are() -> None:
    assert without_links("GET /staff/rounds/R-2R40AS 200") == "GET /staff/rounds/R-2R40AS 200"


def test_a_traceback_is_searched_too() -> None:
    try:
        raise ValueError("cannot open /r/0A0xa400pNWpRYnSN3E6XgpbY6cB9")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "failed: %s", ("/me/0B0xa4",), sys.exc_info())
    said = WithoutLinks("%(message)s").format(record)
    assert "0A0xa" not in said
    assert "0B0xa" not in said
    assert "ValueError" in said


def addresses_with(app: Flask, token: str) -> list[str]:
    """Every address that takes a link, and what people and programs make of one."""
    rules = [rule.rule for rule in app.url_map.iter_rules() if "<token>" in rule.rule]
    assert len(rules) > 20
    queries = [f"/staff/sign-in?next=/me/{token}", f"/health?from={quote(f'/r/{token}', safe='')}"]
    mistyped = [
        f"/{token}",
        f"/R/{token}",
        f"//me//{token}",
        f"/r.{token}",
        f"/mine%2F{token}%0A",
        f"/r/{token}/x/{token}",
    ]
    return [rule.replace("<token>", token) for rule in rules] + queries + mistyped


@pytest.mark.parametrize("purpose", LinkPurpose)
def test_no_address_brings_its_link_into_the_access_log_or_the_error_log(
    purpose: LinkPurpose, capfd: pytest.CaptureFixture[str]
) -> None:
    token = TOKENS[purpose]
    config = Config()
    config.set("accesslog", "-")
    logger = QuietLogger(config)
    for address in addresses_with(the_building(), token):
        path, _, query = address.partition("?")
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "RAW_URI": address}
        environ |= {"HTTP_REFERER": f"https://school.example.org{address}", "HTTP_USER_AGENT": token}
        answer = SimpleNamespace(status="404 NOT FOUND", sent=12)
        logger.access(answer, SimpleNamespace(uri=address), environ, timedelta(milliseconds=3))
        try:
            raise ValueError(f"no page for {address}")
        except ValueError:
            logger.exception("Error handling request %s", address)
    written = "".join(capfd.readouterr())
    assert written.count("404") > 20
    assert written.count("Error handling request") > 20
    assert token not in written
    assert token[2:18] not in written
