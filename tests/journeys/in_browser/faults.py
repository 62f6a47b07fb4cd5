"""What is wrong with a page as it stands in the browser: axe's violations, and what hangs over the side."""

from pathlib import Path
from typing import Any

AXE = (Path(__file__).parents[2] / "data" / "axe.min.js").read_text("utf-8")
ALL_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
RULES_OF_WIDTH = ("color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block")
"""What a narrower or wider window can break; the other rules read the document, which stays the same."""
WIDTHS = (320, 360, 1280)

RUN = """async only => (await axe.run(document, {runOnly: only, resultTypes: ['violations']}))
    .violations.map(one => `${one.id}: ${one.nodes.map(node => node.target)}`)"""
OVERFLOWS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def violations(page: Any, only: tuple[str, ...] = ALL_RULES) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found: list[str] = page.evaluate(RUN, list(only))
    return found


def check(page: Any, state: str, widths: tuple[int, ...] = WIDTHS) -> None:
    """No fault in this state of the page at any width; the document is read in full at the first of them."""
    rules: tuple[str, ...] = ALL_RULES
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        found, rules = violations(page, rules), RULES_OF_WIDTH
        assert (state, width, found, page.evaluate(OVERFLOWS)) == (state, width, [], False)
