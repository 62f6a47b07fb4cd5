"""The table of the plan in the README says what the data says."""

from pathlib import Path

from surveybot.catalogue import load_catalogue
from surveybot.rules.plan.check_in_plan import CheckIn

README = Path(__file__).parent.parent / "README.md"
HEAD = "| survey | year group | when | destination year | asks consent | first | reminders | closes |"


def row(one: CheckIn) -> str:
    days = f" {one.days:+d} days" if one.days else ""
    before = " of Year 12" if one.years_before else ""
    when = f"{one.start}{days}{before}, {one.at:%H:%M}"
    year = (
        "last"
        if one.at_the_end
        else "after the last, to 25"
        if one.beyond_the_end
        else f"{one.destination_year}" + (", if unknown" if one.only_if_unknown else "")
    )
    cells = (
        f"`{one.survey}`",
        " and ".join(map(str, one.year_groups)) + (", left early" if one.path == "early" else ""),
        when,
        year,
        ", ".join(one.purposes) or "-",
        "text" if one.first_channel == "sms" else "email",
        ", ".join(f"+{day}" for day in one.reminders) or "-",
        f"+{one.closes_after_days}",
    )
    return f"| {' | '.join(cells)} |"


def table() -> str:
    return "\n".join([HEAD, "|---" * 8 + "|", *map(row, load_catalogue().check_ins.check_ins)])


def test_the_readme_shows_the_plan_as_it_is() -> None:
    assert table() in README.read_text(), f"put this into the README:\n{table()}"
