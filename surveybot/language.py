"""Fixed strings go through gettext from the first day; English is complete, others follow."""

import gettext as gettext_files

from surveybot.config import ROOT

TRANSLATIONS = gettext_files.translation("surveybot", ROOT / "translations", languages=["en"], fallback=True)


def gettext(message: str) -> str:
    return TRANSLATIONS.gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    return TRANSLATIONS.ngettext(one, many, count)
