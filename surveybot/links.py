"""Sign and open links: one purpose and one key version each, 29 characters of base62.

A token is a head byte (key version, purpose), the number of a link row (4 bytes) and a 128-bit tag,
written as one number in base 62 of fixed width: one token has exactly one spelling. The token says who;
the row says whether.
"""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

from itsdangerous.signer import Signer, SigningAlgorithm

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PAIRS = [first + second for first in BASE62 for second in BASE62]
_DIGIT = {letter: value for value, letter in enumerate(BASE62)}
_BODY_BYTES, _TAG_BYTES, _TOKEN_LENGTH = 5, 16, 29
_PAGE_BYTES, _PAGE_TAG_BYTES, _PAGE_LENGTH = 6, 8, 19


class LinkPurpose(IntEnum):
    SURVEY = 1
    PASSPORT = 2
    STOP = 3
    SIGN_IN = 4
    PROVE = 5  # "is this address yours?"


PATHS = {
    LinkPurpose.SURVEY: "/r/",
    LinkPurpose.PASSPORT: "/me/",
    LinkPurpose.STOP: "/stop/",
    LinkPurpose.SIGN_IN: "/staff/sign-in/",
    LinkPurpose.PROVE: "/mine/",
}


class LinkError(Exception):
    """A token that opens nothing."""


class MalformedLink(LinkError):
    """The text is not a token: too short, cut off, or with a strange character."""


class WrongPurpose(LinkError):
    """A real-looking token for another kind of page."""

    def __init__(self, wanted: LinkPurpose) -> None:
        super().__init__(f"not a {wanted.name.lower()} link")
        self.wanted = wanted


class RetiredKey(LinkError):
    """The token was signed with a key version that is no longer in SECRET_KEYS."""

    def __init__(self, version: int) -> None:
        super().__init__(f"key version {version} is retired")
        self.version = version


class ForgedLink(LinkError):
    """The tag does not fit: mistyped, or made up."""


class _Truncated(SigningAlgorithm):
    """HMAC-SHA256, cut to `size` bytes."""

    def __init__(self, size: int) -> None:
        self.size = size

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.digest(key, value, sha256)[: self.size]


@dataclass(frozen=True, slots=True)
class _Stamp:
    """One derived key, kept: a page signs and checks several times."""

    algorithm: _Truncated
    key: bytes

    def tag(self, value: bytes) -> bytes:
        return self.algorithm.get_signature(self.key, value)


class LinkSigner:
    """Signs with the newest key and opens what any key still in SECRET_KEYS has signed."""

    def __init__(self, keys: Sequence[tuple[int, str]]) -> None:
        self.newest = keys[0][0]
        self._stamps = {
            (version, purpose): _stamp(secret, purpose.name.lower(), _TAG_BYTES)
            for version, secret in keys
            for purpose in LinkPurpose
        }
        self._bounces = [_stamp(secret, "bounce", _PAGE_TAG_BYTES) for _, secret in keys]
        self._pages = [_stamp(secret, "page", _PAGE_TAG_BYTES) for _, secret in keys]

    def sign(self, purpose: LinkPurpose, link_id: int) -> str:
        body = bytes([self.newest << 4 | purpose]) + link_id.to_bytes(4, "big")
        tag = self._stamps[self.newest, purpose].tag(body)
        return _to_base62(body + tag, _TOKEN_LENGTH)

    def open(self, token: str, purpose: LinkPurpose) -> int:
        """The number of the link row, or a LinkError that says what is wrong with the token."""
        raw = _from_base62(token, _TOKEN_LENGTH, _BODY_BYTES + _TAG_BYTES)
        body, tag = raw[:_BODY_BYTES], raw[_BODY_BYTES:]
        version, said = body[0] >> 4, body[0] & 15
        if said != purpose:
            raise WrongPurpose(purpose)
        stamp = self._stamps.get((version, purpose))
        if stamp is None:
            raise RetiredKey(version)
        if not hmac.compare_digest(stamp.tag(body), tag):
            raise ForgedLink("the tag does not fit")
        return int.from_bytes(body[1:], "big")

    def new_page(self, link_id: int) -> str:
        """A signed number for one showing of a form: the same page sent twice counts once."""
        number = secrets.token_bytes(_PAGE_BYTES)
        return _to_base62(number + self._pages[0].tag(number + link_id.to_bytes(4, "big")), _PAGE_LENGTH)

    def read_page(self, link_id: int, text: str) -> str:
        """The page number (12 hexadecimal digits) that was shown to this link, or a LinkError."""
        raw = _from_base62(text, _PAGE_LENGTH, _PAGE_BYTES + _PAGE_TAG_BYTES)
        number, tag = raw[:_PAGE_BYTES], raw[_PAGE_BYTES:]
        signed = number + link_id.to_bytes(4, "big")
        if not any(hmac.compare_digest(stamp.tag(signed), tag) for stamp in self._pages):
            raise ForgedLink("the page number does not fit")
        return number.hex()

    def bounce_tag(self, delivery_id: int) -> str:
        """What stands in the envelope sender of an email, so that a bounce names its delivery: 1a-0123456789.

        Lower case, since mail servers may fold it; the MAC keeps others from bouncing what we sent.
        """
        return f"{delivery_id:x}-{_bounce_mac(self._bounces[0], delivery_id)}"

    def read_bounce_tag(self, tag: str) -> int:
        """The delivery's number, or a LinkError for a tag that we did not make."""
        number, _, mac = tag.lower().partition("-")
        try:
            delivery_id = int(number, 16)
        except ValueError:
            raise MalformedLink("not a bounce tag") from None
        if delivery_id < 0 or delivery_id >= 1 << 32:
            raise MalformedLink("no delivery has this number")
        if not any(hmac.compare_digest(_bounce_mac(one, delivery_id), mac) for one in self._bounces):
            raise ForgedLink("the bounce tag does not fit")
        return delivery_id


def address(public_url: str, purpose: LinkPurpose, token: str) -> str:
    """The whole address of a link; it never comes from a request's Host header."""
    return f"{public_url}{PATHS[purpose]}{token}"


def _stamp(secret: str, salt: str, size: int) -> _Stamp:
    algorithm = _Truncated(size)
    signer = Signer(secret, salt=f"surveybot.{salt}", key_derivation="hmac", algorithm=algorithm)
    return _Stamp(algorithm, signer.derive_key())


def _bounce_mac(stamp: _Stamp, delivery_id: int) -> str:
    return stamp.tag(delivery_id.to_bytes(4, "big"))[:5].hex()


def _to_base62(raw: bytes, length: int) -> str:
    """Five digits at a time: a long number is divided as seldom as can be."""
    number = int.from_bytes(raw, "big")
    text = ""
    while len(text) < length:
        number, five = divmod(number, 62**5)
        three, two = divmod(five, 62**2)
        text = f"{BASE62[three // 3844]}{_PAIRS[three % 3844]}{_PAIRS[two]}{text}"
    return text[-length:]


def _from_base62(text: str, length: int, size: int) -> bytes:
    if len(text) != length:
        raise MalformedLink("the link is too short or too long")
    number = 0
    for letter in text:
        if letter not in _DIGIT:
            raise MalformedLink("the link holds a character that no link has")
        number = number * 62 + _DIGIT[letter]
    try:
        return number.to_bytes(size, "big")
    except OverflowError:
        raise MalformedLink("no link has this number") from None
