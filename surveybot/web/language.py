"""Fixed strings go through gettext from the first day; English is complete, others follow."""

import gettext as gettext_files

from flask import Flask

from surveybot.config import ROOT

TRANSLATIONS = gettext_files.translation("surveybot", ROOT / "translations", languages=["en"], fallback=True)


def gettext(message: str) -> str:
    return TRANSLATIONS.gettext(message)


def install(app: Flask) -> None:
    """Give templates `_()` and `{% trans %}`."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_translations(TRANSLATIONS, newstyle=True)  # type: ignore[attr-defined]
