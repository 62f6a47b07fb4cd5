"""The second step of staff: six digits of an authenticator app (TOTP, RFC 6238); a code is good once."""

from datetime import datetime, timedelta

import pyotp

STEP_SECONDS = 30
TRIES = 10
DELAY = timedelta(minutes=15)
"""After so many wrong codes in a row, none is taken for so long."""

_DRIFT = (0, -1, 1)  # a phone's clock may be half a minute off


def new_secret() -> str:
    return pyotp.random_base32()


def setup_address(secret: str, *, email: str, school: str) -> str:
    """The otpauth address that the QR picture holds."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=f"surveybot {school}"[:60])


def step_at(at: datetime) -> int:
    """The number of the half minute."""
    return int(at.timestamp()) // STEP_SECONDS


def time_of(step: int) -> datetime:
    """The moment a step begins, in UTC."""
    return datetime.fromisoformat("1970-01-01T00:00:00+00:00") + timedelta(seconds=step * STEP_SECONDS)


def matching_step(secret: str, code: str, at: datetime) -> int | None:
    """The step whose code this is, or None; spaces between the digits do no harm."""
    digits = "".join(code.split())
    if len(digits) != 6 or not digits.isascii() or not digits.isdecimal():
        return None
    totp = pyotp.TOTP(secret)
    now = step_at(at)
    return next((now + by for by in _DRIFT if _same(totp, now + by, digits)), None)


def _same(totp: pyotp.TOTP, step: int, digits: str) -> bool:
    return pyotp.utils.strings_equal(totp.generate_otp(step), digits)
