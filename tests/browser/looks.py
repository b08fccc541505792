"""What a page looks like to tests that measure: for whom it doesn't work, what overlaps, what moves."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, ViewportSize

AXE = Path(__file__).parent / "axe" / "node_modules" / "axe-core" / "axe.min.js"

WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 320, "height": 640}

#: WCAG 2.2 A and AA, and what axe calls good practice: landmarks and headings in order.
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

_SHIFTS = """
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries()) {
      const moved = sources.map(({ node }) => `${node?.outerHTML ?? node?.textContent}`.slice(0, 120));
      // The columns of a long table settle while its rows are still coming in.
      const rows = sources.length && sources.every(({ node }) => node?.parentElement?.closest("tbody"));
      if (!hadRecentInput && !rows) window.shifts.push(`${value.toFixed(4)} ${moved.join(" | ")}`);
    }
  }).observe({ type: "layout-shift", buffered: true });
"""

_VIOLATIONS = """async (only) => {
  const { violations } = await axe.run(document, { runOnly: only, resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(" ")} ${node.failureSummary}`));
}"""

_OVERLAPS = """() => {
  const rects = [];
  const controls = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  for (const element of document.querySelectorAll(`${controls}, h1, h2, .chip, .badge, time`)) {
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    for (const { left, right, top, bottom } of element.getClientRects()) {
      const seen = right - left > 4 && bottom - top > 4 && bottom > 0;
      if (seen) rects.push({ element, left, right, top, bottom });
    }
  }
  const named = ({ outerHTML }) => outerHTML.replace(/\\s+/g, " ").slice(0, 90);
  const found = [];
  for (const [i, one] of rects.entries()) {
    for (const other of rects.slice(i + 1)) {
      const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      const apart = !one.element.contains(other.element) && !other.element.contains(one.element);
      if (wide < 2 || high < 2 || !apart) continue;
      found.push(`${named(one.element)} overlaps ${named(other.element)}`);
    }
  }
  return found;
}"""

_SMALL = """() => [...document.querySelectorAll(
  ".button, button, select, summary, input:not([type=hidden]), .nav a")]
  .filter((one) => one.checkVisibility() && !one.matches("[aria-hidden=true][tabindex='-1']"))
  .map((one) => [one, one.getBoundingClientRect()])
  .filter(([, { width, height }]) => width < 24 || height < 24)
  .map(([one, { width, height }]) => `${one.outerHTML.slice(0, 90)} is ${width} by ${height}`)"""

_OPEN = "() => { for (const one of document.querySelectorAll('details')) one.open = true; }"
_WIDER = "document.scrollingElement.scrollWidth - innerWidth"


def axe_source() -> str:
    """axe-core as npm installed it; without it the test is skipped, in CI it fails."""
    if AXE.is_file():
        return AXE.read_text()
    why = "axe-core is missing: `npm ci` in tests/browser/axe, which `make test` does where npm is."
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


def observe(context: BrowserContext) -> None:
    """Have every page of a browser ready for the questions below."""
    context.add_init_script(axe_source())
    context.add_init_script(_SHIFTS)


def shifts(page: Page) -> list[str]:
    """What moved after it was painted."""
    found: list[str] = page.evaluate("window.shifts")
    return found


def violations(page: Page, *only: str) -> list[str]:
    """What axe finds, with everything unfolded; of some rules only, where they are named."""
    page.evaluate(_OPEN)
    run: dict[str, Any] = {"type": "rule" if only else "tag", "values": list(only) or _RULES}
    found: list[str] = page.evaluate(_VIOLATIONS, run)
    return found


def small_targets(page: Page) -> list[str]:
    """Controls that a finger misses: below 24 by 24 CSS pixels."""
    found: list[str] = page.evaluate(_SMALL)
    return found


def misfits(page: Page) -> list[str]:
    """What overlaps, and how much wider the page is than the screen."""
    wider = page.evaluate(_WIDER)
    overlaps: list[str] = page.evaluate(_OVERLAPS)
    return overlaps + [f"{wider} px wider than the screen"] * (wider > 0)


def in_both_themes(page: Page) -> dict[str, list[str]]:
    """What axe finds; in the dark only the colours are other ones."""
    light = violations(page)
    page.emulate_media(color_scheme="dark")
    dark = violations(page, "color-contrast")
    page.emulate_media(color_scheme="light")
    return {what: those for what, those in (("axe", light), ("axe in the dark", dark)) if those}


def flaws(page: Page) -> dict[str, list[str]]:
    """All of it: what moved, what axe finds, what is small, and what doesn't fit, left to right and
    right to left, on a narrow and on a wide screen."""
    found = {"moved": shifts(page), **in_both_themes(page), "small": small_targets(page)}
    for direction in ("ltr", "rtl"):
        page.evaluate("direction => { document.documentElement.dir = direction }", direction)
        for size in (NARROW, WIDE):
            page.set_viewport_size(size)
            found[f"{direction} at {size['width']}"] = misfits(page)
    return {what: those for what, those in found.items() if those}
