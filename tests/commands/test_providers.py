"""surveybot providers import: a GIAS extract, as an administrator takes it in."""

import json
from pathlib import Path

from sqlalchemy.engine import Engine

from surveybot.records import database
from surveybot.records.destination.providers import all_providers
from tests.commands.conftest import Run
from tests.records.destination.test_providers import GIAS_ROW, write_extract


def names(engine: Engine) -> list[str]:
    with database.reading(engine) as session:
        return [provider.name for provider in all_providers(session)]


def test_an_extract_is_taken_and_twice_it_changes_nothing(run: Run, engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "edubasealldata20260101.csv"
    write_extract(file, [GIAS_ROW, {**GIAS_ROW, "URN": "130009", "EstablishmentStatus (code)": "2"}])
    first = json.loads(run("providers", "import", str(file), "--json").stdout)
    assert (first["added"], first["passed_over"]) == (1, 1)
    assert "0 added, 0 changed, 0 closed, 1 unchanged" in run("providers", "import", str(file)).stdout
    assert names(engine) == ["Café Riverbank College"]


def test_what_is_no_extract_is_refused_and_nothing_is_taken(run: Run, engine: Engine, tmp_path: Path) -> None:
    wrong = tmp_path / "shopping.csv"
    for content in (b"", b"milk,eggs\n1,2\n", b"\x00\xff\xfe\x89PNG", b"PK\x03\x04 a workbook"):
        wrong.write_bytes(content)
        refused = run("providers", "import", str(wrong), "--json")
        assert (refused.exit_code, refused.stdout) == (1, ""), (content, refused.output, refused.exception)
        assert "Get Information About Schools" in refused.stderr
    assert run("providers", "import", str(tmp_path / "none.csv")).exit_code == 2
    assert names(engine) == []
