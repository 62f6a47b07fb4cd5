"""surveybot round links: the same links as a list, a file for a spreadsheet, and slips to hand out."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from click.testing import CliRunner, Result
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.cli import main
from surveybot.commands import entrance
from surveybot.records import database
from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import Link
from tests.conftest import NOW, TEST_KEY, SmallSchool
from tests.web.staff_room import a_round

Run = Callable[..., Result]


@pytest.fixture
def run(migrated_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DATABASE_URL", migrated_url)
    monkeypatch.setenv("SECRET_KEYS", f"1:{TEST_KEY}")
    monkeypatch.setenv("PUBLIC_URL", "https://school.example.org")
    monkeypatch.setattr(entrance.Entrance, "now", lambda self: NOW)
    return lambda *words: CliRunner().invoke(main, ["round", "links", *words])


def test_slips_list_and_file_hold_the_same_links_and_nobody_who_died(
    run: Run, school: SmallSchool, engine: Engine, tmp_path: Path
) -> None:
    code = a_round(engine, school, "results-day")
    sheet, slips = tmp_path / "links.csv", tmp_path / "slips.pdf"
    done = run(code, "--csv", str(sheet), "--pdf", str(slips))
    assert done.exit_code == 0, done.output
    rows = list(csv.DictReader(io.StringIO(sheet.read_text("utf-8-sig"))))
    listed = [line.split()[-1] for line in run(code).output.splitlines()]
    assert [row["link"] for row in rows] == listed
    assert len(set(listed)) == 11  # Kit died
    document = pypdfium2.PdfDocument(slips.read_bytes())
    pictures = [page.render(scale=150 / 72).to_pil() for page in document]
    assert {one.text for picture in pictures for one in zxingcpp.read_barcodes(picture)} == set(listed)
    assert "Ewa Wiśniewska" in document[0].get_textpage().get_text_range()


def test_a_name_that_a_spreadsheet_would_run_is_made_harmless(
    run: Run, school: SmallSchool, engine: Engine, tmp_path: Path
) -> None:
    with database.writing(engine) as session:
        student = session.get_one(Student, school.ids["Amira"])
        student.forename, student.tutor_group = "=1+1", "@11A"
    target = tmp_path / "links.csv"
    assert run(a_round(engine, school), "--csv", str(target)).exit_code == 0
    text = target.read_text("utf-8-sig")
    assert text.splitlines()[0] == '"student","first_name","surname","tutor_group","link"'
    assert '"\'=1+1","Khan","\'@11A"' in text


def test_a_name_in_a_script_that_the_fonts_lack_is_said(
    run: Run, school: SmallSchool, engine: Engine, tmp_path: Path
) -> None:
    with database.writing(engine) as session:
        session.get_one(Student, school.ids["Amira"]).forename = "小明"
    done = run(a_round(engine, school), "--pdf", str(tmp_path / "slips.pdf"))
    assert f"The names of {school.codes['Amira']} hold letters" in done.output
    assert run("R-000000").exit_code == 1


def test_where_a_file_cannot_be_written_no_link_is_made_and_none_is_half_written(
    run: Run, school: SmallSchool, engine: Engine, tmp_path: Path
) -> None:
    code, sheet = a_round(engine, school, "results-day"), tmp_path / "links.csv"
    for place in (tmp_path / "nowhere" / "slips.pdf", Path("/dev/null")):
        refused = run(code, "--csv", str(sheet), "--pdf", str(place))
        assert refused.exit_code == 1, refused.output
        assert "cannot be written" in refused.output or "not a plain file" in refused.output
    assert list(tmp_path.glob("*links*")) == []
    with database.reading(engine) as session:
        assert session.exec(select(Link)).first() is None
