"""What every other browser test leans on."""

import asyncio
from typing import Any

import pytest

from tests.browser.harness import Chromium, Pages, axe, fits, shoot

_PAGE = """<!doctype html><html lang="zh"><head><title>试</title></head>
<body><main><h1>请出示二维码</h1></main></body></html>"""


def test_page_is_shown_in_its_size_and_kept_as_a_picture(browser_page: Pages) -> None:
    page = browser_page(size="small")
    page.set_content(_PAGE)
    axe(page)
    fits(page)
    path = shoot(page, "harness")
    assert path.name == "harness-480x320-zh.png"
    assert path.read_bytes().startswith(b"\x89PNG")


def test_page_without_words_for_its_picture_is_no_good_to_everybody(browser_page: Pages) -> None:
    page = browser_page()
    page.set_content(_PAGE.replace("</h1>", "</h1><img src='data:,'>"))
    with pytest.raises(AssertionError, match="image-alt"):
        axe(page)


def test_page_that_is_wider_than_its_window_is_noticed(browser_page: Pages) -> None:
    page = browser_page(size="small")
    page.set_content(_PAGE.replace("<h1>", "<h1 style='width: 600px'>"))
    with pytest.raises(AssertionError, match="px wider"):
        fits(page)


@pytest.mark.parametrize(
    ("event", "script", "heard"),
    [
        ("console", "console.error('broken')", "console error: broken"),
        ("pageerror", "setTimeout(() => { throw new Error('thrown'); })", "uncaught: thrown"),
        ("requestfailed", "fetch('http://127.0.0.1:9/').catch(() => 0)", "failed: /: net::ERR_"),
        ("request", "fetch('http://not.invalid/').catch(() => 0)", "asked of another: http://not"),
    ],
)
def test_what_a_page_complains_of_is_heard(
    browser_page: Pages, event: Any, script: str, heard: str
) -> None:
    page, guard = browser_page(), browser_page.guard
    with page.expect_event(event):
        page.evaluate(f"() => {{ {script} }}")
    with pytest.raises(AssertionError, match=heard):
        guard.assert_quiet()
    browser_page.close()
    guard.heard.clear()


def test_what_a_test_expects_is_passed_over(browser_page: Pages) -> None:
    browser_page.guard.expects("as it must")
    browser_page().evaluate("console.error('refused as it must be')")
    browser_page.guard.assert_quiet()


def test_tests_without_a_browser_may_have_loops_of_their_own(chromium: Chromium) -> None:
    assert chromium.browser is not None

    async def told() -> str:
        return "whole"

    assert asyncio.run(told()) == "whole"
