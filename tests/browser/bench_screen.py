"""How long after a decision its screen is painted: `make bench-screen`.

From the moment that the board is told to the second frame behind the change of the page (the first
may have been on its way already), by one machine's clock. It tells figures and judges none.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from terminal.screens.screen import Bilingual, Screen, View
from tests.support.local_service import Counter, counter

ROUNDS = 200
# Between two looks whether the page has told of its last frame; a machine that is this late is stuck.
_LOOK_MS, _LOOKS_MAX = 20, 500
_TITLE = Bilingual(zh="请通行", en="Please go on")
# When the page shows another answer, and two frames later, in milliseconds since 1970.
_WATCH = """() => {
  const seen = () => requestAnimationFrame(() => requestAnimationFrame(() => {
    painted(performance.timeOrigin + performance.now());
  }));
  new MutationObserver(seen).observe(document.body, { attributeFilter: ["data-view"] });
}"""


def main() -> int:
    """Measure, and print the figures; return 0."""
    with (
        tempfile.TemporaryDirectory() as folder,
        counter(Path(folder), lanes=("gate-1",)) as till,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1080, "height": 1920})
        _show(till, View.IDLE, 0)
        page.goto(f"{till.url}/screen/gate-1")
        page.locator('body[data-view="idle"]').wait_for()
        took_ms = sorted(_measure(till, page))
        browser.close()
    tenths = statistics.quantiles(took_ms, n=20)
    sys.stdout.write(
        f"decision to painted screen, {len(took_ms)} answers, 1080x1920:"
        f" median {statistics.median(took_ms):.0f} ms, 95 % {tenths[-1]:.0f} ms,"
        f" most {took_ms[-1]:.0f} ms (two frames of 17 ms in it)\n"
    )
    return 0


def _measure(till: Counter, page: Page) -> list[float]:
    painted_ms = list[float]()
    page.expose_function("painted", lambda at_ms: painted_ms.append(at_ms))  # noqa: PLW0108  # playwright marks it
    page.evaluate(_WATCH)
    told_ms = list[float]()
    for number in range(1, ROUNDS + 1):
        told_ms.append(time.time() * 1_000)
        _show(till, View.GRANTED if number % 2 else View.REFUSED, number)
        looks = 0
        while len(painted_ms) < number and looks < _LOOKS_MAX:
            page.wait_for_timeout(_LOOK_MS)
            looks += 1
    return [painted - told for told, painted in zip(told_ms, painted_ms, strict=True)]


def _show(till: Counter, view: View, number: int) -> None:
    shown_ms = 2_000 if number else 0
    till.board.put(Screen(lane="gate-1", view=view, title=_TITLE, shown_ms=shown_ms, number=number))


if __name__ == "__main__":
    sys.exit(main())
