"""Take the pictures of docs/ anew, from a demo that is started for it.

python -m tests.journeys.take_screenshots
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from surveybot.config import ROOT
from surveybot.demo.school import LEADER

PORT = 8093
DOCS = ROOT / "docs"


@dataclass(frozen=True)
class Addresses:
    staff: str
    student: str
    public: str


@contextmanager
def demo() -> Iterator[Addresses]:
    """A demo with a database of its own, stopped at the end."""
    with tempfile.TemporaryDirectory() as folder:
        environ = {**os.environ, "DATABASE_URL": f"sqlite:///{folder}/pictures.db", "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-m", "surveybot.cli", "demo", "--port", str(PORT)]
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True)
        try:
            yield _read_addresses(process)
        finally:
            process.terminate()
            process.wait(timeout=30)


def _read_addresses(process: "subprocess.Popen[str]") -> Addresses:
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if "demo-fresh" in line:
            found = {kind: re.search(rf"http://\S+{kind}\S+", said) for kind in ("/staff/sign-in/", "/r/")}
            staff, student = found["/staff/sign-in/"], found["/r/"]
            assert staff and student, said
            return Addresses(staff[0], student[0], f"http://127.0.0.1:{PORT}")
    raise SystemExit(f"The demo did not start:\n{said}")


def take_phone_page(browser: Browser, addresses: Addresses) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, device_scale_factor=2)
    page.goto(addresses.student)
    page.screenshot(path=DOCS / "phone-page.png")
    page.close()


def take_round_page(browser: Browser, addresses: Addresses) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(addresses.staff)
    page.get_by_role("textbox").fill(LEADER)
    page.get_by_role("button", name=re.compile("sign in", re.IGNORECASE)).click()
    to_round = page.locator("a[href*='/staff/rounds/R-']").first.get_attribute("href") or ""
    page.goto(addresses.public + to_round.partition("?")[0])
    page.screenshot(path=DOCS / "round-page.png")
    page.close()


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with demo() as addresses, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        take_phone_page(browser, addresses)
        take_round_page(browser, addresses)
        browser.close()
    for picture in (DOCS / "phone-page.png", DOCS / "round-page.png"):
        print(picture, Path(picture).stat().st_size, "bytes")


if __name__ == "__main__":
    main()
