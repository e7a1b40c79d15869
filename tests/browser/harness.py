"""A real browser for tests: pages of any size and language, guarded, looked at and kept.

Playwright's plain (synchronous) calls keep an event loop running in the thread that they are made
in. It is set aside between tests, for other tests of the worker have loops of their own.
"""

import asyncio
import re
from asyncio import events
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    sync_playwright,
)

SCREENS = Path(__file__).resolve().parents[2] / "build" / "screens"
# A till's or desk's monitor, a kiosk that stands on end, and the panel of a gate.
SIZES = {"desk": (1280, 800), "tall": (1080, 1920), "small": (480, 320)}
Size = Literal["desk", "tall", "small"]
Language = Literal["zh", "en"]
_LOCALES = {"zh": "zh-CN", "en": "en-GB"}
# How long anything that a page is to do may take: a machine under load, never a measurement.
PATIENCE_MS = 15_000
# No sandbox: CI is root, and Chromium refuses it there. The pages are our own.
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--mute-audio")
_OURS = ("127.0.0.1", "localhost", "[::1]", "::1")
# What the pages hold to besides axe's own rules of WCAG 2.2 A and AA.
_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}

# A colour on its way to another is no colour of the page.
_TO_THEIR_END = """document.getAnimations()
  .filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime))
  .forEach((one) => one.finish())"""


class Chromium:
    """The one browser of a worker."""

    def __init__(self, executable: str) -> None:
        """Start it; the loop is set aside until `driven`."""
        self._playwright = sync_playwright().start()
        self._loop = asyncio.get_running_loop()
        self.browser: Browser = self._playwright.chromium.launch(
            executable_path=executable, args=list(_ARGUMENTS)
        )
        events._set_running_loop(None)

    @contextmanager
    def driven(self) -> Iterator[None]:
        """Let playwright's calls be made in this thread within the block."""
        events._set_running_loop(self._loop)
        try:
            yield
        finally:
            events._set_running_loop(None)

    def stop(self) -> None:
        """End the browser and its driver."""
        with self.driven():
            self.browser.close()
            self._playwright.stop()


@contextmanager
def set_aside() -> Iterator[None]:
    """Let loops of others run in this thread within the block, and no call of playwright's."""
    loop = events._get_running_loop()
    events._set_running_loop(None)
    try:
        yield
    finally:
        events._set_running_loop(loop)


class Guard:
    """Hears what a page would rather not say: errors, failed requests, requests to others."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self._expected: list[re.Pattern[str]] = []

    def expects(self, *patterns: str) -> None:
        """Pass over what matches: this test has the terminal refuse, or fail."""
        self._expected += [re.compile(pattern) for pattern in patterns]

    def watch(self, context: BrowserContext) -> None:
        """Listen to every page of a context."""
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self._hear(f"uncaught: {error.error}"))
        context.on("request", self._on_request)
        context.on("requestfailed", self._on_failed)

    def assert_quiet(self) -> None:
        """Hold that nothing was heard but what was expected."""
        assert not self.heard, "\n".join(self.heard)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            url = message.location.get("url", "")
            self._hear(f"console {message.type}: {message.text} ({urlsplit(url).path})")

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob", "about") and address.hostname not in _OURS:
            self._hear(f"asked of another: {request.url}")

    def _on_failed(self, request: Request) -> None:
        # What a page gives up itself, such as a stream as it is left, is no failure.
        if request.failure != "net::ERR_ABORTED":
            self._hear(f"failed: {urlsplit(request.url).path}: {request.failure}")

    def _hear(self, what: str) -> None:
        if not any(pattern.search(what) for pattern in self._expected):
            self.heard.append(what)


class Pages:
    """Opens pages for one test, each in a context that knows nothing of any other."""

    def __init__(self, chromium: Chromium) -> None:
        self.guard = Guard()
        self._chromium, self._contexts = chromium, list[BrowserContext]()

    def __call__(
        self, url: str = "", *, size: Size = "desk", lang: Language = "zh", **more: Any
    ) -> Page:
        """Return a page at `url`.

        Args:
            url: where it goes; empty: nowhere yet.
            size: of its window, one of SIZES.
            lang: what the browser asks for.
            more: of `Browser.new_context`, such as `reduced_motion` or `has_touch`.
        """
        page = self.context(size=size, lang=lang, **more).new_page()
        if url:
            page.goto(url)
        return page

    def context(self, *, size: Size = "desk", lang: Language = "zh", **more: Any) -> BrowserContext:
        """Return a context of its own: storage and all that pages of one window share."""
        width, height = SIZES[size]
        context = self._chromium.browser.new_context(
            viewport={"width": width, "height": height}, locale=_LOCALES[lang], **more
        )
        context.set_default_timeout(PATIENCE_MS)
        self._contexts.append(context)
        self.guard.watch(context)
        return context

    def close(self) -> None:
        """Close every one of them."""
        while self._contexts:
            self._contexts.pop().close()


def axe(page: Page, *, leave_out: tuple[str, ...] = ()) -> None:
    """Hold a page to axe's rules.

    Args:
        page: as it stands.
        leave_out: rules that are not asked; say at the call why.
    """
    page.evaluate(_TO_THEIR_END)
    rules = {name: {"enabled": False} for name in leave_out}
    found = Axe().run(page, options={**_RULES, "rules": rules, "resultTypes": ["violations"]})
    assert found.violations_count == 0, found.generate_report()


def shoot(page: Page, name: str) -> Path:
    """Keep what a page shows as build/screens/<name>-<width>x<height>-<language>.png."""
    size = page.viewport_size
    assert size is not None
    language = page.evaluate("document.documentElement.lang").partition("-")[0]
    path = SCREENS / f"{name}-{size['width']}x{size['height']}-{language}.png"
    page.screenshot(path=path, animations="disabled", caret="hide")
    return path


def fits(page: Page) -> None:
    """Hold that nothing of a page is cut off at the right, whatever its size."""
    over = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert over <= 0, f"{over} px wider than the window"
