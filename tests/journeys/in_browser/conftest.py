"""One Chromium and one server for every test of this process: a test gets a house and windows of its own."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.conftest import leave_out, the_building
from tests.databases import kept_engine, renew
from tests.journeys.in_browser.doorkeeper import Doorkeeper

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--in-process-gpu", "--disable-extensions"]

Window = Callable[..., Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    if not CHROMIUM:
        leave_out("Chromium is not installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def migrated_url(kept_sqlite: str, sqlite_template: Path) -> Iterator[str]:
    """One kind of database is enough here: what is shown is the page."""
    renew(kept_sqlite, sqlite_template)
    yield kept_sqlite
    kept_engine(kept_sqlite, os.getpid()).dispose()


@pytest.fixture(scope="session")
def doorkeeper() -> Iterator[Doorkeeper]:
    keeper = Doorkeeper(the_building())
    server = make_server("127.0.0.1", 0, keeper, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    keeper.address = f"http://127.0.0.1:{server.server_port}"
    yield keeper
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def served(app: Flask, doorkeeper: Doorkeeper) -> Iterator[str]:
    """Where this test's house is open; it closes when the last request has left it."""
    app.config["SESSION_COOKIE_SECURE"] = False  # loopback without TLS
    yield doorkeeper.address
    doorkeeper.wait_until_empty()


@pytest.fixture
def window(browser: Any, served: str) -> Iterator[Window]:
    """Opens a page in a window without a past: `window(1280)`, `window(scripts=False)`."""
    opened = []

    def open_page(width: int = 360, *, scripts: bool = True, **options: Any) -> Any:
        size = {"width": width, "height": 800}
        context = browser.new_context(viewport=size, java_script_enabled=scripts, **options)
        opened.append(context)
        return context.new_page()

    yield open_page
    for context in opened:
        context.close()
