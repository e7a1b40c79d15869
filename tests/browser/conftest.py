import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.cashier import at
from tests.browser.harness import Chromium, Guard, Pages, set_aside
from tests.browser.tills import Shop, open_shop
from tests.support.local_service import Counter, counter


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands in this folder: a browser is wanted, and it is slow."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("browser")
            item.add_marker("slow")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """The worker's browser; CI must have it."""
    found = shutil.which("chromium")
    if found is None:
        reason = "there is no chromium: scripts/setup dev installs it"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    started = Chromium(found)
    yield started
    started.stop()


@pytest.fixture
def browser_page(chromium: Chromium) -> Iterator[Pages]:
    """Opens pages by size and language; what they complain of fails the test."""
    pages = Pages(chromium)
    with chromium.driven():
        yield pages
        pages.close()
    pages.guard.assert_quiet()


@pytest.fixture
def guard(browser_page: Pages) -> Guard:
    """What listens to the pages, where a test expects them to complain."""
    return browser_page.guard


@pytest.fixture
def live_screen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Counter]]:
    """The real local interface and feed, over lanes in memory; arguments as `counter` has them."""
    opened = ExitStack()

    def begin(**more: Any) -> Counter:
        with set_aside():
            return opened.enter_context(counter(tmp_path_factory.mktemp("screen"), **more))

    yield begin
    with set_aside():
        opened.close()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with open_shop(tmp_path) as opened:
        yield opened


@pytest.fixture
def till(shop: Shop, browser_page: Pages) -> Callable[..., Page]:
    """Opens the page of a cashier whose technician has pasted a token."""

    def opened(name: str = "till-1", **more: Any) -> Page:
        page = browser_page(shop.url, **{"lang": "en", **more})
        at(page, "token")
        page.keyboard.insert_text(shop.token(name))
        page.keyboard.press("Enter")
        at(page, "entry")
        return page

    return opened
