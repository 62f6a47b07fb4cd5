"""The pages behind a survey link: the questions, what was said last, "this isn't me", and a new link.

No cookie and no script; a GET writes nothing, and no lone button does.
"""

from surveybot.web.student import last_said, new_link, not_me, survey
from surveybot.web.student.blueprint import blueprint

__all__ = ["blueprint", "last_said", "new_link", "not_me", "survey"]
