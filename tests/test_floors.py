"""The house: imports point down only, and every outside library has one home."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "surveybot"

FLOORS = {
    "web": 3,
    "cli": 3,
    "commands": 3,
    "worker": 3,
    "demo": 3,
    "steps": 2,
    "language": 1,
    "links": 1,
    "catalogue": 1,
    "files": 1,
    "messages": 1,
    "records": 1,
    "senders": 1,
    "rules": 0,
    "config": 0,
}

HOMES = {
    "flask": ["web"],
    "flask_wtf": ["web/forms.py", "web/errors.py", "web/staff"],
    "wtforms": ["web/forms.py", "web/forms", "web/staff"],
    "limits": ["web/limits.py"],
    "sqlmodel": ["records"],
    "sqlalchemy": ["records"],
    "alembic": ["records/migrations.py"],
    "twilio": ["senders", "web/hooks.py"],
    "smtplib": ["senders"],
    "imaplib": ["senders"],
    "flufl": ["senders"],
    "itsdangerous": ["links.py"],
    "apscheduler": ["worker.py"],
    "openpyxl": ["files"],
    "xlsxwriter": ["files"],
    "defusedxml": ["files"],
    "segno": ["files"],
    "fpdf": ["files"],
    "uharfbuzz": ["files"],
    "phonenumbers": ["rules"],
    "email_validator": ["rules"],
    "regex": ["rules"],
    "holidays": ["rules"],
    "rapidfuzz": ["rules"],
    "pyotp": ["rules"],
    "redis": [],
}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


TYPES = ("Session", "Connection", "Engine", "IntegrityError", "DBAPIError", "DataError")
"""What every floor above may name of the database: where it works, and that it refused."""


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    """Every imported module's full name, with its line."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield node.lineno, name.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            named = {name.name for name in node.names}
            if node.module.split(".")[0] in ("sqlmodel", "sqlalchemy") and named <= set(TYPES):
                continue
            if (ROOT / node.module.replace(".", "/")).is_dir():  # a room, or a folder in it
                for name in node.names:
                    yield node.lineno, f"{node.module}.{name.name}"
            else:
                yield node.lineno, node.module


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    room = room_of(path)
    if room == "__init__":
        return
    assert room in FLOORS, f"{room} is no room of the house: add it to the plan first"
    for line, name in imports_of(path):
        parts = name.split(".")
        if parts[0] != "surveybot" or len(parts) < 2:
            continue
        other = parts[1]
        if other == room:
            continue
        assert FLOORS[other] <= FLOORS[room], (
            f"{path.name}:{line} imports {name} from above: hand in what it needs, or move it down"
        )
        assert FLOORS[other] < FLOORS[room] or FLOORS[room] == 3, (
            f"{path.name}:{line}: {room} and {other} share a floor and may not know each other; "
            "let a step join them"
        )


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_library_stays_at_home(path: Path) -> None:
    here = str(path.relative_to(PACKAGE))
    for line, name in imports_of(path):
        library = name.split(".")[0]
        if library not in HOMES:
            continue
        homes = HOMES[library]
        assert any(here == home or here == f"{home}.py" or here.startswith(f"{home}/") for home in homes), (
            f"{here}:{line}: {library} lives in {', '.join(homes) or 'no room'}; ask there for what you need"
        )


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_rules_know_neither_clock_nor_files(path: Path) -> None:
    if room_of(path) != "rules":
        return
    for line, name in imports_of(path):
        assert name.split(".")[0] not in ("os", "pathlib", "sqlite3", "requests", "logging", "time"), (
            f"{path.name}:{line}: a rule is pure; hand in what it needs"
        )
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today"):
            raise AssertionError(f"{path.name}:{node.lineno}: `now` comes in; a rule never asks the clock")


def test_no_function_below_floor_three_asks_the_clock() -> None:
    for path in modules():
        if FLOORS.get(room_of(path), 3) >= 3:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in ("utcnow", "today"):
                raise AssertionError(f"{path}:{node.lineno}: `now` comes in")
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "now"
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "datetime"
            ):
                raise AssertionError(f"{path}:{node.lineno}: `now` comes in")


def test_steps_never_commit_but_in_sending() -> None:
    for path in modules():
        here = path.relative_to(PACKAGE)
        if here.parts[0] != "steps" or here.parts[:2] == ("steps", "sending"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            is_commit = isinstance(node, ast.Attribute) and node.attr == "commit"
            assert not is_commit, f"{here}: the entrance commits, not a step"


def test_no_module_of_a_room_needs_itself_by_way_of_others() -> None:
    known = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in modules()}
    needs = {
        module: {
            name for _, name in imports_of(path) if name in known and room_of(known[name]) == room_of(path)
        }
        for module, path in known.items()
    }
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        raise AssertionError(f"{' -> '.join(error.args[1])}: data flows one way") from None


def test_a_room_of_many_files_has_a_folder_for_each_stage() -> None:
    for room in ("rules", "records", "steps"):
        for folder in (PACKAGE / room, *(PACKAGE / room).glob("*/")):
            files = [path for path in folder.glob("*.py") if path.stem != "__init__"]
            assert len(files) <= 24, f"{folder.relative_to(PACKAGE)}: give a stage of it a folder of its own"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_stay_small_and_have_a_name(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300, f"{path.name}: look for the second noun in it"
    assert path.stem not in ("utils", "util", "helpers", "common", "misc", "manager")


def test_importing_one_room_does_not_load_the_others() -> None:
    for path in PACKAGE.rglob("__init__.py"):
        if path.parent == PACKAGE or path.parent.parent == PACKAGE:
            assert not [
                node
                for node in ast.parse(path.read_text()).body
                if isinstance(node, ast.ImportFrom | ast.Import)
            ], f"{path.parent.name}/__init__.py is empty on purpose"
