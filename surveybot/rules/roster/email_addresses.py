"""Email addresses: checked by syntax alone, and never looked up.

Look-alike letters are refused (CVE-2019-19844: one address that reads as another); a likely slip in a
well-known provider's name is a notice.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from surveybot.rules.plain_text import clean, scripts
from surveybot.rules.roster.cell_faults import CellFault

PLAIN_LOCAL = re.compile(r"(?=.{1,64}$)[A-Za-z0-9_%+'-]+(?:\.[A-Za-z0-9_%+'-]+)*")
NO_ADDRESS = frozenset(
    {"", "-", "--", "0", "n/a", "na", "none", "nil", "no", "unknown", "x", "not known", "null"}
)

PERSONAL_PROVIDERS = frozenset(
    (
        *("gmail.com", "googlemail.com", "hotmail.com", "hotmail.co.uk", "outlook.com", "live.co.uk"),
        *("live.com", "msn.com", "yahoo.com", "yahoo.co.uk", "ymail.com", "icloud.com", "me.com", "aol.com"),
        *("btinternet.com", "sky.com", "virginmedia.com", "talktalk.net", "ntlworld.com", "gmx.co.uk"),
        *("proton.me", "protonmail.com"),
    )
)
SLIPS = {
    "gmail": "gmail.com", "gmial": "gmail.com", "gmal": "gmail.com", "gamil": "gmail.com",
    "gmai": "gmail.com", "gnail": "gmail.com", "hotmail": "hotmail.com", "hotmial": "hotmail.com",
    "hotmai": "hotmail.com", "hotmal": "hotmail.com", "outlook": "outlook.com", "outlok": "outlook.com",
    "yahoo": "yahoo.com", "yaho": "yahoo.com", "yahooo": "yahoo.com", "icloud": "icloud.com",
    "iclod": "icloud.com", "icoud": "icloud.com",
}  # fmt: skip
SLIPPED_ENDINGS = frozenset({"con", "cm", "co", "cmo", "om", "comm", "vom", "xom", "co.k", "co.u", "couk"})


class EmailFault(CellFault):
    """A cell holds no address that could be written to."""


@dataclass(frozen=True, slots=True)
class EmailReading:
    """An address with a lower-case domain; `slip` is the domain that was probably meant, or empty."""

    address: str
    slip: str = ""

    @property
    def is_personal(self) -> bool:
        return self.address.rpartition("@")[2] in PERSONAL_PROVIDERS


def read_email(text: str, *, test_environment: bool = False) -> EmailReading | None:
    """Read a cell as an email address; None where it holds none."""
    written = clean(unicodedata.normalize("NFKC", text)).removeprefix("mailto:").strip("<>' ")
    if written.casefold() in NO_ADDRESS:
        return None
    if re.search(r"[;,/ ]", written) and written.count("@") > 1:
        raise EmailFault("is more than one email address", "Leave one address in the cell.")
    _refuse_look_alikes(written)
    try:
        address = _normalised(written, test_environment=test_environment)
    except EmailNotValidError as error:
        raise EmailFault(
            "is not an email address", "Write it like name@example.org, or empty the cell."
        ) from error
    return EmailReading(address, _likely_slip(address.rpartition("@")[2]))


def _normalised(written: str, *, test_environment: bool) -> str:
    local, at, domain = written.rpartition("@")
    if at and PLAIN_LOCAL.fullmatch(local):
        return f"{local}@{_normalised_domain(domain, test_environment=test_environment)}"
    return validate_email(
        written, check_deliverability=False, test_environment=test_environment, strict=True
    ).normalized


@lru_cache(maxsize=2000)
def _normalised_domain(domain: str, *, test_environment: bool) -> str:
    """Checked once, however many of a school's people write from there."""
    return validate_email(f"a@{domain}", check_deliverability=False, test_environment=test_environment).domain


def same_address(one: str, other: str) -> bool:
    """Say whether two addresses reach the same box, as far as anyone can tell (NFKC, no case)."""
    return fold_address(one) == fold_address(other)


def fold_address(address: str) -> str:
    return unicodedata.normalize("NFKC", address).casefold()


def _refuse_look_alikes(address: str) -> None:
    local, _, domain = address.rpartition("@")
    if not address.isascii() and any(len(scripts(part)) > 1 for part in (local, *domain.split("."))):
        raise EmailFault(
            "mixes letters of two alphabets, which look alike",
            "Type the address again by hand, in one alphabet.",
        )


def _likely_slip(domain: str) -> str:
    name, _, ending = domain.partition(".")
    meant = SLIPS.get(name, "")
    if not meant or domain in PERSONAL_PROVIDERS:
        return ""
    misspelt = not meant.startswith(name + ".")
    return meant if misspelt or ending in SLIPPED_ENDINGS else ""
