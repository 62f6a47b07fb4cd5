"""Compressed pages: the same text, whatever it was put together from."""

import gzip

import pytest
from flask import Flask, Response

from surveybot.web.compress import LEAST_BYTES, compress, gzip_of

GZIP = {"Accept-Encoding": "gzip"}


@pytest.mark.parametrize(
    "parts",
    [[b""], [b"short"], [b"head", b"questions " * 900, b"tail"], [b"a" * 5000] * 3, [b"", b"x" * 2048, b""]],
)
def test_parts_become_one_text_again(parts: list[bytes]) -> None:
    for _ in range(2):  # the second time, long parts are kept ones
        assert gzip.decompress(gzip_of(parts)) == b"".join(parts)


@pytest.mark.parametrize(
    ("size", "mimetype", "headers", "packed"),
    [
        (LEAST_BYTES, "text/html", GZIP, True),
        (LEAST_BYTES, "text/html", {}, False),
        (LEAST_BYTES, "text/html", {"Accept-Encoding": "gzip;q=0"}, False),
        (LEAST_BYTES - 1, "text/html", GZIP, False),
        (LEAST_BYTES, "application/zip", GZIP, False),
    ],
)
def test_only_a_long_text_is_compressed_and_only_where_it_is_taken(
    size: int, mimetype: str, headers: dict[str, str], packed: bool
) -> None:
    with Flask("a").test_request_context(headers=headers):
        response = compress(Response(b"x" * size, mimetype=mimetype))
    assert (response.headers.get("Content-Encoding") == "gzip") is packed
    assert ("Accept-Encoding" in response.vary) is (mimetype == "text/html")
    assert response.content_length == len(response.data)
