"""Where a person goes after signing in: only to a staff page of this site, never to another."""

import re

_STAFF_PAGE = re.compile(r"/staff(?:/[A-Za-z0-9_\-./]*)?(?:\?[A-Za-z0-9_\-.=&%+]*)?")
HOME = "/staff/"


def safe_next(text: str | None) -> str:
    """The page to come back to, or the home page where the text is anything but a staff address."""
    wanted = text or ""
    if not _STAFF_PAGE.fullmatch(wanted) or "//" in wanted or "/sign-" in wanted:
        return HOME
    return wanted
