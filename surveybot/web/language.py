"""The same `_()` in views and in templates."""

from flask import Flask

from surveybot.language import TRANSLATIONS, gettext

__all__ = ["gettext", "install"]


def install(app: Flask) -> None:
    """Give templates `_()` and `{% trans %}`."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_translations(TRANSLATIONS, newstyle=True)  # type: ignore[attr-defined]
