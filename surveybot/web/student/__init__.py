"""The pages behind a survey link: the questions, "this isn't me", and a new link for an old one.

No cookie and no script; a GET writes nothing, and no lone button does.
"""

from surveybot.web.student import new_link, not_me, survey
from surveybot.web.student.blueprint import blueprint

__all__ = ["blueprint", "new_link", "not_me", "survey"]
