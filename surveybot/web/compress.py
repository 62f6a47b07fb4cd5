"""Pages go out compressed: a phone on a bad signal gets a fifth of the bytes.

A response that was built from parts keeps the compressed form of its long parts (the questions of a survey
are the same for a whole school), so that a page costs the compression of its few own words only.
"""

from collections.abc import Sequence
from functools import lru_cache
from struct import pack
from zlib import DEFLATED, Z_FULL_FLUSH, compressobj, crc32

from flask import Response, request

LEAST_BYTES = 1024
LARGE_FILE = 200_000
KEPT_BYTES = 2048  # a part of this length, in a response of several parts, is compressed once
_TEXT = ("text/", "application/json", "image/svg")
_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03"  # RFC 1952: deflate, no time, Unix
_END = b"\x03\x00"  # an empty last block (RFC 1951)


def compress(response: Response) -> Response:
    """Compress a text for a client that takes gzip; for `after_request`."""
    if not _worth_it(response):
        return response
    response.vary.add("Accept-Encoding")
    if request.accept_encodings.quality("gzip") <= 0:
        return response
    source = response.response
    parts = [_bytes(part) for part in response.iter_encoded()]
    if hasattr(source, "close"):
        source.close()  # a file has been read whole
    if sum(map(len, parts)) >= LEAST_BYTES:
        response.set_data(gzip_of(parts))
        response.headers["Content-Encoding"] = "gzip"
    return response


def gzip_of(parts: Sequence[bytes]) -> bytes:
    """One gzip member of all the parts in turn."""
    check, size, blocks = 0, 0, [_HEAD]
    for part in parts:
        check, size = crc32(part, check), size + len(part)
        keep = len(parts) > 1 and len(part) >= KEPT_BYTES
        blocks.append(_kept_block(part) if keep else _block(part, 6))
    return b"".join([*blocks, _END, pack("<II", check, size & 0xFFFFFFFF)])


def _worth_it(response: Response) -> bool:
    if "Content-Encoding" in response.headers or response.status_code == 206:
        return False
    if response.direct_passthrough and (response.content_length or LARGE_FILE) < LARGE_FILE:
        response.direct_passthrough = False  # a style sheet: small, and read whole
    elif response.is_streamed:
        return False
    return response.status_code not in (204, 304) and (response.mimetype or "").startswith(_TEXT)


def _bytes(part: bytes | str) -> bytes:
    return part.encode() if isinstance(part, str) else part


@lru_cache(maxsize=512)
def _kept_block(part: bytes) -> bytes:
    return _block(part, 9)


def _block(part: bytes, level: int) -> bytes:
    """Deflated and flushed to a whole byte, so that the next part can follow."""
    deflate = compressobj(level, DEFLATED, -15)
    return deflate.compress(part) + deflate.flush(Z_FULL_FLUSH)
