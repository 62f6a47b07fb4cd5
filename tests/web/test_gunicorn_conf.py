"""The web process's own logs hold no link."""

import logging
import sys

import pytest

from surveybot.web.gunicorn_conf import WithoutLinks, without_links


@pytest.mark.parametrize("path", ["/r/", "/me/", "/stop/", "/staff/sign-in/"])
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
