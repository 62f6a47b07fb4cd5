"""The form in which a person says what the columns of a roster are: one choice per heading."""

from typing import Any

from wtforms import SelectChoice, SelectField

from surveybot.rules.roster_file.changes import RosterReading
from surveybot.rules.roster_file.fields import RosterField
from surveybot.web.forms import StaffForm
from surveybot.web.language import gettext as _


class ColumnsForm(StaffForm):
    """Filled by `columns_form` with a field per column of the file: column-0, column-1 ..."""

    headings: tuple[str, ...] = ()

    @property
    def columns(self) -> list[Any]:
        return [self[f"column-{place}"] for place in range(len(self.headings))]

    def mapping(self) -> dict[str, str]:
        """The user's heading -> the word of a field, or "" for a column that is left out."""
        return {heading: field.data for heading, field in zip(self.headings, self.columns, strict=True)}

    def validate(self, extra_validators: Any = None) -> bool:
        """One column per field: the second that claims the same is told so."""
        good = super().validate(extra_validators)
        taken: dict[str, str] = {}
        for heading, field in zip(self.headings, self.columns, strict=True):
            if field.data and field.data in taken:
                field.errors = [
                    _("“%(one)s” and “%(other)s” cannot both be the same: change one of them")
                    % {"one": taken[field.data], "other": heading}
                ]
                good = False
            taken.setdefault(field.data, heading)
        return bool(good)


def columns_form(reading: RosterReading, *, posted: bool) -> ColumnsForm:
    """The form for one file, set to what is known of each column."""
    choices = [
        SelectChoice("", _("Leave this column out")),
        *[SelectChoice(field.value, field.label) for field in RosterField],
    ]
    fields = {
        f"column-{place}": SelectField(
            heading, choices=choices, default=reading.columns.get(heading, ""), validate_choice=True
        )
        for place, heading in enumerate(reading.headings)
    }
    made = type("FileColumnsForm", (ColumnsForm,), {**fields, "headings": reading.headings})
    form: ColumnsForm = made() if posted else made(formdata=None)
    return form
